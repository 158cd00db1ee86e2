#include "ledger/final.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"
#include "tests/support/world.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::World;

TEST(Final, InPlayAreAllVersionsFromTheLastFinalOneOn) {
  EXPECT_EQ(*RostersInPlay(2, 2), (RosterRange{2, 3}));
  EXPECT_EQ(*RostersInPlay(2, 5), (RosterRange{2, 6}));
  EXPECT_THAT(RostersInPlay(3, 2), HasReason(Reason::WENT_BACK));
  EXPECT_THAT(RostersInPlay(0, 2), HasReason(Reason::BAD_ROSTER_REFERENCE));
  EXPECT_THAT(RostersInPlay(1, UINT64_MAX), HasReason(Reason::BAD_ROSTER_REFERENCE))
      << "a leaf may name any number";
}

TEST(Final, TheOwnerAndObserversCountNothing) {
  World world(4);  // br in cn ru: three peers, two make a quorum
  v1::Roster next = world.NextRoster();
  world.AddMember(next, "eg", v1::MEMBER_STATUS_OBSERVER);
  world.Adopt(next);
  const RosterRange in_play = *RostersInPlay(1, 2);
  EXPECT_THAT(CheckFinal({"br", "in", "eg"}, "br", world.rosters(), in_play),
              HasReason(Reason::NOT_FINAL));
  EXPECT_OK(CheckFinal({"in", "ru"}, "br", world.rosters(), in_play));
  const PeerCount count = CountPeers({"br", "in", "eg", "xx"}, "br", world.roster());
  EXPECT_EQ(count.held, 1);
  EXPECT_EQ(count.rule.quorum, 2);
  EXPECT_FALSE(count.enough());
  // All full members are peers of an observer.
  EXPECT_EQ(CountPeers({"br", "in"}, "eg", world.roster()).rule.peers, 4);
}

// If only the newest roster counted, a majority that has just been added could rewrite what the
// members before it hold.
TEST(Final, EveryRosterInPlayAsksForItsQuorum) {
  World world(3);
  v1::Roster next = world.NextRoster();
  for (const char* code : {"eg", "et", "ir", "ae"}) world.AddMember(next, code);
  next.set_threshold(4);
  world.Adopt(next);
  const std::set<std::string> new_ones = {"eg", "et", "ir", "ae"};
  EXPECT_OK(CheckFinal(new_ones, "br", world.rosters(), {2, 3}));
  EXPECT_THAT(CheckFinal(new_ones, "br", world.rosters(), {1, 3}), HasReason(Reason::NOT_FINAL));
  EXPECT_THAT(CheckFinal({"in", "cn"}, "br", world.rosters(), {1, 3}),
              HasReason(Reason::NOT_FINAL));
  EXPECT_OK(CheckFinal({"in", "cn", "eg", "et"}, "br", world.rosters(), {1, 3}));
  EXPECT_THAT(CheckFinal(new_ones, "br", world.rosters(), {2, 4}),
              HasReason(Reason::ROSTER_MISSING));
}

TEST(Final, AMemberWithoutPeersIsFinalByItself) {
  World world(1);
  EXPECT_OK(CheckFinal({}, "br", world.rosters(), {1, 2}));
}

}  // namespace
}  // namespace plenary
