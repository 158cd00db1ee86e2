// The links of one transport: their numbers, their limit, and the way of events to the loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "certs/member_identity.h"
#include "node/environment.h"
#include "node/transport/link.h"
#include "node/transport/transport.h"
#include "node/transport/trust_holder.h"

namespace plenary::node {

// Thread-safe but where a function says otherwise. Outlives its links and what they post.
class LinkHub : public std::enable_shared_from_this<LinkHub> {
 public:
  // `environment` lends clock and executor; with `trust` they outlive the hub.
  LinkHub(const Environment& environment, const TrustHolder* trust);
  LinkHub(const LinkHub&) = delete;
  LinkHub& operator=(const LinkHub&) = delete;

  // Events go to `events` from now on. Called once, before anything else is.
  void Start(TransportEvents* events);
  // No event runs any more once this returned; everything open is cut. On the loop, or when the
  // loop has ended.
  void Stop(const absl::Status& why);
  // Waits until every call that has entered has left. Not on a thread of gRPC's.
  void WaitForCalls();

  // Runs `event` on the loop, unless the transport has stopped by then.
  void Post(absl::AnyInvocable<void(TransportEvents&)> event);
  // Reports a refusal; dropped while many wait.
  void PostRefused(std::string address, absl::Status why);
  // Runs `task` on the loop after `delay_ms`, unless the transport has stopped by then.
  void PostAfter(int64_t delay_ms, absl::AnyInvocable<void()> task);

  // A call begins. False if the transport stops: the call must not be started. Each true needs one
  // Leave, from any thread, when the call is over. Stop cancels what has entered. The call lives
  // until then and is destroyed on the loop or by WaitForCalls, never on a thread of gRPC's: with
  // the last channel goes gRPC's pool of callback threads, and a thread cannot wait for itself.
  bool Enter(const std::shared_ptr<LinkStream>& call);
  void Leave(const LinkStream* call);

  // Dials that are neither a link yet nor have failed.
  void AddDialling(int change) { dialling_ += change; }
  int dialling() const { return dialling_; }

  // A new link with this peer. Fails with BUSY if the member has kLinksPerMember already, with
  // SHUTTING_DOWN if the transport stops.
  absl::StatusOr<std::shared_ptr<Link>> Admit(LinkPeer peer, certs::PeerIdentity identity);
  void Remove(const Link& link);
  // Null if it is gone.
  std::shared_ptr<Link> Find(LinkId id) const;

  // Cuts every link whose peer is no longer trusted.
  void Sweep();

  const TrustHolder& trust() const { return trust_; }
  const Clock& clock() const { return clock_; }

 private:
  static constexpr int kWaitingRefusals = 64;
  std::vector<std::shared_ptr<Link>> All() const;
  void DestroyEndedCalls();

  const Clock& clock_;
  Executor& executor_;
  const TrustHolder& trust_;
  TransportEvents* events_ = nullptr;  // set before the first task; Loop only from then on

  std::atomic<int> dialling_ = 0;

  mutable absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<const LinkStream*, std::shared_ptr<LinkStream>> calls_
      ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<LinkStream>> ended_calls_ ABSL_GUARDED_BY(mutex_);
  int waiting_refusals_ ABSL_GUARDED_BY(mutex_) = 0;
  LinkId next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  absl::flat_hash_map<LinkId, std::shared_ptr<Link>> links_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace plenary::node
