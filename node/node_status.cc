// What the node shows of itself between two drains.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/node.h"

namespace plenary::node {
namespace {

LogStatus DescribeLog(const sync::Replicator& replicator, const sync::LogReplica& log) {
  LogStatus status;
  status.origin = log.origin();
  status.member = log.member();
  status.number = log.number();
  for (const auto& segment : log.record().segments()) {
    status.segments.emplace_back(segment.from(), segment.branch());
  }
  status.size = log.record().size();
  status.signed_size = log.checkpoint().state.size;
  status.final_size = log.final_checkpoint().state.size;
  status.checkpoint = log.checkpoint().note;
  status.final_checkpoint = log.final_checkpoint().note;
  status.cosigned_by = log.checkpoint().cosigned_by;
  for (const Roster* roster : replicator.InPlay(log)) {
    status.quorum = std::max(status.quorum, roster->QuorumFor(log.member()).quorum);
  }
  status.peers = replicator.trust().newest().PeersOf(log.member());
  status.abstains = log.abstains();
  status.mute = log.abstains() && replicator.now_ms() < replicator.mute_until_ms();
  status.frozen = replicator.frozen().contains(log.origin());
  for (const auto& [link, session] : replicator.sessions()) {
    if (session.fetching.contains(log.origin())) status.source = session.member;
  }
  const sync::LogOwner* owner = replicator.owner();
  if (owner == nullptr || &log != replicator.own_log()) return status;
  status.own = true;
  status.phase = std::string(sync::PhaseName(owner->phase()));
  for (const auto& [member, size] : owner->acknowledged()) {
    if (size >= status.size) status.acknowledged_by.push_back(member);
  }
  return status;
}

PeerStatus DescribeDial(const sync::DialState& state) {
  PeerStatus peer;
  peer.member = state.endpoint.member;
  peer.node = state.endpoint.node;
  peer.address = state.endpoint.address;
  peer.last_error = state.last_error;
  return peer;
}

void DescribeOwner(const sync::LogOwner& owner, const sync::Trust& trust, NodeStatus& status) {
  status.incarnation = owner.incarnation().counter;
  status.phase_since_ms = owner.since_ms();
  if (owner.active()) return;
  status.not_ready_because.push_back(
      absl::StrCat("the own log is ", sync::PhaseName(owner.phase())));
  if (owner.phase() == sync::OwnerPhase::kAdopting) {
    if (!owner.adopting_from().empty()) status.waits_for.push_back(owner.adopting_from());
    return;
  }
  const auto& own = *status.own_origin;
  for (const std::string& peer : trust.newest().PeersOf(status.Find(own)->member)) {
    if (!owner.answers().contains(peer)) status.waits_for.push_back(peer);
  }
}

}  // namespace

void Node::Publish() {
  auto status = std::make_shared<NodeStatus>();
  const sync::Replicator& replicator = *replicator_;
  for (const auto& [origin, log] : replicator.logs()) {
    status->logs.push_back(DescribeLog(replicator, *log));
  }
  std::map<std::string, PeerStatus> peers;
  for (const auto& [id, state] : replicator.dialer().states()) peers[id] = DescribeDial(state);
  for (const auto& [link, session] : replicator.sessions()) {
    PeerStatus& peer = peers[session.FullId()];
    peer.member = session.member;
    peer.node = session.node;
    peer.connected = session.open;
    peer.dialled = session.dialled;
    peer.software = session.software;
    peer.last_contact_ms = session.received_ms;
    peer.heads = session.heads;
    peer.abstains = session.abstains;
  }
  for (const auto& [id, ended] : replicator.ended()) {
    PeerStatus& peer = peers[id];
    if (peer.connected) continue;
    peer.member = id.substr(0, id.find('/'));
    peer.node = id.substr(id.find('/') + 1);
    peer.last_contact_ms = ended.at_ms;
    if (peer.last_error.ok()) peer.last_error = ended.why;
  }
  for (auto& [id, peer] : peers) {
    peer.not_asked = replicator.pauses().Of(id, replicator.now_ms());
    status->peers.push_back(std::move(peer));
  }
  const sync::LogReplica* own = replicator.own_log();
  if (own != nullptr) status->own_origin = own->origin();
  const sync::LogOwner* owner = replicator.owner();
  if (owner == nullptr) status->not_ready_because.push_back("no log of its own to write");
  if (owner != nullptr) DescribeOwner(*owner, replicator.trust(), *status);
  status->ready = status->not_ready_because.empty();
  status->now_ms = environment_.clock->MonotonicMs();
  status->roster_version = replicator.trust().newest().version();
  status->roster_digest = replicator.trust().newest().digest();
  status->genesis = replicator.trust().rosters().genesis();
  status->store = replicator.self().store;
  status->waiting = queue_.size();
  status->view_sizes = view_->sizes();
  std::shared_ptr<const NodeStatus> shown = std::move(status);
  {
    const absl::MutexLock lock(&published_mutex_);
    published_ = shown;
    if (published_trust_ == nullptr || trust_stale_) {
      published_trust_ = std::make_shared<const sync::Trust>(replicator.trust());
      trust_stale_ = false;
    }
  }
  if (on_status_) on_status_(*shown);
}

}  // namespace plenary::node
