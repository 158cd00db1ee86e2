#include "ledger/proof_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "ledger/tlog_proof.h"
#include "tests/support/log_world.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LogWorld;
using testing::MeetingBytes;
using testing::World;

// What a verdict of 0 says: nothing else may be read out of it.
std::string Meaning(const ProofVerdict& verdict) {
  return absl::StrCat(verdict.record_name, "|", verdict.revision, "|", verdict.record_digest.Hex(),
                      "|", verdict.origin, "|", verdict.index, "|", verdict.size, "|",
                      verdict.root.Hex(), "|", verdict.authors.at(0), "|",
                      verdict.newest_roster_digest.Hex(), "|", verdict.held.size());
}

// Five members; br's log of four leaves. Peers: in, cn, ru, za: f = 1, q = 3.
class ProofVerdictTest : public ::testing::Test {
 protected:
  ProofVerdictTest() {
    for (int i = 0; i < 4; ++i) log_.Append(log_.Draft({RecordOf(i)}));
  }
  static std::string RecordOf(int i) {
    return MeetingBytes("br", absl::StrCat("m-", i), "written for a test");
  }
  ProofFile Good() const { return log_.Proof(RecordOf(1), 1, 4, {"in", "cn", "ru"}); }
  ProofVerdict Verify(const ProofFile& file) const {
    return VerifyProof(FormatProofFile(file), world_.genesis());
  }
  // The verdict is not 0, for this reason.
  void ExpectRefused(const ProofFile& file, Reason reason,
                     ProofExit exit = ProofExit::kDisproved) const {
    const ProofVerdict verdict = Verify(file);
    EXPECT_EQ(verdict.exit, exit);
    EXPECT_THAT(verdict.why, testing::HasReason(reason));
  }

  World world_{5};
  LogWorld log_{world_, "br"};
};

TEST_F(ProofVerdictTest, AGoodFileIsProvenAndSaysByWhom) {
  const ProofVerdict verdict = Verify(Good());
  ASSERT_OK(verdict.why);
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_EQ(verdict.record_name, "members/br/meetings/m-1");
  EXPECT_EQ(verdict.index, 1U);
  EXPECT_EQ(verdict.size, 4U);
  ASSERT_EQ(verdict.held.size(), 1U);
  EXPECT_THAT(verdict.held[0].members, ElementsAre("cn", "in", "ru"));
  EXPECT_EQ(verdict.held[0].quorum, 3);
  EXPECT_EQ(verdict.held[0].peers, 4);
  EXPECT_THAT(verdict.checked, Contains(HasSubstr("the quorum is 3 of 4")));
  EXPECT_THAT(verdict.not_proven, Contains(HasSubstr("still in force")));
  EXPECT_TRUE(verdict.surplus.empty());
}

TEST_F(ProofVerdictTest, TheTimeIsThatOfTheFirstPeerBeyondThoseThatMayLie) {
  // Three cosigned, at 0, 1 and 2 seconds; one may lie: the second by order.
  EXPECT_EQ(Verify(Good()).no_later_than_seconds, LogWorld::kFirstTime + 1);
}

TEST_F(ProofVerdictTest, WithoutAPinOrWithAnotherOneNothingIsProven) {
  const std::string bytes = FormatProofFile(Good());
  for (const std::optional<Digest>& pin :
       {std::optional<Digest>(), std::optional<Digest>(Sha256("another roster"))}) {
    const ProofVerdict verdict = VerifyProof(bytes, pin);
    EXPECT_EQ(verdict.exit, ProofExit::kNotAnchored);
    EXPECT_THAT(verdict.why, testing::HasReason(Reason::NOT_ANCHORED));
    EXPECT_THAT(std::string(verdict.why.message()),
                HasSubstr("its roster digest is " + world_.genesis().Hex()));
  }
}

TEST_F(ProofVerdictTest, WhatIsDisprovedStaysSoWithoutAPin) {
  ProofFile file = Good();
  file.record = RecordOf(2);
  EXPECT_EQ(VerifyProof(FormatProofFile(file), std::nullopt).exit, ProofExit::kDisproved);
}

// The attacker who has the file and no key: no byte of it can be changed so that it proves
// something else.
TEST_F(ProofVerdictTest, NoChangedByteProvesSomethingElse) {
  const std::string good = FormatProofFile(Good());
  const std::string meaning = Meaning(VerifyProof(good, world_.genesis()));
  int still_proven = 0;
  for (size_t at = 0; at < good.size(); ++at) {
    std::string mutant = good;
    mutant[at] = static_cast<char>(mutant[at] ^ (1 << (at % 8)));
    const ProofVerdict verdict = VerifyProof(mutant, world_.genesis());
    if (verdict.exit != ProofExit::kProven) {
      EXPECT_FALSE(verdict.why.ok()) << at;
      continue;
    }
    ++still_proven;
    EXPECT_EQ(Meaning(verdict), meaning) << at;
    EXPECT_GE(verdict.held[0].members.size(), 3U) << at;
  }
  // Every byte of this file counts: it holds no line and no card beyond the quorum.
  EXPECT_EQ(still_proven, 0);
}

TEST_F(ProofVerdictTest, NoByteRemovedOrDoubledProvesAnything) {
  const std::string good = FormatProofFile(Good());
  for (size_t at = 0; at < good.size(); at += 7) {
    std::string shorter = good;
    shorter.erase(at, 1);
    EXPECT_NE(VerifyProof(shorter, world_.genesis()).exit, ProofExit::kProven) << at;
    std::string longer = good;
    longer.insert(at, 1, good[at]);
    EXPECT_NE(VerifyProof(longer, world_.genesis()).exit, ProofExit::kProven) << at;
  }
}

TEST_F(ProofVerdictTest, EveryPartIsNeeded) {
  const ProofFile good = Good();
  for (size_t i = 0; i < good.cards.size(); ++i) {
    ProofFile file = good;
    file.cards.erase(file.cards.begin() + static_cast<std::ptrdiff_t>(i));
    ExpectRefused(file, i == 0 ? Reason::CARD_MISSING : Reason::NOT_FINAL);
  }
  ProofFile file = good;
  file.steps.clear();
  ExpectRefused(file, Reason::LAST_LEAF_MISSING);
}

TEST_F(ProofVerdictTest, TheFileOfOneRecordDoesNotProveAnother) {
  ProofFile file = Good();
  file.record = RecordOf(2);
  ExpectRefused(file, Reason::RECORD_NOT_IN_COMMIT);
  file = Good();
  file.envelope = log_.leaf(2);
  ExpectRefused(file, Reason::BAD_INCLUSION);
}

TEST_F(ProofVerdictTest, TwoOfFourPeersAreNotEnoughAndTheOwnerIsNoPeer) {
  ExpectRefused(log_.Proof(RecordOf(1), 1, 4, {"in", "cn"}), Reason::NOT_FINAL);
  ProofFile file = log_.Proof(RecordOf(1), 1, 4, {"in", "cn", "br"});
  file.cards.pop_back();  // br's card stands there twice
  ExpectRefused(file, Reason::NOT_FINAL);
}

TEST_F(ProofVerdictTest, SurplusIsReportedAndChangesNothing) {
  ProofFile file = log_.Proof(RecordOf(1), 1, 4, {"in", "cn", "ru", "za"});
  file.unknown = {{99, "anything"}};
  file.timestamps = {"token"};
  file.steps.push_back(log_.Step(2, 4, log_.Note(4, {"in", "cn", "ru", "za"})));
  const ProofVerdict verdict = Verify(file);
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_THAT(verdict.surplus, Contains(HasSubstr("type 99")));
  EXPECT_THAT(verdict.surplus, Contains(HasSubstr("timestamp token")));
  EXPECT_THAT(verdict.surplus, Contains(HasSubstr("more cosignatures than the quorum")));
  EXPECT_THAT(verdict.surplus, Contains(HasSubstr("leaf 2")));
}

TEST_F(ProofVerdictTest, UnauthenticatedBytesAreNamedAsSuch) {
  ProofFile file = Good();
  auto proof = ParseTlogProof(file.tlog_proof).value();
  proof.extra = "trust me";
  file.tlog_proof = FormatTlogProof(proof);
  const ProofVerdict verdict = Verify(file);
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_THAT(verdict.surplus, Contains(HasSubstr("signed by nobody")));
}

TEST_F(ProofVerdictTest, TwoHistoriesInOneFileAreRefused) {
  LogWorld forked(world_, "br");
  for (int i = 0; i < 4; ++i) forked.Append(forked.Draft({RecordOf(i == 2 ? 7 : i)}));
  const std::vector<std::string> peers = {"in", "cn", "ru"};
  // One size, two roots.
  ProofFile file = Good();
  file.steps.push_back(forked.Step(3, 4, forked.Note(4, peers)));
  ExpectRefused(file, Reason::INCONSISTENT_CHECKPOINT);
  // One index, two leaves, under checkpoints of two sizes.
  file = Good();
  file.steps.push_back(log_.Step(2, 4, log_.Note(4, peers)));
  file.steps.push_back(forked.Step(2, 3, forked.Note(3, peers)));
  ExpectRefused(file, Reason::INCONSISTENT_CHECKPOINT);
  // One size, two notes that differ in their lines only.
  file = Good();
  file.steps.push_back(log_.Step(2, 4, log_.Note(4, {"in", "cn", "za"})));
  ExpectRefused(file, Reason::BAD_STEP);
}

TEST_F(ProofVerdictTest, EveryCheckpointShownMustBeFinalItself) {
  ProofFile file = Good();
  file.steps.push_back(log_.Step(2, 3, log_.Note(3, {"in", "cn"})));
  ExpectRefused(file, Reason::NOT_FINAL);
  file = Good();
  file.steps.push_back(log_.Step(1, 3, log_.Note(3, {"in", "cn", "ru"})));
  ExpectRefused(file, Reason::LAST_LEAF_MISSING);
}

TEST_F(ProofVerdictTest, ALastLeafThatNamesNoRosterProvesNothing) {
  log_.AppendLeaf("not an envelope");
  ExpectRefused(log_.Proof(RecordOf(1), 1, 5, {"in", "cn", "ru"}), Reason::LAST_LEAF_MISSING);
}

TEST_F(ProofVerdictTest, ALogOfAnotherMemberOrFederationIsRefused) {
  LogWorld other(world_, "in");
  other.Append(other.Draft({MeetingBytes("br", "m-1", "in's node writes for br")}));
  ExpectRefused(
      other.Proof(MeetingBytes("br", "m-1", "in's node writes for br"), 0, 1, {"br", "cn", "ru"}),
      Reason::WRONG_MEMBER);
  const World stranger(5, "another ceremony under the same name");
  ProofFile file = Good();
  file.cards.clear();
  for (const char* code : {"br", "in", "cn", "ru"}) {
    file.cards.emplace_back(stranger.card(code).envelope());
  }
  ExpectRefused(file, Reason::WRONG_GENESIS);
}

TEST_F(ProofVerdictTest, RostersThatAskForMoreThanThisBuildKnowsAreForANewerOne) {
  v1::Roster next = world_.NextRoster();
  next.set_rules(2);
  ProofFile file = Good();
  file.rosters.push_back(world_.SignRoster(next));
  ExpectRefused(file, Reason::RULES_TOO_NEW, ProofExit::kUnreadable);
  next = world_.NextRoster();
  next.add_author_algorithms(5);
  file = Good();
  file.rosters.push_back(world_.SignRoster(next));
  ExpectRefused(file, Reason::ALGORITHM_UNKNOWN, ProofExit::kUnreadable);
}

TEST_F(ProofVerdictTest, ANewerRosterThatIsPinnedAnchorsAndIsNamed) {
  world_.Adopt(world_.NextRoster());
  const ProofVerdict verdict = VerifyProof(FormatProofFile(Good()), world_.roster().digest());
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_EQ(verdict.pinned_roster, 2U);
  EXPECT_THAT(verdict.checked, Contains(HasSubstr("older than it")));
}

TEST(ProofVerdict, AFederationOfOneSaysThatNobodyElseHoldsIt) {
  const World world(1);
  LogWorld log(world, "br");
  const std::string record = MeetingBytes("br", "m-1", "alone");
  log.Append(log.Draft({record}));
  const ProofVerdict verdict =
      VerifyProof(FormatProofFile(log.Proof(record, 0, 1, {})), world.genesis());
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_EQ(verdict.no_later_than_seconds, std::nullopt);
  EXPECT_THAT(verdict.checked, Contains(HasSubstr("held by no other member")));
  EXPECT_THAT(verdict.not_proven, Contains(HasSubstr("when it was written")));
}

TEST_F(ProofVerdictTest, ACosignerKeyThatIsCompromisedCountsNoMore) {
  v1::Card next = world_.NextCard("ru");
  next.mutable_cosigners(0)->set_status(v1::KEY_STATUS_COMPROMISED);
  world_.AdoptCard(next);
  ExpectRefused(Good(), Reason::NOT_FINAL);
}

TEST_F(ProofVerdictTest, ACosignerKeyThatIsRetiredStillCounts) {
  v1::Card next = world_.NextCard("ru");
  next.mutable_cosigners(0)->set_status(v1::KEY_STATUS_RETIRED);
  world_.AdoptCard(next);
  EXPECT_EQ(Verify(Good()).exit, ProofExit::kProven);
}

// Roster 2: ru leaves, id joins. From then on both quorums are asked for, until a checkpoint that
// names roster 2 is final by both.
class JointQuorumTest : public ProofVerdictTest {
 protected:
  JointQuorumTest() {
    v1::Roster next = world_.NextRoster();
    for (v1::Member& member : *next.mutable_members()) {
      if (member.code() == "ru") member.set_status(v1::MEMBER_STATUS_WITHDRAWN);
    }
    world_.AddMember(next, "id");
    world_.Adopt(next);
    world_.AdoptCard(world_.NextCard("id"));
    for (int i = 4; i < 7; ++i) log_.Append(log_.Draft({RecordOf(i)}));
  }
  // The record of leaf 6 in the checkpoint of size 7, by the new peers alone; all five cards.
  ProofFile ByNewPeers() const {
    ProofFile file = log_.Proof(RecordOf(6), 6, 7, {"in", "cn", "id"});
    file.cards.emplace_back(world_.card("ru").envelope());
    return file;
  }
};

TEST_F(JointQuorumTest, WithoutTheJointCheckpointTheOldQuorumIsAskedForToo) {
  ExpectRefused(ByNewPeers(), Reason::NOT_FINAL);
}

TEST_F(JointQuorumTest, BehindAJointCheckpointTheNewQuorumIsEnough) {
  ProofFile file = ByNewPeers();
  file.steps.push_back(log_.Step(4, 5, log_.Note(5, {"in", "cn", "ru", "id"})));
  const ProofVerdict verdict = Verify(file);
  ASSERT_OK(verdict.why);
  ASSERT_EQ(verdict.held.size(), 1U);
  EXPECT_EQ(verdict.held[0].roster_version, 2U);
  EXPECT_THAT(verdict.held[0].members, ElementsAre("cn", "id", "in"));
}

TEST_F(JointQuorumTest, ACheckpointOfNewPeersAloneIsNoJointOne) {
  ProofFile file = ByNewPeers();
  file.steps.push_back(log_.Step(4, 5, log_.Note(5, {"in", "cn", "id"})));
  ExpectRefused(file, Reason::NOT_FINAL);
}

TEST_F(JointQuorumTest, ACheckpointThatNamesOnlyTheOldRosterChangesNothing) {
  ProofFile file = ByNewPeers();
  file.steps.push_back(log_.Step(3, 4, log_.Note(4, {"in", "cn", "ru"})));
  ExpectRefused(file, Reason::NOT_FINAL);
}

TEST_F(JointQuorumTest, AnEpochThatOpenedUnderTheNewRosterHasNoOldQuorum) {
  // Another member's log, whose first leaf names roster 2 already.
  LogWorld log(world_, "za");
  for (int i = 0; i < 3; ++i) {
    log.Append(log.Draft({MeetingBytes("za", absl::StrCat("m-", i), "za")}));
  }
  const std::string note = log.Note(3, {"in", "cn", "id"});
  ProofFile file = log.Proof(MeetingBytes("za", "m-1", "za"), 1, 3, {"in", "cn", "id"});
  ExpectRefused(file, Reason::NOT_FINAL);
  file.steps.push_back(log.Step(0, 3, note));
  EXPECT_EQ(Verify(file).exit, ProofExit::kProven);
}

TEST_F(JointQuorumTest, LastLeavesThatFallBackAreRefused) {
  CommitDraft old = log_.Draft({RecordOf(7)});
  old.roster = {1, world_.genesis()};
  log_.Append(old);
  ProofFile file = log_.Proof(RecordOf(6), 6, 8, {"in", "cn", "ru", "id"});
  file.steps.push_back(log_.Step(4, 5, log_.Note(5, {"in", "cn", "ru", "id"})));
  ExpectRefused(file, Reason::WENT_BACK);
}

TEST_F(JointQuorumTest, ARecordThatNamesAnOlderRosterThanALeafBeforeItWentBack) {
  CommitDraft old = log_.Draft({RecordOf(7)});
  old.roster = {1, world_.genesis()};
  const uint64_t index = log_.Append(old);
  log_.Append(log_.Draft({RecordOf(8)}));
  const std::vector<std::string> peers = {"in", "cn", "ru", "id"};
  ProofFile file = log_.Proof(RecordOf(7), index, index + 2, peers);
  // Unseen, it cannot be known; shown, it is.
  EXPECT_EQ(Verify(file).exit, ProofExit::kProven);
  file.steps.push_back(log_.Step(5, index + 2, log_.Note(index + 2, peers)));
  ExpectRefused(file, Reason::WENT_BACK);
}

TEST_F(JointQuorumTest, ALeafThatNamesARosterByAnotherDigestSaysNotWhoMustHoldIt) {
  CommitDraft forged = log_.Draft({RecordOf(7)});
  forged.roster.digest = Sha256("another roster 2");
  log_.Append(forged);
  ExpectRefused(log_.Proof(RecordOf(6), 6, 8, {"in", "cn", "ru", "id"}),
                Reason::WRONG_ROSTER_DIGEST);
}

}  // namespace
}  // namespace plenary
