// A program that is not ours, at the other end of a connection.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "plenary/v1/replication_service.grpc.pb.h"
#include "tests/certs/forge.h"
#include "tests/support/trusting_credentials.h"

namespace plenary::node::testing {

using certs::testing::Forged;
using plenary::v1::ReplicateRequest;
using plenary::v1::ReplicateResponse;
using plenary::v1::ReplicationService;

// Presents any certificate and believes any. One thread at a time.
class RawPeer {
 public:
  RawPeer(const std::string& address, const Forged& identity) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxSendMessageSize(-1);
    channel_ = grpc::CreateCustomChannel(
        address,
        plenary::testing::TrustingCredentials(certs::testing::KeyPem(*identity.key),
                                              identity.certificate().Pem()),
        arguments);
    stub_ = ReplicationService::NewStub(channel_);
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    stream_ = stub_->Replicate(&context_);
  }
  ~RawPeer() { context_.TryCancel(); }

  bool Up() {
    stream_->WaitForInitialMetadata();
    return context_.GetServerInitialMetadata().count("plenary-link") > 0;
  }
  bool Write(const ReplicateRequest& request) { return stream_->Write(request); }
  // How the call ended.
  grpc::Status End() {
    ReplicateResponse response;
    while (stream_->Read(&response)) {
    }
    return stream_->Finish();
  }
  std::string ServerCertificate() {
    const auto values = context_.auth_context()->FindPropertyValues("x509_pem_cert");
    return values.empty() ? "" : std::string(values[0].data(), values[0].size());
  }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<ReplicationService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<ReplicateRequest, ReplicateResponse>> stream_;
};

}  // namespace plenary::node::testing
