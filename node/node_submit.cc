// Submissions: how a commit enters the own log, and who is told when it is final.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/commit.h"
#include "ledger/merkle.h"
#include "ledger/status.h"
#include "node/node.h"

namespace plenary::node {
namespace {

constexpr size_t kMaxWaiting = 10'000;
constexpr uint64_t kMaxTailLeaves = 1'000'000;

sync::StoredLeaf ToStored(Submission submission) {
  sync::StoredLeaf leaf;
  leaf.envelope = std::move(submission.envelope);
  leaf.slots.reserve(submission.records.size());
  for (std::string& record : submission.records) {
    plenary::v1::Slot& slot = leaf.slots.emplace_back();
    slot.set_state(plenary::v1::SLOT_STATE_PRESENT);
    slot.set_record(std::move(record));
  }
  return leaf;
}

nodev1::Waiting ToWaiting(sync::StoredLeaf leaf) {
  nodev1::Waiting waiting;
  waiting.set_envelope(std::move(leaf.envelope));
  for (plenary::v1::Slot& slot : leaf.slots) waiting.add_records(std::move(*slot.mutable_record()));
  return waiting;
}

// Exactly the records that the manifest lists, before anything else is asked.
absl::Status CheckRecords(const LeafView& leaf, const std::vector<std::string>& records) {
  const auto& entries = leaf.manifest.entries;
  if (entries.size() != records.size()) {
    return MakeError(Reason::MANIFEST_MISMATCH,
                     absl::StrCat("records: expected ", entries.size(), ", got ", records.size()));
  }
  for (size_t i = 0; i < records.size(); ++i) {
    if (entries[i].size == records[i].size() && entries[i].digest == Sha256(records[i]).view()) {
      continue;
    }
    return MakeError(Reason::MANIFEST_MISMATCH,
                     absl::StrCat("record ", i, ": not the bytes that the manifest lists"));
  }
  return absl::OkStatus();
}

CommitState WaitingState(const Digest& identity, const Digest& leaf_hash) {
  CommitState state;
  state.identity = identity;
  state.stage = CommitState::Stage::kWaiting;
  state.leaf_hash = leaf_hash;
  return state;
}

}  // namespace

void Node::Submit(Submission submission, SubmitDone done) {
  const bool posted =
      environment_.executor->Post([this, submission = std::move(submission), done]() mutable {
        SubmitOnLoop(std::move(submission), std::move(done));
      });
  if (!posted) {
    done(MakeError(Reason::BUSY, "submit: the node has as much work waiting as it may hold"));
  }
}

void Node::SubmitOnLoop(Submission submission, SubmitDone done) {
  const auto finish = [&](absl::StatusOr<CommitState> result) {
    // Also a refusal waits for the write: it may rest on a commit of this drain.
    drain_.Afterwards([done, result = std::move(result)] { done(result); });
  };
  // The drain's end may find that it is no longer this instance that gives out indexes.
  const auto finish_later = [&](const CommitState& state) {
    drain_.Afterwards([this, done, state] {
      const bool waits = state.index.has_value() && waiting_.contains(state.identity);
      done(waits ? WaitingState(state.identity, state.leaf_hash) : state);
    });
  };
  const auto leaf = ParseLeaf(submission.envelope);
  if (!leaf.ok()) return finish(leaf.status());
  if (const absl::Status good = CheckRecords(*leaf, submission.records); !good.ok()) {
    return finish(good);
  }
  const Digest identity = CommitIdentity(leaf->payload);
  const auto known = Known(identity);
  if (!known.ok()) return finish(known.status());
  if (known->has_value()) {
    CommitState state = **known;
    state.repeated = true;
    return finish(state);
  }
  const sync::LogOwner* owner = replicator_->owner();
  if (owner == nullptr) {
    return finish(MakeError(Reason::NO_LOG,
                            "submit: this node writes no log; submit to the "
                            "member's node that has the log key"));
  }
  if (owner->phase() == sync::OwnerPhase::kFenced) {
    return finish(MakeError(Reason::FENCED, "submit: another instance of this node is active"));
  }
  if (owner->phase() == sync::OwnerPhase::kFrozen) {
    return finish(MakeError(Reason::LOG_FROZEN, "submit: this log showed two histories"));
  }
  const auto state = MayAppend() && queue_.empty() ? Append(std::move(submission), identity)
                                                   : Wait(std::move(submission), identity);
  if (!state.ok()) return finish(state.status());
  finish_later(*state);
}

bool Node::MayAppend() const {
  const sync::LogOwner* owner = replicator_->owner();
  return owner != nullptr && owner->active() && tail_of_ == owner->incarnation();
}

absl::StatusOr<CommitState> Node::Append(Submission submission, const Digest& identity) {
  sync::LogReplica& log = *replicator_->own_log();
  if (log.size() - log.checkpoint().state.size >= kMaxTailLeaves) {
    return MakeError(Reason::TAIL_FULL,
                     absl::StrCat("log ", log.origin(), ": its tail has ", kMaxTailLeaves,
                                  " leaves that no quorum holds"));
  }
  const uint64_t index = log.size();
  RETURN_IF_ERROR(tail_->Take(log.origin(), index, submission.envelope, submission.records));
  appended_.push_back({index, ToStored(std::move(submission))});
  log.AppendOwn(appended_.back().leaf, drain_);
  drain_.changes().PutCommitIndex(log.number(), identity, index);
  tail_index_[identity] = index;
  return StateAt(identity, index);
}

absl::StatusOr<CommitState> Node::Wait(Submission submission, const Digest& identity) {
  if (queue_.size() >= kMaxWaiting) {
    return MakeError(Reason::BUSY, absl::StrCat("submit: ", kMaxWaiting,
                                                " commits wait for the recovery to end"));
  }
  const Digest leaf_hash = LeafHash(submission.envelope);
  nodev1::Waiting waiting;
  waiting.set_envelope(std::move(submission.envelope));
  for (std::string& record : submission.records) waiting.add_records(std::move(record));
  PutWaiting(std::move(waiting));
  return WaitingState(identity, leaf_hash);
}

void Node::PutWaiting(nodev1::Waiting waiting) {
  waiting.set_sequence(next_sequence_++);
  drain_.changes().PutWaiting(waiting);
  if (const auto leaf = ReadLeaf(waiting.envelope()); leaf.ok()) {
    const Digest identity = CommitIdentity(leaf->payload);
    waiting_[identity] = waiting.sequence();
    tail_index_.erase(identity);
  }
  queue_.push_back(std::move(waiting));
}

// An instance that stops proposing in the middle of a drain (it is fenced, or takes a new
// incarnation) leaves commits behind the tail that nothing covers: they would be gone after a
// restart, and their clerks have been promised otherwise.
void Node::KeepUnproposed() {
  std::vector<Appended> appended = std::exchange(appended_, {});
  if (appended.empty()) return;
  sync::LogReplica& log = *replicator_->own_log();
  if (log.size() > log.record().size()) log.CutTail(log.record().size(), holdings_, drain_);
  for (Appended& commit : appended) {
    if (commit.index < log.record().size()) {
      const auto here = log.Node(NodeId{0, commit.index}, holdings_);
      if (here.ok() && *here == LeafHash(commit.leaf.envelope)) continue;
    }
    PutWaiting(ToWaiting(std::move(commit.leaf)));
  }
  log.Save(drain_);
}

void Node::AfterRecovery() {
  const sync::LogOwner* owner = replicator_->owner();
  if (owner == nullptr || !owner->active()) return;
  if (tail_of_ != owner->incarnation()) {
    RebuildTail();
    IndexTail();
    tail_of_ = owner->incarnation();
  }
  if (queue_.empty() || admission_posted_) return;
  admission_posted_ = true;
  environment_.executor->PostInternal([this] { AdmitWaiting(); });
}

// Commits that waited for the recovery get their index, in their order; `previous` is checked
// again, and what no longer fits is set aside for its owner.
void Node::AdmitWaiting() {
  admission_posted_ = false;
  waiters_changed_ = true;
  if (failed_ || !MayAppend()) return;
  while (!queue_.empty()) {
    nodev1::Waiting waiting = std::move(queue_.front());
    queue_.pop_front();
    drain_.changes().DropWaiting(waiting.sequence());
    Submission submission{waiting.envelope(), {waiting.records().begin(), waiting.records().end()}};
    const auto leaf = ParseLeaf(submission.envelope);
    if (!leaf.ok()) continue;
    const Digest identity = CommitIdentity(leaf->payload);
    waiting_.erase(identity);
    const auto known = Known(identity);
    if (known.ok() && known->has_value()) continue;
    const auto appended = Append(std::move(submission), identity);
    if (appended.ok()) continue;
    drain_.changes().PutAside(waiting);
    drain_.Report(sync::EventBecause("set_aside", {{"commit", identity.Hex()}}, appended.status()));
  }
}

void Node::KeepAside(const std::vector<sync::StoredLeaf>& leaves) {
  for (const sync::StoredLeaf& leaf : leaves) PutWaiting(ToWaiting(leaf));
}

absl::StatusOr<std::optional<CommitState>> Node::Known(const Digest& identity) {
  if (waiting_.contains(identity)) {
    CommitState state;
    state.identity = identity;
    state.stage = CommitState::Stage::kWaiting;
    return state;
  }
  const sync::LogReplica* log = replicator_->own_log();
  if (log == nullptr) return std::nullopt;
  std::optional<uint64_t> index;
  const auto tail = tail_index_.find(identity);
  if (tail != tail_index_.end()) {
    index = tail->second;
  } else {
    ASSIGN_OR_RETURN(index, store_.CommitIndex(log->number(), identity));
  }
  if (!index.has_value() || *index >= log->size()) return std::nullopt;
  // A recovery may have put another commit there, and this drain may be about to.
  if (*index >= log->record().size()) {
    if (tail == tail_index_.end()) return std::nullopt;
  } else {
    const auto envelope = store_.Leaf({log->number(), log->BranchOf(*index), *index});
    // A leaf that this drain is fetching is not to be read yet.
    if (ReasonOf(envelope.status()) == Reason::NOT_FOUND) return std::nullopt;
    if (!envelope.ok()) return envelope.status();
    const auto leaf = ReadLeaf(*envelope);
    if (!leaf.ok() || CommitIdentity(leaf->payload) != identity) return std::nullopt;
  }
  return StateAt(identity, *index);
}

// What a recovery fetched and did not adopt may have taken its commits' places in the index.
void Node::IndexTail() {
  const sync::LogReplica& log = *replicator_->own_log();
  tail_index_.clear();
  for (uint64_t index = log.checkpoint().state.size; index < log.size(); ++index) {
    const auto envelope = store_.Leaf({log.number(), log.BranchOf(index), index});
    if (!envelope.ok()) return Fail(envelope.status());
    const auto leaf = ReadLeaf(*envelope);
    if (leaf.ok()) tail_index_.emplace(CommitIdentity(leaf->payload), index);
  }
}

CommitState Node::StateAt(const Digest& identity, uint64_t index) const {
  const sync::LogReplica& log = *replicator_->own_log();
  CommitState state;
  state.identity = identity;
  state.origin = log.origin();
  state.index = index;
  if (const auto hash = log.Node(NodeId{0, index}, holdings_); hash.ok()) state.leaf_hash = *hash;
  state.stage = index < log.final_checkpoint().state.size ? CommitState::Stage::kFinal
                                                          : CommitState::Stage::kProvisional;
  return state;
}

void Node::RebuildTail() {
  const sync::LogReplica* log = replicator_->own_log();
  if (log == nullptr) return;
  const absl::Status rebuilt = tail_->Rebuild(ExtentOf(*log), replicator_->trust());
  if (!rebuilt.ok()) Fail(rebuilt);
}

void Node::WaitFinal(const Digest& identity, int64_t deadline_ms, SubmitDone done) {
  environment_.executor->PostInternal([this, identity, deadline_ms, done] {
    const auto known = Known(identity);
    if (!known.ok()) return done(known.status());
    if (!known->has_value()) {
      return done(MakeError(Reason::NOT_FOUND,
                            absl::StrCat("commit ", identity.Hex(), ": not of this node's log")));
    }
    waiters_.emplace(identity, Waiter{deadline_ms, done});
    waiters_changed_ = true;
    Wake(deadline_ms);
  });
}

void Node::NotifyFinal() {
  const sync::LogReplica* log = replicator_->own_log();
  const uint64_t final_size = log == nullptr ? 0 : log->final_checkpoint().state.size;
  const int64_t now = environment_.clock->MonotonicMs();
  const bool grew = final_size != notified_size_;
  if (!grew && !waiters_changed_ && now < next_deadline_ms_) return;
  notified_size_ = final_size;
  waiters_changed_ = false;
  next_deadline_ms_ = INT64_MAX;
  for (auto at = waiters_.begin(); at != waiters_.end();) {
    const auto in_tail = tail_index_.find(at->first);
    if (now < at->second.deadline_ms && in_tail != tail_index_.end() &&
        in_tail->second >= final_size) {
      next_deadline_ms_ = std::min(next_deadline_ms_, at->second.deadline_ms);
      ++at;
      continue;
    }
    const auto known = Known(at->first);
    const bool final =
        known.ok() && known->has_value() && (*known)->stage == CommitState::Stage::kFinal;
    if (known.ok() && known->has_value() && !final && now < at->second.deadline_ms) {
      next_deadline_ms_ = std::min(next_deadline_ms_, at->second.deadline_ms);
      ++at;
      continue;
    }
    SubmitDone done = std::move(at->second.done);
    const Digest identity = at->first;
    at = waiters_.erase(at);
    if (!known.ok()) {
      done(known.status());
    } else if (!known->has_value()) {
      CommitState state;
      state.identity = identity;
      state.set_aside = true;
      done(state);
    } else {
      done(**known);
    }
  }
  // What is final needs no short cut.
  if (!grew) return;
  std::erase_if(tail_index_, [&](const auto& entry) { return entry.second < final_size; });
}

}  // namespace plenary::node
