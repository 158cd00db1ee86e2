// One link: the state between the node's frames and one gRPC stream.
//
//              Send                      OnWriteDone
//   node ───────────▶ outbox ──▶ stream ─────┐
//                        ▲                    │ next frame
//                        └────────────────────┘
//   node ◀─── loop's inbox ◀─── OnReadDone; while too much waits there, nothing is read
//
// A link ends once: Close or Cut, the peer, or the network says so; then the outbox is dropped but
// for alarms, the stream is ended when no operation starts any more, and OnLinkDown is the last
// event.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "certs/member_identity.h"
#include "node/transport/outbox.h"
#include "node/transport/transport.h"

namespace plenary::node {

class LinkHub;

// The gRPC call below a link; streams.cc has one for each side. Its functions start an operation
// and return; the link hears of its end.
class LinkStream {
 public:
  virtual ~LinkStream() = default;
  // At most one write at a time. `more_follows`: another write follows at once, so this one may
  // wait for it.
  virtual void WriteFrame(std::unique_ptr<plenary::v1::Frame> frame, bool more_follows) = 0;
  // At most one read at a time.
  virtual void ReadFrame() = 0;
  // Ends this side's half, with the reason for the other side if it can be told. Called once, with
  // no write under way.
  virtual void End(const absl::Status& why) = 0;
  // No operation will be started any more. Called once, after End.
  virtual void Release() = 0;
  // Breaks the call off. Any time, from any thread.
  virtual void Cancel() = 0;
};

// Thread-safe.
class Link : public std::enable_shared_from_this<Link> {
 public:
  // What may wait in the loop's inbox from one link before reading pauses.
  static constexpr uint64_t kInboxBytes = uint64_t{8} << 20;
  static constexpr uint64_t kInboxFrames = 4096;

  Link(LinkId id, LinkPeer peer, certs::PeerIdentity identity, std::shared_ptr<LinkHub> hub);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  LinkId id() const { return id_; }
  const LinkPeer& peer() const { return peer_; }
  const certs::PeerIdentity& identity() const { return identity_; }
  // "br/node-1", for messages.
  std::string Name() const;

  // Reports the link and starts to read. Called once.
  void Open(std::shared_ptr<LinkStream> stream);
  void Send(Priority priority, std::unique_ptr<plenary::v1::Frame> frame,
            const std::string& replaces);
  uint64_t QueuedBytes() const;
  // Sends the alarms that wait, then ends.
  void Close(const absl::Status& why);
  // Ends at once: nothing more is sent to this peer.
  void Cut(const absl::Status& why);

  // From the stream. `frame` is null when nothing more will be read.
  void OnReadDone(std::unique_ptr<plenary::v1::Frame> frame);
  void OnWriteDone(bool ok);
  // The connection is gone, also while nothing is read or written.
  void OnBroken();
  // The call is over; `status` is the other side's word, or OK.
  void OnStreamDone(const absl::Status& status);

 private:
  enum class Phase { kOpen, kClosing, kEnded };

  // Starts whatever may start now; called without the lock after each change.
  void Pump();
  void BeginClose(const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DecideToRead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FinishStartingRead();
  void Deliver(std::unique_ptr<plenary::v1::Frame> frame, uint64_t bytes, TransportEvents& events);

  const LinkId id_;
  const LinkPeer peer_;
  const certs::PeerIdentity identity_;
  const std::shared_ptr<LinkHub> hub_;

  mutable absl::Mutex mutex_;
  std::shared_ptr<LinkStream> stream_ ABSL_GUARDED_BY(mutex_);  // null before and after the call
  Phase phase_ ABSL_GUARDED_BY(mutex_) = Phase::kOpen;
  absl::Status why_ ABSL_GUARDED_BY(mutex_);
  Outbox outbox_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool writable_wanted_ ABSL_GUARDED_BY(mutex_) = false;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  int starting_reads_ ABSL_GUARDED_BY(mutex_) = 0;  // between the decision and the call
  bool read_ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool released_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t inbox_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t inbox_frames_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace plenary::node
