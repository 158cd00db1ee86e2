// How a log grows: chunks of others' logs, commits of our own.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/checkpoint.h"
#include "ledger/proof.h"
#include "ledger/status.h"
#include "sync/log_replica.h"

namespace plenary::sync {
namespace {

constexpr size_t kMaxLeafBytes = 65535;

absl::StatusOr<std::vector<Digest>> ReadProof(const v1::Commits& chunk) {
  if (static_cast<size_t>(chunk.consistency_size()) > kMaxConsistencyHashes) {
    return MakeError(Reason::BAD_CONSISTENCY,
                     absl::StrCat("chunk: expected at most ", kMaxConsistencyHashes, " hashes"));
  }
  std::vector<Digest> proof;
  for (const std::string& hash : chunk.consistency()) {
    ASSIGN_OR_RETURN(const Digest digest, Digest::FromBytes(hash));
    proof.push_back(digest);
  }
  return proof;
}

// Does a log with that frontier lie below the state that covers it?
absl::Status CheckCovered(const Frontier& frontier, const finality::State& covering,
                          const std::vector<Digest>& proof) {
  if (frontier.size() > covering.size) {
    return MakeError(Reason::BAD_CONSISTENCY,
                     absl::StrCat("chunk: ends at ", frontier.size(), ", beyond size ",
                                  covering.size, " that covers it"));
  }
  return VerifyConsistency(frontier.size(), frontier.Root(), covering.size, covering.root, proof);
}

}  // namespace

uint64_t LogReplica::NextIndex() const {
  return staged_.has_value() ? staged_->tree.size() : tree_.size();
}

void LogReplica::StartStaging(Effects& effects) {
  DropStaged(effects);
  Staged staged;
  staged.from = tree_.signed_size();
  staged.tree = LogTree(tree_.FrontierAt(staged.from));
  staged.branch = record_.next_branch();
  record_.set_next_branch(staged.branch + 1);
  staged_ = std::move(staged);
  staged_named_.clear();
  staged_unwritten_.clear();
  ++fetch_round_;
  Touch();
}

bool LogReplica::TailContradicts() const {
  const LogTree& newest = staged_.has_value() ? staged_->tree : tree_;
  const auto contradicts = [&](const finality::State& state) {
    return state.size > tree_.signed_size() && state.size <= newest.size() &&
           newest.RootAt(state.size) != state.root;
  };
  // What is signed comes first: a proposal that it overtakes is no longer wanted.
  if (target_.state.size > tree_.signed_size()) return contradicts(target_.state);
  return wanted_.has_value() && contradicts({wanted_->size, wanted_->root});
}

void LogReplica::DropStaged(Effects& effects) {
  if (!staged_.has_value()) return;
  effects.DropBranchFrom(number(), staged_->branch, 0);
  staged_.reset();
  staged_named_.clear();
  staged_unwritten_.clear();
  ++fetch_round_;
}

void LogReplica::DropLeftovers(Effects& effects) {
  const uint32_t last = BranchOf(UINT64_MAX);
  effects.DropBranchFrom(number(), last, record_.size());
  for (uint32_t branch = last + 1; branch < record_.next_branch(); ++branch) {
    effects.DropBranchFrom(number(), branch, 0);
  }
}

absl::StatusOr<LogReplica::Covering> LogReplica::CheckCovering(const v1::Commits& chunk,
                                                               const LogKeys& keys) const {
  Covering covering;
  if (!chunk.checkpoint().empty()) {
    // Most chunks of a catch-up carry the one checkpoint that was verified with the first.
    if (chunk.checkpoint() == target_.note) return Covering{target_, std::nullopt};
    ASSIGN_OR_RETURN(const SignedCheckpoint checkpoint,
                     VerifyCheckpoint(chunk.checkpoint(), keys.log, keys.cosigners));
    if (checkpoint.checkpoint.origin != origin_) {
      return MakeError(Reason::WRONG_ORIGIN, "chunk: its checkpoint is about another log");
    }
    covering.checkpoint = SignedState::From(checkpoint);
    return covering;
  }
  ASSIGN_OR_RETURN(covering.proposal, ParseProposal(chunk.proposal()));
  if (covering.proposal->origin != origin_) {
    return MakeError(Reason::WRONG_ORIGIN, "chunk: its proposal is about another log");
  }
  RETURN_IF_ERROR(covering.proposal->Verify(keys.log));
  covering.checkpoint.state = {covering.proposal->size, covering.proposal->root};
  return covering;
}

absl::StatusOr<ChunkOutcome> LogReplica::TakeChunk(const v1::Commits& chunk, const LogKeys& keys,
                                                   const Holdings& holdings, Effects& effects) {
  if (chunk.from() != NextIndex()) return ChunkOutcome::kIgnored;
  if (chunk.commits().empty()) {
    return MakeError(Reason::PROTOCOL_ERROR, "chunk: expected at least one commit");
  }
  ASSIGN_OR_RETURN(const Covering covering, CheckCovering(chunk, keys));
  ASSIGN_OR_RETURN(const std::vector<Digest> proof, ReadProof(chunk));
  std::vector<LeafFacts> facts;
  std::vector<Digest> hashes;
  LogTree& tree = staged_.has_value() ? staged_->tree : tree_;
  Frontier end = tree.FrontierAt(tree.size());
  for (const v1::Commit& commit : chunk.commits()) {
    if (commit.envelope().size() > kMaxLeafBytes) {
      return MakeError(Reason::TOO_LARGE, absl::StrCat("leaf: expected at most ", kMaxLeafBytes,
                                                       " bytes, got ", commit.envelope().size()));
    }
    facts.push_back(FactsOf(commit.envelope(), origin_));
    RETURN_IF_ERROR(CheckSlots(facts.back(), commit.slots()));
    hashes.push_back(LeafHash(commit.envelope()));
    end.Append(hashes.back());
  }
  if (const absl::Status covered = CheckCovered(end, covering.state(), proof); !covered.ok()) {
    // Behind an unsigned tail it may be the tail that is wrong, and the sender that is right.
    const bool tail = NextIndex() > tree_.signed_size();
    if (tail && end.size() <= covering.state().size) return ChunkOutcome::kRefetch;
    if (covering.proposal.has_value()) return ChunkOutcome::kUseless;
    return covered;
  }
  if (!covering.checkpoint.note.empty()) {
    std::string contradicted;
    RETURN_IF_ERROR(SeeCheckpoint(covering.checkpoint, holdings, contradicted));
  } else {
    WantProposal(*covering.proposal);
  }
  for (int i = 0; i < chunk.commits_size(); ++i) {
    Store(chunk.commits(i), facts[static_cast<size_t>(i)], hashes[static_cast<size_t>(i)], effects);
  }
  if (covering.checkpoint.note.empty()) return ChunkOutcome::kStored;
  if (!staged_.has_value()) {
    tree_.Sign(tree_.size());
    record_.set_signed_size(tree_.size());
    record_.set_size(tree_.size());
    Touch();
  } else if (staged_->tree.size() == covering.state().size) {
    PutInPlace(holdings, effects);
  }
  return ChunkOutcome::kStored;
}

void LogReplica::Store(const v1::Commit& commit, const LeafFacts& facts, const Digest& hash,
                       Effects& effects) {
  LogTree& tree = staged_.has_value() ? staged_->tree : tree_;
  Unwritten& unwritten = staged_.has_value() ? staged_unwritten_ : unwritten_;
  const Place at{number(), staged_.has_value() ? staged_->branch : BranchOf(tree.size()),
                 tree.size()};
  effects.PutLeaf(at, commit.envelope());
  for (int entry = 0; entry < commit.slots_size(); ++entry) {
    effects.PutSlot(at, static_cast<uint32_t>(entry), commit.slots(entry));
  }
  tree.Append(hash, [&](NodeId node, const Digest& digest) {
    effects.PutNode(at.log, at.branch, node, digest);
    unwritten[std::make_pair(node.level, node.index)] = digest;
  });
  (staged_.has_value() ? staged_named_ : named_)
      .push_back({facts.Refs(), IsComplete(facts, commit.slots())});
}

void LogReplica::SetAsideFrom(uint64_t from, const Holdings& holdings, Effects& effects) {
  if (!own_) return;
  for (uint64_t index = from; index < record_.size(); ++index) {
    auto leaf = holdings.Leaf(Place{number(), BranchOf(index), index});
    // A damaged leaf of a tail that gives way is lost with its disk; peers may still have it.
    if (leaf.ok()) effects.SetAside(*std::move(leaf));
  }
}

void LogReplica::DropInPlace(uint64_t from, Effects& effects) {
  ++content_round_;
  auto& segments = *record_.mutable_segments();
  for (int i = segments.size() - 1; i >= 0; --i) {
    effects.DropBranchFrom(number(), segments[i].branch(), std::max(from, segments[i].from()));
    if (segments[i].from() <= from) break;
    segments.RemoveLast();
  }
  const uint64_t looked_at = std::min(record_.named_until(), from);
  named_.resize(from - looked_at);
  record_.set_named_until(looked_at);
  while (!record_.named().empty() && record_.named().rbegin()->index() >= from) {
    record_.mutable_named()->RemoveLast();
  }
}

void LogReplica::CutTail(uint64_t size, const Holdings& holdings, Effects& effects) {
  CHECK_GE(size, tree_.signed_size());
  if (size == tree_.size()) return;
  SetAsideFrom(size, holdings, effects);
  DropInPlace(size, effects);
  tree_.CutTail(size);
  record_.set_size(std::min(size, record_.size()));
  ++fetch_round_;
  Touch();
}

void LogReplica::PutInPlace(const Holdings& holdings, Effects& effects) {
  CHECK(staged_.has_value());
  const uint64_t from = staged_->from;
  CHECK_GE(from, tree_.signed_size());
  SetAsideFrom(from, holdings, effects);
  DropInPlace(from, effects);
  auto& segments = *record_.mutable_segments();
  if (segments.rbegin()->from() == from) segments.RemoveLast();
  auto* segment = segments.Add();
  segment->set_from(from);
  segment->set_branch(staged_->branch);

  tree_ = std::move(staged_->tree);
  for (auto& [node, digest] : staged_unwritten_) unwritten_[node] = digest;
  staged_unwritten_.clear();
  named_.insert(named_.end(), staged_named_.begin(), staged_named_.end());
  staged_named_.clear();
  staged_.reset();
  proposal_.reset();
  record_.clear_proposal();
  record_.set_size(tree_.signed_size());
  Touch();
}

void LogReplica::AppendOwn(const StoredLeaf& leaf, Effects& effects) {
  v1::Commit commit;
  commit.set_envelope(leaf.envelope);
  for (const v1::Slot& slot : leaf.slots) *commit.add_slots() = slot;
  Store(commit, FactsOf(leaf.envelope, origin_), LeafHash(leaf.envelope), effects);
}

}  // namespace plenary::sync
