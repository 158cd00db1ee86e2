// Answers, acknowledgements and checkpoints; what changes when leaves or notes have come.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ledger/envelope.h"
#include "ledger/merkle.h"
#include "ledger/status.h"
#include "sync/frames.h"
#include "sync/replicator.h"

namespace plenary::sync {
namespace {

// A cosignature more than a day ahead of our clock is refused.
constexpr uint64_t kFutureSeconds = 86'400;

}  // namespace

absl::Status Replicator::CheckSigner(const LogReplica& replica, absl::string_view envelope,
                                     const std::string& signer) {
  ASSIGN_OR_RETURN(const Envelope parsed, ParseEnvelope(envelope));
  const std::string message = Pae(parsed.type, parsed.payload);
  for (const CosignerKey& key : KeysFor(replica).cosigners) {
    if (key.member != signer || parsed.signatures.size() != 1) continue;
    if (key.key.Verify(message, parsed.signatures[0]).ok()) return absl::OkStatus();
  }
  return MakeError(Reason::BAD_SIGNATURE,
                   absl::StrCat("statement: not signed by a cosigner key of ", signer));
}

absl::Status Replicator::TakeAnswer(absl::string_view envelope, const std::string& signer,
                                    LinkId from, Instant now, Effects& effects) {
  ASSIGN_OR_RETURN(const Answer answer, ParseAnswer(envelope));
  LogReplica* replica = FindLog(answer.origin);
  if (replica == nullptr) return absl::OkStatus();
  // A signer whose card is newer than ours cannot be judged yet; its session brings the card.
  if (const absl::Status checked = CheckSigner(*replica, envelope, signer); !checked.ok()) {
    effects.Report({"statement_dropped", {{"log", answer.origin}, {"signer", signer}}});
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(answer.VerifyContent(trust_.FindLog(answer.origin)->key));
  if (replica != own_) {
    if (Carry(answer.origin, "answer",
              {answer.incarnation.counter, 0, std::string(envelope), signer})) {
      ToOwner(*replica, StatementFrame(envelope, signer),
              absl::StrCat("answer/", answer.origin, "/", signer), from, effects);
    }
    return absl::OkStatus();
  }
  owner_->OnAnswer(signer, answer, now, holdings_, effects);
  ChooseSources(now, effects);
  return absl::OkStatus();
}

absl::Status Replicator::TakeAcknowledgement(absl::string_view envelope, const std::string& signer,
                                             LinkId from, Effects& effects) {
  ASSIGN_OR_RETURN(const Acknowledgement acknowledgement, ParseAcknowledgement(envelope));
  LogReplica* replica = FindLog(acknowledgement.origin);
  if (replica == nullptr) return absl::OkStatus();
  if (const absl::Status checked = CheckSigner(*replica, envelope, signer); !checked.ok()) {
    effects.Report({"statement_dropped", {{"log", acknowledgement.origin}, {"signer", signer}}});
    return absl::OkStatus();
  }
  if (replica != own_) {
    if (Carry(acknowledgement.origin, "acknowledgement",
              {acknowledgement.incarnation.counter, acknowledgement.size, std::string(envelope),
               signer})) {
      ToOwner(*replica, StatementFrame(envelope, signer),
              absl::StrCat("acknowledgement/", acknowledgement.origin, "/", signer), from, effects);
    }
    return absl::OkStatus();
  }
  for (auto& [link, session] : sessions_) {
    if (session.store == acknowledgement.store) session.abstains.erase(acknowledgement.origin);
  }
  owner_->OnAcknowledgement(signer, acknowledgement, holdings_);
  return absl::OkStatus();
}

absl::Status Replicator::OnCheckpoint(Session& session, const v1::Checkpoint& checkpoint,
                                      Instant now, Effects& effects) {
  ASSIGN_OR_RETURN(const Checkpoint claimed, ReadUnverifiedCheckpoint(checkpoint.note()));
  LogReplica* replica = FindLog(claimed.origin);
  if (replica == nullptr) return absl::OkStatus();
  // Every line of it has been verified before.
  if (checkpoint.note() == replica->target().note) return absl::OkStatus();
  const LogKeys& keys = KeysFor(*replica);
  ASSIGN_OR_RETURN(const SignedCheckpoint seen,
                   VerifyCheckpoint(checkpoint.note(), keys.log, keys.cosigners));
  for (const auto& [member, time] : seen.times) {
    if (time > static_cast<uint64_t>(now.unix_seconds) + kFutureSeconds) {
      return MakeError(Reason::BAD_COSIGNATURE,
                       absl::StrCat("checkpoint: the cosignature of ", member,
                                    " is more than a day ahead of this clock"));
    }
  }
  const SignedState state = SignedState::From(seen);
  std::string contradicted;
  const absl::Status consistent = replica->SeeCheckpoint(state, holdings_, contradicted);
  if (!consistent.ok()) {
    // Whoever brought it is not to blame: the log's key signed both.
    Contradiction(*replica, contradicted, checkpoint.note(), effects);
    return absl::OkStatus();
  }
  const std::string before = replica->target().note;
  MergeNote(*replica, seen);
  Advance(*replica, now, effects);
  ChooseSources(now, effects);
  const bool news = replica->target().note != before || replica->target().note != checkpoint.note();
  // New lines go to the owner, which publishes them; a newer or final note goes to everybody.
  if (news && replica != own_ && replica->final_checkpoint().state != replica->target().state) {
    ToOwner(*replica, CheckpointFrame(replica->target().note),
            absl::StrCat("checkpoint/", claimed.origin), session.link, effects);
  }
  return absl::OkStatus();
}

void Replicator::MergeNote(LogReplica& replica, const SignedCheckpoint& seen) {
  const SignedState& held = replica.target();
  if (held.state != finality::State{seen.checkpoint.size, seen.checkpoint.root}) return;
  const LogKeys& keys = KeysFor(replica);
  auto merged = VerifyCheckpoint(held.note, keys.log, keys.cosigners);
  if (!merged.ok()) return;
  MergeLines(seen, *merged);
  replica.SetNote(SignedState::From(*merged));
}

void Replicator::Contradiction(LogReplica& replica, const std::string& first,
                               const std::string& second, Effects& effects) {
  EvidenceParts parts;
  const auto first_note = ReadUnverifiedCheckpoint(first);
  const auto second_note = ReadUnverifiedCheckpoint(second);
  parts.kind = first_note.ok() ? v1::EVIDENCE_KIND_CHECKPOINTS : v1::EVIDENCE_KIND_PROPOSALS;
  finality::State a;
  finality::State b;
  if (first_note.ok() && second_note.ok()) {
    a = {first_note->size, first_note->root};
    b = {second_note->size, second_note->root};
  } else {
    const auto first_proposal = ParseProposal(first);
    const auto second_proposal = ParseProposal(second);
    if (!first_proposal.ok() || !second_proposal.ok()) return;
    a = {first_proposal->size, first_proposal->root};
    b = {second_proposal->size, second_proposal->root};
  }
  const bool in_order = a.size <= b.size;
  parts.first = in_order ? first : second;
  parts.second = in_order ? second : first;
  const finality::State& larger = in_order ? b : a;
  const finality::State& smaller = in_order ? a : b;
  if (a.size != b.size) {
    // The larger one is what is held here: its tree shows another root at the smaller size.
    if (larger.size > replica.size()) return;
    const auto pinned = replica.RootAt(smaller.size, holdings_);
    auto proof = ConsistencyProof(smaller.size, larger.size,
                                  [&](NodeId node) { return replica.Node(node, holdings_); });
    if (!pinned.ok() || !proof.ok()) return;
    parts.divergence = Divergence{*pinned, *std::move(proof)};
  }
  parts.rosters = RosterEnvelopes(trust_.newest().version());
  parts.cards.push_back(std::string(trust_.NewestCard(replica.member())->envelope()));
  KeepEvidence(parts, effects);
}

// Rule 7.
void Replicator::CosignNewest(LogReplica& replica, Instant now, Effects& effects) {
  if (!Vouches(replica) || replica.abstains()) return;
  const SignedState& checkpoint = replica.checkpoint();
  if (checkpoint.state.size == 0 || !replica.MayVouch(checkpoint.state.size, trust_)) return;
  const auto& by = checkpoint.cosigned_by;
  if (std::find(by.begin(), by.end(), self_.member) != by.end()) return;
  const auto decision = finality::DecideCosign(replica.Peer(), checkpoint.state);
  if (decision != finality::OnCheckpoint::kCosign &&
      decision != finality::OnCheckpoint::kCosignAgain) {
    return;
  }
  const LogKeys& keys = KeysFor(replica);
  auto verified = VerifyCheckpoint(checkpoint.note, keys.log, keys.cosigners);
  if (!verified.ok()) return;
  const NoteLine line =
      Cosign(verified->checkpoint.Text(), CosignerName(trust_.rosters().federation(), self_.member),
             static_cast<uint64_t>(now.unix_seconds), *self_.cosigner_key);
  if (!AddLine(line, keys.cosigners, *verified).ok()) return;
  replica.Cosigned(checkpoint.state);
  replica.SetNote(SignedState::From(*verified));
  ToOwner(replica, CheckpointFrame(replica.checkpoint().note),
          absl::StrCat("cosigned/", replica.origin(), "/", self_.member), 0, effects);
}

void Replicator::NoteFinality(LogReplica& replica, Effects& effects) {
  const SignedState& checkpoint = replica.checkpoint();
  if (checkpoint.state.size <= replica.final_checkpoint().state.size) return;
  if (frozen_.contains(replica.origin())) return;
  if (!replica.MayVouch(checkpoint.state.size, trust_)) return;
  if (!finality::HasQuorum(checkpoint.cosigned_by, InPlay(replica), replica.member())) return;
  replica.SetFinal(checkpoint);
  effects.LogChanged(replica.origin());
  ToAll(CheckpointFrame(checkpoint.note), Urgency::kFinality,
        absl::StrCat("checkpoint/", replica.origin()), 0, effects);
}

void Replicator::Advance(LogReplica& replica, Instant now, Effects& effects) {
  if (replica.AdvanceCheckpoint(holdings_, effects)) {
    effects.LogChanged(replica.origin());
    // The newest note travels on even before it is final: others then cosign the same size.
    ToAll(CheckpointFrame(replica.checkpoint().note), Urgency::kFinality,
          absl::StrCat("checkpoint/", replica.origin()), 0, effects);
  }
  if (&replica != own_ && replica.wanted().has_value()) {
    const Proposal wanted = *replica.wanted();
    Consider(replica, wanted, effects);
  }
  if (&replica != own_ && replica.TailContradicts()) {
    replica.StartStaging(effects);
    ChooseSources(now, effects);
  }
  if (&replica != own_) CosignNewest(replica, now, effects);
  NoteFinality(replica, effects);
  AskForLacks(replica, effects);
}

void Replicator::AskForLacks(const LogReplica& replica, Effects& effects) {
  const LogReplica::Lacks& lacks = replica.lacks();
  if (lacks.roster == 0 && lacks.card == 0) return;
  for (auto& [link, session] : sessions_) {
    if (!session.open) continue;
    session.roster_version = std::max(session.roster_version, lacks.roster);
    uint64_t& card = session.card_versions[replica.member()];
    card = std::max(card, lacks.card);
    AskForTrust(session, effects);
  }
}

// What a peer may have missed: of logs that are not final, and of our own recovery.
void Replicator::Resend(Session& session, Effects& effects) {
  // Equal and final nodes have nothing to say.
  const bool owner_speaks =
      owner_ != nullptr && !owner_->Outgoing().empty() &&
      (!owner_->active() || own_->record().size() > own_->final_checkpoint().state.size ||
       session.abstains.contains(own_->origin()));
  if (owner_speaks) {
    Send(session.link, Urgency::kFinality, StatementFrame(owner_->Outgoing(), ""),
         absl::StrCat("owner/", own_->origin()), effects);
  }
  for (auto& [origin, replica] : logs_) {
    const auto head = session.heads.find(origin);
    const uint64_t checkpoint = replica->checkpoint().state.size;
    const bool behind = head != session.heads.end() && head->second.final_size < checkpoint;
    const bool open_end = replica->record().size() > replica->final_checkpoint().state.size;
    if (!behind && !open_end && !session.abstains.contains(origin)) continue;
    if (checkpoint > 0) {
      Send(session.link, Urgency::kFinality, CheckpointFrame(replica->checkpoint().note),
           absl::StrCat("checkpoint/", origin), effects);
    }
    if (replica.get() == own_) continue;
    if (Vouches(*replica) && !replica->abstains()) ResendOwn(session, *replica, effects);
    for (const auto& [key, carried] : carried_) {
      if (!absl::StartsWith(key, absl::StrCat(origin, " "))) continue;
      Send(session.link, Urgency::kFinality, StatementFrame(carried.envelope, carried.signer),
           absl::StrCat("carried/", key), effects);
    }
  }
}

// The kept answer and the newest acknowledgement, as this node would give them again.
void Replicator::ResendOwn(Session& session, LogReplica& replica, Effects& effects) {
  if (!replica.record().answer().empty()) {
    Send(session.link, Urgency::kFinality, StatementFrame(replica.record().answer(), self_.member),
         absl::StrCat("answer/", replica.origin()), effects);
  }
  const auto& proposal = replica.proposal();
  if (!proposal.has_value() || replica.Peer().promised != proposal->incarnation) return;
  if (!replica.MayVouch(proposal->size, trust_)) return;
  const std::string acknowledgement =
      NewestAcknowledgement(replica, proposal->incarnation, {proposal->size, proposal->root});
  Send(session.link, Urgency::kFinality, StatementFrame(acknowledgement, self_.member),
       absl::StrCat("acknowledgement/", replica.origin(), "/", self_.member), effects);
}

}  // namespace plenary::sync
