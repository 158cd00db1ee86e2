// plenaryd's parts over the real world, put together in the order in which they need each other.
//
// configuration → keys and rosters → store → loop → transport → node → operator listener. The
// program around it (main.cc) reads the command line and waits for signals.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "ledger/signature.h"
#include "node/config.h"
#include "node/log_lines.h"
#include "node/loop.h"
#include "node/node.h"
#include "node/services/admin_service.h"
#include "node/services/audit_service.h"
#include "node/services/operator_server.h"
#include "node/services/register_service.h"
#include "node/system_environment.h"
#include "node/transport/grpc_transport.h"

namespace plenary::node {

// "plenaryd 0.1.0".
std::string SoftwareName();

// What a store is made as.
enum class StoreKind {
  kFirst,  // this member never ran a node: nothing was ever promised to anyone
  kLater,  // some node of this member may have promised something (docs/PROTOCOL.md, rule 9)
};

// Makes an empty store for the node of `config`. Fails with FILE_EXISTS if there is a store
// already, as reading the trust folder, and as Store::Open.
absl::Status InitStore(const Config& config, StoreKind kind);

// Builds the view of `config`'s store anew while no node runs on it, and returns its digest; lines
// of progress go to `log`. Fails as Node::Create and Node::RebuildView.
absl::StatusOr<Digest> RebuildView(const Config& config, LogLines& log);

// One running node. Start and Run on one thread; Stop from any.
class Process {
 public:
  // Opens the store (a folder without one gets one of kLater, and the log says so) and makes all
  // parts. `log` and `system` outlive the process. Fails as their makers do.
  static absl::StatusOr<std::unique_ptr<Process>> Create(const Config& config, LogLines* log,
                                                         SystemEnvironment* system);
  ~Process();

  // Opens both listeners and lets the node begin its recovery.
  absl::Status Start();
  // The loop. Returns when Stop was called (OK), or when the disk failed (DISK).
  absl::Status Run();
  const Node& node() const { return *node_; }
  // Ends calls under way within some seconds, then lets Run return. From any thread but the loop's.
  void Stop();

 private:
  Process(const Config& config, LogLines* log, SystemEnvironment* system);
  absl::Status Make();
  absl::Status OpenStore();
  absl::Status MakeNode();
  void MakeServices();
  void Observe();
  void SayWhatIsWrong();

  const Config config_;
  LogLines& log_;
  SystemEnvironment& system_;
  std::unique_ptr<Signer> log_key_;
  std::unique_ptr<Signer> cosigner_key_;
  FoundingTrust founding_;
  std::unique_ptr<Store> store_;
  std::optional<TrustHolder> trust_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<GrpcTransport> transport_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<Tls> tls_;
  std::optional<RpcEdge> edge_;
  std::optional<PageTokens> tokens_;
  std::optional<RegisterServer> records_;
  std::optional<AuditServer> audit_;
  std::optional<AdminServer> admin_;
  std::unique_ptr<OperatorServer> operators_;
  std::atomic<bool> serving_ = false;
  absl::Status failure_;  // Loop only
};

}  // namespace plenary::node
