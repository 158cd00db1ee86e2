// The part of AdminService that tells: the node, its peers, its logs, the view's digest.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "certs/certificate.h"
#include "ledger/checkpoint.h"
#include "ledger/shared_keys.h"
#include "ledger/sight.h"
#include "ledger/status.h"
#include "node/services/admin_service.h"
#include "node/services/log_reader.h"
#include "node/services/shown_records.h"
#include "node/view/reader.h"

namespace plenary::node {
namespace {

namespace api = ::plenary::v1;

void SetTime(absl::Time time, google::protobuf::Timestamp& shown) {
  shown.set_seconds(absl::ToUnixSeconds(time));
}

api::NodeState StateOf(const NodeStatus& status) {
  const LogStatus* own = status.own_origin.has_value() ? status.Find(*status.own_origin) : nullptr;
  if (own == nullptr || !own->own) return api::NODE_STATE_FOLLOWER;
  if (own->phase == "active") return api::NODE_STATE_ACTIVE;
  return own->phase == "fenced" || own->phase == "frozen" ? api::NODE_STATE_FENCED
                                                          : api::NODE_STATE_RECOVERING;
}

void AddCondition(const char* name, const absl::Status& status,
                  api::GetNodeStatusResponse& response) {
  api::Condition& condition = *response.add_conditions();
  condition.set_name(name);
  condition.set_good(status.ok());
  if (status.ok()) return;
  condition.set_sentence(std::string(status.message()));
  const auto reason = ReasonOf(status);
  if (!reason.has_value()) return;
  condition.set_reason(RowOf(*reason).name);
  condition.set_remedy(RowOf(*reason).remedy);
}

void FillReason(const absl::Status& error, api::PeerStatus& shown) {
  if (error.ok()) return;
  shown.set_sentence(std::string(error.message()));
  const auto reason = ReasonOf(error);
  if (!reason.has_value()) return;
  shown.set_reason(RowOf(*reason).name);
  shown.set_remedy(RowOf(*reason).remedy);
}

// Of a peer that is connected, and is not asked for some log: the log for longest.
absl::Status WhyNotAsked(const PeerStatus& peer, const NodeStatus& status) {
  const sync::Pause* longest = nullptr;
  std::string text;
  for (const auto& [origin, pause] : peer.not_asked) {
    if (longest != nullptr && pause.until_ms <= longest->until_ms) continue;
    longest = &pause;
    text = absl::StrCat("not asked for log ", origin, " for another ",
                        (pause.until_ms - status.now_ms + 999) / 1'000, " s");
  }
  return longest == nullptr ? absl::OkStatus() : Annotate(longest->why, text);
}

void FillPeer(const PeerStatus& peer, const NodeStatus& status, absl::Time now,
              api::PeerStatus& shown) {
  shown.set_member(peer.member);
  shown.set_node(peer.node);
  shown.set_address(peer.address);
  shown.set_dialled_by_us(peer.dialled);
  shown.set_software(peer.software);
  for (const std::string& origin : peer.abstains) shown.add_abstains(origin);
  if (peer.connected) {
    shown.set_state(api::PEER_STATE_CONNECTED);
    FillReason(WhyNotAsked(peer, status), shown);
  } else {
    shown.set_state(peer.address.empty() ? api::PEER_STATE_NO_ENDPOINT
                                         : api::PEER_STATE_BACKING_OFF);
    FillReason(peer.last_error, shown);
  }
  if (peer.last_contact_ms > 0) {
    SetTime(now - absl::Milliseconds(status.now_ms - peer.last_contact_ms),
            *shown.mutable_last_contact_time());
  }
}

void FillLog(const LogStatus& log, const NodeStatus& status, api::LogStatus& shown) {
  api::LogState& state = *shown.mutable_state();
  state.set_origin(log.origin);
  state.set_size(log.size);
  state.set_signed_size(log.signed_size);
  state.set_final_size(log.final_size);
  state.set_frozen(log.frozen);
  uint64_t known = log.size;
  for (const PeerStatus& peer : status.peers) {
    const auto head = peer.heads.find(log.origin);
    if (head != peer.heads.end()) known = std::max(known, head->second.size);
  }
  shown.set_known_size(known);
  std::map<std::string, api::Holding> holdings;
  for (const std::string& member : log.peers) holdings[member].set_member(member);
  for (const PeerStatus& peer : status.peers) {
    if (peer.abstains.contains(log.origin)) holdings[peer.member].set_abstains(true);
  }
  shown.set_part(log.mute       ? api::STORE_PART_MUTE
                 : log.abstains ? api::STORE_PART_ABSTAINS
                                : api::STORE_PART_TAKES_PART);
  shown.set_source(log.source);
  shown.set_quorum(static_cast<uint32_t>(log.quorum));
  shown.set_peers(static_cast<uint32_t>(log.peers.size()));
  for (const std::string& member : log.acknowledged_by) {
    holdings[member].set_acknowledged_size(log.size);
  }
  for (const std::string& member : log.cosigned_by) {
    holdings[member].set_cosigned_size(log.signed_size);
  }
  for (const std::string& member : CosignersOn(log.final_checkpoint)) {
    api::Holding& holding = holdings[member];
    holding.set_cosigned_size(std::max(holding.cosigned_size(), log.final_size));
  }
  for (auto& [member, holding] : holdings) {
    holding.set_member(member);
    *shown.add_holdings() = std::move(holding);
  }
  absl::Status why;
  if (log.frozen) {
    why = MakeError(Reason::LOG_FROZEN, "the log showed two histories");
  } else if (log.final_size < log.size) {
    why = MakeError(Reason::NOT_FINAL,
                    absl::StrCat("final up to ", log.final_size, " of ", log.size, ": cosigned by ",
                                 log.cosigned_by.size(), " members, ", log.quorum, " make it so"));
  } else if (log.size < known) {
    why = MakeError(Reason::STALLED, absl::StrCat(known - log.size, " leaves are to be fetched"));
  }
  if (why.ok()) return;
  shown.set_reason(RowOf(*ReasonOf(why)).name);
  shown.set_sentence(std::string(why.message()));
  shown.set_remedy(RowOf(*ReasonOf(why)).remedy);
}

absl::StatusOr<Digest> DigestFor(const ViewReader& view, const std::vector<std::string>& audience,
                                 const sync::Trust& trust) {
  if (audience.empty()) return view.DigestOf(Sight::Main(), trust);
  if (audience.size() == 1 && audience.front() == "public") {
    return view.DigestOf(Sight::Public(), trust);
  }
  for (const std::string& member : audience) {
    if (!IsMember(member)) {
      return MakeError(Reason::BAD_AUDIENCE, "audience: expected members' codes, or public");
    }
  }
  return view.DigestOf(Sight::List(audience, trust.newest()), trust);
}

}  // namespace

grpc::ServerUnaryReactor* AdminServer::GetNodeStatus(grpc::CallbackServerContext* context,
                                                     const api::GetNodeStatusRequest*,
                                                     api::GetNodeStatusResponse* response) {
  return Answer(service_, Role::kReader, context, [&](const Caller&) -> absl::Status {
    const auto status = service_.node->Status();
    const auto trust = service_.node->HeldTrust();
    response->set_federation(facts_.federation);
    response->set_member(service_.member);
    response->set_node(facts_.node);
    response->set_software(facts_.software);
    response->set_genesis(status->genesis.bytes());
    response->set_store(status->store);
    SetTime(facts_.start_time, *response->mutable_start_time());
    response->set_state(StateOf(*status));
    response->mutable_roster()->set_version(status->roster_version);
    response->mutable_roster()->set_digest(status->roster_digest.bytes());
    if (const Card* card = trust->NewestCard(service_.member)) {
      response->mutable_card()->set_version(card->version());
      response->mutable_card()->set_digest(card->digest().bytes());
    }
    if (const LogStatus* own = status->own_origin ? status->Find(*status->own_origin) : nullptr) {
      const QuorumRule rule = trust->newest().QuorumFor(own->member);
      response->set_origin(own->origin);
      response->set_peers(static_cast<uint32_t>(own->peers.size()));
      response->set_faulty(static_cast<uint32_t>(rule.faulty));
      response->set_quorum(static_cast<uint32_t>(own->quorum));
      response->set_tail_size(own->size - std::min(own->size, own->final_size));
    }
    for (const std::string& peer : status->waits_for) response->add_waits_for(peer);
    response->set_incarnation(status->incarnation);
    if (status->incarnation > 0) {
      SetTime(service_.clock->Now() - absl::Milliseconds(status->now_ms - status->phase_since_ms),
              *response->mutable_state_since_time());
    }
    response->set_waiting_submissions(status->waiting);
    const std::string why = absl::StrJoin(status->not_ready_because, "; ");
    AddCondition("can_sign", status->ready ? absl::OkStatus() : MakeError(Reason::NOT_READY, why),
                 *response);
    AddCondition("can_write",
                 service_.node->failed() ? MakeError(Reason::DISK, "a write to the disk failed")
                                         : absl::OkStatus(),
                 *response);
    const auto chain = certs::LoadCertificates(facts_.tls.certificate);
    absl::Status certificate = chain.status();
    if (chain.ok()) {
      SetTime(chain->front().not_after(), *response->mutable_certificate_expiry_time());
      if (service_.clock->Now() >= chain->front().not_after()) {
        certificate = MakeError(Reason::CERTIFICATE_EXPIRED, "the node's certificate has ended");
      }
    }
    AddCondition("certificate", certificate, *response);
    const auto free = service_.node->store().FreeBytes();
    AddCondition("disk", free.status(), *response);
    if (free.ok()) response->set_disk_free_bytes(*free);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AdminServer::GetSyncStatus(grpc::CallbackServerContext* context,
                                                     const api::GetSyncStatusRequest*,
                                                     api::GetSyncStatusResponse* response) {
  return Answer(service_, Role::kReader, context, [&](const Caller&) -> absl::Status {
    const auto status = service_.node->Status();
    const absl::Time now = service_.clock->Now();
    const auto trust = service_.node->HeldTrust();
    for (const PeerStatus& peer : status->peers) {
      api::PeerStatus& shown = *response->add_peers();
      FillPeer(peer, *status, now, shown);
      const Card* card = trust->NewestCard(peer.member);
      if (card == nullptr || !shown.reason().empty()) continue;
      FillReason(CheckKeysUnshared(*card, trust->NewestCards()), shown);
    }
    for (const LogStatus& log : status->logs) FillLog(log, *status, *response->add_logs());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AdminServer::GetViewDigest(grpc::CallbackServerContext* context,
                                                     const api::GetViewDigestRequest* request,
                                                     api::GetViewDigestResponse* response) {
  return Answer(service_, Role::kReader, context, [&](const Caller&) -> absl::Status {
    const Snapshot snapshot(service_.node->store());
    const ViewReader view(snapshot);
    const auto trust = service_.node->HeldTrust();
    const std::vector<std::string> audience(request->audience().begin(), request->audience().end());
    ASSIGN_OR_RETURN(const Digest digest, DigestFor(view, audience, *trust));
    response->set_digest(digest.bytes());
    ASSIGN_OR_RETURN(const auto sizes, view.Sizes());
    for (const auto& [origin, size] : sizes) {
      api::LogPosition& position = *response->add_positions();
      position.set_origin(origin);
      position.set_size(size);
    }
    response->mutable_roster()->set_version(trust->newest().version());
    response->mutable_roster()->set_digest(trust->newest().digest().bytes());
    return absl::OkStatus();
  });
}

}  // namespace plenary::node
