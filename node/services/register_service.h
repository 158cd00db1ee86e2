// RegisterService over the node: submitting commits and reading records.
#pragma once

#include "node/services/service_context.h"
#include "plenary/v1/register_service.grpc.pb.h"

namespace plenary::node {

// Submissions go to the loop, reads come from snapshots; promises stand in the proto. Thread-safe.
class RegisterServer final : public plenary::v1::RegisterService::CallbackService {
 public:
  explicit RegisterServer(const ServiceContext& service) : service_(service) {}

  grpc::ServerUnaryReactor* SubmitCommit(grpc::CallbackServerContext* context,
                                         const plenary::v1::SubmitCommitRequest* request,
                                         plenary::v1::SubmitCommitResponse* response) override;
  grpc::ServerBidiReactor<plenary::v1::SubmitCommitsRequest, plenary::v1::SubmitCommitsResponse>*
  SubmitCommits(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* GetReceipt(grpc::CallbackServerContext* context,
                                       const plenary::v1::GetReceiptRequest* request,
                                       plenary::v1::GetReceiptResponse* response) override;
  grpc::ServerUnaryReactor* GetRecord(grpc::CallbackServerContext* context,
                                      const plenary::v1::GetRecordRequest* request,
                                      plenary::v1::GetRecordResponse* response) override;
  grpc::ServerUnaryReactor* ListRecords(grpc::CallbackServerContext* context,
                                        const plenary::v1::ListRecordsRequest* request,
                                        plenary::v1::ListRecordsResponse* response) override;
  grpc::ServerUnaryReactor* ListRecordRevisions(
      grpc::CallbackServerContext* context, const plenary::v1::ListRecordRevisionsRequest* request,
      plenary::v1::ListRecordRevisionsResponse* response) override;

 private:
  absl::Status FillRecord(const Caller& caller, const plenary::v1::GetRecordRequest& request,
                          plenary::v1::GetRecordResponse& response) const;
  absl::Status FillRecords(const Caller& caller, const plenary::v1::ListRecordsRequest& request,
                           plenary::v1::ListRecordsResponse& response) const;
  absl::Status FillRevisions(const Caller& caller,
                             const plenary::v1::ListRecordRevisionsRequest& request,
                             plenary::v1::ListRecordRevisionsResponse& response) const;

  const ServiceContext service_;
};

}  // namespace plenary::node
