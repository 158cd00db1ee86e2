#include "ledger/record.h"

#include <gtest/gtest.h>

#include "ledger/digest.h"
#include "ledger/wire.h"
#include "tests/support/log_maker.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::NewRecord;

const std::string kDigest(32, 'd');

absl::StatusOr<RecordView> Parse(const v1::Record& record) {
  static std::string bytes;  // what the views point into
  bytes = record.SerializeAsString();
  return ParseRecord(bytes);
}

TEST(Record, IsReadWithoutCopies) {
  const std::string bytes = NewRecord("br", "meetings", "mm-1", 2, kDigest).SerializeAsString();
  const auto record = ParseRecord(bytes);
  ASSERT_OK(record);
  EXPECT_EQ(record->name, "members/br/meetings/mm-1");
  EXPECT_EQ(record->parts->member, "br");
  EXPECT_EQ(record->parts->collection, "meetings");
  EXPECT_EQ(record->revision, 2U);
  EXPECT_EQ(record->previous, kDigest);
  EXPECT_TRUE(record->understood);
  EXPECT_GE(record->name.data(), bytes.data());
  EXPECT_LT(record->name.data(), bytes.data() + bytes.size());
}

TEST(Record, StructureIsChecked) {
  const v1::Record good = NewRecord("br", "meetings", "mm-1");
  EXPECT_OK(Parse(good));
  v1::Record bad = good;
  bad.clear_schema();
  EXPECT_THAT(Parse(bad), HasReason(Reason::BAD_SCHEMA));
  bad = good;
  bad.set_name("members/br/meetings/mm-1/revisions/1");
  EXPECT_THAT(Parse(bad), HasReason(Reason::BAD_NAME));
  bad = good;
  bad.set_revision(0);
  EXPECT_THAT(Parse(bad), HasReason(Reason::BAD_REVISION));
  bad = good;
  bad.set_previous(kDigest);
  EXPECT_THAT(Parse(bad), HasReason(Reason::BAD_PREVIOUS)) << "a first revision follows nothing";
  bad = good;
  bad.set_revision(2);
  EXPECT_THAT(Parse(bad), HasReason(Reason::BAD_PREVIOUS)) << "a second one follows something";
  bad = good;
  bad.set_salt(std::string(17, 's'));
  EXPECT_THAT(Parse(bad), HasReason(Reason::BAD_SALT));
  bad = good;
  bad.mutable_continues()->set_name("members/ru/meetings/x");
  EXPECT_THAT(Parse(bad), HasReason(Reason::BAD_FIELD)) << "a link without a digest";
  bad.mutable_continues()->set_digest(kDigest);
  EXPECT_OK(Parse(bad));
  bad.mutable_continues()->set_name("x");
  EXPECT_THAT(Parse(bad), HasReason(Reason::BAD_NAME));
}

TEST(Record, HasTheBodyOfItsCollection) {
  v1::Record record = NewRecord("br", "meetings", "mm-1");
  record.clear_meeting();
  EXPECT_THAT(Parse(record), HasReason(Reason::NO_BODY));
  record.mutable_project();
  EXPECT_THAT(Parse(record), HasReason(Reason::WRONG_BODY));
  record.set_name("members/br/unheard-of/x");
  EXPECT_THAT(Parse(record), HasReason(Reason::WRONG_BODY))
      << "a later release gives that collection another body";
}

TEST(Record, WhatIsNewerIsKeptAndNotUnderstood) {
  v1::Record record = NewRecord("br", "meetings", "mm-1");
  record.set_schema(kSchemaLevel + 1);
  EXPECT_FALSE(Parse(record)->understood);

  std::string bytes = NewRecord("br", "meetings", "mm-1").SerializeAsString();
  wire::AppendUint(300, 7, bytes);
  EXPECT_FALSE(ParseRecord(bytes)->understood) << "an unknown field";

  record = NewRecord("br", "meetings", "mm-1");
  record.clear_meeting();
  bytes = record.SerializeAsString();
  wire::AppendBytes(31, "x", bytes);
  EXPECT_FALSE(ParseRecord(bytes)->understood) << "an unknown body";

  EXPECT_FALSE(Parse(NewRecord("br", "unheard-of", "x"))->understood) << "an unknown collection";

  record = NewRecord("br", "meetings", "mm-1");
  record.clear_meeting();
  bytes = record.SerializeAsString();
  std::string body;
  wire::AppendUint(4000, 1, body);
  wire::AppendBytes(v1::Record::kMeetingFieldNumber, body, bytes);
  EXPECT_FALSE(ParseRecord(bytes)->understood) << "an unknown field of the body";
}

// What a body says is between author and reader: garbage there must not let two builds disagree on
// whether the record stands. A redaction is what every node acts on.
TEST(Record, ABodyThatCannotBeReadIsItsAuthorsAffairButNotARedactions) {
  v1::Record record = NewRecord("br", "erasures", "e-1");
  record.clear_erasure();
  std::string bytes = record.SerializeAsString();
  wire::AppendBytes(v1::Record::kErasureFieldNumber, "\xFF", bytes);
  const auto erasure = ParseRecord(bytes);
  ASSERT_OK(erasure);
  EXPECT_TRUE(erasure->understood);
  EXPECT_FALSE(erasure->body_readable);
  EXPECT_THAT(ReadErasure(*erasure), HasReason(Reason::BAD_FIELD));

  record = NewRecord("br", "redactions", "r-1");
  record.clear_redaction();
  bytes = record.SerializeAsString();
  wire::AppendBytes(v1::Record::kRedactionFieldNumber, "\xFF", bytes);
  EXPECT_THAT(ParseRecord(bytes), HasReason(Reason::TRUNCATED));
}

TEST(Record, TheScanComesFirst) {
  const std::string good = NewRecord("br", "meetings", "mm-1").SerializeAsString();
  EXPECT_THAT(ParseRecord(good + good), HasReason(Reason::DUPLICATE_FIELD));
  std::string two = good;
  wire::AppendBytes(v1::Record::kProjectFieldNumber, "", two);
  EXPECT_THAT(ParseRecord(two), HasReason(Reason::TWO_OF_ONEOF));
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ParseRecord(good.substr(0, size)).ok()) << "cut to " << size << " bytes";
  }
}

TEST(Record, TheLongestTextOfTheBodyIsMeasured) {
  v1::Record record = NewRecord("br", "meetings", "mm-1");
  record.set_reason(std::string(500, 'r'));
  record.mutable_meeting()->set_title(std::string(70, 't'));
  record.mutable_meeting()->set_city(std::string(30, 'c'));
  EXPECT_EQ(Parse(record)->longest_text, 70U) << "the reason is no text of the body";
}

TEST(Record, SomeMustBePermanent) {
  const auto must = [](const v1::Record& record) { return MustBePermanent(*Parse(record)); };
  EXPECT_TRUE(must(NewRecord("br", "endorsements", "x")));
  EXPECT_TRUE(must(NewRecord("br", "redactions", "x")));
  EXPECT_TRUE(must(NewRecord("br", "openings", "x")));
  EXPECT_FALSE(must(NewRecord("br", "meetings", "x")));
  v1::Record declaration = NewRecord("br", "declarations", "x");
  EXPECT_FALSE(must(declaration));
  for (const auto& [status, permanent] :
       {std::pair("draft", false), {"tabled", true}, {"adopted", true}, {"withdrawn", false}}) {
    declaration.mutable_declaration()->set_status(status);
    EXPECT_EQ(must(declaration), permanent) << status;
  }
}

TEST(Record, BodiesThatTheRegisterActsOnAreChecked) {
  v1::Record record = NewRecord("br", "openings", "x");
  EXPECT_THAT(ReadOpening(*Parse(record)), HasReason(Reason::BAD_FIELD));
  record.mutable_opening()->set_origin("sti.brics.example/br/1");
  record.mutable_opening()->set_size(7);
  record.mutable_opening()->set_root(kDigest);
  EXPECT_OK(ReadOpening(*Parse(record)));
  EXPECT_THAT(ReadErasure(*Parse(record)), HasReason(Reason::BAD_FIELD)) << "another body";
  record.mutable_opening()->set_size(1ULL << 63);
  EXPECT_THAT(ReadOpening(*Parse(record)), HasReason(Reason::BAD_FIELD));

  record = NewRecord("br", "erasures", "x");
  record.mutable_erasure()->mutable_redaction()->set_origin("sti.brics.example/br/1");
  for (const auto& [state, good] : {std::pair(0U, false), {1U, true}, {3U, true}, {4U, false}}) {
    record.mutable_erasure()->set_state(state);
    EXPECT_EQ(ReadErasure(*Parse(record)).ok(), good) << state;
  }
}

}  // namespace
}  // namespace plenary
