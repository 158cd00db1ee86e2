#include "node/transport/grpc_transport.h"

#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "node/transport/grpc_status.h"
#include "node/transport/streams.h"
#include "node/transport/tls_self_test.h"

namespace plenary::node {
namespace {

using Reactor =
    grpc::ServerBidiReactor<plenary::v1::ReplicateRequest, plenary::v1::ReplicateResponse>;

// How often links are checked against certificates that have ended meanwhile.
constexpr int64_t kSweepMs = 60'000;
// How long peers may take to hear why, when the node stops.
constexpr std::chrono::milliseconds kStopGrace(500);
constexpr size_t kServerBytes = size_t{256} << 20;

// A call that ends at once. Owns itself.
class RefusedCall : public Reactor {
 public:
  explicit RefusedCall(const absl::Status& why) { Finish(ToGrpcStatus(why)); }

 private:
  void OnDone() override { delete this; }
};

// Whether a failed handshake was one of a caller for certain. gRPC's log does not tell it from one
// that this node made itself, which the failed dial reports.
bool IsCallersFault(const absl::Status& why) {
  return ReasonOf(why) == Reason::NO_CERTIFICATE || ReasonOf(why) == Reason::TLS_TOO_OLD;
}

void SetServerArguments(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(2 * kMaxFrameBytes));
  builder.SetMaxSendMessageSize(static_cast<int>(2 * kMaxFrameBytes));
  // Two nodes on one port is a mistake that must show.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 16);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 300'000);
  grpc::ResourceQuota quota("peer listener");
  quota.Resize(kServerBytes);
  builder.SetResourceQuota(quota);
}

}  // namespace

// What peers call. Thread-safe.
class GrpcTransport::PeerService : public plenary::v1::ReplicationService::CallbackService {
 public:
  explicit PeerService(std::shared_ptr<LinkHub> hub) : hub_(std::move(hub)) {}

  Reactor* Replicate(grpc::CallbackServerContext* context) override {
    auto link = Admit(*context);
    if (!link.ok()) {
      hub_->PostRefused(context->peer(), link.status());
      return new RefusedCall(link.status());
    }
    if (Reactor* reactor = AcceptedStream::Accept(context, hub_, *link)) return reactor;
    hub_->Remove(**link);
    return new RefusedCall(MakeError(Reason::SHUTTING_DOWN, "this node is stopping"));
  }

 private:
  absl::StatusOr<std::shared_ptr<Link>> Admit(const grpc::CallbackServerContext& context) {
    const certs::Expectation any_node{
        .kind = TlsIdentity::Kind::kNode, .member = std::nullopt, .name = std::nullopt};
    ASSIGN_OR_RETURN(certs::PeerIdentity identity,
                     JudgeConnection(*context.auth_context(), *hub_->trust().Get(),
                                     hub_->clock().Now(), any_node));
    LinkPeer peer{.member = identity.identity.member,
                  .node = identity.identity.name,
                  .dialled = false,
                  .address = context.peer()};
    return hub_->Admit(std::move(peer), std::move(identity));
  }

  const std::shared_ptr<LinkHub> hub_;
};

absl::StatusOr<std::unique_ptr<GrpcTransport>> GrpcTransport::Create(GrpcTransportOptions options,
                                                                     const Environment& environment,
                                                                     TrustHolder* trust) {
  ASSIGN_OR_RETURN(std::unique_ptr<Tls> tls,
                   Tls::Create(options.files, options.own, trust, environment.clock));
  return std::unique_ptr<GrpcTransport>(
      new GrpcTransport(std::move(options), std::move(tls), environment, trust));
}

GrpcTransport::GrpcTransport(GrpcTransportOptions options, std::unique_ptr<Tls> tls,
                             const Environment& environment, TrustHolder* trust)
    : options_(std::move(options)),
      tls_(std::move(tls)),
      trust_(*trust),
      hub_(std::make_shared<LinkHub>(environment, trust)) {}

GrpcTransport::~GrpcTransport() { Stop(); }

absl::Status GrpcTransport::Start(TransportEvents* events) {
  hub_->Start(events);
  if (!options_.listen.empty()) {
    RETURN_IF_ERROR(Listen());
    // Here, so that the failed handshakes of the self-test are over.
    log_observer_ = std::make_unique<GrpcLogObserver>(
        [hub = hub_](const absl::Status& why) {
          if (IsCallersFault(why) || hub->dialling() == 0) hub->PostRefused("", why);
        },
        nullptr);
  }
  watcher_ = trust_.Watch([hub = hub_] { hub->Sweep(); });
  SweepRegularly();
  return absl::OkStatus();
}

absl::Status GrpcTransport::Listen() {
  service_ = std::make_unique<PeerService>(hub_);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(
      options_.listen,
      tls_->ForListener(TlsIdentity::Kind::kNode,
                        [hub = hub_](const absl::Status& why) { hub->PostRefused("", why); }),
      &port_);
  builder.RegisterService(service_.get());
  SetServerArguments(builder);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    return MakeError(Reason::UNAVAILABLE,
                     absl::StrCat("peer listener: expected the free address ", options_.listen,
                                  ", got one that is taken or not this machine's"),
                     {{"address", options_.listen}});
  }
  const std::string host = options_.listen.substr(0, options_.listen.rfind(':'));
  return CheckOnlyTls13(absl::StrCat(host, ":", port_));
}

void GrpcTransport::SweepRegularly() {
  hub_->PostAfter(kSweepMs, [this] {
    hub_->Sweep();
    SweepRegularly();
  });
}

void GrpcTransport::Dial(uint64_t dial, const std::string& member, const std::string& node,
                         const std::string& address) {
  const absl::Status own = tls_->CheckOwn();
  if (own.ok()) {
    DialledStream::Start({.dial = dial, .member = member, .node = node, .address = address}, *tls_,
                         hub_);
    return;
  }
  hub_->Post([dial, own](TransportEvents& events) { events.OnDialFailed(dial, own); });
}

void GrpcTransport::Send(LinkId link, Priority priority, std::unique_ptr<plenary::v1::Frame> frame,
                         const std::string& replaces) {
  if (const auto found = hub_->Find(link)) found->Send(priority, std::move(frame), replaces);
}

uint64_t GrpcTransport::QueuedBytes(LinkId link) const {
  const auto found = hub_->Find(link);
  return found == nullptr ? 0 : found->QueuedBytes();
}

void GrpcTransport::Close(LinkId link, const absl::Status& why) {
  if (const auto found = hub_->Find(link)) found->Close(why);
}

void GrpcTransport::Stop() {
  log_observer_.reset();
  if (watcher_ != 0) trust_.Unwatch(std::exchange(watcher_, 0));
  hub_->Stop(MakeError(Reason::SHUTTING_DOWN, "the node is stopping"));
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now() + kStopGrace);
    server_->Wait();
  }
  hub_->WaitForCalls();
  server_.reset();
}

}  // namespace plenary::node
