#include "tests/simulation/sim_network.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/status.h"
#include "tests/simulation/describe_frame.h"

namespace plenary::testing {
namespace {

constexpr size_t kMaxSaid = 2'000;

absl::Status Unavailable(absl::string_view what) { return MakeError(Reason::UNAVAILABLE, what); }

}  // namespace

SimTransport::SimTransport(SimNetwork& network, SimExecutor& executor, std::string machine,
                           std::string member, std::string node, std::string address)
    : network_(network),
      executor_(executor),
      machine_(std::move(machine)),
      member_(std::move(member)),
      node_(std::move(node)),
      address_(std::move(address)) {}

SimTransport::~SimTransport() { Stop(); }

absl::Status SimTransport::Start(node::TransportEvents* events) {
  events_ = events;
  if (!address_.empty()) network_.listening_[address_] = this;
  return absl::OkStatus();
}

void SimTransport::Dial(uint64_t dial, const std::string&, const std::string&,
                        const std::string& address) {
  network_.Dial(*this, dial, address);
}

void SimTransport::Send(node::LinkId link, node::Priority priority,
                        std::unique_ptr<v1::Frame> frame, const std::string& replaces) {
  const auto at = links_.find(link);
  if (at == links_.end()) return;
  if (on_send_) on_send_(*frame);
  network_.Remember(*frame);
  Pipe& pipe = at->second.link->pipes[at->second.side];
  pipe.outbox.Push(priority, std::move(frame), replaces);
  if (pipe.outbox.urgent_bytes() > node::kOutboxUrgentBytes) {
    return Close(link, MakeError(Reason::STALLED, "link: its peer does not read"));
  }
  pipe.was_high |= pipe.outbox.bytes() >= node::kOutboxLowBytes;
  network_.Pump(at->second.link, at->second.side);
}

uint64_t SimTransport::QueuedBytes(node::LinkId link) const {
  const auto at = links_.find(link);
  return at == links_.end() ? 0 : at->second.link->pipes[at->second.side].outbox.bytes();
}

void SimTransport::Close(node::LinkId link, const absl::Status& why) {
  const auto at = links_.find(link);
  if (at == links_.end()) return;
  const End end = at->second;
  Pipe& pipe = end.link->pipes[end.side];
  pipe.outbox.KeepAlarmsOnly();
  while (auto frame = pipe.outbox.Pop()) network_.Fly(end.link, end.side, std::move(frame));
  network_.Fly(end.link, end.side, nullptr);
  network_.Forget(end.link, end.side);
  executor_.PostInternal([this, link, why] {
    if (events_ != nullptr) events_->OnLinkDown(link, why);
  });
}

void SimTransport::Stop() {
  if (!address_.empty() && network_.listening_[address_] == this) {
    network_.listening_.erase(address_);
  }
  events_ = nullptr;
  const std::map<node::LinkId, End> links = links_;
  for (const auto& [id, end] : links) {
    // What the machine's network still had may arrive or not.
    auto& in_flight = end.link->pipes[end.side].in_flight;
    if (network_.dice_.Percent(50)) in_flight.clear();
    network_.Fly(end.link, end.side, nullptr);
    network_.Forget(end.link, end.side);
  }
}

void SimNetwork::Partition(std::map<std::string, int> groups) {
  groups_ = std::move(groups);
  if (options_.partitions_stall) return;
  std::vector<std::shared_ptr<Link>> cut;
  for (const auto& [id, weak] : links_) {
    const auto link = weak.lock();
    if (link != nullptr && !Reachable(link->machines[0], link->machines[1])) cut.push_back(link);
  }
  for (const auto& link : cut) Break(link);
}

bool SimNetwork::Reachable(const std::string& a, const std::string& b) const {
  const auto group = [&](const std::string& machine) {
    const auto at = groups_.find(machine);
    return at == groups_.end() ? 0 : at->second;
  };
  return group(a) == group(b);
}

std::vector<std::shared_ptr<SimNetwork::Link>> SimNetwork::Standing() const {
  std::vector<std::shared_ptr<Link>> links;
  for (const auto& [id, weak] : links_) {
    const auto link = weak.lock();
    if (link != nullptr && link->ends[0] != nullptr && link->ends[1] != nullptr) {
      links.push_back(link);
    }
  }
  return links;
}

void SimNetwork::CutOne() {
  const std::vector<std::shared_ptr<Link>> links = Standing();
  if (!links.empty()) Break(dice_.Pick(links));
}

void SimNetwork::Remember(const v1::Frame& frame) {
  if (!frame.has_statement() && !frame.has_checkpoint() && !frame.has_refusal()) return;
  if (said_.size() < kMaxSaid) {
    said_.push_back(frame);
  } else {
    said_[dice_.Below(kMaxSaid)] = frame;
  }
}

void SimNetwork::RepeatSome(uint64_t frames) {
  const std::vector<std::shared_ptr<Link>> links = Standing();
  if (links.empty() || said_.empty()) return;
  for (uint64_t i = 0; i < frames; ++i) {
    const std::shared_ptr<Link>& link = dice_.Pick(links);
    const int side = dice_.Percent(50) ? 0 : 1;
    // A session's first frame is its Hello.
    if (!link->pipes[side].greeted) continue;
    Fly(link, side, std::make_unique<v1::Frame>(dice_.Pick(said_)));
  }
}

void SimNetwork::Break(const std::shared_ptr<Link>& link) {
  for (const int side : {0, 1}) {
    link->pipes[side].in_flight.clear();
    const int64_t at_ms = timeline_.now_ms() + dice_.Between(0, 3'000);
    timeline_.At(at_ms, [this, link, side] { TellEnd(link, side, Unavailable("link: it broke")); });
  }
}

void SimNetwork::Dial(SimTransport& from, uint64_t dial, const std::string& address) {
  const int64_t at_ms = timeline_.now_ms() + options_.delay_ms + dice_.Between(0, 50);
  timeline_.At(at_ms, [this, alive = std::weak_ptr<bool>(from.alive_), &from, dial, address] {
    if (alive.expired()) return;
    const auto at = listening_.find(address);
    const bool refused = at == listening_.end() ||
                         !Reachable(from.machine_, at->second->machine_) ||
                         dice_.Percent(options_.dial_failure_percent);
    if (!refused) return Connect(from, *at->second, dial, address);
    from.executor_.PostInternal([&from, dial] {
      if (from.events_ != nullptr) from.events_->OnDialFailed(dial, Unavailable("dial: no answer"));
    });
  });
}

void SimNetwork::Connect(SimTransport& from, SimTransport& to, uint64_t dial,
                         const std::string& address) {
  size_t of_member = 0;
  for (const auto& [id, end] : to.links_) {
    const SimTransport* other = end.link->ends[1 - end.side];
    of_member += other != nullptr && other->member_ == from.member_ ? 1 : 0;
  }
  if (of_member >= node::Transport::kLinksPerMember) {
    from.executor_.PostInternal([&from, dial] {
      if (from.events_ != nullptr) {
        from.events_->OnDialFailed(dial, MakeError(Reason::BUSY, "dial: too many links"));
      }
    });
    return;
  }
  const auto link = std::make_shared<Link>();
  SimTransport* const ends[2] = {&from, &to};
  link->delay_ms = 1 + static_cast<int64_t>(dice_.Below(static_cast<uint64_t>(options_.delay_ms)));
  link->jitter_ms = static_cast<int64_t>(dice_.Below(static_cast<uint64_t>(options_.jitter_ms)));
  for (const int side : {0, 1}) {
    SimTransport& self = *ends[side];
    link->ends[side] = &self;
    link->machines[side] = self.machine_;
    link->ids[side] = next_link_++;
    links_[link->ids[side]] = link;
    self.links_[link->ids[side]] = {link, side};
  }
  trace_.Line(timeline_.now_ms(), absl::StrCat("link ", from.machine_, " ", to.machine_));
  for (const int side : {0, 1}) {
    SimTransport& self = *ends[side];
    const SimTransport& other = *ends[1 - side];
    node::LinkPeer peer{other.member_, other.node_, side == 0, address};
    self.executor_.PostInternal([&self, id = link->ids[side], peer = std::move(peer)] {
      if (self.links_.contains(id)) self.events_->OnLinkUp(id, peer);
    });
  }
}

void SimNetwork::Pump(const std::shared_ptr<Link>& link, int side) {
  SimTransport::Pipe& pipe = link->pipes[side];
  if (pipe.pumping || pipe.outbox.empty()) return;
  pipe.pumping = true;
  // Now and then the peer reads slowly, and newer frames take the place of older ones.
  const int64_t wait_ms = dice_.Percent(3) ? dice_.Between(10, 200) : 0;
  timeline_.At(timeline_.now_ms() + wait_ms, [this, link, side] {
    SimTransport::Pipe& sender = link->pipes[side];
    sender.pumping = false;
    SimTransport* self = link->ends[side];
    if (self == nullptr || sender.outbox.empty()) return;
    Fly(link, side, sender.outbox.Pop());
    if (sender.was_high && sender.outbox.bytes() < node::kOutboxLowBytes) {
      sender.was_high = false;
      self->executor_.PostInternal([self, id = link->ids[side]] {
        if (self->links_.contains(id)) self->events_->OnWritable(id);
      });
    }
    Pump(link, side);
  });
}

void SimNetwork::Fly(const std::shared_ptr<Link>& link, int side,
                     std::unique_ptr<v1::Frame> frame) {
  SimTransport::Pipe& pipe = link->pipes[side];
  pipe.greeted = true;
  const int64_t arrival = timeline_.now_ms() + link->delay_ms + dice_.Between(0, link->jitter_ms);
  pipe.last_arrival_ms = std::max(pipe.last_arrival_ms, arrival);
  pipe.in_flight.emplace_back(pipe.last_arrival_ms, std::move(frame));
  if (pipe.delivering) return;
  pipe.delivering = true;
  timeline_.At(pipe.in_flight.front().first, [this, link, side] { Deliver(link, side); });
}

void SimNetwork::Deliver(const std::shared_ptr<Link>& link, int side) {
  SimTransport::Pipe& pipe = link->pipes[side];
  SimTransport* receiver = link->ends[1 - side];
  if (receiver == nullptr || pipe.in_flight.empty()) {
    pipe.in_flight.clear();
    pipe.delivering = false;
    return;
  }
  if (!Reachable(link->machines[0], link->machines[1])) {
    const int64_t again_ms = timeline_.now_ms() + dice_.Between(50, 500);
    timeline_.At(again_ms, [this, link, side] { Deliver(link, side); });
    return;
  }
  std::unique_ptr<v1::Frame> frame = std::move(pipe.in_flight.front().second);
  pipe.in_flight.pop_front();
  if (frame == nullptr) {
    TellEnd(link, 1 - side, Unavailable("link: the peer ended it"));
  } else {
    const std::string text =
        absl::StrCat(link->machines[side], " > ", link->machines[1 - side], " ",
                     Sha256(frame->SerializeAsString()).Hex().substr(0, 8));
    trace_.Line(timeline_.now_ms(), text, trace_.prints() ? " " + DescribeFrame(*frame) : "");
    auto shared = std::make_shared<std::unique_ptr<v1::Frame>>(std::move(frame));
    receiver->executor_.PostInternal([receiver, id = link->ids[1 - side], shared] {
      if (receiver->links_.contains(id)) receiver->events_->OnFrame(id, std::move(*shared));
    });
  }
  if (pipe.in_flight.empty()) {
    pipe.delivering = false;
    return;
  }
  timeline_.At(pipe.in_flight.front().first, [this, link, side] { Deliver(link, side); });
}

void SimNetwork::Forget(const std::shared_ptr<Link>& link, int side) {
  SimTransport* self = link->ends[side];
  link->ends[side] = nullptr;
  links_.erase(link->ids[side]);
  self->links_.erase(link->ids[side]);
}

// In its turn: what the peer said before is heard first.
void SimNetwork::TellEnd(const std::shared_ptr<Link>& link, int side, const absl::Status& why) {
  SimTransport* self = link->ends[side];
  if (self == nullptr) return;
  self->executor_.PostInternal([this, self, link, side, why] {
    if (link->ends[side] == nullptr) return;
    Forget(link, side);
    self->events_->OnLinkDown(link->ids[side], why);
  });
}

}  // namespace plenary::testing
