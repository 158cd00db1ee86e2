// A member that forks its own log, against honest peers that meet only afterwards.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/checkpoint.h"
#include "tests/sync/federation.h"

namespace plenary {
namespace {

using testing::Federation;
using testing::MemoryStore;
using testing::SimNode;

bool AllActive(Federation& federation) {
  for (const std::string& code : federation.codes()) {
    if (!federation.node(code).replicator().owner()->active()) return false;
  }
  return true;
}

// What no honest owner does: its log key signs all that it has, whoever holds it.
void SignAnyway(Federation& federation, const std::string& traitor) {
  SimNode& node = federation.node(traitor);
  const Signer& key = federation.world().Log(traitor);
  node.Drain([&](sync::Replicator& replicator) {
    sync::LogReplica& log = *replicator.own_log();
    if (log.checkpoint().state.size == log.size()) return;
    const Checkpoint checkpoint{log.origin(), log.size(), log.tree().Root()};
    const auto made = VerifyCheckpoint(SignCheckpoint(checkpoint, key), key.public_key(), {});
    CHECK_OK(made);
    std::string contradicted;
    CHECK_OK(log.SeeCheckpoint(sync::SignedState::From(*made), node.disk(), contradicted));
    CHECK(log.AdvanceCheckpoint(node.disk(), node));
  });
}

// One of the two worlds that the traitor shows: equal up to its first leaf, then another second
// leaf to those who hear of it.
class Half {
 public:
  Half(int members, uint64_t seed, const std::set<std::string>& hear, const std::string& text)
      : federation_(members, seed), traitor_(federation_.codes()[0]) {
    federation_.StartAll();
    CHECK(federation_.RunUntil([&] { return AllActive(federation_); }, 60'000));
    CHECK(federation_.node(traitor_).Submit("common"));
    CHECK(federation_.RunUntil(
        [&] { return federation_.FinalEverywhere(federation_.world().Origin(traitor_), 1); },
        60'000));
    for (const std::string& code : federation_.codes()) {
      if (code != traitor_ && !hear.contains(code)) federation_.Isolate(code);
    }
    CHECK(federation_.node(traitor_).Submit(text));
    federation_.Run(2'000);
    SignAnyway(federation_, traitor_);
    federation_.Run(5'000);
  }

  SimNode& node(const std::string& code) { return federation_.node(code); }

 private:
  Federation federation_;
  const std::string traitor_;
};

struct Story {
  int members;
  uint64_t seed;
  int hear_first;  // how many peers hear of the first world's leaf
};

class TraitorTest : public ::testing::TestWithParam<Story> {};

// Wrong: an honest member cosigns both, two contradicting checkpoints are final, or somebody who
// has met both sides keeps silent and lets the log go on.
TEST_P(TraitorTest, IsFoundOutAndItsLogStops) {
  const Story& story = GetParam();
  Federation met(story.members, story.seed + 1'000);
  const std::string traitor = met.codes()[0];
  const std::string origin = met.world().Origin(traitor);
  std::set<std::string> sides[2];
  for (const std::string& code : met.codes()) {
    if (code == traitor) continue;
    sides[static_cast<int>(sides[0].size()) < story.hear_first ? 0 : 1].insert(code);
  }
  Half first(story.members, story.seed, sides[0], "told to these");
  Half second(story.members, story.seed, sides[1], "told to those");
  std::map<std::string, finality::State> cosigned;
  for (const int side : {0, 1}) {
    Half& half = side == 0 ? first : second;
    for (const std::string& code : sides[side]) {
      cosigned[code] = half.node(code).replicator().FindLog(origin)->Peer().cosigned;
      EXPECT_EQ(cosigned[code].size, 2U) << code;
      met.node(code).ReplaceDisk(half.node(code).disk(), half.node(code).store(), true);
    }
  }
  met.node(traitor).ReplaceDisk(second.node(traitor).disk(), second.node(traitor).store(), true);
  met.ExpectForkOf(origin);
  met.StartAll();
  const auto all_know = [&] {
    for (const std::string& code : met.codes()) {
      if (!met.node(code).replicator().frozen().contains(origin)) return false;
    }
    return true;
  };
  EXPECT_TRUE(met.RunUntil(all_know, 600'000)) << met.Describe();
  met.Run(60'000);
  std::set<std::string> final_roots;
  for (const std::string& code : met.codes()) {
    SimNode& node = met.node(code);
    const sync::LogReplica& log = *node.replicator().FindLog(origin);
    EXPECT_FALSE(node.disk().evidence.empty()) << code;
    if (log.final_checkpoint().state.size > 1) {
      final_roots.insert(log.final_checkpoint().state.root.Hex());
    }
    for (const std::string& by : log.checkpoint().cosigned_by) {
      if (by == traitor) continue;
      EXPECT_EQ(cosigned[by].root, log.checkpoint().state.root) << by << " cosigned both";
    }
    if (code == traitor) continue;
    EXPECT_EQ(log.Peer().cosigned, cosigned[code]) << code << " cosigned anew";
  }
  EXPECT_LE(final_roots.size(), 1U);
  EXPECT_FALSE(met.node(traitor).replicator().owner()->active()) << "a forked log goes on";
  // The other logs are nobody's fault.
  const std::string other = met.codes()[1];
  ASSERT_TRUE(met.RunUntil([&] { return met.node(other).replicator().owner()->active(); }, 60'000));
  ASSERT_TRUE(met.node(other).Submit("business as usual"));
  EXPECT_TRUE(
      met.RunUntil([&] { return met.FinalEverywhere(met.world().Origin(other), 1); }, 600'000))
      << met.Describe();
  EXPECT_EQ(met.violation(), "");
}

std::string NameOf(const ::testing::TestParamInfo<Story>& story) {
  return absl::StrCat(story.param.members, "members", story.param.hear_first, "hear");
}

INSTANTIATE_TEST_SUITE_P(Stories, TraitorTest,
                         ::testing::Values(Story{3, 1, 1}, Story{4, 2, 1}, Story{5, 3, 1},
                                           Story{5, 4, 2}, Story{5, 5, 3}, Story{7, 6, 2}),
                         NameOf);

}  // namespace
}  // namespace plenary
