// The one place where `plenary` speaks with a node: gRPC over mutual TLS 1.3.
//
// Nothing of gRPC is seen outside this folder. The node's certificate is judged here, by the trust
// folder of the profile and by the rules that nodes judge each other by; the own certificate is
// judged first, since a node that refuses it cannot say why.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "certs/member_identity.h"
#include "plenary/v1/admin_service.pb.h"
#include "plenary/v1/audit_service.pb.h"
#include "plenary/v1/register_service.pb.h"

namespace plenary::cli {

// Makes every TLS connection of this process TLS 1.3, and keeps gRPC's own log off the terminal
// (GRPC_VERBOSITY brings it back). Call it first in main, before any other thread and before the
// first Client. gRPC 1.51 has no setter for the former: instead the list of older suites is cut to
// one that is never negotiated.
void PrepareNetwork();

struct ClientOptions {
  std::string address;      // host:port of the node's operator listener
  std::string federation;   // whose
  std::string member;       // whose node must answer
  std::string own_member;   // whose operator calls
  std::string key;          // files of the caller's TLS identity
  std::string certificate;  //
  certs::Trust trust;
  absl::Duration connect_timeout = absl::Seconds(10);
  absl::Duration call_timeout = absl::Seconds(30);
};

// A connection to one node. Every call fails with what the node says (a reason of docs/ERRORS.md);
// with UNAVAILABLE and the address if nobody answers; with DEADLINE; with a reason of
// certs::JudgePeer if the node's certificate is not that of `member`. Thread-safe.
class Client {
 public:
  // Connects. Fails as above; with FILE_ACCESS, KEY_FILE or BAD_CERTIFICATE for the caller's own
  // files; and with the reasons of certs::JudgePeer if the node would refuse the caller.
  static absl::StatusOr<std::unique_ptr<Client>> Connect(const ClientOptions& options,
                                                         absl::Time now);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // RegisterService. Calls that wait for finality get that time on top of the call's own.
  absl::StatusOr<v1::SubmitCommitResponse> Call(const v1::SubmitCommitRequest& request);
  absl::StatusOr<v1::GetReceiptResponse> Call(const v1::GetReceiptRequest& request);
  absl::StatusOr<v1::GetRecordResponse> Call(const v1::GetRecordRequest& request);
  absl::StatusOr<v1::ListRecordsResponse> Call(const v1::ListRecordsRequest& request);
  absl::StatusOr<v1::ListRecordRevisionsResponse> Call(
      const v1::ListRecordRevisionsRequest& request);
  // Sends all over one stream, in their order, and calls `answered` on this thread for each answer
  // as it comes. Every request that is taken gets one; fails if the stream ends before that, or if
  // nothing comes for `call_timeout` and what the requests wait for.
  absl::Status SubmitCommits(const std::vector<v1::SubmitCommitsRequest>& requests,
                             const std::function<void(const v1::SubmitCommitsResponse&)>& answered);

  // AuditService.
  absl::StatusOr<v1::ListLogsResponse> Call(const v1::ListLogsRequest& request);
  absl::StatusOr<v1::GetCheckpointResponse> Call(const v1::GetCheckpointRequest& request);
  absl::StatusOr<v1::GetInclusionProofResponse> Call(const v1::GetInclusionProofRequest& request);
  absl::StatusOr<v1::ListLeavesResponse> Call(const v1::ListLeavesRequest& request);
  absl::StatusOr<v1::ListEvidenceResponse> Call(const v1::ListEvidenceRequest& request);
  absl::StatusOr<v1::GetEvidenceResponse> Call(const v1::GetEvidenceRequest& request);
  absl::StatusOr<v1::GetRosterResponse> Call(const v1::GetRosterRequest& request);
  absl::StatusOr<v1::ListRostersResponse> Call(const v1::ListRostersRequest& request);
  absl::StatusOr<v1::GetCardResponse> Call(const v1::GetCardRequest& request);
  absl::StatusOr<v1::ListCardsResponse> Call(const v1::ListCardsRequest& request);
  // The whole proof file. TOO_LARGE above kMaxProofFileBytes.
  absl::StatusOr<std::string> ExportProof(const v1::ExportProofRequest& request);

  // AdminService.
  absl::StatusOr<v1::GetNodeStatusResponse> Call(const v1::GetNodeStatusRequest& request);
  absl::StatusOr<v1::GetSyncStatusResponse> Call(const v1::GetSyncStatusRequest& request);
  absl::StatusOr<v1::GetViewDigestResponse> Call(const v1::GetViewDigestRequest& request);
  absl::StatusOr<v1::ImportCardResponse> Call(const v1::ImportCardRequest& request);
  absl::StatusOr<v1::ImportRosterResponse> Call(const v1::ImportRosterRequest& request);
  absl::StatusOr<v1::JoinLogResponse> Call(const v1::JoinLogRequest& request);
  absl::StatusOr<v1::ListTailResponse> Call(const v1::ListTailRequest& request);
  absl::StatusOr<v1::ResubmitTailResponse> Call(const v1::ResubmitTailRequest& request);
  absl::StatusOr<v1::CreateBackupResponse> Call(const v1::CreateBackupRequest& request);

  const std::string& address() const;

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Did nobody answer, so that another try may help?
bool IsUnreachable(const absl::Status& status);

}  // namespace plenary::cli
