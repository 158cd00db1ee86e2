// AuditService over the node's store: everything that a stranger needs to check this node.
#pragma once

#include "node/services/service_context.h"
#include "plenary/v1/audit_service.grpc.pb.h"

namespace plenary::node {

// Answers from snapshots of the store; promises stand in the proto. Thread-safe.
class AuditServer final : public plenary::v1::AuditService::CallbackService {
 public:
  explicit AuditServer(const ServiceContext& service) : service_(service) {}

  grpc::ServerUnaryReactor* ListLogs(grpc::CallbackServerContext* context,
                                     const plenary::v1::ListLogsRequest* request,
                                     plenary::v1::ListLogsResponse* response) override;
  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const plenary::v1::GetCheckpointRequest* request,
                                          plenary::v1::GetCheckpointResponse* response) override;
  grpc::ServerUnaryReactor* GetInclusionProof(
      grpc::CallbackServerContext* context, const plenary::v1::GetInclusionProofRequest* request,
      plenary::v1::GetInclusionProofResponse* response) override;
  grpc::ServerUnaryReactor* GetConsistencyProof(
      grpc::CallbackServerContext* context, const plenary::v1::GetConsistencyProofRequest* request,
      plenary::v1::GetConsistencyProofResponse* response) override;
  grpc::ServerUnaryReactor* ListLeaves(grpc::CallbackServerContext* context,
                                       const plenary::v1::ListLeavesRequest* request,
                                       plenary::v1::ListLeavesResponse* response) override;
  grpc::ServerUnaryReactor* ListEvidence(grpc::CallbackServerContext* context,
                                         const plenary::v1::ListEvidenceRequest* request,
                                         plenary::v1::ListEvidenceResponse* response) override;
  grpc::ServerUnaryReactor* GetEvidence(grpc::CallbackServerContext* context,
                                        const plenary::v1::GetEvidenceRequest* request,
                                        plenary::v1::GetEvidenceResponse* response) override;
  grpc::ServerUnaryReactor* GetRoster(grpc::CallbackServerContext* context,
                                      const plenary::v1::GetRosterRequest* request,
                                      plenary::v1::GetRosterResponse* response) override;
  grpc::ServerUnaryReactor* ListRosters(grpc::CallbackServerContext* context,
                                        const plenary::v1::ListRostersRequest* request,
                                        plenary::v1::ListRostersResponse* response) override;
  grpc::ServerUnaryReactor* GetCard(grpc::CallbackServerContext* context,
                                    const plenary::v1::GetCardRequest* request,
                                    plenary::v1::GetCardResponse* response) override;
  grpc::ServerUnaryReactor* ListCards(grpc::CallbackServerContext* context,
                                      const plenary::v1::ListCardsRequest* request,
                                      plenary::v1::ListCardsResponse* response) override;
  grpc::ServerWriteReactor<plenary::v1::ExportProofResponse>* ExportProof(
      grpc::CallbackServerContext* context,
      const plenary::v1::ExportProofRequest* request) override;

 private:
  absl::Status FillLeaves(const Caller& caller, const plenary::v1::ListLeavesRequest& request,
                          plenary::v1::ListLeavesResponse& response) const;
  absl::StatusOr<std::string> BuildProof(const Caller& caller,
                                         const plenary::v1::ExportProofRequest& request) const;

  const ServiceContext service_;
};

}  // namespace plenary::node
