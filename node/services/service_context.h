// What the operator services share, and the one shape of a call that is answered at once.
#pragma once

#include <grpcpp/server_context.h>

#include <string>
#include <utility>

#include "ledger/manifest.h"
#include "ledger/roster.h"
#include "node/node.h"
#include "node/services/page_tokens.h"
#include "node/services/rpc_edge.h"

namespace plenary::node {

// Borrowed; everything outlives the services. Immutable.
struct ServiceContext {
  Node* node = nullptr;
  RpcEdge* edge = nullptr;
  const PageTokens* tokens = nullptr;
  const Clock* clock = nullptr;
  std::string member;  // this node's
};

// Bytes that one answer may take before a list ends its page.
inline constexpr uint64_t kPageBytes = uint64_t{4} << 20;

// Which records' bytes a caller may be shown: those that a node of its member may hold. Operators
// of this node's own member see what the node has. Immutable.
class CallerSight {
 public:
  CallerSight(const ServiceContext& context, const Caller& caller)
      : own_(caller.identity().member == context.member),
        member_(caller.identity().member),
        trust_(context.node->HeldTrust()) {}

  bool Sees(const Audience& audience) const {
    return own_ || audience.Includes(member_, trust_->newest());
  }

 private:
  const bool own_;
  const std::string member_;
  const std::shared_ptr<const sync::Trust> trust_;
};

// Admits the caller, runs `handler(caller)` and ends the call with the status that it returns.
template <typename Handler>
grpc::ServerUnaryReactor* Answer(const ServiceContext& service, Role needed,
                                 grpc::CallbackServerContext* context, Handler handler) {
  const absl::StatusOr<Caller> caller = service.edge->Admit(*context, needed);
  if (!caller.ok()) return FinishNow(context, caller.status());
  return FinishNow(context, handler(*caller));
}

}  // namespace plenary::node
