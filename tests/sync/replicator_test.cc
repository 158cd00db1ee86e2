#include "sync/replicator.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/merkle.h"
#include "tests/sync/federation.h"

namespace plenary {
namespace {

using testing::Federation;
using testing::MemoryStore;

bool Active(Federation& federation, const std::string& code) {
  const sync::LogOwner* owner = federation.node(code).replicator().owner();
  return owner != nullptr && owner->active();
}

bool AllActive(Federation& federation) {
  for (const std::string& code : federation.codes()) {
    if (!Active(federation, code)) return false;
  }
  return true;
}

std::string OriginOf(Federation& federation, const std::string& code) {
  return federation.world().Origin(code);
}

class FederationTest : public ::testing::TestWithParam<int> {};

TEST_P(FederationTest, CommitsOfEveryMemberBecomeFinalEverywhere) {
  Federation federation(GetParam(), 1);
  federation.StartAll();
  ASSERT_TRUE(federation.RunUntil([&] { return AllActive(federation); }, 60'000))
      << federation.violation();
  for (int i = 0; i < 5; ++i) {
    for (const std::string& code : federation.codes()) {
      ASSERT_TRUE(federation.node(code).Submit("x"));
    }
  }
  ASSERT_TRUE(federation.RunUntil(
      [&] {
        for (const std::string& code : federation.codes()) {
          if (!federation.FinalEverywhere(OriginOf(federation, code), 5)) return false;
        }
        return true;
      },
      2'000))
      << federation.violation() << federation.Describe();
}

INSTANTIATE_TEST_SUITE_P(Sizes, FederationTest, ::testing::Values(1, 2, 3, 5));

TEST(Replicator, ARestartKeepsWhatWasWrittenAndGoesOnInTheSameLog) {
  Federation federation(5, 2);
  federation.StartAll();
  ASSERT_TRUE(federation.RunUntil([&] { return AllActive(federation); }, 60'000));
  const std::string code = federation.codes()[0];
  ASSERT_TRUE(federation.node(code).Submit("before"));
  federation.node(code).Crash();
  federation.Run(1'000);
  federation.node(code).Start();
  ASSERT_TRUE(federation.RunUntil([&] { return Active(federation, code); }, 120'000));
  EXPECT_EQ(federation.node(code).replicator().own_log()->size(), 1U);
  ASSERT_TRUE(federation.node(code).Submit("after"));
  EXPECT_TRUE(federation.RunUntil(
      [&] { return federation.FinalEverywhere(OriginOf(federation, code), 2); }, 120'000))
      << federation.violation();
}

TEST(Replicator, AnEmptiedStoreComesBackWithItsOwnLogAndNeverForks) {
  Federation federation(5, 3);
  federation.StartAll();
  ASSERT_TRUE(federation.RunUntil([&] { return AllActive(federation); }, 60'000));
  const std::string code = federation.codes()[1];
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(federation.node(code).Submit("x"));
  const std::string origin = OriginOf(federation, code);
  ASSERT_TRUE(federation.RunUntil([&] { return federation.FinalEverywhere(origin, 3); }, 60'000));
  federation.node(code).Crash();
  federation.node(code).ReplaceDisk(MemoryStore(), "another store", false);
  federation.node(code).Start();
  ASSERT_TRUE(federation.RunUntil([&] { return Active(federation, code); }, 300'000));
  EXPECT_EQ(federation.node(code).replicator().own_log()->size(), 3U);
  ASSERT_TRUE(federation.node(code).Submit("y"));
  EXPECT_TRUE(federation.RunUntil([&] { return federation.FinalEverywhere(origin, 4); }, 300'000))
      << federation.violation();
  // For others' logs the new store knows nothing of what it promised: it takes no part until a
  // proposal names it.
  const std::string other = OriginOf(federation, federation.codes()[0]);
  EXPECT_TRUE(federation.node(code).replicator().FindLog(other)->abstains());
}

TEST(Replicator, AnAbstainingStoreTakesPartAgainOnceAProposalNamesIt) {
  Federation federation(5, 4);
  federation.StartAll();
  ASSERT_TRUE(federation.RunUntil([&] { return AllActive(federation); }, 60'000));
  const std::string lost = federation.codes()[2];
  const std::string owner = federation.codes()[0];
  federation.node(lost).Crash();
  federation.node(lost).ReplaceDisk(MemoryStore(), "another store", false);
  federation.node(lost).Start();
  const std::string origin = OriginOf(federation, owner);
  EXPECT_TRUE(federation.RunUntil(
      [&] { return !federation.node(lost).replicator().FindLog(origin)->abstains(); }, 1'200'000))
      << federation.violation();
  // Wrong: whenever it restarts from then on, the log does without it for two minutes.
  federation.node(lost).Crash();
  federation.node(lost).Start();
  ASSERT_TRUE(federation.RunUntil([&] { return Active(federation, lost); }, 60'000));
  ASSERT_TRUE(federation.node(owner).Submit("after the restart"));
  const auto cosigned = [&] {
    const auto& by =
        federation.node(owner).replicator().FindLog(origin)->final_checkpoint().cosigned_by;
    return std::find(by.begin(), by.end(), lost) != by.end();
  };
  EXPECT_TRUE(federation.RunUntil(cosigned, 60'000)) << federation.violation();
}

TEST(Replicator, AQuorumGoesOnWithoutOneMemberWhichCatchesUpLater) {
  Federation federation(5, 5);
  federation.StartAll();
  ASSERT_TRUE(federation.RunUntil([&] { return AllActive(federation); }, 60'000));
  const std::string away = federation.codes()[4];
  const std::string code = federation.codes()[0];
  const std::string origin = OriginOf(federation, code);
  federation.Isolate(away);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(federation.node(code).Submit("x"));
  ASSERT_TRUE(federation.RunUntil(
      [&] {
        return federation.node(code).replicator().own_log()->final_checkpoint().state.size == 20;
      },
      60'000))
      << federation.violation();
  EXPECT_EQ(federation.node(away).replicator().FindLog(origin)->size(), 0U);
  federation.Heal();
  EXPECT_TRUE(federation.RunUntil([&] { return federation.FinalEverywhere(origin, 20); }, 700'000))
      << federation.violation();
}

TEST(Replicator, WithoutAQuorumNothingBecomesFinal) {
  Federation federation(5, 6);
  federation.StartAll();
  ASSERT_TRUE(federation.RunUntil([&] { return AllActive(federation); }, 60'000));
  const std::string code = federation.codes()[0];
  for (int i = 3; i < 5; ++i) federation.Isolate(federation.codes()[static_cast<size_t>(i)]);
  ASSERT_TRUE(federation.node(code).Submit("x"));
  federation.Run(120'000);
  EXPECT_EQ(federation.node(code).replicator().own_log()->final_checkpoint().state.size, 0U);
  EXPECT_EQ(federation.node(code).replicator().own_log()->checkpoint().state.size, 0U);
}

TEST(Replicator, ACloneIsFencedOrFencesAndNothingForks) {
  for (uint64_t seed = 10; seed < 20; ++seed) {
    Federation federation(5, seed);
    federation.StartAll();
    ASSERT_TRUE(federation.RunUntil([&] { return AllActive(federation); }, 60'000));
    const std::string code = federation.codes()[3];
    ASSERT_TRUE(federation.node(code).Submit("one"));
    const MemoryStore image = federation.node(code).disk();
    const std::string store = federation.node(code).store();
    federation.Run(5'000);
    ASSERT_TRUE(federation.node(code).Submit("two"));
    federation.Run(static_cast<int64_t>(seed % 3) * 20);
    // The old image is started in place of the disk: a rollback that nobody announced.
    federation.node(code).Crash();
    federation.node(code).ReplaceDisk(image, store, true);
    federation.node(code).Start();
    ASSERT_TRUE(federation.RunUntil([&] { return Active(federation, code); }, 300'000));
    ASSERT_TRUE(federation.node(code).Submit("three"));
    federation.Run(60'000);
    EXPECT_EQ(federation.violation(), "") << seed;
  }
}

std::unique_ptr<v1::Frame> StatementOf(const std::string& envelope) {
  auto frame = std::make_unique<v1::Frame>();
  frame->mutable_statement()->set_envelope(envelope);
  return frame;
}

// Gives a frame to a node as if its first session had sent it; is the session still there?
// Wrong: what an own disk has beyond the proposal that a recovery adopts is dropped in silence.
TEST(Replicator, ATailLongerThanWhatIsAdoptedIsSetAsideForItsOwner) {
  Federation federation(3, 31);
  federation.StartAll();
  ASSERT_TRUE(federation.RunUntil([&] { return AllActive(federation); }, 60'000));
  const std::string owner = federation.codes()[0];
  const std::string hears = federation.codes()[1];
  const std::string deaf = federation.codes()[2];
  const std::string origin = OriginOf(federation, owner);
  auto& node = federation.node(owner);
  federation.Isolate(owner);
  ASSERT_TRUE(node.Submit("kept"));
  const MemoryStore shorter = node.disk();
  ASSERT_TRUE(node.Submit("set aside"));
  const MemoryStore longer = node.disk();
  // An older image runs for a while, and one peer holds what it proposes.
  node.Crash();
  node.ReplaceDisk(shorter, node.store(), true);
  federation.Heal();
  node.Start();
  ASSERT_TRUE(federation.RunUntil([&] { return Active(federation, owner); }, 60'000));
  federation.Isolate(deaf);
  ASSERT_TRUE(federation.RunUntil(
      [&] { return federation.node(hears).replicator().FindLog(origin)->proposal().has_value(); },
      60'000));
  ASSERT_EQ(node.replicator().own_log()->checkpoint().state.size, 0U);
  node.Crash();
  node.ReplaceDisk(longer, node.store(), true);
  federation.Heal();
  node.Start();
  ASSERT_TRUE(federation.RunUntil([&] { return Active(federation, owner); }, 120'000));
  EXPECT_EQ(node.replicator().own_log()->size(), 1U);
  EXPECT_EQ(node.set_aside().size(), 1U);
  EXPECT_TRUE(federation.RunUntil([&] { return federation.FinalEverywhere(origin, 1); }, 60'000));
}

bool StaysAfter(Federation& federation, const std::string& code, const v1::Frame& frame) {
  auto& node = federation.node(code);
  const sync::LinkId link = node.replicator().sessions().begin()->first;
  node.Drain([&](sync::Replicator& replicator) {
    replicator.Receive(link, frame, federation.now(), node);
  });
  return node.replicator().sessions().contains(link);
}

bool Reported(Federation& federation, const std::string& code, const std::string& name) {
  for (const sync::Event& event : federation.node(code).events()) {
    if (event.name == name) return true;
  }
  return false;
}

const sync::Session* SessionWith(Federation& federation, const std::string& code,
                                 const std::string& peer) {
  for (const auto& [link, session] : federation.node(code).replicator().sessions()) {
    if (session.member == peer && session.open) return &session;
  }
  return nullptr;
}

bool Asks(Federation& federation, const std::string& code, const std::string& peer,
          const std::string& origin) {
  const sync::Session* session = SessionWith(federation, code, peer);
  return session != nullptr && session->fetching.contains(origin);
}

// Leaves behind what `code` holds of that log, which no key of the log covers, as its session with
// `liar` would bring them.
v1::Frame LieTo(Federation& federation, const std::string& code, const std::string& liar,
                const std::string& origin) {
  const sync::Session& session = *SessionWith(federation, code, liar);
  const sync::LogReplica& log = *federation.node(code).replicator().FindLog(origin);
  v1::Frame frame;
  v1::Commits& chunk = *frame.mutable_commits();
  for (const auto& [number, name] : session.names) {
    if (name == origin) chunk.set_log(number);
  }
  chunk.set_fetch(session.fetching.at(origin).id);
  chunk.set_from(log.NextIndex());
  chunk.add_commits()->set_envelope("a leaf that nobody signed");
  chunk.set_checkpoint(log.checkpoint().note);
  return frame;
}

// Wrong: whoever lies about a log and comes back at once is asked again at once, for ever.
TEST(Replicator, AnOwnerThatLiedIsNotAskedWhenItComesBack) {
  Federation federation(3, 31);
  federation.StartAll();
  const std::string liar = federation.codes()[0];
  const std::string peer = federation.codes()[1];
  const std::string origin = OriginOf(federation, liar);
  ASSERT_TRUE(federation.RunUntil([&] { return AllActive(federation); }, 60'000));
  ASSERT_TRUE(federation.node(liar).Submit("one"));
  ASSERT_TRUE(federation.RunUntil([&] { return federation.FinalEverywhere(origin, 1); }, 60'000));
  for (const int64_t pause_ms : {30'000, 60'000}) {
    ASSERT_TRUE(Asks(federation, peer, liar, origin));
    const v1::Frame lie = LieTo(federation, peer, liar, origin);
    const sync::LinkId link = SessionWith(federation, peer, liar)->link;
    auto& node = federation.node(peer);
    node.Drain([&](sync::Replicator& replicator) {
      replicator.Receive(link, lie, federation.now(), node);
    });
    const int64_t lied_ms = federation.now().monotonic_ms;
    EXPECT_EQ(SessionWith(federation, peer, liar), nullptr);
    ASSERT_TRUE(federation.RunUntil([&] { return SessionWith(federation, peer, liar) != nullptr; },
                                    20'000));
    ASSERT_TRUE(federation.RunUntil(
        [&] { return Asks(federation, peer, federation.codes()[2], origin); }, 5'000))
        << "another one is asked meanwhile";
    const auto pauses = node.replicator().pauses().Of(liar + "/node-1", lied_ms + 1);
    ASSERT_TRUE(pauses.contains(origin));
    EXPECT_EQ(ReasonOf(pauses.at(origin).why), Reason::BAD_CONSISTENCY);
    ASSERT_TRUE(federation.RunUntil([&] { return Asks(federation, peer, liar, origin); }, 200'000));
    EXPECT_GE(federation.now().monotonic_ms - lied_ms, pause_ms);
    EXPECT_LE(federation.now().monotonic_ms - lied_ms, pause_ms + 31'000);
  }
  EXPECT_TRUE(Reported(federation, peer, "not_asked"));
}

// Wrong: one statement by a stolen log key uses up all counters, and no incarnation can follow it.
TEST(Replicator, AnIncarnationFarAboveAllOthersIsDroppedAndItsCarrierStays) {
  Federation federation(3, 30);
  federation.StartAll();
  ASSERT_TRUE(federation.RunUntil([&] { return AllActive(federation); }, 60'000));
  const std::string owner = federation.codes()[0];
  const std::string peer = federation.codes()[1];
  const std::string origin = OriginOf(federation, owner);
  const Incarnation far{~uint64_t{0} - 1, std::string(16, 'f')};
  const Signer& key = federation.world().Log(owner);
  const std::string inquiry =
      MakeInquiry({.envelope = "", .origin = origin, .incarnation = far, .roster_version = 1}, key)
          .envelope;
  Proposal proposal;
  proposal.origin = origin;
  proposal.incarnation = far;
  proposal.root = EmptyRoot();
  const std::string proposed = MakeProposal(proposal, key).envelope;
  const auto promised = federation.node(peer).replicator().FindLog(origin)->Peer().promised;
  for (const std::string& statement : {inquiry, proposed}) {
    for (const std::string& code : {owner, peer}) {
      EXPECT_TRUE(StaysAfter(federation, code, *StatementOf(statement))) << code;
      EXPECT_TRUE(Reported(federation, code, "statement_dropped")) << code;
    }
  }
  EXPECT_EQ(federation.node(peer).replicator().FindLog(origin)->Peer().promised, promised);
  EXPECT_TRUE(Active(federation, owner)) << "fenced by a counter that nobody may use";
}

}  // namespace
}  // namespace plenary
