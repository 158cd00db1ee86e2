// The transport over gRPC and mutual TLS: one Replicate call is one link.
#pragma once

#include <grpcpp/server.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "ledger/names.h"
#include "node/environment.h"
#include "node/transport/grpc_log.h"
#include "node/transport/link_hub.h"
#include "node/transport/tls.h"
#include "node/transport/transport.h"
#include "node/transport/trust_holder.h"

namespace plenary::node {

struct GrpcTransportOptions {
  TlsIdentity own;
  TlsFiles files;
  // host:port of the peer listener; port 0 chooses one; empty: this node only dials.
  std::string listen;
};

// Thread-safe but for Start and Stop.
class GrpcTransport : public Transport {
 public:
  // `environment` lends its clock and executor (its transport is not looked at); with `trust` they
  // outlive the transport. Fails as Tls::Create does. AllowOnlyTls13 must have been called before.
  static absl::StatusOr<std::unique_ptr<GrpcTransport>> Create(GrpcTransportOptions options,
                                                               const Environment& environment,
                                                               TrustHolder* trust);
  // Stops.
  ~GrpcTransport() override;

  absl::Status Start(TransportEvents* events) override;
  void Dial(uint64_t dial, const std::string& member, const std::string& node,
            const std::string& address) override;
  void Send(LinkId link, Priority priority, std::unique_ptr<plenary::v1::Frame> frame,
            const std::string& replaces) override;
  uint64_t QueuedBytes(LinkId link) const override;
  void Close(LinkId link, const absl::Status& why) override;
  void Stop() override;

  // Port of the listener once started; 0 if there is none.
  int port() const { return port_; }

 private:
  class PeerService;

  GrpcTransport(GrpcTransportOptions options, std::unique_ptr<Tls> tls,
                const Environment& environment, TrustHolder* trust);
  absl::Status Listen();
  void SweepRegularly();

  const GrpcTransportOptions options_;
  const std::unique_ptr<Tls> tls_;
  TrustHolder& trust_;
  const std::shared_ptr<LinkHub> hub_;
  std::unique_ptr<PeerService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<GrpcLogObserver> log_observer_;
  int port_ = 0;
  uint64_t watcher_ = 0;  // of trust_; 0 before Start and after Stop
};

}  // namespace plenary::node
