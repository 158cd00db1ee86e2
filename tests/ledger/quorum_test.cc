#include <gtest/gtest.h>

#include "ledger/roster.h"

namespace plenary {
namespace {

// If this failed, two quorums could share only faulty peers, or the honest ones could not form one.
TEST(Quorum, TwoQuorumsShareAnHonestPeerAndTheHonestReachOne) {
  for (int peers = 1; peers <= 64; ++peers) {
    const QuorumRule rule = QuorumOf(peers, 0);
    EXPECT_GT(2 * rule.quorum - peers, rule.faulty) << peers;
    EXPECT_LE(rule.quorum, peers - rule.faulty) << peers;
    EXPECT_LT(3 * rule.faulty, peers) << peers;
    // The largest f that allows this.
    EXPECT_GE(3 * (rule.faulty + 1), peers) << peers;
    // The smallest q.
    EXPECT_LE(2 * (rule.quorum - 1) - peers, rule.faulty) << peers;
  }
}

TEST(Quorum, IsThatOfTheConstitution) {
  EXPECT_EQ(QuorumOf(0, 0), (QuorumRule{0, 0, 0}));
  EXPECT_EQ(QuorumOf(1, 0), (QuorumRule{1, 0, 1}));
  EXPECT_EQ(QuorumOf(2, 0), (QuorumRule{2, 0, 2}));
  EXPECT_EQ(QuorumOf(3, 0), (QuorumRule{3, 0, 2}));
  EXPECT_EQ(QuorumOf(4, 0), (QuorumRule{4, 1, 3}));
  EXPECT_EQ(QuorumOf(9, 0), (QuorumRule{9, 2, 6}));
  EXPECT_EQ(QuorumOf(10, 0), (QuorumRule{10, 3, 7}));
}

// A roster that could ask for less would let a forger choose a quorum of friends.
TEST(Quorum, ARosterAsksForMoreNeverForLess) {
  EXPECT_EQ(QuorumOf(9, 5).quorum, 6);
  EXPECT_EQ(QuorumOf(9, 6).quorum, 6);
  EXPECT_EQ(QuorumOf(9, 9), (QuorumRule{9, 2, 9}));
}

TEST(Quorum, AnAbsurdDemandDoesNotWrapAround) { EXPECT_GT(QuorumOf(9, 0xFFFFFFFF).quorum, 9); }

TEST(QuorumDeathTest, NegativePeersAreOurBug) { EXPECT_DEATH(QuorumOf(-1, 0), "check failed"); }

}  // namespace
}  // namespace plenary
