// What a replica holds apart while it fetches, and what makes it begin anew.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/merkle.h"
#include "sync/log_replica.h"
#include "tests/support/log_maker.h"
#include "tests/sync/federation.h"

namespace plenary {
namespace {

using testing::Federation;
using testing::SimNode;

// One log as its key has proposed it under some incarnation.
struct History {
  std::vector<LeafToJudge> leaves;
  Frontier tree;
  Proposal proposal;
};

class Staging : public ::testing::Test {
 protected:
  Staging()
      : federation_(2, 77),
        owner_(federation_.codes()[0]),
        origin_(federation_.world().Origin(owner_)),
        keys_{federation_.world().Log(owner_).public_key(), {}},
        replica_(origin_, 9, false) {}

  History Propose(uint64_t counter, const std::string& text, uint64_t size) {
    History history;
    for (uint64_t i = 0; i < size; ++i) {
      const std::string record =
          testing::RecordBytes(owner_, "meetings", absl::StrCat(text, "-", i));
      history.leaves.push_back(
          testing::NewLeaf(federation_.world(), owner_, 1, {{record, 0, false, true}}));
      history.tree.Append(LeafHash(history.leaves.back().envelope));
    }
    Proposal proposal;
    proposal.origin = origin_;
    proposal.incarnation = {counter, std::string(16, static_cast<char>('a' + counter))};
    proposal.size = size;
    proposal.root = history.tree.Root();
    history.proposal = MakeProposal(std::move(proposal), federation_.world().Log(owner_));
    return history;
  }

  // Leaves [from, to) of a history, proven against its proposal.
  sync::ChunkOutcome Take(const History& history, uint64_t from, uint64_t to) {
    v1::Commits chunk;
    chunk.set_from(from);
    for (uint64_t i = from; i < to; ++i) {
      v1::Commit& commit = *chunk.add_commits();
      commit.set_envelope(history.leaves[i].envelope);
      v1::Slot& slot = *commit.add_slots();
      slot.set_state(v1::SLOT_STATE_PRESENT);
      slot.set_record(*history.leaves[i].records[0]);
    }
    chunk.set_proposal(history.proposal.envelope);
    std::vector<Digest> hashes;
    for (const LeafToJudge& leaf : history.leaves) hashes.push_back(LeafHash(leaf.envelope));
    if (to < hashes.size()) {
      const auto proof =
          ConsistencyProof(to, hashes.size(), [&](NodeId node) -> absl::StatusOr<Digest> {
            Frontier part;
            for (uint64_t i = node.index << node.level; i < (node.index + 1) << node.level; ++i) {
              part.Append(hashes[i]);
            }
            return part.Root();
          });
      CHECK_OK(proof);
      for (const Digest& hash : *proof) chunk.add_consistency(hash.bytes());
    }
    SimNode& disk = federation_.node(owner_);
    const auto outcome = replica_.TakeChunk(chunk, keys_, disk.disk(), disk);
    CHECK_OK(outcome);
    return *outcome;
  }

  void StartStaging() { replica_.StartStaging(federation_.node(owner_)); }

  Federation federation_;
  const std::string owner_;
  const std::string origin_;
  const sync::LogKeys keys_;
  sync::LogReplica replica_;
};

// Wrong: what was being fetched of an incarnation that is gone is longer than what its successor
// proposes, and is asked to be continued for ever.
TEST_F(Staging, AShorterProposalOfANewerIncarnationBeginsAnew) {
  const History old = Propose(1, "old", 4);
  const History now = Propose(2, "now", 1);
  replica_.WantProposal(old.proposal);
  StartStaging();
  EXPECT_EQ(Take(old, 0, 3), sync::ChunkOutcome::kStored);
  EXPECT_FALSE(replica_.TailContradicts());
  replica_.WantProposal(now.proposal);
  ASSERT_TRUE(replica_.TailContradicts());
  StartStaging();
  EXPECT_EQ(replica_.NextIndex(), 0U);
  EXPECT_EQ(Take(now, 0, 1), sync::ChunkOutcome::kStored);
  EXPECT_FALSE(replica_.TailContradicts());
  const finality::State state{now.proposal.size, now.proposal.root};
  EXPECT_TRUE(replica_.RootAtHand(state, federation_.node(owner_).disk()).has_value());
}

// Wrong: the sender is called useless for a chunk that is right, behind staged leaves that are not.
TEST_F(Staging, ALongerProposalOfANewerIncarnationBeginsAnewAtItsFirstChunk) {
  const History old = Propose(1, "old", 4);
  const History now = Propose(2, "now", 6);
  replica_.WantProposal(old.proposal);
  StartStaging();
  EXPECT_EQ(Take(old, 0, 2), sync::ChunkOutcome::kStored);
  replica_.WantProposal(now.proposal);
  EXPECT_FALSE(replica_.TailContradicts()) << "not as long: only a chunk can tell";
  EXPECT_EQ(Take(now, 2, 6), sync::ChunkOutcome::kRefetch);
  StartStaging();
  EXPECT_EQ(Take(now, 0, 6), sync::ChunkOutcome::kStored);
}

// Wrong: a chunk that nothing explains makes a replica with nothing to lose fetch in circles.
TEST_F(Staging, AWrongChunkFromTheStartIsItsSendersFault) {
  const History one = Propose(1, "one", 2);
  History mixed = Propose(2, "two", 2);
  mixed.leaves = one.leaves;
  replica_.WantProposal(mixed.proposal);
  StartStaging();
  EXPECT_EQ(Take(mixed, 0, 2), sync::ChunkOutcome::kUseless);
}

}  // namespace
}  // namespace plenary
