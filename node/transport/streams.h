// The two sides of a Replicate call, as reactors of gRPC's callback API.
//
// A reactor owns itself from the start of its call to OnDone. It only turns gRPC's events into the
// link's, and the link's wishes into gRPC's operations.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "node/transport/link.h"
#include "node/transport/link_hub.h"
#include "node/transport/tls.h"
#include "plenary/v1/replication_service.grpc.pb.h"

namespace plenary::node {

// Initial metadata by which a listener says that the link stands.
inline constexpr char kLinkMetadata[] = "plenary-link";

// A call that a peer made. Thread-safe.
class AcceptedStream : public LinkStream,
                       public grpc::ServerBidiReactor<plenary::v1::ReplicateRequest,
                                                      plenary::v1::ReplicateResponse> {
 public:
  // Takes the call of `peer`, which is judged already. The reactor, or null if the hub stops.
  static grpc::ServerBidiReactor<plenary::v1::ReplicateRequest, plenary::v1::ReplicateResponse>*
  Accept(grpc::CallbackServerContext* context, std::shared_ptr<LinkHub> hub,
         std::shared_ptr<Link> link);

  void WriteFrame(std::unique_ptr<plenary::v1::Frame> frame, bool more_follows) override;
  void ReadFrame() override;
  void End(const absl::Status& why) override;
  void Release() override {}
  void Cancel() override;

 private:
  AcceptedStream(grpc::CallbackServerContext* context, std::shared_ptr<LinkHub> hub,
                 std::shared_ptr<Link> link);
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  const std::shared_ptr<LinkHub> hub_;
  const std::shared_ptr<Link> link_;
  plenary::v1::ReplicateRequest request_;    // of the read under way
  plenary::v1::ReplicateResponse response_;  // of the write under way
  absl::Mutex mutex_;
  grpc::CallbackServerContext* context_ ABSL_GUARDED_BY(mutex_);  // null when the call is over
};

// What a dial needs.
struct DialPlan {
  uint64_t dial = 0;
  std::string member;
  std::string node;  // empty: any of the member's
  std::string address;
};

// A call that this node makes. Thread-safe.
class DialledStream
    : public LinkStream,
      public grpc::ClientBidiReactor<plenary::v1::ReplicateRequest, plenary::v1::ReplicateResponse>,
      public std::enable_shared_from_this<DialledStream> {
 public:
  // The time that connecting, both handshakes and the peer's answer may take together.
  static constexpr int64_t kDialMs = 20'000;

  // Dials; the hub hears of a link or of a failed dial, unless it stops.
  static void Start(DialPlan plan, const Tls& tls, std::shared_ptr<LinkHub> hub);

  void WriteFrame(std::unique_ptr<plenary::v1::Frame> frame, bool more_follows) override;
  void ReadFrame() override;
  void End(const absl::Status& why) override;
  void Release() override;
  void Cancel() override;

 private:
  DialledStream(DialPlan plan, const Tls& tls, std::shared_ptr<LinkHub> hub);
  void OnReadInitialMetadataDone(bool ok) override;
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;
  certs::Expectation Wanted() const;
  absl::StatusOr<std::shared_ptr<Link>> Admit();
  absl::Status WhyFailed(const grpc::Status& status) const;

  const DialPlan plan_;
  const std::shared_ptr<LinkHub> hub_;
  const std::shared_ptr<DialVerdict> verdict_ = std::make_shared<DialVerdict>();
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<plenary::v1::ReplicationService::Stub> stub_;
  grpc::ClientContext context_;
  plenary::v1::ReplicateRequest request_;    // of the write under way
  plenary::v1::ReplicateResponse response_;  // of the read under way
  std::shared_ptr<Link> link_;               // set once, before the first read
  std::atomic<bool> linked_ = false;
};

}  // namespace plenary::node
