#include "ledger/checkpoint.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "ledger/merkle.h"
#include "ledger/names.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;

constexpr absl::string_view kFederation = "sti.brics.example";
constexpr uint64_t kTime = 1790000000;

std::unique_ptr<Signer> SignerOf(const std::string& name) {
  return Ed25519SignerFromSeed(Sha256(name).view()).value();
}

class CheckpointTest : public ::testing::Test {
 protected:
  CheckpointTest() {
    for (const char* member : {"in", "ru", "za"}) {
      cosigners_.push_back({member, CosignerName(kFederation, member), Key(member)});
    }
    // A second key of one member.
    cosigners_.push_back({"in", CosignerName(kFederation, "in"), Key("in, second")});
  }
  static PublicKey Key(const std::string& name) { return SignerOf(name)->public_key(); }
  NoteLine Line(const std::string& key, absl::string_view member, uint64_t time) const {
    return Cosign(checkpoint_.Text(), CosignerName(kFederation, member), time, *SignerOf(key));
  }
  std::string With(std::vector<NoteLine> lines) const {
    std::string note = SignCheckpoint(checkpoint_, *log_);
    for (const NoteLine& line : lines) note += line.Text();
    return note;
  }
  absl::StatusOr<SignedCheckpoint> Verify(const std::string& note) const {
    return VerifyCheckpoint(note, log_->public_key(), cosigners_);
  }

  const Checkpoint checkpoint_{"sti.brics.example/br/1", 5, Sha256("root")};
  std::unique_ptr<Signer> log_ = SignerOf("br log");
  std::vector<CosignerKey> cosigners_;
};

TEST_F(CheckpointTest, RoundTrips) {
  const auto parsed = ParseCheckpoint(checkpoint_.Text());
  ASSERT_OK(parsed);
  EXPECT_EQ(*parsed, checkpoint_);
}

TEST_F(CheckpointTest, TimesArePerMemberAndTheEarliest) {
  const auto checkpoint =
      Verify(With({Line("ru", "ru", kTime + 5), Line("in", "in", kTime + 2),
                   Line("in, second", "in", kTime + 1), Line("in", "in", kTime + 3)}));
  ASSERT_OK(checkpoint);
  EXPECT_EQ(checkpoint->times,
            (std::map<std::string, uint64_t>{{"in", kTime + 1}, {"ru", kTime + 5}}));
  EXPECT_EQ(checkpoint->checkpoint, checkpoint_);
}

TEST_F(CheckpointTest, NobodyCosignsInAnothersName) {
  // The line of one member under the name of another: the key ID does not fit, so it is unknown.
  NoteLine relabelled = Line("ru", "ru", kTime);
  relabelled.name = CosignerName(kFederation, "in");
  const auto checkpoint = Verify(With({relabelled}));
  ASSERT_OK(checkpoint);
  EXPECT_TRUE(checkpoint->times.empty());
  // With the key ID made to fit, it is a known line that fails.
  relabelled.key_id = Line("in", "in", kTime).key_id;
  EXPECT_THAT(Verify(With({relabelled})), HasReason(Reason::BAD_COSIGNATURE));
}

TEST_F(CheckpointTest, ACosignatureIsBoundToItsTime) {
  NoteLine line = Line("ru", "ru", kTime);
  line.signature[7] = static_cast<char>(line.signature[7] ^ 1);
  EXPECT_THAT(Verify(With({line})), HasReason(Reason::BAD_COSIGNATURE));
}

TEST_F(CheckpointTest, WithoutTheLogsOwnLineItIsNothing) {
  const std::string text = checkpoint_.Text();
  EXPECT_THAT(Verify(FormatNote(text, {Line("in", "in", kTime)})),
              HasReason(Reason::NOT_SIGNED_BY_LOG));
  EXPECT_THAT(Verify(SignCheckpoint(checkpoint_, *SignerOf("ru log"))),
              HasReason(Reason::NOT_SIGNED_BY_LOG));
  // The log key's cosignature is not its signature.
  EXPECT_THAT(Verify(FormatNote(text, {Cosign(text, checkpoint_.origin, kTime, *log_)})),
              HasReason(Reason::NOT_SIGNED_BY_LOG));
  // The right key ID, a signature over something else.
  auto note = ParseNote(SignCheckpoint(checkpoint_, *log_)).value();
  note.lines[0].signature = log_->Sign("something else\n");
  EXPECT_THAT(Verify(FormatNote(text, note.lines)), HasReason(Reason::NOT_SIGNED_BY_LOG));
}

TEST_F(CheckpointTest, TextsOutsideTheFormatAreRefused) {
  const std::string root = Base64Encode(Sha256("root").view());
  const std::string origin = "sti.brics.example/br/1\n";
  const struct {
    std::string text;
    Reason reason;
  } kBad[] = {
      {"", Reason::BAD_CHECKPOINT},
      {origin, Reason::BAD_CHECKPOINT},
      {origin + "5\n", Reason::BAD_CHECKPOINT},
      {origin + "5\n" + root, Reason::BAD_CHECKPOINT},
      {origin + "5\n" + root + "\n\n", Reason::BAD_CHECKPOINT},
      {origin + "5\n" + root + "\nextension\n", Reason::BAD_CHECKPOINT},
      {"\n5\n" + root + "\n", Reason::BAD_CHECKPOINT},
      {"example.com/log\n5\n" + root + "\n", Reason::BAD_NAME},
      {"sti.brics.example/br/0\n5\n" + root + "\n", Reason::BAD_NAME},
      {"sti.brics.example/br/01\n5\n" + root + "\n", Reason::BAD_NAME},
      {origin + "05\n" + root + "\n", Reason::BAD_SIZE},
      {origin + "+5\n" + root + "\n", Reason::BAD_SIZE},
      {origin + " 5\n" + root + "\n", Reason::BAD_SIZE},
      {origin + "9223372036854775808\n" + root + "\n", Reason::BAD_SIZE},
      {origin + "5\n" + root.substr(0, 40) + "\n", Reason::BAD_ROOT},
      {origin + "5\n" + root + " \n", Reason::BAD_ROOT},
      {origin + "0\n" + root + "\n", Reason::BAD_ROOT},
  };
  for (const auto& bad : kBad) {
    EXPECT_THAT(ParseCheckpoint(bad.text), HasReason(bad.reason)) << bad.text;
  }
  EXPECT_OK(ParseCheckpoint(origin + "9223372036854775807\n" + root + "\n"));
  EXPECT_OK(ParseCheckpoint(Checkpoint{"sti.brics.example/br/1", 0, EmptyRoot()}.Text()));
}

TEST_F(CheckpointTest, StrangersLinesAreDropped) {
  const std::string known = With({Line("ru", "ru", kTime)});
  const std::string noisy = With({Line("eve", "eve", kTime), Line("ru", "ru", kTime),
                                  NoteLine{checkpoint_.origin, 1, "no signature at all"}});
  const auto checkpoint = Verify(noisy);
  ASSERT_OK(checkpoint);
  EXPECT_EQ(FormatCheckpoint(*checkpoint), known);
}

TEST_F(CheckpointTest, MergingIsInAnyOrderTheSameBytes) {
  std::vector<NoteLine> lines = {Line("in", "in", kTime + 9), Line("in", "in", kTime),
                                 Line("ru", "ru", kTime), Line("in, second", "in", kTime),
                                 Line("za", "za", kTime)};
  const std::string all = FormatCheckpoint(Verify(With(lines)).value());
  std::vector<size_t> order = {0, 1, 2, 3, 4};
  do {
    SignedCheckpoint merged = Verify(With({})).value();
    for (const size_t i : order) MergeLines(Verify(With({lines[i]})).value(), merged);
    EXPECT_EQ(FormatCheckpoint(merged), all);
    EXPECT_EQ(merged.times.at("in"), kTime);
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_THAT(Verify(all)->lines.size(), 5U);
}

TEST_F(CheckpointTest, AddingALineChecksIt) {
  SignedCheckpoint checkpoint = Verify(With({})).value();
  EXPECT_OK(AddLine(Line("ru", "ru", kTime), cosigners_, checkpoint));
  EXPECT_EQ(FormatCheckpoint(checkpoint), With({Line("ru", "ru", kTime)}));
  EXPECT_THAT(AddLine(Line("eve", "eve", kTime), cosigners_, checkpoint),
              HasReason(Reason::UNKNOWN_KEY));
  NoteLine bad = Line("in", "in", kTime);
  bad.signature.back() = static_cast<char>(bad.signature.back() ^ 1);
  EXPECT_THAT(AddLine(bad, cosigners_, checkpoint), HasReason(Reason::BAD_COSIGNATURE));
  EXPECT_EQ(checkpoint.times.size(), 1U);
}

TEST_F(CheckpointTest, MoreKeysThanLinesStillLeaveOneLineForEachMember) {
  // 60 members with two keys each: 121 lines do not fit into a note, 61 do.
  for (int i = 0; i < 60; ++i) {
    const std::string member = absl::StrCat("m", i);
    for (const char* key : {" a", " b"}) {
      cosigners_.push_back({member, CosignerName(kFederation, member), Key(member + key)});
    }
  }
  SignedCheckpoint merged = Verify(With({})).value();
  for (int i = 0; i < 60; ++i) {
    const std::string member = absl::StrCat("m", i);
    ASSERT_OK(AddLine(Line(member + " a", member, kTime + 1), cosigners_, merged));
    ASSERT_OK(AddLine(Line(member + " b", member, kTime), cosigners_, merged));
  }
  const auto read = Verify(FormatCheckpoint(merged));
  ASSERT_OK(read);
  EXPECT_EQ(read->times.size(), 60U);
  for (const auto& [member, time] : read->times) EXPECT_EQ(time, kTime) << member;
}

TEST_F(CheckpointTest, CompareTellsForksFromGrowth) {
  Checkpoint other = checkpoint_;
  EXPECT_EQ(Compare(checkpoint_, other), CheckpointOrder::kSame);
  other.root = Sha256("another root");
  EXPECT_EQ(Compare(checkpoint_, other), CheckpointOrder::kFork);
  other.size = 6;
  EXPECT_EQ(Compare(checkpoint_, other), CheckpointOrder::kLarger);
  EXPECT_EQ(Compare(other, checkpoint_), CheckpointOrder::kSmaller);
}

}  // namespace
}  // namespace plenary
