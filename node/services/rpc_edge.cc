#include "node/services/rpc_edge.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"

namespace plenary::node {

// Calls under way by identity. Thread-safe.
struct RpcEdge::Count {
  absl::Mutex mutex;
  absl::flat_hash_map<std::string, int> calls ABSL_GUARDED_BY(mutex);

  bool Enter(const std::string& identity) {
    absl::MutexLock lock(&mutex);
    int& of_identity = calls[identity];
    if (of_identity >= kCallsPerOperator) return false;
    ++of_identity;
    return true;
  }
  void Leave(const std::string& identity) {
    absl::MutexLock lock(&mutex);
    const auto found = calls.find(identity);
    if (--found->second == 0) calls.erase(found);
  }
};

RpcEdge::RpcEdge(RoleTable roles, const TrustHolder* trust, const Clock* clock)
    : roles_(std::move(roles)),
      clock_(*clock),
      judge_(TlsIdentity::Kind::kOperator, trust, clock),
      count_(std::make_shared<Count>()) {}

absl::StatusOr<Caller> RpcEdge::Admit(const grpc::ServerContextBase& context, Role needed) {
  ASSIGN_OR_RETURN(const certs::PeerIdentity peer, judge_.Judge(*context.auth_context()));
  const std::string uri = peer.identity.Uri();
  const auto found = roles_.find(uri);
  const Roles roles = found == roles_.end() ? Roles() : found->second;
  if (!roles.Has(needed)) {
    return MakeError(Reason::NO_ROLE,
                     absl::StrCat("role of ", uri, ": expected ", RoleName(needed),
                                  ", this node gives it ", roles.empty() ? "none" : "another"),
                     {{"identity", uri}, {"role", RoleName(needed)}});
  }
  if (!count_->Enter(uri)) {
    return MakeError(Reason::BUSY,
                     absl::StrCat("calls of ", uri, ": expected at most ", kCallsPerOperator,
                                  " at a time, got one more"),
                     {{"identity", uri}});
  }
  std::shared_ptr<void> counted(nullptr, [count = count_, uri](void*) { count->Leave(uri); });
  return Caller(peer.identity, roles, std::move(counted));
}

int64_t RpcEdge::DeadlineMs(const grpc::ServerContextBase& context) const {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  // gRPC has turned the caller's timeout into its own clock; only the difference matters.
  const auto left = context.deadline() - std::chrono::system_clock::now();
  const int64_t left_ms = left > milliseconds(kLongestCallMs)
                              ? kLongestCallMs
                              : duration_cast<milliseconds>(left).count();
  return clock_.MonotonicMs() + std::max<int64_t>(left_ms, 0);
}

std::shared_ptr<PendingCall> PendingCall::Begin(Caller caller) {
  std::shared_ptr<PendingCall> call(new PendingCall(std::move(caller)));
  call->self_ = call;
  return call;
}

void PendingCall::End(absl::FunctionRef<absl::Status()> fill) {
  absl::MutexLock lock(&mutex_);
  if (ended_) return;
  ended_ = true;
  Finish(ToGrpcStatus(fill()));
}

void PendingCall::OnCancel() {
  absl::MutexLock lock(&mutex_);
  if (ended_) return;
  ended_ = true;
  Finish(grpc::Status::CANCELLED);
}

void PendingCall::OnDone() { const std::shared_ptr<PendingCall> last = std::move(self_); }

grpc::ServerUnaryReactor* FinishNow(grpc::CallbackServerContext* context,
                                    const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

}  // namespace plenary::node
