// The operator listener: the services for people and their tools, on a port of its own.
#pragma once

#include <grpcpp/server.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "node/transport/tls.h"

namespace plenary::node {

// A running listener. Thread-safe.
class OperatorServer {
 public:
  // Called for each certificate that is refused, from any thread.
  using Refused = Tls::Refused;

  // Listens on `listen` (host:port, port 0 chooses one) with `services`, health and reflection.
  // `tls` and `services` outlive the server. Fails with UNAVAILABLE if the port is taken, or with
  // TLS_TOO_OLD if it takes more than TLS 1.3.
  static absl::StatusOr<std::unique_ptr<OperatorServer>> Start(
      const std::string& listen, const Tls& tls, const std::vector<grpc::Service*>& services,
      Refused refused);
  // Stops.
  ~OperatorServer();

  // What the standard health service answers (grpc.health.v1), for the whole node.
  void SetServing(bool serving);
  // Takes no further calls, gives those under way `grace_ms`, then breaks them off.
  void Stop(int64_t grace_ms);

  int port() const { return port_; }

 private:
  OperatorServer() = default;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace plenary::node
