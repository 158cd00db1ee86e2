#include "node/transport/streams.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "node/transport/grpc_status.h"

namespace plenary::node {
namespace {

// Frames that wait for each other are written as one.
grpc::WriteOptions Options(bool more_follows) {
  grpc::WriteOptions options;
  if (more_follows) options.set_buffer_hint();
  return options;
}

// What a dial asks of its connection. A dead peer is noticed within half a minute.
grpc::ChannelArguments DialArguments() {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(2 * kMaxFrameBytes));
  arguments.SetMaxSendMessageSize(static_cast<int>(2 * kMaxFrameBytes));
  return arguments;
}

}  // namespace

grpc::ServerBidiReactor<plenary::v1::ReplicateRequest, plenary::v1::ReplicateResponse>*
AcceptedStream::Accept(grpc::CallbackServerContext* context, std::shared_ptr<LinkHub> hub,
                       std::shared_ptr<Link> link) {
  const std::shared_ptr<AcceptedStream> stream(
      new AcceptedStream(context, std::move(hub), std::move(link)));
  if (!stream->hub_->Enter(stream)) return nullptr;
  context->AddInitialMetadata(kLinkMetadata, "1");
  stream->StartSendInitialMetadata();
  stream->link_->Open(stream);
  return stream.get();
}

AcceptedStream::AcceptedStream(grpc::CallbackServerContext* context, std::shared_ptr<LinkHub> hub,
                               std::shared_ptr<Link> link)
    : hub_(std::move(hub)), link_(std::move(link)), context_(context) {}

void AcceptedStream::WriteFrame(std::unique_ptr<plenary::v1::Frame> frame, bool more_follows) {
  response_.set_allocated_frame(frame.release());
  StartWrite(&response_, Options(more_follows));
}

void AcceptedStream::ReadFrame() {
  request_.Clear();
  StartRead(&request_);
}

void AcceptedStream::End(const absl::Status& why) { Finish(ToGrpcStatus(why)); }

void AcceptedStream::Cancel() {
  absl::MutexLock lock(&mutex_);
  if (context_ != nullptr) context_->TryCancel();
}

void AcceptedStream::OnReadDone(bool ok) {
  if (!ok) return link_->OnReadDone(nullptr);
  request_.mutable_frame();  // an empty message is an empty frame
  link_->OnReadDone(std::unique_ptr<plenary::v1::Frame>(request_.release_frame()));
}

void AcceptedStream::OnWriteDone(bool ok) {
  response_.clear_frame();
  link_->OnWriteDone(ok);
}

void AcceptedStream::OnCancel() { link_->OnBroken(); }

void AcceptedStream::OnDone() {
  {
    absl::MutexLock lock(&mutex_);
    context_ = nullptr;
  }
  link_->OnStreamDone(absl::OkStatus());
  const std::shared_ptr<LinkHub> hub = hub_;
  hub->Leave(this);
}

void DialledStream::Start(DialPlan plan, const Tls& tls, std::shared_ptr<LinkHub> hub) {
  const std::shared_ptr<DialledStream> stream(
      new DialledStream(std::move(plan), tls, std::move(hub)));
  if (!stream->hub_->Enter(stream)) return;
  stream->hub_->AddDialling(1);
  stream->hub_->PostAfter(kDialMs, [weak = stream->weak_from_this()] {
    // A link's stream reads and writes for as long as it likes.
    if (const auto late = weak.lock(); late != nullptr && !late->linked_) late->Cancel();
  });
  stream->stub_->async()->Replicate(&stream->context_, stream.get());
  stream->AddHold();
  stream->StartCall();
}

DialledStream::DialledStream(DialPlan plan, const Tls& tls, std::shared_ptr<LinkHub> hub)
    : plan_(std::move(plan)), hub_(std::move(hub)) {
  channel_ =
      grpc::CreateCustomChannel(plan_.address, tls.ForDial(Wanted(), verdict_), DialArguments());
  stub_ = plenary::v1::ReplicationService::NewStub(channel_);
}

void DialledStream::WriteFrame(std::unique_ptr<plenary::v1::Frame> frame, bool more_follows) {
  request_.set_allocated_frame(frame.release());
  StartWrite(&request_, Options(more_follows));
}

void DialledStream::ReadFrame() {
  response_.Clear();
  StartRead(&response_);
}

void DialledStream::End(const absl::Status&) { StartWritesDone(); }
void DialledStream::Release() { RemoveHold(); }
void DialledStream::Cancel() { context_.TryCancel(); }

certs::Expectation DialledStream::Wanted() const {
  certs::Expectation wanted{
      .kind = TlsIdentity::Kind::kNode, .member = plan_.member, .name = std::nullopt};
  if (!plan_.node.empty()) wanted.name = plan_.node;
  return wanted;
}

// The listener has answered: judge who it is by the trust of now, then it is a link.
absl::StatusOr<std::shared_ptr<Link>> DialledStream::Admit() {
  const auto connection = context_.auth_context();
  if (connection == nullptr) {
    return MakeError(Reason::NO_CERTIFICATE, "expected an authenticated connection, got none");
  }
  ASSIGN_OR_RETURN(certs::PeerIdentity identity, JudgeConnection(*connection, *hub_->trust().Get(),
                                                                 hub_->clock().Now(), Wanted()));
  LinkPeer peer{.member = identity.identity.member,
                .node = identity.identity.name,
                .dialled = true,
                .address = plan_.address};
  return hub_->Admit(std::move(peer), std::move(identity));
}

void DialledStream::OnReadInitialMetadataDone(bool ok) {
  if (ok && context_.GetServerInitialMetadata().count(kLinkMetadata) > 0) {
    auto link = Admit();
    if (link.ok()) {
      link_ = *std::move(link);
      linked_ = true;
      hub_->AddDialling(-1);
      link_->Open(shared_from_this());
      return;
    }
    verdict_->Refuse(link.status());
    Cancel();
  }
  RemoveHold();
}

void DialledStream::OnReadDone(bool ok) {
  if (!ok) return link_->OnReadDone(nullptr);
  response_.mutable_frame();  // an empty message is an empty frame
  link_->OnReadDone(std::unique_ptr<plenary::v1::Frame>(response_.release_frame()));
}

void DialledStream::OnWriteDone(bool ok) {
  request_.clear_frame();
  link_->OnWriteDone(ok);
}

absl::Status DialledStream::WhyFailed(const grpc::Status& status) const {
  const std::string where = absl::StrCat("dial of ", plan_.member, plan_.node.empty() ? "" : "/",
                                         plan_.node, " at ", plan_.address);
  const absl::Status verdict = verdict_->Get();
  if (!verdict.ok()) return Annotate(verdict, where);
  const absl::Status said = FromGrpcStatus(status);
  if (ReasonOf(said).has_value()) return Annotate(said, absl::StrCat(where, ": the peer refused"));
  std::string text = absl::StrCat(where, ": ", said.message());
  if (absl::StrContains(said.message(), "Socket closed")) {
    absl::StrAppend(&text, " (it may have refused this node's certificate: its own log says why)");
  }
  return MakeError(Reason::UNAVAILABLE, text,
                   {{"member", plan_.member}, {"node", plan_.node}, {"address", plan_.address}});
}

void DialledStream::OnDone(const grpc::Status& status) {
  if (link_ != nullptr) {
    link_->OnStreamDone(FromGrpcStatus(status));
  } else {
    hub_->AddDialling(-1);
    hub_->Post([dial = plan_.dial, why = WhyFailed(status)](TransportEvents& events) {
      events.OnDialFailed(dial, why);
    });
  }
  const std::shared_ptr<LinkHub> hub = hub_;
  hub->Leave(this);
}

}  // namespace plenary::node
