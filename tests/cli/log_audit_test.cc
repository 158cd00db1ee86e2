// The audit of whole logs against sources that are honest and that lie. If one of these failed, an
// auditor would take a rewritten, cut or forged log for a good one.
#include "tests/cli/audit_world.h"

#include "absl/strings/str_cat.h"
#include "ledger/checkpoint.h"
#include "ledger/commit.h"
#include "ledger/evidence.h"
#include "ledger/names.h"

namespace plenary::cli::testing {
namespace {

using plenary::testing::HasReason;
using plenary::testing::NewLeaf;
using plenary::testing::NewManifest;
using plenary::testing::RecordBytes;
using plenary::testing::RedactionBytes;
using plenary::testing::SignManifest;

// Disproved, for that reason first.
void ExpectDisproved(const LogVerdict& verdict, Reason reason) {
  EXPECT_EQ(verdict.exit, ProofExit::kDisproved);
  ASSERT_FALSE(verdict.reasons.empty());
  EXPECT_THAT(verdict.reasons.front(), HasReason(reason));
}

class LogAuditTest : public AuditWorldTest {};

TEST_F(LogAuditTest, AGoodLogIsProvenAndCounted) {
  Grow(600);
  const LogVerdict verdict = Audit(source_);
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_EQ(verdict.size, 600U);
  EXPECT_EQ(verdict.counts.leaves_counting, 600U);
  EXPECT_EQ(verdict.counts.entries, 600U);
  EXPECT_EQ(verdict.slots[v1::SLOT_STATE_PRESENT], 600U);
  ASSERT_TRUE(verdict.final_checkpoint.has_value());
  EXPECT_EQ(verdict.final_checkpoint->peers.held, 2);
  EXPECT_FALSE(verdict.judged);
}

TEST_F(LogAuditTest, AnEmptyLogIsALogToo) {
  source_.Of("br");
  EXPECT_EQ(Audit(source_).exit, ProofExit::kProven) << "nobody has written yet";
  AuditOptions options;
  options.known[world_.Origin("br")] = {source_.Note("br", 0, {})};
  source_.Finish("br", {"in", "ru"});
  EXPECT_EQ(Audit(source_, options).exit, ProofExit::kProven);
}

TEST_F(LogAuditTest, WithoutACheckpointOrAQuorumNothingIsFinal) {
  source_.AddMeeting("br", "a");
  source_.Of("br").head.size = 1;
  ExpectDisproved(Audit(source_), Reason::NOT_FINAL);
  source_.Finish("br", {"in"});
  ExpectDisproved(Audit(source_), Reason::NOT_FINAL);
  source_.Finish("br", {"in", "br"});
  ExpectDisproved(Audit(source_), Reason::NOT_FINAL);
}

TEST_F(LogAuditTest, LeavesBeyondTheNewestCheckpointAreNotLookedAt) {
  Grow(10);
  source_.Of("br").leaves.push_back({{"nobody has signed this", {}}, {}});
  source_.Of("br").head.size = 11;
  const LogVerdict verdict = Audit(source_);
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_EQ(verdict.size, 10U);
  EXPECT_EQ(verdict.held, 11U);
}

TEST_F(LogAuditTest, ANewerCheckpointIsVerifiedBesideTheFinalOne) {
  Grow(5);
  for (const char* id : {"x", "y"}) source_.AddMeeting("br", id);
  LogHead& head = source_.Of("br").head;
  head.newest = source_.Note("br", 7, {});
  head.size = 7;
  const LogVerdict verdict = Audit(source_);
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_EQ(verdict.size, 7U);
  EXPECT_EQ(verdict.final_checkpoint->checkpoint.checkpoint.size, 5U);
  // Another history beyond the final part.
  source_.Of("br").leaves[6] = source_.Of("br").leaves[5];
  ExpectDisproved(Audit(source_), Reason::INCONSISTENT_CHECKPOINT);
}

TEST_F(LogAuditTest, ALeafThatIsChangedSwappedOrDroppedIsFound) {
  Grow(20);
  auto& leaves = source_.Of("br").leaves;
  const auto honest = leaves;
  leaves[7].leaf.envelope.back() ^= 1;
  ExpectDisproved(Audit(source_), Reason::INCONSISTENT_CHECKPOINT);
  leaves = honest;
  std::swap(leaves[3], leaves[4]);
  ExpectDisproved(Audit(source_), Reason::INCONSISTENT_CHECKPOINT);
  leaves = honest;
  leaves.pop_back();
  ExpectDisproved(Audit(source_), Reason::LOG_SHORTER);
}

TEST_F(LogAuditTest, ARecordThatIsNotTheSignedOneIsFound) {
  Grow(20);
  auto& record = source_.Of("br").leaves[7].leaf.records[0];
  record->back() ^= 1;
  ExpectDisproved(Audit(source_), Reason::WRONG_DIGEST);
  record->pop_back();
  ExpectDisproved(Audit(source_), Reason::WRONG_SIZE);
  AuditOptions judging;
  judging.judge_records = true;
  ExpectDisproved(Audit(source_, judging), Reason::WRONG_DIGEST);
}

TEST_F(LogAuditTest, ALeafThatNoAuthorOfTheMemberSignedIsFound) {
  Grow(3);
  LeafToJudge forged = NewLeaf(world_, "br", 1, {{RecordBytes("br", "meetings", "forged")}});
  forged.envelope =
      SignManifest(NewManifest(world_, "br", 1, {{RecordBytes("br", "meetings", "forged")}}),
                   {&world_.Author("in")});
  source_.Of("br").leaves.push_back({forged, {}});
  source_.Finish("br", {"in", "ru"});
  const LogVerdict verdict = Audit(source_);
  ExpectDisproved(verdict, Reason::BAD_SIGNATURE);
  EXPECT_EQ(verdict.reasons.size(), 1U) << "the log itself is whole";
  EXPECT_THAT(std::string(verdict.reasons[0].message()), ::testing::HasSubstr("leaf 3"));
}

TEST_F(LogAuditTest, ACheckpointOfAnotherLogOrKeyIsRefused) {
  Grow(3);
  for (int i = 0; i < 3; ++i) source_.AddMeeting("in", absl::StrCat("m-", i));
  LogHead& head = source_.Of("br").head;
  head.checkpoint = head.newest = source_.Note("in", 3, {"br", "ru"});
  const std::vector<LogVerdict> verdicts = AuditAll(source_);
  ASSERT_EQ(verdicts.size(), 2U);
  ExpectDisproved(verdicts[0], Reason::NOT_SIGNED_BY_LOG);
  head.checkpoint = head.newest = "no note at all\n";
  ExpectDisproved(Audit(source_), Reason::BAD_NOTE);
}

TEST_F(LogAuditTest, CheckpointsFromElsewhereMustBeInTheLog) {
  Grow(10);
  AuditOptions options;
  options.known[world_.Origin("br")] = {source_.Note("br", 0, {}), source_.Note("br", 4, {}),
                                        source_.Note("br", 10, {"in"})};
  EXPECT_EQ(Audit(source_, options).exit, ProofExit::kProven);
  // The node's history was rewritten since.
  auto& leaves = source_.Of("br").leaves;
  const auto honest = leaves;
  leaves.erase(leaves.begin());
  source_.AddMeeting("br", "another");
  source_.Finish("br", {"in", "ru"});
  ExpectDisproved(Audit(source_, options), Reason::INCONSISTENT_CHECKPOINT);
  leaves = honest;
  source_.Finish("br", {"in", "ru"}, 8);
  ExpectDisproved(Audit(source_, options), Reason::LOG_SHORTER);
  source_.Finish("br", {"in", "ru"}, 0);
  options.known[world_.Origin("br")] = {source_.Note("br", 4, {})};
  ExpectDisproved(Audit(source_, options), Reason::LOG_SHORTER);
}

TEST_F(LogAuditTest, EvidenceOfASecondHistoryDisproves) {
  Grow(3);
  const std::string first = source_.Note("br", 3, {});
  source_.Of("br").leaves.pop_back();
  source_.AddMeeting("br", "other");
  const std::string second = source_.Note("br", 3, {});
  EvidenceParts parts;
  parts.kind = v1::EVIDENCE_KIND_CHECKPOINTS;
  parts.first = first;
  parts.second = second;
  parts.rosters = {std::string(world_.roster().envelope())};
  parts.cards = {std::string(world_.card("br").envelope())};
  const auto evidence = BuildEvidence(parts);
  ASSERT_OK(evidence);
  source_.evidence = {"nonsense", *evidence};
  source_.Finish("br", {"in", "ru"});
  const LogVerdict verdict = Audit(source_);
  ExpectDisproved(verdict, Reason::INCONSISTENT_CHECKPOINT);
  EXPECT_EQ(verdict.size, 3U) << "the leaves were verified all the same";
}

TEST_F(LogAuditTest, WithoutTheCardsThatLeavesNameNothingIsProven) {
  Grow(3);
  auto files = source_.Trust();
  files->cards.erase("br");
  auto trust = MakeTrustBook(*files);
  ASSERT_OK(trust);
  const auto verdicts = AuditLogs(source_, *trust, *source_.Logs(), {}, console_);
  ASSERT_OK(verdicts);
  ExpectDisproved(verdicts->front(), Reason::NO_LOG_KEY);
}

TEST_F(LogAuditTest, JudgedRecordsFollowRedactions) {
  // More than one group of 256 leaves lies between the redaction and what it names.
  Grow(300);
  const std::string rival = RecordBytes("br", "meetings", "m-3", 1, "", "rival");
  source_.Of("br").leaves.push_back({NewLeaf(world_, "br", 1, {{rival, 1}}), {}});
  source_.Finish("br", {"in", "ru"});
  AuditOptions judging;
  judging.judge_records = true;
  LogVerdict verdict = Audit(source_, judging);
  EXPECT_EQ(verdict.exit, ProofExit::kProven) << "a record that does not count disproves nothing";
  EXPECT_TRUE(verdict.judged);
  EXPECT_EQ(verdict.counts.of(Verdict::kCounts), 300U);
  ASSERT_EQ(verdict.notes.size(), 1U);
  EXPECT_EQ(verdict.notes[0].index, 300U);
  EXPECT_THAT(verdict.notes[0].why, HasReason(Reason::REVISION_TAKEN));
  source_.Of("br").leaves.push_back(
      {NewLeaf(world_, "br", 1, {{RedactionBytes(world_, "br", "r", {{1, 3, 0}}), 1, true}}), {}});
  source_.Finish("br", {"in", "ru"});
  verdict = Audit(source_, judging);
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_TRUE(verdict.notes.empty()) << "the rival stands now";
  EXPECT_EQ(verdict.counts.of(Verdict::kRedacted), 1U);
}

TEST_F(LogAuditTest, LogsOfOneMemberAreJudgedInTheOrderOfTheirEpochs) {
  Grow(2);
  v1::Card card = world_.NextCard("br");
  card.mutable_logs(0)->set_closed(true);
  v1::Log& log = *card.add_logs();
  log.set_epoch(2);
  *log.mutable_key() = world_.Enrol("br", KeyRole::kLog, 2, world_.Log("br", 2));
  world_.AdoptCard(card);
  const std::string next =
      RecordBytes("br", "meetings", "m-0", 2, Sha256(RecordBytes("br", "meetings", "m-0")).bytes());
  source_.Of("br", 2).leaves.push_back({NewLeaf(world_, "br", 2, {{next, 1}}), {}});
  source_.Finish("br", {"in", "ru"}, std::nullopt, 2);
  AuditOptions judging;
  judging.judge_records = true;
  std::vector<LogVerdict> verdicts = AuditAll(source_, judging);
  ASSERT_EQ(verdicts.size(), 2U);
  EXPECT_EQ(verdicts[0].exit, ProofExit::kProven);
  EXPECT_EQ(verdicts[1].exit, ProofExit::kProven);
  EXPECT_EQ(verdicts[1].counts.of(Verdict::kCounts), 1U) << "it follows the old log's";
  EXPECT_EQ(verdicts[1].counts.leaves, 1U);
  // A leaf of the second log that names the old card goes back.
  v1::Manifest manifest = NewManifest(world_, "br", 2, {{next, 1}});
  manifest.mutable_card()->set_version(1);
  manifest.mutable_card()->set_digest(world_.cards("br").Find(1)->digest().bytes());
  source_.Of("br", 2).leaves.push_back(
      {plenary::testing::LeafOf(world_, manifest, {{next, 1}}), {}});
  source_.Finish("br", {"in", "ru"}, std::nullopt, 2);
  verdicts = AuditAll(source_);
  ExpectDisproved(verdicts[1], Reason::WENT_BACK);
}

TEST_F(LogAuditTest, RostersThatNobodyPinnedAreSaidToBeUnpinned) {
  const auto trust = MakeTrustBook(*source_.Trust());
  ASSERT_OK(trust);
  const Digest genesis = world_.genesis();
  EXPECT_OK(CheckAnchored(trust->rosters(), {genesis}));
  EXPECT_THAT(CheckAnchored(trust->rosters(), {}), HasReason(Reason::NOT_ANCHORED));
  EXPECT_THAT(CheckAnchored(trust->rosters(), {Sha256("another")}),
              HasReason(Reason::NOT_ANCHORED));
  auto files = source_.Trust();
  files->cards["in"] = files->cards["br"];
  EXPECT_THAT(MakeTrustBook(*files), HasReason(Reason::WRONG_MEMBER));
  files->rosters[0].back() ^= 1;
  EXPECT_FALSE(MakeTrustBook(*files).ok());
}

TEST_F(LogAuditTest, LogsOfAnotherFederationAndLogsThatAreHiddenAreSeen) {
  Grow(3);
  auto trust = MakeTrustBook(*source_.Trust());
  ASSERT_OK(trust);
  std::vector<LogHead> heads = *source_.Logs();
  EXPECT_EQ(
      LogsNotShown(*trust, heads),
      (std::vector<std::string>{world_.Origin("in"), world_.Origin("cn"), world_.Origin("ru")}));
  LogHead foreign = heads.front();
  foreign.origin = "other.example/br/1";
  heads.push_back(foreign);
  const auto verdicts = AuditLogs(source_, *trust, heads, {}, console_);
  ASSERT_OK(verdicts);
  ASSERT_EQ(verdicts->size(), 2U);
  ExpectDisproved((*verdicts)[0], Reason::WRONG_ORIGIN);
  EXPECT_EQ((*verdicts)[1].exit, ProofExit::kProven) << "and ours is audited all the same";
}

TEST_F(LogAuditTest, ASourceThatGoesAwayHalfWayProvesNothing) {
  Grow(20);
  source_.fails_at = 10;
  ExpectDisproved(Audit(source_), Reason::STALLED);
}

}  // namespace
}  // namespace plenary::cli::testing
