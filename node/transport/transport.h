// What replication needs from a network: links that carry frames in order.
//
// A link is one authenticated connection to one node of a peer; either side may have dialled it.
// The transport judges TLS identities; what may be said on a link is sync's business.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "ledger/names.h"
#include "plenary/v1/replication_service.pb.h"

namespace plenary::node {

using LinkId = uint64_t;

// Who is at the other end.
struct LinkPeer {
  std::string member;
  std::string node;
  bool dialled = false;  // by us
  // What was dialled, or where the peer called from; for people.
  std::string address;
};

// Order in which an outbox is emptied; within one priority first come, first sent.
enum class Priority { kAlarm = 0, kFinality = 1, kLive = 2, kBulk = 3 };

// Bulk is sent while less than this waits in a link's outbox; then OnWritable says when to go on.
inline constexpr uint64_t kOutboxLowBytes = uint64_t{2} << 20;
// A link on which more than this waits above kBulk is closed with STALLED: its peer does not read.
inline constexpr uint64_t kOutboxUrgentBytes = uint64_t{16} << 20;
// Larger frames are never sent, and end the link with TOO_LARGE when received.
inline constexpr uint64_t kMaxFrameBytes = uint64_t{4} << 20;

// What the transport reports; always called on the loop. Loop only.
class TransportEvents {
 public:
  virtual ~TransportEvents() = default;
  // A link stands, both identities judged.
  virtual void OnLinkUp(LinkId link, const LinkPeer& peer) = 0;
  virtual void OnFrame(LinkId link, std::unique_ptr<plenary::v1::Frame> frame) = 0;
  // The link's outbox held kOutboxLowBytes or more and now holds less: bulk may be sent again.
  virtual void OnWritable(LinkId link) = 0;
  // The last event of a link, with the reason that Close was given, that the peer gave, or that
  // the transport found (TOO_LARGE, STALLED, UNAVAILABLE, reasons of certs::CheckStillTrusted).
  virtual void OnLinkDown(LinkId link, const absl::Status& why) = 0;
  // A dial that never became a link; `dial` is what Dial was given.
  virtual void OnDialFailed(uint64_t dial, const absl::Status& why) = 0;
  // A connection that was refused before it was a link, for `sync status` and the log. `address`
  // is empty where TLS refused it: gRPC does not say whence it came, `why` names the identity that
  // its certificate claims. Under a flood some are dropped.
  virtual void OnRefused(const std::string& address, const absl::Status& why) = 0;
};

// Links to peers; at most kLinksPerMember with one member. Thread-safe but for Start and Stop; the
// events come on the loop.
class Transport {
 public:
  static constexpr size_t kLinksPerMember = 4;
  static constexpr int64_t kCloseMs = 5'000;

  virtual ~Transport() = default;
  // Starts to listen (if the node has a peer listener) and to report. Fails with UNAVAILABLE if the
  // port is taken or the listener does not answer, with TLS_TOO_OLD if it takes more than TLS 1.3.
  // Called once. `events` outlives the transport or Stop.
  virtual absl::Status Start(TransportEvents* events) = 0;
  // Dials a member's node (any of them if `node` is empty); ends in OnLinkUp or OnDialFailed. A
  // node whose own certificate its peers would refuse does not dial: OnDialFailed says what is
  // wrong with it.
  virtual void Dial(uint64_t dial, const std::string& member, const std::string& node,
                    const std::string& address) = 0;
  // Queues a frame of at most kMaxFrameBytes (CHECK). A waiting frame with the same non-empty
  // `replaces` gives its place to this one. Frames to links that are gone are dropped.
  virtual void Send(LinkId link, Priority priority, std::unique_ptr<plenary::v1::Frame> frame,
                    const std::string& replaces) = 0;
  // Bytes waiting in the link's outbox; 0 for links that are gone.
  virtual uint64_t QueuedBytes(LinkId link) const = 0;
  // Sends what waits at kAlarm, for at most kCloseMs, then closes; OnLinkDown follows with `why`.
  // No OnFrame comes after it.
  virtual void Close(LinkId link, const absl::Status& why) = 0;
  // Closes every link and the listener; no event after it returns. Called on the loop, or when the
  // loop has ended.
  virtual void Stop() = 0;
};

}  // namespace plenary::node
