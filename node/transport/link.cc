#include "node/transport/link.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/status.h"
#include "node/transport/link_hub.h"

namespace plenary::node {
namespace {

// Frames up to this size are worth sending together with the next one.
constexpr uint64_t kSmallFrameBytes = uint64_t{16} << 10;

std::string Number(uint64_t number) { return absl::StrCat(number); }

}  // namespace

Link::Link(LinkId id, LinkPeer peer, certs::PeerIdentity identity, std::shared_ptr<LinkHub> hub)
    : id_(id), peer_(std::move(peer)), identity_(std::move(identity)), hub_(std::move(hub)) {}

std::string Link::Name() const { return absl::StrCat(peer_.member, "/", peer_.node); }

void Link::Open(std::shared_ptr<LinkStream> stream) {
  bool cut_before = false;
  {
    absl::MutexLock lock(&mutex_);
    stream_ = stream;
    cut_before = phase_ != Phase::kOpen;
    hub_->Post([id = id_, peer = peer_](TransportEvents& events) { events.OnLinkUp(id, peer); });
    DecideToRead();
  }
  if (cut_before) stream->Cancel();
  FinishStartingRead();
}

void Link::DecideToRead() {
  reading_ = true;
  ++starting_reads_;
}

// Starts the read that was decided on under the lock. Until then the stream cannot be ended.
void Link::FinishStartingRead() {
  std::shared_ptr<LinkStream> stream;
  {
    absl::MutexLock lock(&mutex_);
    stream = stream_;
  }
  stream->ReadFrame();
  {
    absl::MutexLock lock(&mutex_);
    --starting_reads_;
  }
  Pump();
}

void Link::Send(Priority priority, std::unique_ptr<plenary::v1::Frame> frame,
                const std::string& replaces) {
  absl::Status stalled;
  {
    absl::MutexLock lock(&mutex_);
    if (phase_ != Phase::kOpen) return;
    outbox_.Push(priority, std::move(frame), replaces);
    if (outbox_.bytes() >= kOutboxLowBytes) writable_wanted_ = true;
    if (outbox_.urgent_bytes() > kOutboxUrgentBytes) {
      stalled = MakeError(Reason::STALLED,
                          absl::StrCat("link with ", Name(), ": expected at most ",
                                       kOutboxUrgentBytes, " bytes of news to wait for it, got ",
                                       outbox_.urgent_bytes(), ": it does not read"),
                          {{"member", peer_.member}, {"node", peer_.node}});
    }
  }
  if (stalled.ok()) {
    Pump();
  } else {
    Cut(stalled);
  }
}

uint64_t Link::QueuedBytes() const {
  absl::MutexLock lock(&mutex_);
  return outbox_.bytes();
}

// What waits for the peer is dropped but for alarms; what the peer still sends is read and dropped,
// so that it can end its half.
void Link::BeginClose(const absl::Status& why) {
  if (phase_ != Phase::kOpen) return;
  phase_ = Phase::kClosing;
  why_ = why;
  outbox_.KeepAlarmsOnly();
  hub_->PostAfter(Transport::kCloseMs, [weak = weak_from_this()] {
    const std::shared_ptr<Link> link = weak.lock();
    if (link == nullptr) return;
    std::shared_ptr<LinkStream> stream;
    {
      absl::MutexLock lock(&link->mutex_);
      stream = link->stream_;
    }
    if (stream != nullptr) stream->Cancel();
  });
}

void Link::Close(const absl::Status& why) {
  {
    absl::MutexLock lock(&mutex_);
    BeginClose(why);
  }
  Pump();
}

void Link::Cut(const absl::Status& why) {
  std::shared_ptr<LinkStream> to_cancel;
  {
    absl::MutexLock lock(&mutex_);
    BeginClose(why);
    outbox_.Clear();
    // The dialler's side cannot tell the other why; and a write that is under way may never end.
    if (peer_.dialled || writing_) to_cancel = stream_;
  }
  if (to_cancel != nullptr) to_cancel->Cancel();
  Pump();
}

void Link::Pump() {
  std::shared_ptr<LinkStream> stream;
  std::unique_ptr<plenary::v1::Frame> frame;
  bool more_follows = false;
  bool start_read = false;
  bool end = false;
  bool release = false;
  absl::Status why;
  {
    absl::MutexLock lock(&mutex_);
    if (stream_ == nullptr) return;
    stream = stream_;
    if (!writing_ && phase_ != Phase::kEnded) frame = outbox_.Pop();
    if (frame != nullptr) {
      writing_ = true;
      more_follows = !outbox_.empty() && outbox_.next_bytes() <= kSmallFrameBytes;
    }
    const bool paused = !reading_ && !read_ended_;
    if (paused && phase_ == Phase::kClosing) {
      start_read = true;
      DecideToRead();
    }
    if (phase_ == Phase::kClosing && !writing_ && starting_reads_ == 0) {
      phase_ = Phase::kEnded;
      end = true;
      why = why_;
    }
    if (phase_ == Phase::kEnded && !writing_ && !reading_ && !released_) {
      release = released_ = true;
    }
  }
  if (frame != nullptr) stream->WriteFrame(std::move(frame), more_follows);
  if (end) stream->End(why);
  if (release) stream->Release();
  if (start_read) FinishStartingRead();
}

void Link::OnReadDone(std::unique_ptr<plenary::v1::Frame> frame) {
  bool read_on = false;
  {
    absl::MutexLock lock(&mutex_);
    reading_ = false;
    if (frame == nullptr) {
      read_ended_ = true;
      // The status, when it comes, says more than that.
      outbox_.Clear();
      BeginClose(absl::OkStatus());
    } else if (const uint64_t bytes = frame->ByteSizeLong(); bytes > kMaxFrameBytes) {
      BeginClose(
          MakeError(Reason::TOO_LARGE,
                    absl::StrCat("frame from ", Name(), ": expected at most ", kMaxFrameBytes,
                                 " bytes, got ", bytes),
                    {{"member", peer_.member}, {"node", peer_.node}, {"bytes", Number(bytes)}}));
    } else if (phase_ == Phase::kOpen) {
      inbox_bytes_ += bytes;
      ++inbox_frames_;
      // Posted under the lock: frames reach the loop in their order.
      hub_->Post([self = shared_from_this(), frame = std::move(frame),
                  bytes](TransportEvents& events) mutable {
        self->Deliver(std::move(frame), bytes, events);
      });
    }
    const bool room = inbox_bytes_ < kInboxBytes && inbox_frames_ < kInboxFrames;
    // After the end a server's call takes no operation; a dialler reads on to the status.
    read_on = !read_ended_ && (phase_ == Phase::kOpen ? room : peer_.dialled);
    if (read_on) DecideToRead();
  }
  if (read_on) {
    FinishStartingRead();
  } else {
    Pump();
  }
}

// On the loop.
void Link::Deliver(std::unique_ptr<plenary::v1::Frame> frame, uint64_t bytes,
                   TransportEvents& events) {
  bool wanted = false;
  {
    absl::MutexLock lock(&mutex_);
    // What the peer said before it ended the link still counts; after our own word nothing does.
    wanted = why_.ok();
  }
  if (wanted) events.OnFrame(id_, std::move(frame));
  bool resume = false;
  {
    absl::MutexLock lock(&mutex_);
    inbox_bytes_ -= bytes;
    --inbox_frames_;
    // Half the room must be free again, so that reading does not start and stop at every frame.
    resume = phase_ == Phase::kOpen && !reading_ && !read_ended_ &&
             inbox_bytes_ <= kInboxBytes / 2 && inbox_frames_ <= kInboxFrames / 2;
    if (resume) DecideToRead();
  }
  if (resume) FinishStartingRead();
}

void Link::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) {
      outbox_.Clear();
      BeginClose(absl::OkStatus());
    } else if (writable_wanted_ && phase_ == Phase::kOpen && outbox_.bytes() < kOutboxLowBytes) {
      writable_wanted_ = false;
      hub_->Post([id = id_](TransportEvents& events) { events.OnWritable(id); });
    }
  }
  Pump();
}

void Link::OnBroken() {
  {
    absl::MutexLock lock(&mutex_);
    outbox_.Clear();
    BeginClose(absl::OkStatus());
  }
  Pump();
}

void Link::OnStreamDone(const absl::Status& status) {
  absl::Status why;
  {
    absl::MutexLock lock(&mutex_);
    stream_ = nullptr;
    phase_ = Phase::kEnded;
    outbox_.Clear();
    why = why_;
  }
  if (why.ok() && ReasonOf(status).has_value()) {
    why = Annotate(status, absl::StrCat(Name(), " ended the link"));
  } else if (why.ok()) {
    why = MakeError(Reason::UNAVAILABLE,
                    absl::StrCat("link with ", Name(), ": ",
                                 status.ok() ? "the other side ended it" : status.message()),
                    {{"member", peer_.member}, {"node", peer_.node}});
  }
  hub_->Remove(*this);
  hub_->Post([id = id_, why](TransportEvents& events) { events.OnLinkDown(id, why); });
}

}  // namespace plenary::node
