// AdminService over the node: what it is, what it lacks, and the few things that are done to it.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "node/services/service_context.h"
#include "plenary/v1/admin_service.grpc.pb.h"

namespace plenary::node {

// What the node's process knows of itself.
struct ProcessFacts {
  std::string federation;
  std::string node;
  std::string software;
  absl::Time start_time;
  TlsFiles tls;
};

// Reads come from the node's picture, changes go to the loop; promises stand in the proto.
// Thread-safe.
class AdminServer final : public plenary::v1::AdminService::CallbackService {
 public:
  AdminServer(const ServiceContext& service, ProcessFacts facts)
      : service_(service), facts_(std::move(facts)) {}

  grpc::ServerUnaryReactor* GetNodeStatus(grpc::CallbackServerContext* context,
                                          const plenary::v1::GetNodeStatusRequest* request,
                                          plenary::v1::GetNodeStatusResponse* response) override;
  grpc::ServerUnaryReactor* GetSyncStatus(grpc::CallbackServerContext* context,
                                          const plenary::v1::GetSyncStatusRequest* request,
                                          plenary::v1::GetSyncStatusResponse* response) override;
  grpc::ServerUnaryReactor* GetViewDigest(grpc::CallbackServerContext* context,
                                          const plenary::v1::GetViewDigestRequest* request,
                                          plenary::v1::GetViewDigestResponse* response) override;
  grpc::ServerUnaryReactor* ImportCard(grpc::CallbackServerContext* context,
                                       const plenary::v1::ImportCardRequest* request,
                                       plenary::v1::ImportCardResponse* response) override;
  grpc::ServerUnaryReactor* ImportRoster(grpc::CallbackServerContext* context,
                                         const plenary::v1::ImportRosterRequest* request,
                                         plenary::v1::ImportRosterResponse* response) override;
  grpc::ServerUnaryReactor* JoinLog(grpc::CallbackServerContext* context,
                                    const plenary::v1::JoinLogRequest* request,
                                    plenary::v1::JoinLogResponse* response) override;
  grpc::ServerUnaryReactor* ListTail(grpc::CallbackServerContext* context,
                                     const plenary::v1::ListTailRequest* request,
                                     plenary::v1::ListTailResponse* response) override;
  grpc::ServerUnaryReactor* ResubmitTail(grpc::CallbackServerContext* context,
                                         const plenary::v1::ResubmitTailRequest* request,
                                         plenary::v1::ResubmitTailResponse* response) override;
  grpc::ServerUnaryReactor* CreateBackup(grpc::CallbackServerContext* context,
                                         const plenary::v1::CreateBackupRequest* request,
                                         plenary::v1::CreateBackupResponse* response) override;

 private:
  absl::Status FillTail(const plenary::v1::ListTailRequest& request,
                        plenary::v1::ListTailResponse& response) const;

  const ServiceContext service_;
  const ProcessFacts facts_;
};

}  // namespace plenary::node
