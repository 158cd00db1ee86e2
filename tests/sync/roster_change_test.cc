#include <gtest/gtest.h>

#include <map>

#include "tests/sync/federation.h"

namespace plenary {
namespace {

using testing::Federation;
using testing::MemoryStore;

// What a node that holds `version` says of its own log.
bool ActiveUnder(Federation& federation, const std::string& code, uint64_t version) {
  const sync::Replicator& replicator = federation.node(code).replicator();
  return replicator.trust().newest().version() == version && replicator.owner()->active();
}

bool AllActiveUnder(Federation& federation, uint64_t version) {
  for (const std::string& code : federation.codes()) {
    if (!ActiveUnder(federation, code, version)) return false;
  }
  return true;
}

// The next roster, which asks for `quorum` peers, comes to one node.
void ChangeRoster(Federation& federation, const std::string& code, uint32_t quorum) {
  v1::Roster next = federation.world().NextRoster();
  next.set_quorum(quorum);
  federation.world().Adopt(next);
  const std::string envelope(federation.world().roster().envelope());
  auto& node = federation.node(code);
  node.Drain([&](sync::Replicator& replicator) {
    ASSERT_TRUE(replicator.AddRoster(envelope, federation.now(), node).ok());
  });
}

// Wrong: an owner goes on under a roster of which no quorum has answered its inquiry (rule 8).
TEST(RosterChange, EveryRunningOwnerTakesANewIncarnationAndLosesNothing) {
  Federation federation(5, 41);
  federation.StartAll();
  ASSERT_TRUE(federation.RunUntil([&] { return AllActiveUnder(federation, 1); }, 60'000));
  std::map<std::string, uint64_t> before;
  for (const std::string& code : federation.codes()) {
    ASSERT_TRUE(federation.node(code).Submit("before"));
    before[code] = federation.node(code).replicator().owner()->incarnation().counter;
  }
  ChangeRoster(federation, federation.codes()[2], 4);
  EXPECT_FALSE(federation.node(federation.codes()[2]).replicator().owner()->active());
  ASSERT_TRUE(federation.RunUntil([&] { return AllActiveUnder(federation, 2); }, 60'000));
  for (const std::string& code : federation.codes()) {
    EXPECT_GT(federation.node(code).replicator().owner()->incarnation().counter, before[code]);
    ASSERT_TRUE(federation.node(code).Submit("after"));
  }
  for (const std::string& code : federation.codes()) {
    const std::string origin = federation.world().Origin(code);
    EXPECT_TRUE(federation.RunUntil([&] { return federation.FinalEverywhere(origin, 2); }, 60'000))
        << federation.Describe();
    // Joint: the newest roster wants all four peers.
    EXPECT_EQ(
        federation.node(code).replicator().FindLog(origin)->final_checkpoint().cosigned_by.size(),
        4U);
  }
  EXPECT_EQ(federation.violation(), "");
}

// Wrong: a quorum of the old roster alone makes leaves final that name the new one.
TEST(RosterChange, ALargerQuorumIsWaitedFor) {
  Federation federation(5, 42);
  federation.StartAll();
  ASSERT_TRUE(federation.RunUntil([&] { return AllActiveUnder(federation, 1); }, 60'000));
  ChangeRoster(federation, federation.codes()[0], 4);
  ASSERT_TRUE(federation.RunUntil([&] { return AllActiveUnder(federation, 2); }, 60'000));
  const std::string code = federation.codes()[1];
  const std::string origin = federation.world().Origin(code);
  federation.node(federation.codes()[4]).Crash();
  ASSERT_TRUE(federation.node(code).Submit("alone"));
  federation.Run(120'000);
  EXPECT_EQ(federation.node(code).replicator().own_log()->final_checkpoint().state.size, 0U);
  federation.node(federation.codes()[4]).Start();
  EXPECT_TRUE(federation.RunUntil([&] { return federation.FinalEverywhere(origin, 1); }, 600'000))
      << federation.Describe();
}

// Wrong: an owner whose store knows only the first roster becomes active without the peers of the
// one that its own leaves name.
TEST(RosterChange, AnEmptiedOwnerIsActiveOnlyUnderTheRosterOfItsLeaves) {
  Federation federation(4, 43);
  federation.StartAll();
  ASSERT_TRUE(federation.RunUntil([&] { return AllActiveUnder(federation, 1); }, 60'000));
  ChangeRoster(federation, federation.codes()[0], 0);
  ASSERT_TRUE(federation.RunUntil([&] { return AllActiveUnder(federation, 2); }, 60'000));
  const std::string code = federation.codes()[3];
  ASSERT_TRUE(federation.node(code).Submit("x"));
  const std::string origin = federation.world().Origin(code);
  ASSERT_TRUE(federation.RunUntil([&] { return federation.FinalEverywhere(origin, 1); }, 60'000));
  federation.node(code).Crash();
  federation.node(code).ReplaceDisk(MemoryStore(), "another store", false);
  federation.node(code).Start();
  ASSERT_TRUE(federation.RunUntil(
      [&] { return federation.node(code).replicator().owner()->active(); }, 300'000));
  EXPECT_TRUE(ActiveUnder(federation, code, 2));
  EXPECT_EQ(federation.node(code).replicator().own_log()->size(), 1U);
}

}  // namespace
}  // namespace plenary
