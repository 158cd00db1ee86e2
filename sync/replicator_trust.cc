// Rosters, cards and evidence: they spread first, and everything waits for them.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/evidence.h"
#include "ledger/shared_keys.h"
#include "ledger/status.h"
#include "sync/replicator.h"

namespace plenary::sync {

void Replicator::AskForTrust(Session& session, Effects& effects) {
  if (session.roster_version > trust_.newest().version()) {
    auto frame = std::make_unique<v1::Frame>();
    frame->mutable_get_roster()->set_from_version(trust_.newest().version() + 1);
    Send(session.link, Urgency::kAlarm, std::move(frame), "get-roster", effects);
  }
  for (const auto& [member, version] : session.card_versions) {
    const CardChain* held = trust_.CardsOf(member);
    const uint64_t have = held == nullptr ? 0 : held->size();
    if (version <= have) continue;
    auto frame = std::make_unique<v1::Frame>();
    frame->mutable_get_card()->set_member(member);
    frame->mutable_get_card()->set_from_version(have + 1);
    Send(session.link, Urgency::kAlarm, std::move(frame), absl::StrCat("get-card/", member),
         effects);
  }
}

void Replicator::OnGetRoster(Session& session, const v1::GetRoster& request, Effects& effects) {
  for (uint64_t version = std::max<uint64_t>(1, request.from_version());
       version <= trust_.rosters().size(); ++version) {
    auto frame = std::make_unique<v1::Frame>();
    frame->mutable_roster()->set_envelope(std::string(trust_.rosters().Find(version)->envelope()));
    Send(session.link, Urgency::kAlarm, std::move(frame), absl::StrCat("roster/", version),
         effects);
  }
}

void Replicator::OnGetCard(Session& session, const v1::GetCard& request, Effects& effects) {
  const CardChain* cards = trust_.CardsOf(request.member());
  if (cards == nullptr) return;
  for (uint64_t version = std::max<uint64_t>(1, request.from_version()); version <= cards->size();
       ++version) {
    auto frame = std::make_unique<v1::Frame>();
    frame->mutable_card()->set_envelope(std::string(cards->Find(version)->envelope()));
    Send(session.link, Urgency::kAlarm, std::move(frame),
         absl::StrCat("card/", request.member(), "/", version), effects);
  }
}

absl::Status Replicator::TakeRoster(absl::string_view envelope, LinkId from, Instant now,
                                    Effects& effects) {
  ASSIGN_OR_RETURN(const Added added, trust_.AddRoster(envelope));
  if (added.contradicts.has_value()) {
    ASSIGN_OR_RETURN(const Roster roster, Roster::Parse(envelope));
    KeepEvidence({.kind = v1::EVIDENCE_KIND_ROSTERS,
                  .first = *added.contradicts,
                  .second = std::string(envelope),
                  .divergence = std::nullopt,
                  .rosters = RosterEnvelopes(roster.version() - 1),
                  .cards = {}},
                 effects);
  }
  if (!added.changed) return absl::OkStatus();
  const Roster& newest = trust_.newest();
  effects.PutRoster(newest.version(), envelope);
  effects.Report({"roster", {{"version", absl::StrCat(newest.version())}}});
  auto frame = std::make_unique<v1::Frame>();
  frame->mutable_roster()->set_envelope(std::string(envelope));
  ToAll(std::move(frame), Urgency::kAlarm, absl::StrCat("roster/", newest.version()), from,
        effects);
  TrustGrew(now, effects);
  if (owner_ != nullptr) owner_->OnRoster(now, effects);
  return absl::OkStatus();
}

absl::Status Replicator::TakeCard(absl::string_view envelope, LinkId from, Instant now,
                                  Effects& effects) {
  ASSIGN_OR_RETURN(const Added added, trust_.AddCard(envelope));
  ASSIGN_OR_RETURN(const Card card, Card::Parse(envelope));
  if (added.contradicts.has_value()) {
    effects.PutCard(card.member(), card.version(), card.digest(), envelope);
    KeepEvidence({.kind = v1::EVIDENCE_KIND_CARDS,
                  .first = *added.contradicts,
                  .second = std::string(envelope),
                  .divergence = std::nullopt,
                  .rosters = RosterEnvelopes(trust_.newest().version()),
                  .cards = {}},
                 effects);
  }
  if (!added.changed) return absl::OkStatus();
  effects.PutCard(card.member(), card.version(), card.digest(), envelope);
  effects.Report({"card", {{"member", card.member()}, {"version", absl::StrCat(card.version())}}});
  for (const SharedKey& key : SharedKeysOf(card, trust_.NewestCards())) {
    effects.Report({"shared_key", {{"member", key.member}, {"why", key.Text()}}});
  }
  auto frame = std::make_unique<v1::Frame>();
  frame->mutable_card()->set_envelope(std::string(envelope));
  ToAll(std::move(frame), Urgency::kAlarm,
        absl::StrCat("card/", card.member(), "/", card.version()), from, effects);
  TrustGrew(now, effects);
  return absl::OkStatus();
}

absl::Status Replicator::OnRoster(Session& session, const v1::RosterEnvelope& roster, Instant now,
                                  Effects& effects) {
  const absl::Status taken = TakeRoster(roster.envelope(), session.link, now, effects);
  // A gap is filled by asking, not a fault of the sender.
  if (ReasonOf(taken) != Reason::SKIPPED_VERSION) return taken;
  auto frame = std::make_unique<v1::Frame>();
  frame->mutable_get_roster()->set_from_version(trust_.newest().version() + 1);
  Send(session.link, Urgency::kAlarm, std::move(frame), "get-roster", effects);
  return absl::OkStatus();
}

absl::Status Replicator::OnCard(Session& session, const v1::CardEnvelope& card, Instant now,
                                Effects& effects) {
  const absl::Status taken = TakeCard(card.envelope(), session.link, now, effects);
  if (ReasonOf(taken) == Reason::NOT_ON_ROSTER) {
    auto frame = std::make_unique<v1::Frame>();
    frame->mutable_get_roster()->set_from_version(trust_.newest().version() + 1);
    Send(session.link, Urgency::kAlarm, std::move(frame), "get-roster", effects);
    return absl::OkStatus();
  }
  if (ReasonOf(taken) != Reason::SKIPPED_VERSION) return taken;
  ASSIGN_OR_RETURN(const Card parsed, Card::Parse(card.envelope()));
  const CardChain* held = trust_.CardsOf(parsed.member());
  auto frame = std::make_unique<v1::Frame>();
  frame->mutable_get_card()->set_member(parsed.member());
  frame->mutable_get_card()->set_from_version(held == nullptr ? 1 : held->size() + 1);
  Send(session.link, Urgency::kAlarm, std::move(frame), absl::StrCat("get-card/", parsed.member()),
       effects);
  return absl::OkStatus();
}

absl::Status Replicator::AddRoster(absl::string_view envelope, Instant now, Effects& effects) {
  return TakeRoster(envelope, 0, now, effects);
}

absl::Status Replicator::AddCard(absl::string_view envelope, Instant now, Effects& effects) {
  return TakeCard(envelope, 0, now, effects);
}

void Replicator::TrustGrew(Instant now, Effects& effects) {
  keys_.clear();
  MakeLogs(now, effects);
  UpdateEndpoints();
  dialer_.Reset();
  advance_all_ = true;
  effects.TrustChanged();
}

// A log exists here as soon as a card names it.
void Replicator::MakeLogs(Instant now, Effects& effects) {
  const Card* own_card = trust_.NewestCard(self_.member);
  for (const auto& [member, cards] : trust_.cards()) {
    for (const LogKey& log : cards.newest().logs()) {
      const std::string origin = Origin{trust_.rosters().federation(), member, log.epoch}.Text();
      if (logs_.contains(origin)) continue;
      const bool abstains = !self_.first && member != self_.member;
      auto replica = std::make_unique<LogReplica>(origin, next_log_++, abstains);
      logs_[origin] = std::move(replica);
    }
  }
  for (auto& [link, session] : sessions_) {
    if (session.open) SendHeads(session, effects);
  }
  if (owner_ != nullptr || self_.log_key == nullptr || own_card == nullptr) return;
  const LogKey* open = own_card->OpenLog();
  if (open == nullptr || !(open->key == self_.log_key->public_key())) return;
  own_ = FindLog(Origin{trust_.rosters().federation(), self_.member, open->epoch}.Text());
  own_->SetOwn();
  owner_ = std::make_unique<LogOwner>(*own_, trust_, *self_.log_key, chance_);
  owner_->BeginIncarnation(now, effects);
}

const LogKeys& Replicator::KeysFor(const LogReplica& replica) {
  if (const auto known = keys_.find(replica.origin()); known != keys_.end()) return known->second;
  const LogKey* log = trust_.FindLog(replica.origin());
  return keys_.emplace(replica.origin(), LogKeys{log->key, trust_.CosignersFor(replica.member())})
      .first->second;
}

std::vector<std::string> Replicator::RosterEnvelopes(uint64_t last) const {
  std::vector<std::string> envelopes;
  for (uint64_t version = 1; version <= last; ++version) {
    envelopes.emplace_back(trust_.rosters().Find(version)->envelope());
  }
  return envelopes;
}

void Replicator::KeepEvidence(const EvidenceParts& parts, Effects& effects) {
  const auto file = BuildEvidence(parts);
  if (!file.ok()) {
    effects.Report({"evidence_incomplete", {{"why", std::string(file.status().message())}}});
    return;
  }
  const auto evidence = VerifyEvidence(*file);
  if (evidence.ok()) Spread(*evidence, *file, 0, effects);
}

// One of a kind about a subject proves it as well as many: the first is kept and handed on.
void Replicator::Spread(const Evidence& evidence, const std::string& file, LinkId from,
                        Effects& effects) {
  const std::string key = absl::StrCat(evidence.KindName(), "/", evidence.KeptUnder());
  if (!evidence_.emplace(key, file).second) return;
  effects.PutEvidence(key, file);
  effects.Report(
      {"evidence", {{"kind", std::string(evidence.KindName())}, {"subject", evidence.Subject()}}});
  if (!evidence.origin.empty()) {
    frozen_.insert(evidence.origin);
    if (own_ != nullptr && own_->origin() == evidence.origin) owner_->Freeze();
    effects.LogChanged(evidence.origin);
  }
  auto frame = std::make_unique<v1::Frame>();
  frame->mutable_evidence()->set_evidence(file);
  ToAll(std::move(frame), Urgency::kAlarm, "", from, effects);
}

absl::Status Replicator::OnEvidence(Session& session, const v1::EvidenceFile& file,
                                    Effects& effects) {
  ASSIGN_OR_RETURN(const Evidence evidence, VerifyEvidence(file.evidence()));
  if (evidence.genesis != trust_.rosters().genesis()) {
    return MakeError(Reason::WRONG_GENESIS, "evidence: about another federation");
  }
  Spread(evidence, file.evidence(), session.link, effects);
  return absl::OkStatus();
}

}  // namespace plenary::sync
