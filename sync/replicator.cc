#include "sync/replicator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary::sync {
namespace {

constexpr uint32_t kProtocolVersion = 1;
constexpr int64_t kCompareMs = 30'000;
constexpr int64_t kSilenceMs = 90'000;
constexpr size_t kMaxRemembered = 1'000;
constexpr size_t kMaxSessionsPerMember = 4;

}  // namespace

Replicator::Replicator(Self self, Trust trust, Chance& chance, const Holdings& holdings)
    : self_(std::move(self)),
      trust_(std::move(trust)),
      chance_(chance),
      holdings_(holdings),
      dialer_(chance) {}

Replicator::~Replicator() = default;

absl::Status Replicator::Load(const std::vector<node::v1::LogRecord>& records) {
  for (const node::v1::LogRecord& record : records) {
    ASSIGN_OR_RETURN(LogReplica replica, LogReplica::Load(record, holdings_));
    auto owned = std::make_unique<LogReplica>(std::move(replica));
    next_log_ = std::max(next_log_, owned->number() + 1);
    logs_[owned->origin()] = std::move(owned);
  }
  return absl::OkStatus();
}

void Replicator::Start(Instant now, Effects& effects) {
  now_ = now;
  started_ms_ = now.monotonic_ms;
  mute_until_ms_ = self_.first ? 0 : now.monotonic_ms + kMuteMs;
  next_compare_ms_ = now.monotonic_ms + kCompareMs;
  for (auto& [origin, replica] : logs_) replica->DropLeftovers(effects);
  MakeLogs(now, effects);
  UpdateEndpoints();
  dialer_.Step(now.monotonic_ms, Connected(), effects);
}

LogReplica* Replicator::FindLog(absl::string_view origin) {
  const auto at = logs_.find(std::string(origin));
  return at == logs_.end() ? nullptr : at->second.get();
}

std::vector<LinkId> Replicator::Links() const {
  std::vector<LinkId> links;
  for (const auto& [link, session] : sessions_) links.push_back(link);
  return links;
}

std::map<std::string, LinkId> Replicator::Connected() const {
  std::map<std::string, LinkId> connected;
  for (const auto& [link, session] : sessions_) {
    connected[session.FullId()] = link;
    connected[session.member + "/"] = link;  // for an endpoint that names no node
  }
  return connected;
}

void Replicator::UpdateEndpoints() {
  std::map<std::string, Endpoint> endpoints;
  for (const auto& [member, cards] : trust_.cards()) {
    for (const auto& endpoint : cards.newest().payload().endpoints()) {
      endpoints[member + "/" + endpoint.node()] = {member, endpoint.node(), endpoint.address()};
    }
  }
  for (const Endpoint& endpoint : self_.endpoints) {
    // For a member as a whole it stands for all that the card says.
    if (endpoint.node.empty()) {
      std::erase_if(endpoints, [&endpoint](const auto& entry) {
        return entry.second.member == endpoint.member;
      });
    }
    endpoints[endpoint.member + "/" + endpoint.node] = endpoint;
  }
  endpoints.erase(self_.member + "/" + self_.node);
  std::vector<Endpoint> wanted;
  for (auto& [id, endpoint] : endpoints) {
    const v1::MemberStatus status = trust_.newest().StatusOf(endpoint.member);
    if (status == v1::MEMBER_STATUS_FULL || status == v1::MEMBER_STATUS_OBSERVER) {
      wanted.push_back(std::move(endpoint));
    }
  }
  dialer_.SetEndpoints(std::move(wanted));
}

void Replicator::Send(LinkId link, Urgency urgency, std::unique_ptr<v1::Frame> frame,
                      std::string replaces, Effects& effects) {
  effects.Send(link, urgency, std::move(frame), std::move(replaces));
}

void Replicator::RememberEnd(const std::string& full_id, const absl::Status& why) {
  if (ReasonOf(why) == Reason::REPLACED) return;
  if (ended_.size() >= kMaxRemembered && !ended_.contains(full_id)) ended_.erase(ended_.begin());
  ended_[full_id] = {why, now_.monotonic_ms};
}

void Replicator::EndSession(LinkId link, const absl::Status& why, Effects& effects) {
  auto frame = std::make_unique<v1::Frame>();
  const auto reason = ReasonOf(why);
  frame->mutable_goodbye()->set_reason(reason.has_value() ? RowOf(*reason).name : "UNAVAILABLE");
  frame->mutable_goodbye()->set_sentence(std::string(why.message()));
  Send(link, Urgency::kAlarm, std::move(frame), "", effects);
  effects.Close(link, why);
}

void Replicator::LinkUp(LinkId link, const std::string& member, const std::string& node,
                        bool dialled, Instant now, Effects& effects) {
  now_ = now;
  Session session;
  session.link = link;
  session.member = member;
  session.node = node;
  session.dialled = dialled;
  session.received_ms = now.monotonic_ms;
  if (!MayKeep(session, effects)) return;
  dialer_.OnUp(session.FullId());
  ended_.erase(session.FullId());
  pauses_.Over(session.FullId());
  const Session& kept = sessions_[link] = std::move(session);

  auto frame = std::make_unique<v1::Frame>();
  v1::Hello& hello = *frame->mutable_hello();
  hello.add_protocol_versions(kProtocolVersion);
  hello.set_genesis(trust_.rosters().genesis().bytes());
  hello.set_member(self_.member);
  hello.set_node(self_.node);
  hello.set_store(self_.store);
  hello.set_software(self_.software);
  hello.mutable_roster()->set_version(trust_.newest().version());
  hello.mutable_roster()->set_digest(trust_.newest().digest().bytes());
  for (const auto& [code, cards] : trust_.cards()) {
    v1::CardHead& head = *hello.add_cards();
    head.set_member(code);
    head.mutable_card()->set_version(cards.newest().version());
    head.mutable_card()->set_digest(cards.newest().digest().bytes());
  }
  for (const auto& [origin, replica] : logs_) {
    if (replica->abstains()) hello.add_abstains(origin);
  }
  Send(kept.link, Urgency::kAlarm, std::move(frame), "", effects);
}

// If both sides dialled, the session dialled by the smaller full node ID stays; the same side
// coming again replaces its old session.
bool Replicator::MayKeep(const Session& session, Effects& effects) {
  const std::string self_id = self_.member + "/" + self_.node;
  if (session.FullId() == self_id) {
    EndSession(session.link, MakeError(Reason::SELF, "session: this is the node itself"), effects);
    return false;
  }
  size_t of_member = 0;
  for (auto& [link, other] : sessions_) {
    if (other.member == session.member) ++of_member;
    if (other.FullId() != session.FullId()) continue;
    const bool ours_stays = self_id < session.FullId();
    const bool keep_old = other.dialled != session.dialled && other.dialled == ours_stays;
    EndSession(keep_old ? session.link : link,
               MakeError(Reason::REPLACED,
                         absl::StrCat("session: one with ", session.FullId(), " stands")),
               effects);
    if (keep_old) return false;
    sessions_.erase(link);
    return true;
  }
  if (of_member >= kMaxSessionsPerMember) {
    EndSession(session.link,
               MakeError(Reason::BUSY, absl::StrCat("session: ", session.member, " has ",
                                                    kMaxSessionsPerMember, " already")),
               effects);
    return false;
  }
  return true;
}

void Replicator::LinkDown(LinkId link, const absl::Status& why, Instant now, Effects& effects) {
  now_ = now;
  const auto at = sessions_.find(link);
  if (at == sessions_.end()) return;
  const std::string id = at->second.FullId();
  effects.Report(EventBecause("session_down", {{"peer", id}}, why));
  sessions_.erase(at);
  RememberEnd(id, why);
  dialer_.OnDown(id, why, now.monotonic_ms);
  ChooseSources(now, effects);
}

void Replicator::DialFailed(uint64_t dial, const absl::Status& why, Instant now, Effects& effects) {
  now_ = now;
  const std::string peer = dialer_.OnFailed(dial, why, now.monotonic_ms);
  effects.Report(EventBecause("dial_failed", {{"peer", peer}}, why));
}

void Replicator::Receive(LinkId link, const v1::Frame& frame, Instant now, Effects& effects) {
  now_ = now;
  const auto at = sessions_.find(link);
  if (at == sessions_.end()) return;
  at->second.received_ms = now.monotonic_ms;
  const absl::Status done = Dispatch(at->second, frame, now, effects);
  if (done.ok()) return;
  const auto still = sessions_.find(link);
  if (still == sessions_.end()) return;
  effects.Report(EventBecause("session_refused", {{"peer", still->second.FullId()}}, done));
  EndSession(link, done, effects);
  RememberEnd(still->second.FullId(), done);
  dialer_.OnDown(still->second.FullId(), done, now.monotonic_ms);
  sessions_.erase(still);
  ChooseSources(now, effects);
}

absl::Status Replicator::Dispatch(Session& session, const v1::Frame& frame, Instant now,
                                  Effects& effects) {
  if (!session.open && frame.kind_case() != v1::Frame::kHello &&
      frame.kind_case() != v1::Frame::kGoodbye) {
    return MakeError(Reason::PROTOCOL_ERROR, "session: expected Hello first");
  }
  switch (frame.kind_case()) {
    case v1::Frame::kHello:
      return OnHello(session, frame.hello(), now, effects);
    case v1::Frame::kHeads:
      return OnHeads(session, frame.heads(), now, effects);
    case v1::Frame::kFetch:
      return OnFetch(session, frame.fetch());
    case v1::Frame::kCommits:
      return OnCommits(session, frame.commits(), now, effects);
    case v1::Frame::kStatement:
      return OnStatement(session, frame.statement(), now, effects);
    case v1::Frame::kCheckpoint:
      return OnCheckpoint(session, frame.checkpoint(), now, effects);
    case v1::Frame::kRefusal:
      return OnRefusal(session, frame.refusal(), now, effects);
    case v1::Frame::kRoster:
      return OnRoster(session, frame.roster(), now, effects);
    case v1::Frame::kCard:
      return OnCard(session, frame.card(), now, effects);
    case v1::Frame::kGetRoster:
      OnGetRoster(session, frame.get_roster(), effects);
      break;
    case v1::Frame::kGetCard:
      OnGetCard(session, frame.get_card(), effects);
      break;
    case v1::Frame::kEvidence:
      return OnEvidence(session, frame.evidence(), effects);
    case v1::Frame::kPing:
      OnPing(session, frame.ping(), effects);
      break;
    case v1::Frame::kGoodbye: {
      const ReasonRow* row = FindReason(frame.goodbye().reason());
      return MakeError(row == nullptr ? Reason::UNAVAILABLE : row->reason,
                       absl::StrCat("peer ended the session: ", frame.goodbye().sentence()));
    }
    // A newer release may send what this one does not know.
    case v1::Frame::KIND_NOT_SET:
      break;
  }
  return absl::OkStatus();
}

absl::Status Replicator::OnHello(Session& session, const v1::Hello& hello, Instant now,
                                 Effects& effects) {
  const auto& versions = hello.protocol_versions();
  if (std::find(versions.begin(), versions.end(), kProtocolVersion) == versions.end()) {
    return MakeError(Reason::PROTOCOL_VERSION, "hello: expected protocol version 1 to be offered");
  }
  if (hello.genesis() != trust_.rosters().genesis().view()) {
    return MakeError(Reason::WRONG_GENESIS, "hello: the peer belongs to another federation");
  }
  if (hello.member() != session.member || hello.node() != session.node) {
    return MakeError(Reason::WRONG_IDENTITY, "hello: names another node than the certificate");
  }
  if (hello.store().size() != 16) {
    return MakeError(Reason::BAD_STORE, "hello: expected a store id of 16 bytes");
  }
  if (session.open) return MakeError(Reason::PROTOCOL_ERROR, "hello: came twice");
  session.open = true;
  session.store = hello.store();
  session.software = hello.software().substr(0, 100);
  session.abstains.insert(hello.abstains().begin(), hello.abstains().end());
  session.roster_version = hello.roster().version();
  for (const v1::CardHead& head : hello.cards()) {
    session.card_versions[head.member()] = head.card().version();
  }
  effects.Report(
      {"session_up", {{"peer", session.FullId()}, {"dialled", session.dialled ? "yes" : "no"}}});
  AskForTrust(session, effects);
  for (const auto& [key, evidence] : evidence_) {
    auto frame = std::make_unique<v1::Frame>();
    frame->mutable_evidence()->set_evidence(evidence);
    Send(session.link, Urgency::kAlarm, std::move(frame), "", effects);
  }
  SendHeads(session, effects);
  Resend(session, effects);
  ChooseSources(now, effects);
  return absl::OkStatus();
}

void Replicator::OnPing(Session& session, const v1::Ping& ping, Effects& effects) {
  if (ping.reply()) return;
  auto frame = std::make_unique<v1::Frame>();
  frame->mutable_ping()->set_number(ping.number());
  frame->mutable_ping()->set_reply(true);
  Send(session.link, Urgency::kFinality, std::move(frame), "ping", effects);
}

void Replicator::Tick(Instant now, Effects& effects) {
  now_ = now;
  dialer_.Step(now.monotonic_ms, Connected(), effects);
  std::vector<LinkId> silent;
  for (const auto& [link, session] : sessions_) {
    if (now.monotonic_ms - session.received_ms > kSilenceMs) silent.push_back(link);
  }
  for (const LinkId link : silent) {
    const absl::Status why = MakeError(Reason::STALLED, "session: nothing came for 90 s");
    EndSession(link, why, effects);
    dialer_.OnDown(sessions_.at(link).FullId(), why, now.monotonic_ms);
    sessions_.erase(link);
  }
  if (now.monotonic_ms >= next_compare_ms_) {
    next_compare_ms_ = now.monotonic_ms + kCompareMs;
    for (auto& [link, session] : sessions_) {
      if (!session.open) continue;
      SendHeads(session, effects);
      Resend(session, effects);
    }
    advance_all_ = true;
  }
  ChooseSources(now, effects);
}

void Replicator::BeforeWrite(Instant now, Effects& effects) {
  now_ = now;
  if (advance_all_) {
    advance_all_ = false;
    for (auto& [origin, replica] : logs_) Advance(*replica, now, effects);
  }
  if (owner_ != nullptr) {
    owner_->Step(now, holdings_, effects);
    if (!owner_->recovers()) EndOwnFetch(effects);
    if (owner_->phase() == OwnerPhase::kAdopting) ChooseSources(now, effects);
    NoteFinality(*own_, effects);
    if (owner_->phase() == OwnerPhase::kAdopting) AskForLacks(*own_, effects);
    SendOwner(effects);
  }
  for (auto& [origin, replica] : logs_) replica->Save(effects);
  int64_t wake = std::min(dialer_.WakeAt(), next_compare_ms_);
  if (owner_ != nullptr) wake = std::min(wake, owner_->WakeAt());
  for (const auto& [link, session] : sessions_) {
    for (const auto& [origin, fetching] : session.fetching) {
      const auto log = logs_.find(origin);
      if (log != logs_.end() && Lacks(*log->second))
        wake = std::min(wake, now.monotonic_ms + 1'000);
    }
  }
  if (mute_until_ms_ > now.monotonic_ms) wake = std::min(wake, mute_until_ms_);
  effects.WakeAt(wake);
}

void Replicator::AfterWrite() {
  for (auto& [origin, replica] : logs_) replica->Written();
}

absl::Status Replicator::JoinLog(const std::string& origin) {
  LogReplica* replica = FindLog(origin);
  if (replica == nullptr) {
    return MakeError(Reason::NOT_FOUND, absl::StrCat("log ", origin, ": no card names it"));
  }
  replica->TakePart();
  return absl::OkStatus();
}

}  // namespace plenary::sync
