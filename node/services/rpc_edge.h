// What every operator call has in common: who calls, whether they may, until when, and how the call
// ends.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "certs/member_identity.h"
#include "node/config.h"
#include "node/environment.h"
#include "node/transport/grpc_status.h"
#include "node/transport/tls.h"
#include "node/transport/trust_holder.h"

namespace plenary::node {

// An operator whose call is under way; while it lives, the call counts. Move only.
class Caller {
 public:
  Caller(Caller&&) noexcept = default;
  Caller& operator=(Caller&&) noexcept = default;

  const TlsIdentity& identity() const { return identity_; }
  const Roles& roles() const { return roles_; }

 private:
  friend class RpcEdge;
  Caller(TlsIdentity identity, Roles roles, std::shared_ptr<void> counted)
      : identity_(std::move(identity)), roles_(roles), counted_(std::move(counted)) {}
  TlsIdentity identity_;
  Roles roles_;
  std::shared_ptr<void> counted_;  // takes the call off the count again
};

// Thread-safe.
class RpcEdge {
 public:
  // Calls that one operator may have under way; more are answered BUSY.
  static constexpr int kCallsPerOperator = 1024;
  // A call without a deadline, or with a later one, gets this one.
  static constexpr int64_t kLongestCallMs = 330'000;

  // `roles` by full SPIFFE ID. `trust` and `clock` outlive the edge.
  RpcEdge(RoleTable roles, const TrustHolder* trust, const Clock* clock);

  // Judges the caller's certificate by the trust of now, then its role. Fails as
  // CallerJudge::Judge does, with NO_ROLE, or with BUSY.
  absl::StatusOr<Caller> Admit(const grpc::ServerContextBase& context, Role needed);

  // When the caller stops waiting, on the node's monotonic clock; never later than kLongestCallMs
  // from now.
  int64_t DeadlineMs(const grpc::ServerContextBase& context) const;

 private:
  struct Count;

  const RoleTable roles_;
  const Clock& clock_;
  CallerJudge judge_;
  const std::shared_ptr<Count> count_;
};

// A unary call that is answered later, or not at all: a caller that goes away, and a server that
// stops, end it at once. Owns itself until gRPC is done with it. Thread-safe.
class PendingCall : public grpc::ServerUnaryReactor,
                    public std::enable_shared_from_this<PendingCall> {
 public:
  static std::shared_ptr<PendingCall> Begin(Caller caller);

  // Ends the call with the status that `fill` returns; `fill` may write the response. Nothing
  // happens if the call has ended.
  void End(absl::FunctionRef<absl::Status()> fill);

 private:
  explicit PendingCall(Caller caller) : caller_(std::move(caller)) {}
  void OnCancel() override;
  void OnDone() override;

  const Caller caller_;
  absl::Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<PendingCall> self_;  // until OnDone
};

// Ends a unary call that is answered at once.
grpc::ServerUnaryReactor* FinishNow(grpc::CallbackServerContext* context,
                                    const absl::Status& status);

}  // namespace plenary::node
