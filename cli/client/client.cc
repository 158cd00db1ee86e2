#include "cli/client/client.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/client/credentials.h"
#include "google/rpc/status.pb.h"
#include "ledger/proof_file.h"
#include "ledger/rpc_status.h"
#include "ledger/status.h"
#include "plenary/v1/admin_service.grpc.pb.h"
#include "plenary/v1/audit_service.grpc.pb.h"
#include "plenary/v1/register_service.grpc.pb.h"

namespace plenary::cli {
namespace {

constexpr int kMaxAnswerBytes = 64 << 20;
constexpr size_t kMaxDetailsBytes = size_t{16} << 10;
constexpr absl::Duration kPerCommit = absl::Seconds(2);

// Other parts of the world know these causes by shorter names than gRPC does.
std::string CauseOf(const std::string& message) {
  for (const char* cause : {"Connection refused", "Connection timed out", "No route to host",
                            "Network is unreachable", "Connection reset by peer"}) {
    if (absl::StrContains(message, cause)) return cause;
  }
  if (absl::StrContains(message, "DNS resolution failed")) return "the host has no address";
  if (absl::StrContains(message, "Socket closed") ||
      absl::StrContains(message, "closed by the peer") || absl::StrContains(message, "GOAWAY")) {
    return "it closed the connection; its log says why";
  }
  if (absl::StrContains(message, "Handshake") || absl::StrContains(message, "handshake")) {
    return "what answers there speaks no TLS 1.3";
  }
  return message.substr(0, 300);
}

// The time on top of a call's own that a request waits.
template <typename Request>
absl::Duration WaitOf(const Request& request) {
  if constexpr (requires { request.wait_timeout(); }) {
    if (request.wait() != v1::SUBMIT_WAIT_FINAL) return absl::ZeroDuration();
    // What the node waits if nothing is said.
    if (!request.has_wait_timeout()) return absl::Seconds(30);
    return absl::Seconds(request.wait_timeout().seconds());
  }
  return absl::ZeroDuration();
}

}  // namespace

struct Client::Impl {
  ClientOptions options;
  std::shared_ptr<NodeVerdict> verdict;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::RegisterService::Stub> records;
  std::unique_ptr<v1::AuditService::Stub> audit;
  std::unique_ptr<v1::AdminService::Stub> admin;

  absl::Status NoAnswer(absl::string_view cause) const {
    return MakeError(Reason::UNAVAILABLE,
                     absl::StrCat("node of ", options.member, " at ", options.address,
                                  ": expected an answer, got none: ", cause),
                     {{"address", options.address}, {"member", options.member}});
  }

  // What a call ended with. Nothing that another program says is trusted to be short or text.
  absl::Status StatusOf(const grpc::Status& status) const {
    if (status.ok()) return absl::OkStatus();
    if (const absl::Status refused = verdict->Get(); !refused.ok()) {
      return Annotate(refused, absl::StrCat("node at ", options.address));
    }
    google::rpc::Status rpc;
    const std::string details = status.error_details();
    if (details.size() > kMaxDetailsBytes || !rpc.ParseFromString(details)) rpc.Clear();
    rpc.set_code(static_cast<int>(status.error_code()));
    rpc.set_message(status.error_message());
    const absl::Status said = FromRpcStatus(rpc);
    if (ReasonOf(said).has_value()) return said;
    if (said.code() == absl::StatusCode::kUnavailable) {
      return NoAnswer(CauseOf(std::string(said.message())));
    }
    if (said.code() == absl::StatusCode::kDeadlineExceeded) {
      return MakeError(Reason::DEADLINE,
                       absl::StrCat("node of ", options.member, " at ", options.address,
                                    ": expected an answer in time, got none"),
                       {{"address", options.address}});
    }
    return Annotate(said, absl::StrCat("node at ", options.address));
  }

  void SetDeadline(grpc::ClientContext& context, absl::Duration more) const {
    context.set_deadline(std::chrono::system_clock::now() +
                         absl::ToChronoMilliseconds(options.call_timeout + more));
  }

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Unary(Stub& stub,
                                 grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                              Response*),
                                 const Request& request) const {
    grpc::ClientContext context;
    SetDeadline(context, WaitOf(request));
    Response response;
    RETURN_IF_ERROR(StatusOf((stub.*method)(&context, request, &response)));
    return response;
  }

  absl::Status WaitForConnection() const {
    const auto deadline =
        std::chrono::system_clock::now() + absl::ToChronoMilliseconds(options.connect_timeout);
    grpc_connectivity_state state = channel->GetState(/*try_to_connect=*/true);
    while (state != GRPC_CHANNEL_READY && state != GRPC_CHANNEL_TRANSIENT_FAILURE) {
      if (!channel->WaitForStateChange(state, deadline)) {
        return NoAnswer(
            absl::StrCat("no connection within ", absl::FormatDuration(options.connect_timeout)));
      }
      state = channel->GetState(/*try_to_connect=*/true);
    }
    return absl::OkStatus();
  }
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

const std::string& Client::address() const { return impl_->options.address; }

absl::StatusOr<std::unique_ptr<Client>> Client::Connect(const ClientOptions& options,
                                                        absl::Time now) {
  ASSIGN_OR_RETURN(const OwnIdentity own, LoadOwnIdentity(options.key, options.certificate));
  const certs::Expectation self{
      .kind = TlsIdentity::Kind::kOperator, .member = options.own_member, .name = std::nullopt};
  RETURN_IF_ERROR(Annotate(certs::JudgePeer(own.chain, options.trust, now, self).status(),
                           absl::StrCat("own certificate ", options.certificate)));
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->verdict = std::make_shared<NodeVerdict>();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Two clients of one process may trust differently, so they share no connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  impl->channel = grpc::CreateCustomChannel(
      options.address, NodeCredentials(own, options.member, options.trust, impl->verdict),
      arguments);
  impl->records = v1::RegisterService::NewStub(impl->channel);
  impl->audit = v1::AuditService::NewStub(impl->channel);
  impl->admin = v1::AdminService::NewStub(impl->channel);
  RETURN_IF_ERROR(impl->WaitForConnection());
  return std::unique_ptr<Client>(new Client(std::move(impl)));
}

// NOLINTNEXTLINE: one line per method says all there is to say.
#define PLENARY_CALL(stub, Service, Method)                                               \
  absl::StatusOr<v1::Method##Response> Client::Call(const v1::Method##Request& request) { \
    return impl_->Unary<v1::Service::Stub, v1::Method##Request, v1::Method##Response>(    \
        *impl_->stub, &v1::Service::Stub::Method, request);                               \
  }
PLENARY_CALL(records, RegisterService, SubmitCommit)
PLENARY_CALL(records, RegisterService, GetReceipt)
PLENARY_CALL(records, RegisterService, GetRecord)
PLENARY_CALL(records, RegisterService, ListRecords)
PLENARY_CALL(records, RegisterService, ListRecordRevisions)
PLENARY_CALL(audit, AuditService, ListLogs)
PLENARY_CALL(audit, AuditService, GetCheckpoint)
PLENARY_CALL(audit, AuditService, GetInclusionProof)
PLENARY_CALL(audit, AuditService, ListLeaves)
PLENARY_CALL(audit, AuditService, ListEvidence)
PLENARY_CALL(audit, AuditService, GetEvidence)
PLENARY_CALL(audit, AuditService, GetRoster)
PLENARY_CALL(audit, AuditService, ListRosters)
PLENARY_CALL(audit, AuditService, GetCard)
PLENARY_CALL(audit, AuditService, ListCards)
PLENARY_CALL(admin, AdminService, GetNodeStatus)
PLENARY_CALL(admin, AdminService, GetSyncStatus)
PLENARY_CALL(admin, AdminService, GetViewDigest)
PLENARY_CALL(admin, AdminService, ImportCard)
PLENARY_CALL(admin, AdminService, ImportRoster)
PLENARY_CALL(admin, AdminService, JoinLog)
PLENARY_CALL(admin, AdminService, ListTail)
PLENARY_CALL(admin, AdminService, ResubmitTail)
PLENARY_CALL(admin, AdminService, CreateBackup)
#undef PLENARY_CALL

absl::Status Client::SubmitCommits(
    const std::vector<v1::SubmitCommitsRequest>& requests,
    const std::function<void(const v1::SubmitCommitsResponse&)>& answered) {
  absl::Duration wait = kPerCommit * static_cast<double>(requests.size());
  for (const v1::SubmitCommitsRequest& request : requests) wait = std::max(wait, WaitOf(request));
  grpc::ClientContext context;
  impl_->SetDeadline(context, wait);
  const auto stream = impl_->records->SubmitCommits(&context);
  // The node reads on only while its answers are read.
  std::thread writer([&] {
    for (const v1::SubmitCommitsRequest& request : requests) {
      if (!stream->Write(request)) return;
    }
    stream->WritesDone();
  });
  size_t answers = 0;
  v1::SubmitCommitsResponse response;
  while (stream->Read(&response)) {
    ++answers;
    answered(response);
  }
  writer.join();
  RETURN_IF_ERROR(impl_->StatusOf(stream->Finish()));
  if (answers == requests.size()) return absl::OkStatus();
  return impl_->NoAnswer(
      absl::StrCat("it answered ", answers, " of ", requests.size(), " commits"));
}

absl::StatusOr<std::string> Client::ExportProof(const v1::ExportProofRequest& request) {
  grpc::ClientContext context;
  impl_->SetDeadline(context, absl::ZeroDuration());
  const auto stream = impl_->audit->ExportProof(&context, request);
  std::string file;
  v1::ExportProofResponse response;
  while (stream->Read(&response)) {
    if (file.size() + response.piece().size() > kMaxProofFileBytes) {
      context.TryCancel();
      return MakeError(Reason::TOO_LARGE, absl::StrCat("proof file: expected at most ",
                                                       kMaxProofFileBytes, " bytes, got more"));
    }
    file += response.piece();
  }
  RETURN_IF_ERROR(impl_->StatusOf(stream->Finish()));
  return file;
}

bool IsUnreachable(const absl::Status& status) {
  const auto reason = ReasonOf(status);
  return reason == Reason::UNAVAILABLE || reason == Reason::DEADLINE;
}

}  // namespace plenary::cli
