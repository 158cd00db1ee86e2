// The rules of redaction, each by what would be wrong without it.
#include <gtest/gtest.h>

#include "ledger/wire.h"
#include "tests/ledger/judge_fixture.h"

namespace plenary {
namespace {

using testing::LeafOf;
using testing::NewManifest;
using testing::RecordToLog;
using testing::RedactionBytes;
using testing::SignManifest;

class RedactionTest : public JudgeTest {
 protected:
  LeafToJudge Redaction(absl::string_view id, const std::vector<EntryPlace>& targets,
                        uint32_t audience = 0, bool permanent = true) {
    return Leaf({{RedactionBytes(world_, "br", id, targets), audience, permanent}});
  }
};

TEST_F(RedactionTest, ItFreesTheRevisionForTheNextInLine) {
  const std::string first = Meeting("mm-1");
  const std::string rival = Meeting("mm-1", 1, "", "rival");
  const std::string after_first = Meeting("mm-1", 2, DigestOfBytes(first));
  const std::string after_rival = Meeting("mm-1", 2, DigestOfBytes(rival));
  const std::vector<LeafToJudge> leaves = {Leaf({{first}}), Leaf({{rival}}), Leaf({{after_rival}}),
                                           Leaf({{after_first}})};
  EXPECT_EQ(Words(Judge(leaves)), (List{"counts", "REVISION_TAKEN", "STALE_REVISION", "counts"}));
  std::vector<LeafToJudge> redacted = leaves;
  redacted.push_back(Redaction("r-1", {{1, 0, 0}}));
  EXPECT_EQ(Words(Judge(redacted)),
            (List{"redacted", "counts", "counts", "REVISION_TAKEN", "counts"}))
      << "in the order of the log, as if the bytes had never been here";
  redacted[0].records[0].reset();
  EXPECT_EQ(Words(Judge(redacted)),
            (List{"redacted", "counts", "counts", "REVISION_TAKEN", "counts"}))
      << "and the same where they never were";
}

TEST_F(RedactionTest, AnotherNameMayStandOnTheDigestToo) {
  const std::string first = Meeting("mm-1");
  const std::vector<LeafToJudge> leaves = {Leaf({{first}}),
                                           Leaf({{Meeting("other", 2, DigestOfBytes(first))}}),
                                           Redaction("r-1", {{1, 0, 0}})};
  EXPECT_EQ(Words(Judge(leaves)), (List{"redacted", "counts", "counts"}));
}

TEST_F(RedactionTest, ARedactionStandsOnItsOwnChainAlone) {
  const std::string meeting = Meeting("mm-1");
  const std::string second = RedactionBytes(world_, "br", "r-2", {}, 2, DigestOfBytes(meeting));
  EXPECT_EQ(
      Words(Judge({Leaf({{meeting}}), Redaction("r-1", {{1, 0, 0}}), Leaf({{second, 0, true}})})),
      (List{"redacted", "counts", "STALE_REVISION"}));
}

TEST_F(RedactionTest, ItsTargetsAreEarlierEntriesOfTheMembersLogs) {
  const LeafToJudge meeting = Leaf({{Meeting("mm-1")}});
  EXPECT_EQ(Words(Judge({meeting, Redaction("r-1", {{1, 1, 0}})})), (List{"counts", "BAD_TARGET"}))
      << "itself";
  EXPECT_EQ(Words(Judge({meeting, Redaction("r-1", {{1, 0, 1}})})), (List{"counts", "BAD_TARGET"}))
      << "an entry that the leaf has not";
  EXPECT_EQ(Words(Judge({{"no envelope", {}}, Redaction("r-1", {{1, 0, 0}})})), List{"BAD_TARGET"})
      << "a leaf that has no entries";
  EXPECT_EQ(Words(Judge({meeting, Redaction("r-1", {{2, 0, 0}})})), (List{"counts", "BAD_TARGET"}))
      << "a later epoch";
  const std::string both = RedactionBytes(world_, "br", "r-1", {{1, 0, 0}});
  EXPECT_EQ(Words(Judge({Leaf({{Meeting("mm-1")}, {both, 0, true}})})),
            (List{"redacted", "counts"}))
      << "the same commit may hold both";
  EXPECT_EQ(Words(Judge({Leaf({{both, 0, true}, {Meeting("mm-1")}})})),
            (List{"BAD_TARGET", "counts"}));
}

TEST_F(RedactionTest, OneBadTargetVoidsAllOfIt) {
  const LeafToJudge meetings = Leaf({{Meeting("mm-1")}, {Meeting("mm-2"), 1}});
  EXPECT_EQ(Words(Judge({meetings, Redaction("r-1", {{1, 0, 0}, {1, 7, 0}})})),
            (List{"counts", "counts", "BAD_TARGET"}));
  EXPECT_EQ(Words(Judge({meetings, Redaction("r-1", {{1, 0, 0}, {1, 0, 1}})})),
            (List{"counts", "counts", "NARROW_REDACTION"}));
  EXPECT_EQ(Words(Judge({meetings, Redaction("r-1", {{1, 0, 0}, {1, 0, 1}}, 1)})),
            (List{"redacted", "redacted", "counts"}));
}

TEST_F(RedactionTest, ItCountsOnlyIfPermanentAndNotForAList) {
  const LeafToJudge meeting = Leaf({{Meeting("mm-1")}});
  EXPECT_EQ(Words(Judge({meeting, Redaction("r-1", {{1, 0, 0}}, 0, false)})),
            (List{"counts", "NOT_PERMANENT"}));
  const std::string bytes = RedactionBytes(world_, "br", "r-1", {{1, 0, 0}});
  v1::Manifest manifest = NewManifest(world_, "br", 1, {{bytes, 2, true}});
  manifest.add_audiences()->add_members("in");
  EXPECT_EQ(Words(Judge({meeting, LeafOf(world_, manifest, {{bytes, 2, true}})},
                        Sight::List({"in", "br"}, world_.roster()))),
            (List{"counts", "BAD_AUDIENCE"}));
}

TEST_F(RedactionTest, OneThatIsNotUnderstoodErasesNothing) {
  std::string newer = RedactionBytes(world_, "br", "r-1", {{1, 0, 0}});
  wire::AppendUint(300, 1, newer);
  EXPECT_EQ(Words(Judge({Leaf({{Meeting("mm-1")}}), Leaf({{newer, 0, true}})})),
            (List{"counts", "not_understood"}));
}

TEST_F(RedactionTest, BytesOfALeafThatDoesNotCountAreErasedToo) {
  LeafToJudge forged = Leaf({{Meeting("mm-1")}});
  forged.envelope =
      SignManifest(NewManifest(world_, "br", 1, {{Meeting("mm-1")}}), {&world_.Author("in")});
  const auto judged = Judge({forged, Redaction("r-1", {{1, 0, 0}})});
  EXPECT_EQ(Words(judged), (List{"BAD_SIGNATURE", "counts"}));
  EXPECT_TRUE(judged[0].entries[0].redacted);
  EXPECT_EQ(Words(Judge({forged, Redaction("r-1", {{1, 0, 0}}),
                         Leaf({{Meeting("mm-1", 2, DigestOfBytes(Meeting("mm-1")))}})})),
            (List{"BAD_SIGNATURE", "counts", "STALE_REVISION"}))
      << "but what did not count stands in no chain";
}

TEST_F(RedactionTest, OfARestrictedEntryIsSeenByAll) {
  v1::Manifest manifest = NewManifest(world_, "br", 1, {{Meeting("mm-1"), 2}});
  manifest.add_audiences()->add_members("in");
  EXPECT_EQ(Words(Judge(
                {LeafOf(world_, manifest, {{Meeting("mm-1"), 2}}), Redaction("r-1", {{1, 0, 0}})})),
            (List{"redacted", "counts"}));
}

TEST_F(RedactionTest, OneEntryOfTwoEqualOnesIsRedactedAlone) {
  EXPECT_EQ(
      Words(Judge({Leaf({{Meeting("mm-1")}, {Meeting("mm-1")}}), Redaction("r-1", {{1, 0, 0}})})),
      (List{"redacted", "counts", "counts"}));
}

// A malicious member may fill one name with rivals and redact them one by one: the work must stay
// in proportion to what it sent.
TEST_F(RedactionTest, ALongLineOfRivalsIsNoQuadraticWork) {
  constexpr int kRivals = 20'000;
  constexpr int kPerLeaf = 1'000;
  std::vector<LeafToJudge> leaves;
  std::string first;
  for (int i = 0; i < kRivals; i += kPerLeaf) {
    std::vector<RecordToLog> records;
    for (int j = i; j < i + kPerLeaf; ++j) {
      records.push_back({Meeting("mm-1", 1, "", std::to_string(j))});
    }
    leaves.push_back(Leaf(records));
  }
  constexpr int kRedacted = 5'000;
  for (int i = 0; i < kRedacted; i += kPerLeaf) {
    std::vector<RecordToLog> records;
    for (int j = i; j < i + kPerLeaf; ++j) {
      const auto place =
          EntryPlace{1, static_cast<uint64_t>(j / kPerLeaf), static_cast<uint32_t>(j % kPerLeaf)};
      records.push_back({RedactionBytes(world_, "br", "r-" + std::to_string(j), {place}), 0, true});
    }
    leaves.push_back(Leaf(records));
  }
  const auto judged = Judge(leaves);
  const auto& next = judged[kRedacted / kPerLeaf].entries[0];
  EXPECT_EQ(Word(next.judgement), "counts");
  EXPECT_EQ(Word(judged[0].entries[1].judgement), "redacted");
}

}  // namespace
}  // namespace plenary
