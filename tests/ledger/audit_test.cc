#include "ledger/audit.h"

#include <gtest/gtest.h>

#include "ledger/commit.h"
#include "ledger/names.h"
#include "tests/support/log_maker.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::LeafOf;
using testing::NewLeaf;
using testing::NewManifest;
using testing::RecordBytes;
using testing::RedactionBytes;
using testing::SignManifest;
using testing::TrustOf;
using testing::World;

class AuditTest : public ::testing::Test {
 protected:
  // A checkpoint of the first `size` leaves, cosigned by these members.
  std::string Note(const std::vector<LeafToJudge>& leaves, size_t size,
                   const std::vector<std::string>& cosigners) const {
    Checkpoint checkpoint{world_.Origin("br"), size, TreeOf(leaves, size).Root()};
    return NoteOf(checkpoint, cosigners);
  }
  std::string NoteOf(const Checkpoint& checkpoint,
                     const std::vector<std::string>& cosigners) const {
    auto note = ParseNote(SignCheckpoint(checkpoint, world_.Log("br")));
    EXPECT_OK(note);
    for (const std::string& member : cosigners) {
      note->lines.push_back(Cosign(checkpoint.Text(), CosignerName(world_.federation(), member),
                                   1'700'000'000, world_.Cosigner(member)));
    }
    return FormatNote(note->text, note->lines);
  }
  static Frontier TreeOf(const std::vector<LeafToJudge>& leaves, size_t size) {
    Frontier frontier;
    for (size_t i = 0; i < size; ++i) frontier.Append(LeafHash(leaves[i].envelope));
    return frontier;
  }
  // The nodes of a tree, for proofs.
  static std::map<NodeId, Digest> NodesOf(const std::vector<LeafToJudge>& leaves) {
    std::map<NodeId, Digest> nodes;
    Frontier frontier;
    for (const LeafToJudge& leaf : leaves) {
      frontier.Append(LeafHash(leaf.envelope),
                      [&nodes](NodeId id, const Digest& hash) { nodes[id] = hash; });
    }
    return nodes;
  }
  absl::StatusOr<AuditedSegment> Audit(const std::vector<LeafToJudge>& leaves,
                                       const std::string& note, const AuditStart& start = {},
                                       const AuditTail& tail = {}) {
    TrustBook trust = TrustOf(world_);
    return AuditSegment("br", trust, start, leaves, note, tail);
  }
  LeafToJudge Meeting(const std::string& id) {
    return NewLeaf(world_, "br", 1, {{RecordBytes("br", "meetings", id)}});
  }

  World world_{4};  // br's peers: in, cn, ru; a quorum is two
};

TEST_F(AuditTest, AGoodLogIsFinalAndCountsWhole) {
  const std::vector<LeafToJudge> leaves = {Meeting("a"), Meeting("b"), Meeting("c")};
  const auto audited = Audit(leaves, Note(leaves, 3, {"in", "ru"}));
  ASSERT_OK(audited);
  EXPECT_OK(audited->checkpoint.final);
  EXPECT_EQ(audited->checkpoint.peers.held, 2);
  EXPECT_EQ(audited->checkpoint.peers.rule.peers, 3);
  EXPECT_EQ(audited->end, TreeOf(leaves, 3));
  EXPECT_EQ(audited->counts.leaves_counting, 3U);
  EXPECT_EQ(audited->counts.of(Verdict::kCounts), 3U);
  EXPECT_TRUE(audited->findings.empty());
}

TEST_F(AuditTest, TooFewPeersAreNotFinal) {
  const std::vector<LeafToJudge> leaves = {Meeting("a")};
  EXPECT_THAT(Audit(leaves, Note(leaves, 1, {"in"}))->checkpoint.final,
              HasReason(Reason::NOT_FINAL));
  EXPECT_THAT(Audit(leaves, Note(leaves, 1, {"in", "in", "br"}))->checkpoint.final,
              HasReason(Reason::NOT_FINAL))
      << "twice the same, and the owner";
}

TEST_F(AuditTest, OtherLeavesThanTheCheckpointsAreRefused) {
  const std::vector<LeafToJudge> leaves = {Meeting("a"), Meeting("b")};
  const std::string note = Note(leaves, 2, {"in", "ru"});
  EXPECT_THAT(Audit({leaves[1], leaves[0]}, note), HasReason(Reason::INCONSISTENT_CHECKPOINT));
  EXPECT_THAT(Audit({leaves[0], leaves[1], leaves[1]}, note), HasReason(Reason::BAD_SIZE));
  EXPECT_THAT(Audit({leaves[0]}, note), HasReason(Reason::BAD_CONSISTENCY)) << "no tail";
}

TEST_F(AuditTest, WhoSignsForTheLogMatters) {
  const std::vector<LeafToJudge> leaves = {Meeting("a")};
  Checkpoint checkpoint{world_.Origin("br"), 1, TreeOf(leaves, 1).Root()};
  EXPECT_THAT(Audit(leaves, SignCheckpoint(checkpoint, world_.Log("in"))),
              HasReason(Reason::NOT_SIGNED_BY_LOG));
  std::string note = Note(leaves, 1, {"in", "ru"});
  note[note.size() - 20] = note[note.size() - 20] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(Audit(leaves, note).ok()) << "a damaged cosignature";
  TrustBook no_cards(world_.rosters());
  EXPECT_THAT(AuditSegment("br", no_cards, {}, leaves, Note(leaves, 1, {})),
              HasReason(Reason::NO_LOG_KEY));
}

TEST_F(AuditTest, WhatIsWrongInALogIsFoundAndStopsNothing) {
  LeafToJudge forged = Meeting("b");
  forged.envelope = SignManifest(
      NewManifest(world_, "br", 1, {{RecordBytes("br", "meetings", "b")}}), {&world_.Author("in")});
  LeafToJudge damaged = Meeting("c");
  damaged.records[0] = "other bytes";
  const std::vector<LeafToJudge> leaves = {{"no envelope", {}}, forged, damaged, Meeting("d")};
  const auto audited = Audit(leaves, Note(leaves, 4, {"in", "ru"}));
  ASSERT_OK(audited);
  EXPECT_OK(audited->checkpoint.final);
  ASSERT_EQ(audited->findings.size(), 3U);
  EXPECT_EQ(ReasonOf(audited->findings[0].why), Reason::NON_CANONICAL);
  EXPECT_EQ(ReasonOf(audited->findings[1].why), Reason::BAD_SIGNATURE);
  EXPECT_EQ(audited->findings[1].entry, std::nullopt);
  EXPECT_EQ(ReasonOf(audited->findings[2].why), Reason::WRONG_DIGEST);
  EXPECT_EQ(audited->findings[2].index, 2U);
  EXPECT_EQ(audited->findings[2].entry, 0U);
  EXPECT_EQ(audited->counts.of(Verdict::kCounts), 1U);
}

TEST_F(AuditTest, ARedactionTakesAFindingBack) {
  const std::string first = RecordBytes("br", "meetings", "a");
  const std::string rival = RecordBytes("br", "meetings", "a", 1, "", "rival");
  std::vector<LeafToJudge> leaves = {NewLeaf(world_, "br", 1, {{first}}),
                                     NewLeaf(world_, "br", 1, {{rival}})};
  EXPECT_EQ(Audit(leaves, Note(leaves, 2, {}))->findings.size(), 1U);
  leaves.push_back(
      NewLeaf(world_, "br", 1, {{RedactionBytes(world_, "br", "r", {{1, 0, 0}}), 0, true}}));
  const auto audited = Audit(leaves, Note(leaves, 3, {}));
  EXPECT_TRUE(audited->findings.empty());
  EXPECT_EQ(audited->counts.of(Verdict::kRedacted), 1U);
  EXPECT_EQ(audited->counts.of(Verdict::kCounts), 2U);
  EXPECT_EQ(audited->counts.of(Verdict::kDoesNotCount), 0U);
}

TEST_F(AuditTest, ASegmentFromTheMiddleIsCheckedByLeaf) {
  const std::vector<LeafToJudge> leaves = {Meeting("a"), Meeting("b"), Meeting("c")};
  std::vector<LeafToJudge> rest(leaves.begin() + 1, leaves.end());
  const AuditStart start{1, TreeOf(leaves, 1), {1, 1}, 1};
  const std::string note = Note(leaves, 3, {"in", "ru"});
  const auto audited = Audit(rest, note, start);
  ASSERT_OK(audited);
  EXPECT_OK(audited->checkpoint.final);
  EXPECT_EQ(audited->counts.leaves_counting, 2U);
  EXPECT_EQ(audited->counts.of(Verdict::kCounts), 0U) << "records are not judged";
  rest[0].records[0]->push_back('x');
  EXPECT_EQ(ReasonOf(Audit(rest, note, start)->findings[0].why), Reason::WRONG_SIZE);
  // Had the leaves before it named card 2, both would have gone back.
  const auto went_back = Audit(rest, note, {1, TreeOf(leaves, 1), {1, 2}, 1});
  EXPECT_EQ(went_back->counts.leaves_counting, 0U);
  EXPECT_THAT(Audit(rest, note, {1, TreeOf(leaves, 2), {1, 1}, 1}), HasReason(Reason::BAD_SIZE));
}

TEST_F(AuditTest, ATailLeadsToALargerCheckpoint) {
  const std::vector<LeafToJudge> leaves = {Meeting("a"), Meeting("b"), Meeting("c"), Meeting("d"),
                                           Meeting("e")};
  const std::map<NodeId, Digest> nodes = NodesOf(leaves);
  const auto reader = [&nodes](NodeId id) -> absl::StatusOr<Digest> { return nodes.at(id); };
  const std::vector<LeafToJudge> first(leaves.begin(), leaves.begin() + 3);
  const std::string note = Note(leaves, 5, {"in", "ru"});
  AuditTail tail{*ConsistencyProof(3, 5, reader), std::nullopt, {}};
  auto audited = Audit(first, note, {}, tail);
  ASSERT_OK(audited);
  EXPECT_THAT(audited->checkpoint.final, HasReason(Reason::LAST_LEAF_MISSING));
  tail.last_leaf = leaves[4].envelope;
  tail.inclusion = *InclusionProof(4, 5, reader);
  audited = Audit(first, note, {}, tail);
  ASSERT_OK(audited);
  EXPECT_OK(audited->checkpoint.final);
  tail.last_leaf = leaves[3].envelope;
  EXPECT_THAT(Audit(first, note, {}, tail), HasReason(Reason::BAD_INCLUSION));
  tail.consistency.pop_back();
  EXPECT_THAT(Audit(first, note, {}, tail), HasReason(Reason::BAD_CONSISTENCY));
}

TEST_F(AuditTest, RostersInPlayBeginWithTheLastFinalCheckpoint) {
  std::vector<LeafToJudge> leaves = {Meeting("a")};
  v1::Roster next = world_.NextRoster();
  for (const char* code : {"eg", "et", "ir", "ae"}) world_.AddMember(next, code);
  next.set_threshold(5);
  world_.Adopt(next);
  for (const char* code : {"eg", "et", "ir", "ae"}) world_.AdoptCard(world_.NextCard(code));
  leaves.push_back(Meeting("b"));
  TrustBook trust = TrustOf(world_);
  struct NoBytes final : LogBytes {
    absl::StatusOr<std::optional<std::string>> Leaf(LeafPlace) override { return std::nullopt; }
    absl::StatusOr<std::optional<std::string>> Record(EntryPlace) override { return std::nullopt; }
  } bytes;
  LogAudit audit("br", trust, bytes, {});
  ASSERT_OK(audit.Begin({}));
  ASSERT_OK(audit.Add(leaves[0].envelope, {}));
  const std::vector<std::string> new_ones = {"eg", "et", "ir", "ae", "in"};
  ASSERT_OK(audit.Add(leaves[1].envelope, {}));
  const auto by_new = audit.Verify(Note(leaves, 2, new_ones));
  ASSERT_OK(by_new);
  EXPECT_EQ(by_new->in_play, (RosterRange{1, 3}));
  EXPECT_THAT(by_new->final, HasReason(Reason::NOT_FINAL)) << "one of roster 1's peers is too few";
  const auto by_both = audit.Verify(Note(leaves, 2, {"eg", "et", "ir", "in", "ru"}));
  EXPECT_OK(by_both->final);
  // From now on only roster 2 is in play.
  leaves.push_back(Meeting("c"));
  ASSERT_OK(audit.Add(leaves[2].envelope, {}));
  const auto later = audit.Verify(Note(leaves, 3, new_ones));
  EXPECT_EQ(later->in_play, (RosterRange{2, 3}));
  EXPECT_OK(later->final);
}

TEST_F(AuditTest, ACompromisedCosignerCountsNoMore) {
  const std::vector<LeafToJudge> leaves = {Meeting("a")};
  const std::string note = Note(leaves, 1, {"in", "ru"});
  v1::Card card = world_.NextCard("ru");
  card.mutable_cosigners(0)->set_status(v1::KEY_STATUS_RETIRED);
  world_.AdoptCard(card);
  EXPECT_OK(Audit(leaves, note)->checkpoint.final);
  card = world_.NextCard("ru");
  card.mutable_cosigners(0)->set_status(v1::KEY_STATUS_COMPROMISED);
  world_.AdoptCard(card);
  EXPECT_THAT(Audit(leaves, note)->checkpoint.final, HasReason(Reason::NOT_FINAL));
}

TEST_F(AuditTest, AnEmptyLogHasACheckpointToo) {
  const auto audited = Audit({}, Note({}, 0, {"in", "cn"}));
  ASSERT_OK(audited);
  EXPECT_OK(audited->checkpoint.final);
}

TEST_F(AuditTest, LogsOfAMemberAreAuditedInTheOrderOfTheirEpochs) {
  v1::Card card = world_.NextCard("br");
  card.mutable_logs(0)->set_closed(true);
  v1::Log& log = *card.add_logs();
  log.set_epoch(2);
  *log.mutable_key() = world_.Enrol("br", KeyRole::kLog, 2, world_.Log("br", 2));
  const LeafToJudge first = Meeting("a");
  world_.AdoptCard(card);
  const std::string next = RecordBytes("br", "meetings", "a", 2, Sha256(*first.records[0]).bytes());
  const LeafToJudge second = NewLeaf(world_, "br", 2, {{next}});
  TrustBook trust = TrustOf(world_);
  struct NoBytes final : LogBytes {
    absl::StatusOr<std::optional<std::string>> Leaf(LeafPlace) override { return std::nullopt; }
    absl::StatusOr<std::optional<std::string>> Record(EntryPlace) override { return std::nullopt; }
  } bytes;
  const auto slots_of = [](const LeafToJudge& leaf) {
    return std::vector<SlotBytes>{{.bytes = *leaf.records[0], .verified = false}};
  };
  LogAudit audit("br", trust, bytes, {});
  ASSERT_OK(audit.Begin({}));
  ASSERT_OK(audit.Add(first.envelope, slots_of(first)));
  EXPECT_THAT(audit.Begin({}), HasReason(Reason::BAD_REQUEST));
  AuditStart later;
  later.epoch = 2;
  ASSERT_OK(audit.Begin(later));
  EXPECT_TRUE(audit.judges_records());
  ASSERT_OK(audit.Add(second.envelope, slots_of(second)));
  EXPECT_EQ(audit.counts().of(Verdict::kCounts), 2U) << "revision 2 stands on the old log's";
}

}  // namespace
}  // namespace plenary
