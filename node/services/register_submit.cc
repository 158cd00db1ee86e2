// The part of RegisterService that writes: one commit, a stream of commits, and their receipts.
#include <algorithm>
#include <deque>
#include <memory>

#include "absl/strings/str_cat.h"
#include "google/protobuf/duration.pb.h"
#include "ledger/rpc_status.h"
#include "ledger/status.h"
#include "node/services/receipts.h"
#include "node/services/register_service.h"

namespace plenary::node {
namespace {

namespace api = ::plenary::v1;

constexpr int64_t kWaitMs = 30'000;
constexpr int64_t kLongestWaitMs = 300'000;
// What one stream may have under way before it is read on.
constexpr int kCommitsUnderWay = 256;
constexpr uint64_t kBytesUnderWay = uint64_t{32} << 20;

// How long a request waits for finality; 0: not at all. BAD_REQUEST.
absl::StatusOr<int64_t> WaitMs(api::SubmitWait wait, bool given,
                               const google::protobuf::Duration& timeout) {
  if (wait != api::SUBMIT_WAIT_FINAL) return 0;
  if (!given) return kWaitMs;
  if (timeout.seconds() < 0 || timeout.nanos() < 0) {
    return MakeError(Reason::BAD_REQUEST, "wait_timeout: expected 0 or more, got less",
                     {{"field", "wait_timeout"}});
  }
  if (timeout.seconds() >= kLongestWaitMs / 1000) return kLongestWaitMs;
  return timeout.seconds() * 1000 + timeout.nanos() / 1'000'000;
}

using ReceiptDone = std::function<void(absl::StatusOr<api::Receipt>)>;

// Ends in exactly one call of `done`, on the loop.
void WaitAndReceipt(Node& node, const Digest& identity, int64_t deadline_ms, ReceiptDone done) {
  node.WaitFinal(identity, deadline_ms, [&node, done](absl::StatusOr<CommitState> state) {
    done(state.ok() ? MakeReceipt(node, *state) : absl::StatusOr<api::Receipt>(state.status()));
  });
}

void Submit(const ServiceContext& service, Submission submission, int64_t wait_ms,
            ReceiptDone done) {
  Node& node = *service.node;
  const int64_t deadline_ms = service.clock->MonotonicMs() + wait_ms;
  node.Submit(std::move(submission),
              [&node, wait_ms, deadline_ms, done](absl::StatusOr<CommitState> state) {
                if (!state.ok()) return done(state.status());
                if (wait_ms == 0 || state->stage == CommitState::Stage::kFinal) {
                  return done(MakeReceipt(node, *state));
                }
                const bool repeated = state->repeated;
                WaitAndReceipt(node, state->identity, deadline_ms,
                               [repeated, done](absl::StatusOr<api::Receipt> receipt) {
                                 if (receipt.ok()) receipt->set_repeated_submission(repeated);
                                 done(std::move(receipt));
                               });
              });
}

// Ends a call with a receipt.
template <typename Response>
ReceiptDone ReceiptEnds(std::shared_ptr<PendingCall> call, Response* response) {
  return [call = std::move(call), response](const absl::StatusOr<api::Receipt>& receipt) {
    call->End([&] {
      if (receipt.ok()) *response->mutable_receipt() = *receipt;
      return receipt.status();
    });
  };
}

template <typename Request>
Submission SubmissionOf(const Request& request) {
  return {.envelope = request.envelope(),
          .records = {request.records().begin(), request.records().end()}};
}

using StreamReactor =
    grpc::ServerBidiReactor<api::SubmitCommitsRequest, api::SubmitCommitsResponse>;

class RefusedStream : public StreamReactor {
 public:
  explicit RefusedStream(const absl::Status& why) { Finish(ToGrpcStatus(why)); }

 private:
  void OnDone() override { delete this; }
};

// One stream of submissions. Owns itself until gRPC is done with it and every answer has come.
// Thread-safe.
class SubmitStream : public StreamReactor, public std::enable_shared_from_this<SubmitStream> {
 public:
  static StreamReactor* Begin(const ServiceContext& service, Caller caller) {
    const std::shared_ptr<SubmitStream> stream(new SubmitStream(service, std::move(caller)));
    stream->self_ = stream;
    stream->StartRead(&stream->request_);
    return stream.get();
  }

 private:
  SubmitStream(const ServiceContext& service, Caller caller)
      : service_(service), caller_(std::move(caller)) {}

  void OnReadDone(bool ok) override {
    if (!ok) {
      absl::MutexLock lock(&mutex_);
      reading_ = false;
      read_ended_ = true;
      Pump();
      return;
    }
    const uint64_t number = request_.number();
    const uint64_t bytes = request_.ByteSizeLong();
    const auto wait_ms =
        WaitMs(request_.wait(), request_.has_wait_timeout(), request_.wait_timeout());
    Submission submission = SubmissionOf(request_);
    request_.Clear();
    {
      absl::MutexLock lock(&mutex_);
      reading_ = false;
      ++under_way_;
      bytes_under_way_ += bytes;
    }
    const auto done = [self = shared_from_this(), number,
                       bytes](const absl::StatusOr<api::Receipt>& receipt) {
      self->Answered(number, bytes, receipt);
    };
    if (wait_ms.ok()) {
      Submit(service_, std::move(submission), *wait_ms, done);
    } else {
      done(wait_ms.status());
    }
    absl::MutexLock lock(&mutex_);
    Pump();
  }

  void Answered(uint64_t number, uint64_t bytes, const absl::StatusOr<api::Receipt>& receipt) {
    api::SubmitCommitsResponse response;
    response.set_number(number);
    if (receipt.ok()) {
      *response.mutable_receipt() = *receipt;
    } else {
      *response.mutable_error() = ToRpcStatus(receipt.status());
    }
    absl::MutexLock lock(&mutex_);
    --under_way_;
    bytes_under_way_ -= bytes;
    if (!cancelled_) answers_.push_back(std::move(response));
    Pump();
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) answers_.clear();
    Pump();
  }

  void OnCancel() override {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    answers_.clear();
    Pump();
  }

  void OnDone() override { const auto last = std::move(self_); }

  bool Room() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return under_way_ + static_cast<int>(answers_.size()) < kCommitsUnderWay &&
           bytes_under_way_ < kBytesUnderWay;
  }

  // Starts what may start now. gRPC never calls back from within.
  void Pump() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (finished_) return;
    if (!writing_ && !answers_.empty()) {
      writing_ = true;
      response_ = std::move(answers_.front());
      answers_.pop_front();
      StartWrite(&response_);
    }
    if (!reading_ && !read_ended_ && !cancelled_ && Room()) {
      reading_ = true;
      StartRead(&request_);
    }
    // Answers that come after a cancelled stream has ended find nobody.
    if (!writing_ && (cancelled_ || (read_ended_ && under_way_ == 0))) {
      finished_ = true;
      Finish(cancelled_ ? grpc::Status::CANCELLED : grpc::Status::OK);
    }
  }

  const ServiceContext service_;
  const Caller caller_;  // counts as one call until the stream ends
  std::shared_ptr<SubmitStream> self_;
  api::SubmitCommitsRequest request_;    // of the read under way
  api::SubmitCommitsResponse response_;  // of the write under way
  absl::Mutex mutex_;
  std::deque<api::SubmitCommitsResponse> answers_ ABSL_GUARDED_BY(mutex_);
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t bytes_under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = true;
  bool read_ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

grpc::ServerUnaryReactor* RegisterServer::SubmitCommit(grpc::CallbackServerContext* context,
                                                       const api::SubmitCommitRequest* request,
                                                       api::SubmitCommitResponse* response) {
  auto caller = service_.edge->Admit(*context, Role::kClerk);
  if (!caller.ok()) return FinishNow(context, caller.status());
  const auto wait_ms =
      WaitMs(request->wait(), request->has_wait_timeout(), request->wait_timeout());
  if (!wait_ms.ok()) return FinishNow(context, wait_ms.status());
  const std::shared_ptr<PendingCall> call = PendingCall::Begin(*std::move(caller));
  Submit(service_, SubmissionOf(*request), *wait_ms, ReceiptEnds(call, response));
  return call.get();
}

grpc::ServerBidiReactor<api::SubmitCommitsRequest, api::SubmitCommitsResponse>*
RegisterServer::SubmitCommits(grpc::CallbackServerContext* context) {
  auto caller = service_.edge->Admit(*context, Role::kClerk);
  if (!caller.ok()) return new RefusedStream(caller.status());
  return SubmitStream::Begin(service_, *std::move(caller));
}

grpc::ServerUnaryReactor* RegisterServer::GetReceipt(grpc::CallbackServerContext* context,
                                                     const api::GetReceiptRequest* request,
                                                     api::GetReceiptResponse* response) {
  auto caller = service_.edge->Admit(*context, Role::kReader);
  if (!caller.ok()) return FinishNow(context, caller.status());
  const auto wait_ms =
      WaitMs(request->wait(), request->has_wait_timeout(), request->wait_timeout());
  if (!wait_ms.ok()) return FinishNow(context, wait_ms.status());
  const auto identity = Digest::FromBytes(request->commit());
  if (!identity.ok()) return FinishNow(context, Annotate(identity.status(), "commit"));
  const std::shared_ptr<PendingCall> call = PendingCall::Begin(*std::move(caller));
  WaitAndReceipt(*service_.node, *identity, service_.clock->MonotonicMs() + *wait_ms,
                 ReceiptEnds(call, response));
  return call.get();
}

}  // namespace plenary::node
