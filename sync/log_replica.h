// One log as this node holds it: its leaves, its newest checkpoints, and, as a peer of that log,
// the promise, the one proposal and the cosignature (docs/PROTOCOL.md, rules 2, 5, 7).
//
// Leaves lie in branches. While a chunk continues what is held, it goes behind it in the same
// branch; what replaces a tail is fetched apart, into a branch of its own, and one write puts it in
// place, so that the old tail with its proposal stays whole until then.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "ledger/checkpoint.h"
#include "ledger/finality.h"
#include "ledger/log_tree.h"
#include "ledger/names.h"
#include "ledger/statement.h"
#include "plenary/node/v1/storage.pb.h"
#include "plenary/v1/replication_service.pb.h"
#include "sync/effects.h"
#include "sync/leaf.h"
#include "sync/trust.h"

namespace plenary::sync {

// A checkpoint with the note that says so.
struct SignedState {
  finality::State state;
  std::string note;  // log line and verified cosignature lines; empty if there is no checkpoint
  std::vector<std::string> cosigned_by;  // members, sorted

  // Of a note whose lines were verified (ledger/checkpoint.h).
  static SignedState From(const SignedCheckpoint& checkpoint);
};

// The keys that judge what is said of a log.
struct LogKeys {
  PublicKey log;
  std::vector<CosignerKey> cosigners;  // of its peers, active or retired
};

// What a chunk led to.
enum class ChunkOutcome {
  kStored,   // taken
  kIgnored,  // of an ended fetch, or held already: no offence
  kRefetch,  // the tail held contradicts it: ask again from the signed size
  kUseless,  // a tail that contradicts what is signed here: its sender is behind, ask another
};

// Loop only.
class LogReplica {
 public:
  // A log of which nothing is held yet, with its number in this store.
  LogReplica(std::string origin, uint32_t number, bool abstains);
  // As it was before a restart. Fails with STORE_DAMAGED.
  static absl::StatusOr<LogReplica> Load(const node::v1::LogRecord& record,
                                         const Holdings& holdings);

  const std::string& origin() const { return origin_; }
  const std::string& member() const { return member_; }
  uint32_t number() const { return record_.number(); }
  uint64_t size() const { return tree_.size(); }
  const LogTree& tree() const { return tree_; }
  const SignedState& checkpoint() const { return checkpoint_; }
  const SignedState& final_checkpoint() const { return final_; }
  // Newest log-signed checkpoint known; beyond checkpoint() while its leaves are being fetched.
  const SignedState& target() const { return target_; }
  const std::optional<Proposal>& proposal() const { return proposal_; }
  // The newest log-signed proposal seen whose leaves are not all here.
  const std::optional<Proposal>& wanted() const { return wanted_; }
  const node::v1::LogRecord& record() const { return record_; }
  bool abstains() const { return record_.abstains(); }
  finality::PeerState Peer() const;
  // Branch in which leaf `index` lies.
  uint32_t BranchOf(uint64_t index) const;
  // Node of a perfect subtree, also one that this drain has yet to write.
  absl::StatusOr<Digest> Node(NodeId node, const Holdings& holdings) const;
  // The root at any size held.
  absl::StatusOr<Digest> RootAt(uint64_t size, const Holdings& holdings) const;
  // Highest versions named by the first `size` leaves; 0 if none are.
  node::v1::NamedVersions NamedAt(uint64_t size) const;
  // The roster versions held that are in play up to version `last` (rule 8): from that of the
  // newest final checkpoint, else of leaf 0, else from the one that first lists the member.
  std::vector<const Roster*> InPlay(const RosterChain& rosters, uint64_t last) const;

  // Where the next chunk must start: behind what is held, or behind what is staged.
  uint64_t NextIndex() const;
  // The next chunks replace the tail: they start at the signed part and lie apart. What lay apart
  // before goes.
  void StartStaging(Effects& effects);
  bool staging() const { return staged_.has_value(); }
  // Is the tail, or what is staged in its place, as long as what is to be fetched, and another?
  // Then no chunk would ever say so: StartStaging.
  bool TailContradicts() const;
  // Changes whenever NextIndex goes back: a fetch under an older number must be asked anew.
  uint64_t fetch_round() const { return fetch_round_; }
  // Changes whenever leaves that were served before have given way to others.
  uint64_t content_round() const { return content_round_; }
  // The root that the leaves at hand have at that size, if as many are: those in place, or staged
  // ones where they are what the state says.
  std::optional<Digest> RootAtHand(const finality::State& state, const Holdings& holdings) const;
  // Removes what a stop in the middle of a fetch left behind. Call once after Load.
  void DropLeftovers(Effects& effects);

  // Takes a chunk: verifies its leaves, slots and roots, and stores it. Fails with what is wrong
  // with it: the session that sent it ends.
  absl::StatusOr<ChunkOutcome> TakeChunk(const v1::Commits& chunk, const LogKeys& keys,
                                         const Holdings& holdings, Effects& effects);
  // Adds a leaf of our own log behind the tail.
  void AppendOwn(const StoredLeaf& leaf, Effects& effects);

  // Takes note of a checkpoint that the log key signed. Fails with INCONSISTENT_CHECKPOINT if it
  // contradicts what is signed here (`contradicted` then holds the other note).
  absl::Status SeeCheckpoint(const SignedState& seen, const Holdings& holdings,
                             std::string& contradicted);
  // The checkpoint that the leaves at hand now reach, if a newer one: signs off its part.
  bool AdvanceCheckpoint(const Holdings& holdings, Effects& effects);
  // Replaces the note of a held checkpoint by one with other cosignature lines.
  void SetNote(const SignedState& checkpoint);
  void SetFinal(const SignedState& final_checkpoint);

  // Rules 2, 5 and 7: what is kept. The caller has decided (ledger/finality.h) and sends
  // afterwards.
  void Promise(const Incarnation& who, absl::string_view statement);
  void KeepAnswer(absl::string_view envelope);
  // Puts what was staged in place if it belongs to the proposal, and makes it the one proposal.
  void AcceptProposal(const Proposal& proposal, const Holdings& holdings, Effects& effects);
  // The same for a proposal that is covered by the checkpoint: all beyond goes.
  void DropProposal(const Holdings& holdings, Effects& effects);
  void WantProposal(const Proposal& proposal);
  void ForgetWanted() { wanted_.reset(); }
  // The same if what is wanted is of that incarnation.
  void ForgetWanted(const Incarnation& who) {
    if (wanted_.has_value() && wanted_->incarnation == who) wanted_.reset();
  }
  void Cosigned(const finality::State& state);
  void TakePart();

  // As the log's own node. Leaves that give way to others are set aside (Effects::SetAside).
  void SetOwn() { own_ = true; }
  // Cuts the tail to `size`, setting aside what lay beyond.
  void CutTail(uint64_t size, const Holdings& holdings, Effects& effects);
  void SetIncarnation(const Incarnation& incarnation);
  std::optional<Incarnation> incarnation() const;

  // Is every leaf below `size` one that a peer may acknowledge: its records here, its versions held
  // and never going back (docs/FORMATS.md, section 4)? Looks at waiting leaves again.
  bool MayVouch(uint64_t size, const Trust& trust);
  // What MayVouch waits for: versions named that are not held.
  struct Lacks {
    uint64_t roster = 0;
    uint64_t card = 0;
  };
  const Lacks& lacks() const { return lacks_; }

  // Puts the record if it changed since the last call; the drain writes it.
  void Save(Effects& effects);
  // The drain is durable.
  void Written() {
    unwritten_.clear();
    staged_unwritten_.clear();
  }

 private:
  // What a leaf names, in order, until it has been looked at.
  struct Named {
    VersionRefs refs;
    bool complete = true;  // every record that is meant for us is here
  };
  // What is fetched apart.
  struct Staged {
    LogTree tree;
    uint32_t branch = 0;
    uint64_t from = 0;
  };
  // What a chunk verifies against.
  struct Covering {
    SignedState checkpoint;            // this, or
    std::optional<Proposal> proposal;  // this
    const finality::State& state() const { return checkpoint.state; }
  };

  LogReplica(const node::v1::LogRecord& record, std::string member);
  absl::StatusOr<Covering> CheckCovering(const v1::Commits& chunk, const LogKeys& keys) const;
  absl::Status LoadTree(const Holdings& holdings);
  // Appends to what is staged, or else to what is held.
  void Store(const v1::Commit& commit, const LeafFacts& facts, const Digest& hash,
             Effects& effects);
  void PutInPlace(const Holdings& holdings, Effects& effects);
  void DropStaged(Effects& effects);
  // Forgets the leaves of the tail from there on; the tree is the caller's.
  void DropInPlace(uint64_t from, Effects& effects);
  void SetAsideFrom(uint64_t from, const Holdings& holdings, Effects& effects);
  // Looks at the next waiting leaf; false if it must wait.
  bool LookAt(const Named& named, uint64_t index, const Trust& trust);
  void Touch() { dirty_ = true; }

  std::string origin_;
  std::string member_;
  node::v1::LogRecord record_;
  bool dirty_ = true;
  bool own_ = false;
  uint64_t fetch_round_ = 0;
  uint64_t content_round_ = 0;

  LogTree tree_;
  std::optional<Staged> staged_;
  SignedState checkpoint_;
  SignedState final_;
  SignedState target_;
  std::optional<Proposal> proposal_;
  std::optional<Proposal> wanted_;

  std::deque<Named> named_;         // of [named_until, size) of what is held
  std::deque<Named> staged_named_;  // of [from, size) of what is staged
  Lacks lacks_;
  // Nodes of this drain, (level, index) → hash: not to be read from the store yet.
  using Unwritten = absl::flat_hash_map<std::pair<uint32_t, uint64_t>, Digest>;
  Unwritten unwritten_;
  Unwritten staged_unwritten_;
};

}  // namespace plenary::sync
