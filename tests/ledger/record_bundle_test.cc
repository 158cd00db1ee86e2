// Bundles of record bytes: what is written is read, and nothing else is. If one of these failed, an
// export could not be audited, or a crafted one could fill an auditor's memory.
#include "ledger/record_bundle.h"

#include <gtest/gtest.h>

#include "ledger/digest.h"
#include "ledger/limits.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;

// Reads from a text, and says TRUNCATED at its end.
class Reader {
 public:
  explicit Reader(std::string bytes) : bytes_(std::move(bytes)) {}
  absl::StatusOr<std::vector<BundleSlot>> Leaf() {
    return ReadBundleLeaf([this](size_t count) -> absl::StatusOr<std::string> {
      if (count > bytes_.size()) return MakeError(Reason::TRUNCATED, "the end");
      std::string piece = bytes_.substr(0, count);
      bytes_.erase(0, count);
      return piece;
    });
  }
  bool AtEnd() const { return bytes_.empty(); }

 private:
  std::string bytes_;
};

std::string Number(uint32_t value) {
  std::string bytes;
  AppendBigEndian32(value, bytes);
  return bytes;
}

std::string OneSlot(char state, uint32_t length) {
  return Number(1) + std::string(1, state) + Number(length);
}

TEST(RecordBundle, WhatIsWrittenIsRead) {
  std::string bundle;
  AppendBundleLeaf({{{BundleSlotState::kPresent, "first"},
                     {BundleSlotState::kWithheld, "never written"},
                     {BundleSlotState::kElsewhere, ""}}},
                   bundle);
  AppendBundleLeaf({}, bundle);
  AppendBundleLeaf({{{BundleSlotState::kRedacted, ""}, {BundleSlotState::kMissing, ""}}}, bundle);
  EXPECT_EQ(bundle.find("never"), std::string::npos);
  Reader reader(bundle);
  const auto first = reader.Leaf();
  ASSERT_OK(first);
  ASSERT_EQ(first->size(), 3U);
  EXPECT_EQ((*first)[0].state, BundleSlotState::kPresent);
  EXPECT_EQ((*first)[0].bytes, "first");
  EXPECT_EQ((*first)[1].state, BundleSlotState::kWithheld);
  EXPECT_EQ((*first)[1].bytes, "");
  EXPECT_TRUE(reader.Leaf()->empty());
  EXPECT_EQ((*reader.Leaf())[1].state, BundleSlotState::kMissing);
  EXPECT_TRUE(reader.AtEnd());
}

TEST(RecordBundle, TheBytesAreThoseOfTheFormat) {
  std::string bundle;
  AppendBundleLeaf({{{BundleSlotState::kPresent, "ab"}, {BundleSlotState::kRedacted, ""}}}, bundle);
  EXPECT_EQ(HexEncode(bundle),
            "00000002"
            "01"
            "00000002"
            "6162"
            "03"
            "00000000");
}

TEST(RecordBundle, WhatNobodyWritesIsRefused) {
  const struct {
    std::string bytes;
    Reason reason;
  } kBad[] = {
      {"", Reason::TRUNCATED},
      {std::string(3, '\0'), Reason::TRUNCATED},
      {Number(1), Reason::TRUNCATED},
      {OneSlot(1, 5) + "four", Reason::TRUNCATED},
      {OneSlot(5, 0), Reason::BAD_ENCODING},
      {OneSlot(-1, 0), Reason::BAD_ENCODING},
      {OneSlot(2, 1) + "x", Reason::BAD_ENCODING},
      {Number(kMaxEntries + 1), Reason::TOO_LARGE},
      {OneSlot(1, kMaxRecordBytes + 1), Reason::TOO_LARGE},
      {OneSlot(1, 0xFFFFFFFF), Reason::TOO_LARGE},
  };
  for (const auto& bad : kBad) {
    EXPECT_THAT(Reader(bad.bytes).Leaf(), HasReason(bad.reason)) << HexEncode(bad.bytes);
  }
  // Three records of 1 MiB are more than a commit may hold.
  std::string much = Number(3);
  for (int i = 0; i < 3; ++i) {
    much += std::string(1, 1) + Number(kMaxRecordBytes) + std::string(kMaxRecordBytes, 'x');
  }
  EXPECT_THAT(Reader(much).Leaf(), HasReason(Reason::TOO_LARGE));
}

TEST(RecordBundle, PathsAreThoseOfTheEntries) {
  const TileId partial{TileId::kEntries, 1234, 7};
  EXPECT_EQ(RecordBundlePath(BundleKind::kEveryone, partial), "records/x001/234.p/7");
  EXPECT_EQ(RecordBundlePath(BundleKind::kRestricted, {TileId::kEntries, 0, 0}), "restricted/000");
}

}  // namespace
}  // namespace plenary
