#include "ledger/scan.h"

#include <google/protobuf/struct.pb.h>
#include <gtest/gtest.h>

#include "ledger/wire.h"
#include "plenary/v1/card.pb.h"
#include "plenary/v1/manifest.pb.h"
#include "plenary/v1/record.pb.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;
using v1::Manifest;

absl::StatusOr<ScanResult> ScanRecord(const std::string& bytes) {
  return StrictScan(*v1::Record::descriptor(), bytes, UnknownFields::kReport);
}

TEST(Scan, PassesWhatProtobufWrites) {
  v1::Manifest manifest;
  manifest.set_origin("sti.brics.example/br/1");
  manifest.mutable_author_time()->set_seconds(-5);
  manifest.add_entries()->set_size(3);
  EXPECT_OK(ScanAndParse<Manifest>(manifest.SerializeAsString()));
}

TEST(Scan, UnknownFieldsAreReportedOrRefused) {
  const std::string unknown("\x98\x06\x07", 3);
  EXPECT_FALSE(ScanRecord(unknown)->understood);
  EXPECT_THAT(StrictScan(*Manifest::descriptor(), unknown, UnknownFields::kRefuse),
              HasReason(Reason::UNKNOWN_FIELD));
}

TEST(Scan, PackedFieldsComeInOnePiece) {
  EXPECT_THAT(StrictScan(*v1::Roster::descriptor(), std::string("\x3a\x01\x01\x3a\x01\x02", 6),
                         UnknownFields::kRefuse),
              HasReason(Reason::DUPLICATE_FIELD));
}

TEST(Scan, DepthIsBounded) {
  // ListValue and Value hold each other.
  std::string inner;
  for (int i = 0; i < 40; ++i) {
    std::string outer;
    wire::AppendBytes(i % 2 == 0 ? 6 : 1, inner, outer);
    inner = outer;
  }
  const auto* type = google::protobuf::ListValue::descriptor();
  EXPECT_THAT(StrictScan(*type, inner, UnknownFields::kReport), HasReason(Reason::TOO_DEEP));
}

TEST(Scan, EveryCutOfARecordIsRefusedOrShorter) {
  v1::Record record;
  record.set_schema(1);
  record.set_name("members/br/meetings/mm-1");
  record.set_salt(std::string(16, 'x'));
  const std::string bytes = record.SerializeAsString();
  int good = 0;
  for (size_t size = 0; size <= bytes.size(); ++size)
    good += ScanRecord(bytes.substr(0, size)).ok();
  EXPECT_EQ(good, 4);  // nothing, and after each of the three fields
}

TEST(Scan, NumbersAreRefusedRatherThanCut) {
  EXPECT_THAT(ScanRecord(std::string("\x08\x80\x80\x80\x80\x10", 6)),
              HasReason(Reason::OUT_OF_RANGE));
  EXPECT_THAT(ScanRecord("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
              HasReason(Reason::VARINT_OVERFLOW));
  EXPECT_THAT(ScanRecord("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
              HasReason(Reason::VARINT_OVERFLOW));
}

TEST(Scan, TheErrorNamesTheField) {
  const auto error = ScanRecord("\x32\x02\xc0\xaf");
  EXPECT_THAT(error, HasReason(Reason::BAD_UTF8));
  EXPECT_NE(error.status().message().find("plenary.v1.Record.reason"), absl::string_view::npos);
}

}  // namespace
}  // namespace plenary
