// Statements and checkpoints: how logs become final, and how their statements travel.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/envelope.h"
#include "ledger/status.h"
#include "sync/frames.h"
#include "sync/replicator.h"

namespace plenary::sync {
std::vector<const Roster*> Replicator::InPlay(const LogReplica& replica) const {
  const uint64_t last = replica.NamedAt(replica.checkpoint().state.size).roster();
  return replica.InPlay(trust_.rosters(), last > 0 ? last : trust_.newest().version());
}

bool Replicator::Vouches(const LogReplica& replica) const {
  return self_.cosigner_key != nullptr && &replica != own_ && replica.member() != self_.member &&
         trust_.newest().IsFull(self_.member) &&
         // What it takes part in it knows, whatever an earlier store of the member promised.
         (!replica.abstains() || now_.monotonic_ms >= mute_until_ms_) &&
         (owner_ == nullptr || owner_->phase() != OwnerPhase::kFenced) &&
         !frozen_.contains(replica.origin());
}

bool Replicator::Carry(const std::string& origin, absl::string_view kind, Carried carried) {
  Carried& newest = carried_[absl::StrCat(origin, " ", kind, " ", carried.signer)];
  if (std::tie(carried.counter, carried.size) <= std::tie(newest.counter, newest.size) &&
      !newest.envelope.empty()) {
    return false;
  }
  newest = std::move(carried);
  return true;
}

void Replicator::ToAll(std::unique_ptr<v1::Frame> frame, Urgency urgency, std::string replaces,
                       LinkId except, Effects& effects) {
  for (const auto& [link, session] : sessions_) {
    if (link == except || !session.open) continue;
    Send(link, urgency, std::make_unique<v1::Frame>(*frame), replaces, effects);
  }
}

// To the owner's sessions if there are any, else to every session, which hands it on.
void Replicator::ToOwner(const LogReplica& replica, std::unique_ptr<v1::Frame> frame,
                         std::string replaces, LinkId except, Effects& effects) {
  bool sent = false;
  for (const auto& [link, session] : sessions_) {
    if (!session.open || session.member != replica.member()) continue;
    Send(link, Urgency::kFinality, std::make_unique<v1::Frame>(*frame), replaces, effects);
    sent = true;
  }
  if (!sent) ToAll(std::move(frame), Urgency::kFinality, std::move(replaces), except, effects);
}

void Replicator::SendOwner(Effects& effects) {
  if (own_->checkpoint().state.size > published_size_) {
    published_size_ = own_->checkpoint().state.size;
    ToAll(CheckpointFrame(own_->checkpoint().note), Urgency::kFinality,
          absl::StrCat("checkpoint/", own_->origin()), 0, effects);
  }
  const std::string outgoing = owner_->Outgoing();
  if (outgoing.empty() || outgoing == sent_by_owner_) return;
  sent_by_owner_ = outgoing;
  ToAll(StatementFrame(outgoing, ""), Urgency::kFinality, absl::StrCat("owner/", own_->origin()), 0,
        effects);
}

absl::Status Replicator::OnStatement(Session& session, const v1::Statement& statement, Instant now,
                                     Effects& effects) {
  ASSIGN_OR_RETURN(const Envelope envelope, ParseEnvelope(statement.envelope()));
  const LinkId from = session.link;
  if (envelope.type == PayloadType(PayloadKind::kInquiry)) {
    return TakeInquiry(statement.envelope(), from, now, effects);
  }
  if (envelope.type == PayloadType(PayloadKind::kProposal)) {
    return TakeProposal(statement.envelope(), from, now, effects);
  }
  if (envelope.type == PayloadType(PayloadKind::kAnswer)) {
    return TakeAnswer(statement.envelope(), statement.signer(), from, now, effects);
  }
  if (envelope.type == PayloadType(PayloadKind::kAcknowledgement)) {
    return TakeAcknowledgement(statement.envelope(), statement.signer(), from, effects);
  }
  return MakeError(Reason::WRONG_TYPE, "statement: expected one of the four kinds");
}

absl::Status Replicator::OnRefusal(Session& session, const v1::Refusal& refusal, Instant now,
                                   Effects& effects) {
  // A refusal speaks only through the log-signed statement that it encloses.
  if (refusal.statement().empty()) return absl::OkStatus();
  v1::Statement statement;
  statement.set_envelope(refusal.statement());
  return OnStatement(session, statement, now, effects);
}

absl::Status Replicator::TakeInquiry(absl::string_view envelope, LinkId from, Instant now,
                                     Effects& effects) {
  ASSIGN_OR_RETURN(const Inquiry inquiry, ParseInquiry(envelope));
  LogReplica* replica = FindLog(inquiry.origin);
  if (replica == nullptr) return absl::OkStatus();
  RETURN_IF_ERROR(inquiry.Verify(trust_.FindLog(inquiry.origin)->key));
  if (JumpsTooFar(*replica, inquiry.incarnation, effects)) return absl::OkStatus();
  if (replica == own_) {
    owner_->OnForeign(inquiry.incarnation, now, effects);
    return absl::OkStatus();
  }
  if (Carry(inquiry.origin, "inquiry",
            {inquiry.incarnation.counter, 0, std::string(envelope), ""})) {
    ToAll(StatementFrame(envelope, ""), Urgency::kFinality,
          absl::StrCat("inquiry/", inquiry.origin), from, effects);
  }
  if (Vouches(*replica)) AnswerInquiry(*replica, inquiry, effects);
  return absl::OkStatus();
}

void Replicator::AnswerInquiry(LogReplica& replica, const Inquiry& inquiry, Effects& effects) {
  const std::string key = absl::StrCat("answer/", replica.origin());
  if (replica.abstains()) {
    ToOwner(replica, StatementFrame(Abstention(replica, inquiry.incarnation), self_.member), key, 0,
            effects);
    return;
  }
  std::optional<Incarnation> answered;
  if (!replica.record().answer().empty()) answered = replica.Peer().promised;
  switch (finality::DecideInquiry(replica.Peer(), answered, inquiry.incarnation)) {
    case finality::OnInquiry::kRepeat:
      ToOwner(replica, StatementFrame(replica.record().answer(), self_.member), key, 0, effects);
      return;
    case finality::OnInquiry::kRefuse: {
      ToOwner(replica, RefusalFrame(replica.record().promise_statement()),
              absl::StrCat("refusal/", replica.origin()), 0, effects);
      return;
    }
    case finality::OnInquiry::kAnswer:
      break;
  }
  replica.Promise(inquiry.incarnation, inquiry.envelope);
  Answer answer;
  answer.origin = replica.origin();
  answer.incarnation = inquiry.incarnation;
  answer.store = self_.store;
  answer.checkpoint_note = replica.checkpoint().note;
  answer.proposal = replica.proposal();
  replica.KeepAnswer(MakeAnswer(std::move(answer), *self_.cosigner_key).envelope);
  ToOwner(replica, StatementFrame(replica.record().answer(), self_.member), key, 0, effects);
}

absl::Status Replicator::TakeProposal(absl::string_view envelope, LinkId from, Instant now,
                                      Effects& effects) {
  ASSIGN_OR_RETURN(const Proposal proposal, ParseProposal(envelope));
  LogReplica* replica = FindLog(proposal.origin);
  if (replica == nullptr) return absl::OkStatus();
  RETURN_IF_ERROR(proposal.Verify(trust_.FindLog(proposal.origin)->key));
  if (JumpsTooFar(*replica, proposal.incarnation, effects)) return absl::OkStatus();
  // A store that a proposal names takes part again (rule 9).
  for (auto& [link, session] : sessions_) {
    if (proposal.LeavesOut(session.store)) session.abstains.erase(proposal.origin);
  }
  if (replica == own_) {
    owner_->OnForeign(proposal.incarnation, now, effects);
    return absl::OkStatus();
  }
  if (Carry(proposal.origin, "proposal",
            {proposal.incarnation.counter, proposal.size, std::string(envelope), ""})) {
    ToAll(StatementFrame(envelope, ""), Urgency::kFinality,
          absl::StrCat("proposal/", proposal.origin), from, effects);
  }
  Consider(*replica, proposal, effects);
  Advance(*replica, now, effects);
  return absl::OkStatus();
}

// Whoever carries it is not to blame: the log's key signed it.
bool Replicator::JumpsTooFar(const LogReplica& replica, const Incarnation& who,
                             Effects& effects) const {
  uint64_t known = 0;
  if (&replica == own_) {
    known = owner_->incarnation().counter;
  } else if (replica.record().has_promised()) {
    known = replica.record().promised().counter();
  }
  const absl::Status jump = CheckCounterJump(who.counter, known);
  if (jump.ok()) return false;
  effects.Report(
      {"statement_dropped", {{"log", replica.origin()}, {"why", std::string(jump.message())}}});
  return true;
}

// Rule 5, with rule 9 in front.
void Replicator::Consider(LogReplica& replica, const Proposal& proposal, Effects& effects) {
  // Also one that came with a chunk.
  if (JumpsTooFar(replica, proposal.incarnation, effects)) {
    replica.ForgetWanted(proposal.incarnation);
    return;
  }
  const finality::Proposed proposed{proposal.incarnation, {proposal.size, proposal.root}};
  if (Vouches(replica) && replica.abstains()) {
    if (proposal.LeavesOut(self_.store)) {
      replica.TakePart();
      effects.Report({"takes_part", {{"log", replica.origin()}}});
    } else {
      ToOwner(replica, StatementFrame(Abstention(replica, proposal.incarnation), self_.member),
              absl::StrCat("answer/", replica.origin()), 0, effects);
    }
  }
  const auto root = replica.RootAtHand(proposed.state, holdings_);
  finality::PeerState peer = replica.Peer();
  // A store that promises nothing keeps the newest tail all the same.
  if (peer.proposal_of.has_value() &&
      (!peer.promised.has_value() || peer.proposal_of->IsAbove(*peer.promised))) {
    peer.promised = peer.proposal_of;
  }
  switch (finality::DecideProposal(peer, proposed, root)) {
    case finality::OnProposal::kNeedLeaves:
      replica.WantProposal(proposal);
      return;
    case finality::OnProposal::kYield: {
      replica.ForgetWanted(proposal.incarnation);
      if (!Vouches(replica) || replica.abstains()) return;
      ToOwner(replica, RefusalFrame(replica.record().promise_statement()),
              absl::StrCat("refusal/", replica.origin()), 0, effects);
      return;
    }
    case finality::OnProposal::kContradicts: {
      replica.ForgetWanted(proposal.incarnation);
      const bool same = peer.proposal_of.has_value() && *peer.proposal_of == proposal.incarnation;
      if (same) Contradiction(replica, replica.proposal()->envelope, proposal.envelope, effects);
      return;
    }
    case finality::OnProposal::kAcknowledgeOld:
    case finality::OnProposal::kCovered:
    case finality::OnProposal::kAccept:
      break;
  }
  // A peer that vouches for nothing still keeps the tail for others to fetch.
  const bool vouches = Vouches(replica) && !replica.abstains() &&
                       !trust_.IsDisputed(replica.member()) &&
                       (trust_.newest().StatusOf(replica.member()) == v1::MEMBER_STATUS_FULL ||
                        trust_.newest().StatusOf(replica.member()) == v1::MEMBER_STATUS_OBSERVER);
  // In the middle of a catch-up more is signed than the checkpoint reached last covers.
  const bool covers =
      proposal.size > replica.tree().signed_size() &&
      !(peer.proposal_of == proposal.incarnation && proposal.size <= peer.proposal.size);
  if (covers) {
    replica.AcceptProposal(proposal, holdings_, effects);
  } else if (peer.proposal_of.has_value() && proposal.incarnation.IsAbove(*peer.proposal_of)) {
    replica.DropProposal(holdings_, effects);
  }
  if (vouches && peer.promised != proposal.incarnation) {
    replica.Promise(proposal.incarnation, proposal.envelope);
  }
  if (!replica.MayVouch(proposal.size, trust_)) {
    if (covers) replica.WantProposal(proposal);
    return;
  }
  if (!vouches) return;
  Acknowledge(replica, proposal.incarnation, proposed.state, effects);
}

std::string Replicator::Abstention(const LogReplica& replica, const Incarnation& who) const {
  Answer answer;
  answer.origin = replica.origin();
  answer.incarnation = who;
  answer.store = self_.store;
  answer.abstains = true;
  return MakeAnswer(std::move(answer), *self_.cosigner_key).envelope;
}

std::string Replicator::NewestAcknowledgement(const LogReplica& replica, const Incarnation& who,
                                              const finality::State& state) const {
  return MakeAcknowledgement({.envelope = "",
                              .origin = replica.origin(),
                              .incarnation = who,
                              .size = state.size,
                              .root = state.root,
                              .store = self_.store},
                             *self_.cosigner_key)
      .envelope;
}

void Replicator::Acknowledge(LogReplica& replica, const Incarnation& who,
                             const finality::State& state, Effects& effects) {
  const std::string acknowledgement = NewestAcknowledgement(replica, who, state);
  ToOwner(replica, StatementFrame(acknowledgement, self_.member),
          absl::StrCat("acknowledgement/", replica.origin(), "/", self_.member), 0, effects);
}

}  // namespace plenary::sync
