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

// What the key of the first member's log has proposed under some incarnation.
struct History {
  std::vector<LeafToJudge> leaves;
  Frontier tree;
  Proposal proposal;
};

class Maker {
 public:
  // What the log's key proposes under incarnation `counter`: leaves told apart by `text`.
  History Propose(uint64_t counter, const std::string& text, uint64_t size) const {
    History history;
    for (uint64_t i = 0; i < size; ++i) {
      const std::string record =
          testing::RecordBytes(owner_, "meetings", absl::StrCat(text, "-", i));
      history.leaves.push_back(testing::NewLeaf(world_, owner_, 1, {{record, 0, false, true}}));
      history.tree.Append(LeafHash(history.leaves.back().envelope));
    }
    Proposal proposal;
    proposal.origin = world_.Origin(owner_);
    proposal.incarnation = {counter, std::string(16, static_cast<char>('a' + counter))};
    proposal.size = size;
    proposal.root = history.tree.Root();
    history.proposal = MakeProposal(std::move(proposal), world_.Log(owner_));
    return history;
  }

  // Leaves [from, to) of a history, with what proves them against all of it.
  static v1::Commits Chunk(const History& history, uint64_t from, uint64_t to) {
    v1::Commits chunk;
    chunk.set_from(from);
    for (uint64_t i = from; i < to; ++i) {
      v1::Commit& commit = *chunk.add_commits();
      commit.set_envelope(history.leaves[i].envelope);
      v1::Slot& slot = *commit.add_slots();
      slot.set_state(v1::SLOT_STATE_PRESENT);
      slot.set_record(*history.leaves[i].records[0]);
    }
    const auto node_hash = [&](NodeId node) -> absl::StatusOr<Digest> {
      Frontier part;
      for (uint64_t i = node.index << node.level; i < (node.index + 1) << node.level; ++i) {
        part.Append(LeafHash(history.leaves[i].envelope));
      }
      return part.Root();
    };
    if (to == history.leaves.size()) return chunk;
    const auto proof = ConsistencyProof(to, history.leaves.size(), node_hash);
    CHECK_OK(proof);
    for (const Digest& hash : *proof) chunk.add_consistency(hash.bytes());
    return chunk;
  }

 private:
  const testing::World world_{3};
  const std::string owner_ = world_.codes()[0];
};

class Staging : public ::testing::Test, public Maker {
 protected:
  Staging()
      : federation_(3, 77),
        owner_(federation_.codes()[0]),
        keys_{federation_.world().Log(owner_).public_key(), {}},
        replica_(federation_.world().Origin(owner_), 9, false) {}

  sync::ChunkOutcome Take(const History& history, uint64_t from, uint64_t to) {
    v1::Commits chunk = Chunk(history, from, to);
    chunk.set_proposal(history.proposal.envelope);
    SimNode& disk = federation_.node(owner_);
    const auto outcome = replica_.TakeChunk(chunk, keys_, disk.disk(), disk);
    CHECK_OK(outcome);
    return *outcome;
  }

  void StartStaging() { replica_.StartStaging(federation_.node(owner_)); }

  Federation federation_;
  const std::string owner_;
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

// Wrong: a proposal that comes late, in the middle of a catch-up, of what is signed already stops
// the node.
TEST(LateProposal, OfWhatIsSignedAlreadyIsNotKept) {
  const Maker maker;
  Federation federation(3, 77);
  const std::string owner = federation.codes()[0];
  const std::string origin = federation.world().Origin(owner);
  const History history = maker.Propose(7, "signed", 4);
  const History late = maker.Propose(8, "signed", 2);
  SimNode& peer = federation.node(federation.codes()[1]);
  peer.Start();
  federation.node(federation.codes()[2]).Start();
  const auto met = [&] {
    const auto& sessions = peer.replicator().sessions();
    return !sessions.empty() && sessions.begin()->second.open;
  };
  ASSERT_TRUE(federation.RunUntil(met, 60'000));
  const Signer& key = federation.world().Log(owner);
  peer.Drain([&](sync::Replicator& replicator) {
    v1::Commits chunk = Maker::Chunk(history, 0, 3);
    chunk.set_checkpoint(SignCheckpoint({origin, 4, history.tree.Root()}, key));
    sync::LogReplica& log = *replicator.FindLog(origin);
    ASSERT_TRUE(log.TakeChunk(chunk, {key.public_key(), {}}, peer.disk(), peer).ok());
  });
  const sync::LogReplica& log = *peer.replicator().FindLog(origin);
  ASSERT_EQ(log.tree().signed_size(), 3U);
  ASSERT_EQ(log.checkpoint().state.size, 0U);
  v1::Frame frame;
  frame.mutable_statement()->set_envelope(late.proposal.envelope);
  const sync::LinkId link = peer.replicator().sessions().begin()->first;
  peer.Drain([&](sync::Replicator& replicator) {
    replicator.Receive(link, frame, federation.now(), peer);
  });
  EXPECT_TRUE(peer.replicator().sessions().contains(link));
  EXPECT_FALSE(log.proposal().has_value());
  EXPECT_EQ(log.size(), 3U);
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
