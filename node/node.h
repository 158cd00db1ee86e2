// The running node: what its loop owns, and what services may ask of it.
//
// One drain: inputs are handed to replication, then proposals are signed, then everything is one
// write, then it leaves (drain.h). Services post to the loop or read snapshots; they never wait on
// it with a lock. The simulator builds the same class over its own Environment.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "ledger/signature.h"
#include "node/drain.h"
#include "node/environment.h"
#include "node/store/store.h"
#include "node/transport/transport.h"
#include "node/view/view.h"
#include "sync/replicator.h"

namespace plenary::node {

// Who this node is. Signers are borrowed and outlive the node.
struct NodeOptions {
  std::string member;
  std::string node;
  std::vector<sync::Endpoint> endpoints;  // beside those of the cards
  const Signer* log_key = nullptr;        // null: this node does not write the member's log
  const Signer* cosigner_key = nullptr;   // null: this node vouches for nothing
  std::string software;
};

// Envelopes to begin with: every roster version from 1, and cards in order of version.
struct FoundingTrust {
  std::vector<std::string> rosters;
  std::vector<std::string> cards;
};

// A commit that a caller submits.
struct Submission {
  std::string envelope;
  std::vector<std::string> records;
};

// How far a commit has come. Index and origin are expected until it is final.
struct CommitState {
  enum class Stage { kWaiting, kProvisional, kFinal };
  Digest identity;
  Stage stage = Stage::kProvisional;
  std::string origin;
  std::optional<uint64_t> index;  // nothing while waiting
  Digest leaf_hash;
  bool repeated = false;  // it was here before this submission
  bool set_aside = false;
};

// What one log looks like from here, for status and for reads.
struct LogStatus {
  std::string origin;
  std::string member;
  uint32_t number = 0;
  std::vector<std::pair<uint64_t, uint32_t>> segments;  // (from, branch)
  uint64_t size = 0;
  uint64_t signed_size = 0;
  uint64_t final_size = 0;
  std::string checkpoint;                    // signed note of signed_size; empty if none
  std::string final_checkpoint;              // of final_size
  std::vector<std::string> cosigned_by;      // members, on `checkpoint`
  std::vector<std::string> acknowledged_by;  // own log: members that hold all of it
  int quorum = 0;                            // the largest of the rosters in play
  std::vector<std::string> peers;            // full members but the owner
  bool own = false;
  bool abstains = false;  // this store takes no part yet
  bool mute = false;
  bool frozen = false;
  std::string source;  // member that it is fetched from; empty for none
  std::string phase;   // own log: inquiring, adopting, active, fenced, frozen
  uint32_t BranchOf(uint64_t index) const;
};

// A log as the view reads it, as far as it is durable.
LogExtent ExtentOf(const sync::LogReplica& log);

struct PeerStatus {
  std::string member;
  std::string node;
  std::string address;  // empty: it dials us
  bool connected = false;
  bool dialled = false;  // by us
  std::string software;
  int64_t last_contact_ms = 0;                   // monotonic; 0: never
  absl::Status last_error;                       // of the last dial or session
  std::map<std::string, sync::PeerHead> heads;   // by origin
  std::set<std::string> abstains;                // origins that its store takes no part in
  std::map<std::string, sync::Pause> not_asked;  // by origin, those that hold now
};

// A picture of the node between two drains. Immutable.
struct NodeStatus {
  std::vector<LogStatus> logs;  // by origin
  std::vector<PeerStatus> peers;
  std::optional<std::string> own_origin;
  bool ready = false;
  std::vector<std::string> not_ready_because;
  // Own log: peers whose answer, or whose leaves, a recovery waits for.
  std::vector<std::string> waits_for;
  uint64_t incarnation = 0;    // counter of the own log's node; 0: none
  int64_t phase_since_ms = 0;  // monotonic
  int64_t now_ms = 0;
  uint64_t roster_version = 0;
  Digest roster_digest;
  Digest genesis;
  std::string store;
  uint64_t waiting = 0;                        // submissions without index
  std::map<std::string, uint64_t> view_sizes;  // leaves of each log that the view has applied
  const LogStatus* Find(absl::string_view origin) const;
};

// Thread-safe where it says "any thread"; the rest is loop only.
class Node final : public TransportEvents {
 public:
  // Builds a node over an opened store, which must be that of this member and federation. A store
  // without identity gets one: `first` says that this member never ran a node (rule 9). Fails with
  // STORE_FORMAT, WRONG_GENESIS, WRONG_MEMBER, STORE_DAMAGED, or as the rosters and cards.
  static absl::StatusOr<std::unique_ptr<Node>> Create(NodeOptions options, FoundingTrust trust,
                                                      Environment environment, Store& store);
  // Writes a fresh identity into an empty store.
  static absl::Status InitStore(Store& store, Random& random, const Digest& genesis,
                                const std::string& member, bool first);
  ~Node() override;

  // Posts the start to the loop: recovery, dialling, listening. Fails as Transport::Start.
  absl::Status Start();
  // After it returns no callback of ours runs; the drain in hand has been written.
  void Stop();

  // Any thread. `done` is called once, on the loop, when the commit is durable here (kProvisional,
  // or kWaiting while recovering) or refused. Reasons: those of judging, MANIFEST_MISMATCH,
  // STALE_REVISION, WENT_BACK, NO_LOG, FENCED, LOG_FROZEN, TAIL_FULL, BUSY, SHUTTING_DOWN.
  using SubmitDone = std::function<void(absl::StatusOr<CommitState>)>;
  void Submit(Submission submission, SubmitDone done);
  // Any thread. Calls `done` on the loop when the commit is final, or with what is known at
  // `deadline_ms` (monotonic). NOT_FOUND if no such commit is here.
  void WaitFinal(const Digest& identity, int64_t deadline_ms, SubmitDone done);

  // Any thread: adds a roster or card, as an administrator; `done` on the loop.
  using StatusDone = std::function<void(absl::Status)>;
  void ImportRoster(std::string envelope, StatusDone done);
  void ImportCard(std::string envelope, StatusDone done);
  void JoinLog(std::string origin, StatusDone done);

  // Any thread: the newest picture, never null.
  std::shared_ptr<const NodeStatus> Status() const;
  // Any thread: the rosters and cards held now.
  std::shared_ptr<const sync::Trust> HeldTrust() const;
  const Store& store() const { return store_; }
  const View& view() const { return *view_; }
  // The disk failed: the node writes nothing more and must be stopped.
  bool failed() const;
  void OnFailure(std::function<void(absl::Status)> handler) { on_failure_ = std::move(handler); }
  // For log lines: called on the loop.
  void OnEvent(std::function<void(const sync::Event&)> handler) { on_event_ = std::move(handler); }
  // Called on the loop when a roster or card has come, before anything that rests on it leaves.
  void OnTrust(std::function<void(const sync::Trust&)> handler) { on_trust_ = std::move(handler); }
  // Called on the loop after each drain with the picture that Status() gives from then on.
  void OnStatus(std::function<void(const NodeStatus&)> handler) { on_status_ = std::move(handler); }

  // Forgets the view and builds it anew from the logs; `progress` is told how many leaves it has
  // and how many there are. Instead of Start, on the thread that made the node. Fails with DISK or
  // STORE_DAMAGED.
  absl::Status RebuildView(const std::function<void(uint64_t done, uint64_t all)>& progress);

  void OnLinkUp(LinkId link, const LinkPeer& peer) override;
  void OnFrame(LinkId link, std::unique_ptr<plenary::v1::Frame> frame) override;
  void OnWritable(LinkId link) override;
  void OnLinkDown(LinkId link, const absl::Status& why) override;
  void OnDialFailed(uint64_t dial, const absl::Status& why) override;
  void OnRefused(const std::string& address, const absl::Status& why) override;

 private:
  Node(NodeOptions options, Environment environment, Store& store);
  sync::Instant Now() const;
  void DrainEnd();
  void Fail(const absl::Status& why);
  void LetOut(Drain::Outputs outputs);
  void SendFrames(std::vector<Drain::Outputs::Frame> frames);
  void Produce(LinkId link, std::vector<sync::Event>& events);
  void Publish();
  void ApplyView();
  std::vector<LogExtent> Extents() const;
  absl::StatusOr<bool> PurgeErased();
  void Wake(int64_t at_ms);

  // Submissions (node_submit.cc).
  void SubmitOnLoop(Submission submission, SubmitDone done);
  absl::StatusOr<CommitState> Append(Submission submission, const Digest& identity);
  absl::StatusOr<CommitState> Wait(Submission submission, const Digest& identity);
  absl::StatusOr<std::optional<CommitState>> Known(const Digest& identity);
  CommitState StateAt(const Digest& identity, uint64_t index) const;
  // The end of a drain in which the own log became active: its tail is what was adopted.
  void AfterRecovery();
  void IndexTail();
  void AdmitWaiting();
  // Commits of this drain that its end did not propose wait again, without index.
  void KeepUnproposed();
  void PutWaiting(nodev1::Waiting waiting);
  // Is the tail judged as it is, so that a commit may get the next index?
  bool MayAppend() const;
  void RebuildTail();
  void NotifyFinal();
  void KeepAside(const std::vector<sync::StoredLeaf>& leaves);

  const NodeOptions options_;
  const Environment environment_;
  Store& store_;
  StoreHoldings holdings_;
  sync::Chance chance_;
  std::unique_ptr<sync::Replicator> replicator_;
  std::unique_ptr<View> view_;
  std::unique_ptr<TailJudge> tail_;
  Drain drain_;
  bool failed_ = false;
  bool started_ = false;
  int64_t wake_at_ms_ = INT64_MAX;
  bool view_behind_ = true;  // of what was signed, perhaps before the last stop
  bool admission_posted_ = false;
  bool trust_stale_ = true;  // published_trust_ is not what is held

  std::map<Digest, uint64_t> tail_index_;  // commits of the own tail
  // The active incarnation that the tail was last judged for.
  std::optional<Incarnation> tail_of_;
  // Commits that this drain put behind the tail; not proposed yet.
  struct Appended {
    uint64_t index = 0;
    sync::StoredLeaf leaf;
  };
  std::vector<Appended> appended_;
  struct Waiter {
    int64_t deadline_ms;
    SubmitDone done;
  };
  std::multimap<Digest, Waiter> waiters_;
  // When to look at them: another final size than this, a change, or the next deadline.
  uint64_t notified_size_ = 0;
  bool waiters_changed_ = false;
  int64_t next_deadline_ms_ = INT64_MAX;
  std::map<Digest, uint64_t> waiting_;  // identity → sequence of commits without index
  std::deque<nodev1::Waiting> queue_;   // the same, in order
  uint64_t next_sequence_ = 1;

  std::function<void(absl::Status)> on_failure_;
  std::function<void(const sync::Event&)> on_event_;
  std::function<void(const sync::Trust&)> on_trust_;
  std::function<void(const NodeStatus&)> on_status_;

  mutable absl::Mutex published_mutex_;
  std::shared_ptr<const NodeStatus> published_ ABSL_GUARDED_BY(published_mutex_);
  std::shared_ptr<const sync::Trust> published_trust_ ABSL_GUARDED_BY(published_mutex_);
};

}  // namespace plenary::node
