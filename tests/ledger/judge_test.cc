// The rules of judging, each by what would be wrong without it. What the public vectors show
// (tests/vectors/judging_kinds.cc) is not repeated here.
#include "ledger/judge.h"

#include <gtest/gtest.h>

#include "tests/ledger/judge_fixture.h"

namespace plenary {
namespace {

using testing::LeafOf;
using testing::NewLeaf;
using testing::NewManifest;
using testing::NewRecord;
using testing::RecordBytes;
using testing::SignManifest;
using testing::TrustOf;
using testing::World;

TEST_F(JudgeTest, AMemberSpeaksOnlyForItself) {
  const std::string foreign = RecordBytes("in", "meetings", "mm-1");
  EXPECT_EQ(Words(Judge({Leaf({{foreign}})})), List{"WRONG_MEMBER"});

  // India's author signs a leaf of Brazil's log.
  v1::Manifest manifest = NewManifest(world_, "br", 1, {{Meeting("mm-1")}});
  manifest.set_signers(0, world_.Author("in").public_key().Fingerprint().bytes());
  EXPECT_EQ(Words(Judge({{SignManifest(manifest, {&world_.Author("in")}), {Meeting("mm-1")}}})),
            List{"UNKNOWN_AUTHOR"});

  // Brazil's leaf names India's card.
  manifest = NewManifest(world_, "br", 1, {{Meeting("mm-1")}});
  manifest.mutable_card()->set_digest(world_.card("in").digest().bytes());
  EXPECT_EQ(Words(Judge({LeafOf(world_, manifest, {{Meeting("mm-1")}})})),
            List{"WRONG_CARD_DIGEST"});
}

TEST_F(JudgeTest, EverySignerMustBeAllowedTheCollection) {
  v1::Card card = world_.NextCard("br");
  v1::Author& second = *card.add_authors();
  *second.mutable_key() = world_.Enrol("br", KeyRole::kAuthor, 0, world_.Key("second"));
  second.add_collections("projects");
  world_.AdoptCard(card);
  v1::Manifest manifest = NewManifest(world_, "br", 1, {{Meeting("mm-1")}});
  manifest.add_signers(world_.Key("second").public_key().Fingerprint().bytes());
  const std::string leaf = SignManifest(manifest, {&world_.Author("br"), &world_.Key("second")});
  EXPECT_EQ(Words(Judge({{leaf, {Meeting("mm-1")}}})), List{"COLLECTION_NOT_ALLOWED"});
}

TEST_F(JudgeTest, AnAlgorithmThatTheRosterDoesNotAllowSignsForNobody) {
  v1::Roster roster = world_.NextRoster();
  roster.clear_author_algorithms();
  roster.add_author_algorithms(static_cast<uint32_t>(Algorithm::kEcdsaP256));
  world_.Adopt(roster);
  EXPECT_EQ(Words(Judge({Leaf({{Meeting("mm-1")}})})), List{"ALGORITHM_NOT_ALLOWED"});
}

TEST_F(JudgeTest, AnAlgorithmThatThisBuildLacksWaits) {
  const LeafToJudge before = Leaf({{Meeting("mm-1")}});
  v1::Roster roster = world_.NextRoster();
  roster.add_author_algorithms(77);
  world_.Adopt(roster);
  EXPECT_EQ(Words(Judge({before, Leaf({{Meeting("mm-2")}}), before})),
            (List{"counts", "ALGORITHM_UNKNOWN", "WENT_BACK"}));
}

TEST_F(JudgeTest, TheStandingOfTheOwnerIsThatOfTheRosterNamed) {
  v1::Roster roster = world_.NextRoster();
  roster.mutable_members(0)->set_status(v1::MEMBER_STATUS_OBSERVER);
  roster.set_threshold(2);
  world_.Adopt(roster);
  const LeafToJudge as_observer = Leaf({{Meeting("mm-1")}});
  roster = world_.NextRoster();
  roster.mutable_members(0)->set_status(v1::MEMBER_STATUS_WITHDRAWN);
  world_.Adopt(roster);
  EXPECT_EQ(Words(Judge({as_observer, Leaf({{Meeting("mm-2")}})})),
            (List{"counts", "MEMBER_NOT_IN_FORCE"}));
}

TEST_F(JudgeTest, AClosedEpochTakesNothingMore) {
  const LeafToJudge before = Leaf({{Meeting("mm-1")}});
  v1::Card card = world_.NextCard("br");
  card.mutable_logs(0)->set_closed(true);
  world_.AdoptCard(card);
  EXPECT_EQ(Words(Judge({before, Leaf({{Meeting("mm-2")}})})), (List{"counts", "EPOCH_CLOSED"}));
}

TEST_F(JudgeTest, TheRostersLimitsHold) {
  v1::Roster roster = world_.NextRoster();
  roster.mutable_limits()->set_commit_bytes(120);
  roster.mutable_limits()->set_text_bytes(10);
  world_.Adopt(roster);
  EXPECT_EQ(Words(Judge({Leaf({{Meeting("a")}, {Meeting("b")}, {Meeting("c")}})})),
            (List{"OVER_LIMIT", "OVER_LIMIT", "OVER_LIMIT"}));
  // A text is its entry's affair: the others must not hang on bytes that may be erased.
  v1::Record record = NewRecord("br", "meetings", "d");
  record.mutable_meeting()->set_title("eleven char");
  EXPECT_EQ(Words(Judge({Leaf({{record.SerializeAsString()}, {Meeting("e")}})})),
            (List{"OVER_LIMIT", "counts"}));

  roster = world_.NextRoster();
  roster.mutable_limits()->set_commit_bytes(0);
  roster.mutable_limits()->set_leaf_bytes(200);
  world_.Adopt(roster);
  EXPECT_EQ(Words(Judge({Leaf({{Meeting("a")}})})), List{"OVER_LIMIT"});
}

TEST_F(JudgeTest, TwoCardsOfOneVersionWaitUntilARosterPinsOne) {
  const LeafToJudge before = Leaf({{Meeting("mm-1")}});
  World other = world_;
  v1::Card card = world_.NextCard("br");
  card.mutable_authors(0)->set_label("desk 2");
  world_.AdoptCard(card);
  card.mutable_authors(0)->set_label("desk 3");
  other.AdoptCard(card);
  const LeafToJudge by_first = Leaf({{Meeting("mm-2")}});
  const LeafToJudge by_second = NewLeaf(other, "br", 1, {{Meeting("mm-3")}});

  TrustBook trust = TrustOf(world_);
  trust.AddCard(other.card("br"));
  EXPECT_EQ(Words(JudgeBy(trust, {before, by_first, by_second})),
            (List{"counts", "SECOND_OF_VERSION", "SECOND_OF_VERSION"}));

  v1::Roster roster = world_.NextRoster();
  roster.mutable_members(0)->mutable_card()->set_version(2);
  roster.mutable_members(0)->mutable_card()->set_digest(other.card("br").digest().bytes());
  world_.Adopt(roster);
  trust.SetRosters(world_.rosters());
  EXPECT_EQ(Words(JudgeBy(trust, {before, by_first, by_second})),
            (List{"counts", "WRONG_CARD_DIGEST", "counts"}));

  // Who holds the wrong one alone waits for the right one.
  TrustBook wrong = TrustOf(world_);
  EXPECT_EQ(Words(JudgeBy(wrong, {by_first, by_second})),
            (List{"WRONG_CARD_DIGEST", "CARD_MISSING"}));
}

TEST_F(JudgeTest, AVersionThatIsNotHeldStopsEverythingBehindIt) {
  v1::Manifest manifest = NewManifest(world_, "br", 1, {{Meeting("mm-1")}});
  manifest.mutable_roster()->set_version(9);
  const auto judged = Judge({LeafOf(world_, manifest, {{Meeting("mm-1")}}),
                             Leaf({{Meeting("mm-2")}}),
                             {"no envelope", {}}});
  EXPECT_EQ(Word(judged[0].judgement), "ROSTER_MISSING");
  EXPECT_EQ(judged[0].judgement.verdict, Verdict::kUnjudged);
  EXPECT_EQ(Words(judged), (List{"ROSTER_MISSING", "unjudged"}));
  EXPECT_EQ(Word(judged[2].judgement), "NON_CANONICAL") << "it can never count";
}

// The highest version there is must not make a judge stumble.
TEST_F(JudgeTest, AbsurdVersionsWait) {
  v1::Manifest manifest = NewManifest(world_, "br", 1, {{Meeting("mm-1")}});
  manifest.mutable_card()->set_version(UINT64_MAX);
  EXPECT_EQ(Words(Judge({LeafOf(world_, manifest, {{Meeting("mm-1")}})})), List{"CARD_MISSING"});
}

TEST_F(JudgeTest, ALeafOfBadFormNamesItsVersionsAndTakesItsIdentity) {
  v1::Card card = world_.NextCard("br");
  world_.AdoptCard(card);
  v1::Manifest manifest = NewManifest(world_, "br", 1, {{Meeting("mm-1")}});
  const std::string good = SignManifest(manifest, {&world_.Author("br")});
  const std::string two_signatures =
      SignManifest(manifest, {&world_.Author("br"), &world_.Author("in")});
  const auto judged = Judge({{two_signatures, {Meeting("mm-1")}}, {good, {Meeting("mm-1")}}});
  EXPECT_EQ(Word(judged[0].judgement), "SIGNATURE_COUNT");
  EXPECT_TRUE(judged[0].entries.empty());
  EXPECT_EQ(Word(judged[1].judgement), "REPEATED");

  manifest.mutable_card()->set_version(1);
  manifest.mutable_card()->set_digest(world_.cards("br").Find(1)->digest().bytes());
  EXPECT_EQ(Words(Judge({{two_signatures, {}}, LeafOf(world_, manifest, {{Meeting("mm-1")}})})),
            List{"WENT_BACK"});
}

// A leaf of another log in this one must not make the true one a repetition.
TEST_F(JudgeTest, CopyingALeafTakesNothingFromItsLog) {
  v1::Card card = world_.NextCard("br");
  card.mutable_logs(0)->set_closed(true);
  v1::Log& log = *card.add_logs();
  log.set_epoch(2);
  *log.mutable_key() = world_.Enrol("br", KeyRole::kLog, 2, world_.Log("br", 2));
  world_.AdoptCard(card);
  const LeafToJudge of_second = NewLeaf(world_, "br", 2, {{Meeting("mm-1")}});
  TrustBook trust = TrustOf(world_);
  const auto judged =
      JudgeLogs(trust, Sight::Main(),
                {{world_.Origin("br", 2), {of_second}}, {world_.Origin("br", 1), {of_second}}});
  ASSERT_OK(judged);
  EXPECT_EQ(Words((*judged)[0].leaves), List{"counts"});
  EXPECT_EQ(Word((*judged)[1].leaves[0].judgement), "WRONG_ORIGIN");
}

TEST_F(JudgeTest, BytesThatAreNotHereAreMissing) {
  const std::string first = Meeting("mm-1");
  const auto judged =
      Judge({Leaf({{first, 0, false, false}}), Leaf({{Meeting("mm-1", 2, DigestOfBytes(first))}})});
  EXPECT_EQ(Words(judged), (List{"missing", "STALE_REVISION"}))
      << "only what is redacted or out of sight stands by its digest";
}

TEST_F(JudgeTest, WhatIsOutOfSightStandsByItsDigestAlone) {
  const std::string secret = Meeting("mm-1");
  const std::string next = Meeting("mm-1", 2, DigestOfBytes(secret));
  v1::Manifest manifest = NewManifest(world_, "br", 1, {{secret, 2}});
  manifest.add_audiences()->add_members("in");
  for (const bool here : {true, false}) {
    const LeafToJudge listed = LeafOf(world_, manifest, {{secret, 2, false, here}});
    EXPECT_EQ(Words(Judge({listed, Leaf({{next, 1}}), LeafAt(1, {{Meeting("mm-1", 1, "", "x")}})})),
              (List{"restricted", "counts", "counts"}))
        << "whether its bytes are here must make no difference";
  }
  // Not before it, and not from a leaf that does not count.
  EXPECT_EQ(Words(Judge({Leaf({{next, 1}}), LeafOf(world_, manifest, {{secret, 2}})})),
            (List{"STALE_REVISION", "restricted"}));
  LeafToJudge forged = LeafOf(world_, manifest, {{secret, 2}});
  forged.envelope = SignManifest(manifest, {&world_.Author("in")});
  EXPECT_EQ(Words(Judge({forged, Leaf({{next, 1}})})), (List{"BAD_SIGNATURE", "STALE_REVISION"}));
}

TEST_F(JudgeTest, AListsSightHasItsOwnEntries) {
  const std::string secret = Meeting("mm-1");
  v1::Manifest manifest = NewManifest(world_, "br", 1, {{secret, 2}, {Meeting("mm-2"), 3}});
  manifest.add_audiences()->add_members("in");
  manifest.add_audiences()->add_members("cn");
  const std::vector<LeafToJudge> leaves = {
      LeafOf(world_, manifest, {{secret, 2}, {Meeting("mm-2"), 3}}),
      Leaf({{Meeting("mm-1", 2, DigestOfBytes(secret))}})};
  EXPECT_EQ(Words(Judge(leaves, Sight::List({"in", "br"}, world_.roster()))),
            (List{"counts", "restricted", "counts"}));
}

TEST_F(JudgeTest, AnObserverOnTheListTakesFullMembersOutOfSight) {
  v1::Roster roster = world_.NextRoster();
  world_.AddMember(roster, "eg", v1::MEMBER_STATUS_OBSERVER);
  world_.Adopt(roster);
  v1::Card card = world_.NextCard("eg");
  world_.AdoptCard(card);
  v1::Manifest manifest = NewManifest(world_, "br", 1, {{Meeting("mm-1"), 2}});
  manifest.add_audiences()->add_members("eg");
  const std::vector<LeafToJudge> leaves = {LeafOf(world_, manifest, {{Meeting("mm-1"), 2}}),
                                           Leaf({{Meeting("mm-2"), 0}, {Meeting("mm-3"), 1}})};
  EXPECT_EQ(Words(Judge(leaves, Sight::List({"eg", "br"}, world_.roster()))),
            (List{"counts", "restricted", "counts"}));
}

TEST_F(JudgeTest, ProgressHasOneSpelling) {
  LeafProgress progress;
  progress.last = LeafPlace{2, 7};
  progress.waiting = LeafPlace{1, 3};
  progress.named = {4, 5};
  progress.named_before_waiting = {1, 2};
  progress.waits_for_version = true;
  const auto parsed = LeafProgress::Parse(progress.Serialize());
  ASSERT_OK(parsed);
  EXPECT_EQ(*parsed, progress);
  EXPECT_THAT(LeafProgress::Parse("short"), testing::HasReason(Reason::BAD_ENCODING));
}

TEST_F(JudgeTest, TwoLogsOfOneOriginAreAMistakeOfTheCaller) {
  TrustBook trust = TrustOf(world_);
  EXPECT_THAT(
      JudgeLogs(trust, Sight::Main(), {{world_.Origin("br"), {}}, {world_.Origin("br"), {}}}),
      testing::HasReason(Reason::WRONG_ORIGIN));
  EXPECT_THAT(JudgeLogs(trust, Sight::Main(), {{"br", {}}}), testing::HasReason(Reason::BAD_NAME));
}

}  // namespace
}  // namespace plenary
