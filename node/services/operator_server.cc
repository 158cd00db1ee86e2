#include "node/services/operator_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "node/transport/tls_self_test.h"

namespace plenary::node {
namespace {

// A commit's leaf and records with room for the frame around them.
constexpr int kReceiveBytes = 4 << 20;
constexpr int kSendBytes = 8 << 20;
constexpr size_t kServerBytes = size_t{256} << 20;

void SetArguments(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kReceiveBytes);
  builder.SetMaxSendMessageSize(kSendBytes);
  // Two nodes on one port is a mistake that must show.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 600'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 4096);
  grpc::ResourceQuota quota("operator listener");
  quota.Resize(kServerBytes);
  builder.SetResourceQuota(quota);
}

}  // namespace

absl::StatusOr<std::unique_ptr<OperatorServer>> OperatorServer::Start(
    const std::string& listen, const Tls& tls, const std::vector<grpc::Service*>& services,
    Refused refused) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<OperatorServer> started(new OperatorServer);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(
      listen, tls.ForListener(TlsIdentity::Kind::kOperator, std::move(refused)), &started->port_);
  for (grpc::Service* service : services) builder.RegisterService(service);
  SetArguments(builder);
  started->server_ = builder.BuildAndStart();
  if (started->server_ == nullptr || started->port_ == 0) {
    return MakeError(Reason::UNAVAILABLE,
                     absl::StrCat("operator listener: expected the free address ", listen,
                                  ", got one that is taken or not this machine's"),
                     {{"address", listen}});
  }
  started->SetServing(false);
  const std::string host = listen.substr(0, listen.rfind(':'));
  RETURN_IF_ERROR(CheckOnlyTls13(absl::StrCat(host, ":", started->port_)));
  return started;
}

OperatorServer::~OperatorServer() { Stop(0); }

void OperatorServer::SetServing(bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(serving);
}

void OperatorServer::Stop(int64_t grace_ms) {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(grace_ms));
  server_->Wait();
  server_.reset();
}

}  // namespace plenary::node
