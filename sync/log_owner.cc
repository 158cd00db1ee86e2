#include "sync/log_owner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/checkpoint.h"

namespace plenary::sync {
namespace {

constexpr int64_t kAdoptStallMs = 30'000;
constexpr int64_t kWaitForStoresMs = 10'000;
constexpr int64_t kMaxAbstainBackoffMs = 3'600'000;
constexpr uint64_t kRetryJitterMs = 2'000;

finality::Found FoundIn(const Answer& answer) {
  finality::Found found;
  if (answer.checkpoint.has_value()) {
    found.checkpoint = {answer.checkpoint->size, answer.checkpoint->root};
  }
  if (answer.proposal.has_value()) {
    found.proposal = finality::Proposed{answer.proposal->incarnation,
                                        {answer.proposal->size, answer.proposal->root}};
  }
  return found;
}

Event OwnerEvent(const std::string& name, const LogReplica& replica, const Incarnation& who) {
  return {name, {{"log", replica.origin()}, {"incarnation", absl::StrCat(who.counter)}}};
}

}  // namespace

absl::string_view PhaseName(OwnerPhase phase) {
  switch (phase) {
    case OwnerPhase::kInquiring:
      return "inquiring";
    case OwnerPhase::kAdopting:
      return "adopting";
    case OwnerPhase::kActive:
      return "active";
    case OwnerPhase::kFenced:
      return "fenced";
    case OwnerPhase::kFrozen:
      return "frozen";
  }
  return "";
}

LogOwner::LogOwner(LogReplica& replica, const Trust& trust, const Signer& log_key, Chance& chance)
    : replica_(replica), trust_(trust), log_key_(log_key), chance_(chance) {
  if (replica_.incarnation().has_value()) highest_seen_ = replica_.incarnation()->counter;
  if (replica_.proposal().has_value()) {
    highest_seen_ = std::max(highest_seen_, replica_.proposal()->incarnation.counter);
  }
}

void LogOwner::BeginIncarnation(Instant now, Effects& effects) {
  incarnation_ = {highest_seen_ + 1, chance_.bytes(16)};
  highest_seen_ = incarnation_.counter;
  roster_version_ = trust_.newest().version();
  inquiry_ = MakeInquiry({.envelope = "",
                          .origin = replica_.origin(),
                          .incarnation = incarnation_,
                          .roster_version = roster_version_},
                         log_key_)
                 .envelope;
  retry_ms_ = now.monotonic_ms + kAnswersLiveMs;
  answers_.clear();
  abstaining_.clear();
  stores_.clear();
  acknowledged_.clear();
  adopting_.reset();
  proposal_.reset();
  without_.clear();
  if (phase_ == OwnerPhase::kActive || since_ms_ == 0) since_ms_ = now.monotonic_ms;
  phase_ = OwnerPhase::kInquiring;
  replica_.SetIncarnation(incarnation_);
  effects.Report(OwnerEvent("inquiry", replica_, incarnation_));
}

std::string LogOwner::Outgoing() const {
  if (phase_ == OwnerPhase::kInquiring || phase_ == OwnerPhase::kAdopting) return inquiry_;
  if (phase_ == OwnerPhase::kActive && proposal_.has_value()) return proposal_->envelope;
  return "";
}

std::vector<std::string> LogOwner::Answered() const {
  std::vector<std::string> members;
  for (const auto& [member, answer] : answers_) {
    if (!not_served_.contains(member)) members.push_back(member);
  }
  return members;
}

void LogOwner::OnAnswer(const std::string& member, const Answer& answer, Instant now,
                        const Holdings& holdings, Effects& effects) {
  if (answer.incarnation != incarnation_) return;
  if (answer.abstains) {
    OnAbstaining(member, answer, now);
  } else if (phase_ == OwnerPhase::kInquiring && !abstaining_.contains(member)) {
    // One store per member: the first that answered.
    if (answers_.emplace(member, answer).second) stores_[member] = answer.store;
  }
  Step(now, holdings, effects);
}

void LogOwner::OnAbstaining(const std::string& member, const Answer& answer, Instant now) {
  if (phase_ != OwnerPhase::kActive) {
    if (!answers_.contains(member)) abstaining_[member] = answer.store;
    awaited_stores_.erase(answer.store);
    return;
  }
  if (std::find(without_.begin(), without_.end(), answer.store) != without_.end()) return;
  // The store takes part from an incarnation that knows that it counted without it.
  awaited_stores_.insert(answer.store);
  if (retry_ms_ == INT64_MAX) {
    const int64_t earliest = std::max(now.monotonic_ms, next_abstain_restart_ms_);
    retry_ms_ = earliest + static_cast<int64_t>(chance_.below(kRetryJitterMs));
  }
}

void LogOwner::OnAcknowledgement(const std::string& member, const Acknowledgement& acknowledgement,
                                 const Holdings& holdings) {
  if (phase_ != OwnerPhase::kActive || acknowledgement.incarnation != incarnation_) return;
  // An incarnation counts one store per member: the one that answered, or was named, or came first.
  const auto [store, fresh] = stores_.emplace(member, acknowledgement.store);
  if (!fresh && store->second != acknowledgement.store) return;
  if (acknowledgement.size > replica_.size()) return;
  const auto root = replica_.RootAt(acknowledgement.size, holdings);
  if (!root.ok() || *root != acknowledgement.root) return;
  uint64_t& size = acknowledged_[member];
  size = std::max(size, acknowledgement.size);
}

void LogOwner::OnForeign(const Incarnation& other, Instant now, Effects& effects) {
  if (other == incarnation_ || other.counter < incarnation_.counter) return;
  highest_seen_ = std::max(highest_seen_, other.counter);
  if (phase_ == OwnerPhase::kActive && other.counter > incarnation_.counter) {
    phase_ = OwnerPhase::kFenced;
    since_ms_ = now.monotonic_ms;
    effects.Report(OwnerEvent("fenced", replica_, other));
    return;
  }
  if (phase_ == OwnerPhase::kInquiring || phase_ == OwnerPhase::kAdopting) {
    retry_ms_ = std::min(
        retry_ms_, now.monotonic_ms + 100 + static_cast<int64_t>(chance_.below(kRetryJitterMs)));
  }
}

void LogOwner::OnRoster(Instant now, Effects& effects) {
  if (phase_ == OwnerPhase::kFenced || phase_ == OwnerPhase::kFrozen) return;
  if (trust_.newest().version() > roster_version_) BeginIncarnation(now, effects);
}

void LogOwner::TryAdopt(Instant now, const Holdings& holdings, Effects& effects) {
  const std::vector<std::string> members = Answered();
  if (!finality::HasQuorum(members, replica_.InPlay(trust_.rosters(), roster_version_),
                           replica_.member()))
    return;
  if (!awaited_stores_.empty() && now.monotonic_ms < wait_for_stores_ms_) return;
  std::vector<finality::Found> found;
  for (const std::string& member : members) found.push_back(FoundIn(answers_.at(member)));
  const finality::PeerState peer = replica_.Peer();
  finality::Found own{peer.checkpoint, std::nullopt};
  if (peer.proposal_of.has_value()) {
    own.proposal = finality::Proposed{*peer.proposal_of, peer.proposal};
  }
  adopting_ = finality::Adopt(found, own);
  if (adopting_->kind == finality::Adopted::Kind::kForked) {
    phase_ = OwnerPhase::kFrozen;
    effects.Report(OwnerEvent("log_forked", replica_, incarnation_));
    return;
  }
  const auto note_of = [&](size_t from) {
    return from < members.size() ? answers_.at(members[from]).checkpoint_note : std::string();
  };
  phase_ = OwnerPhase::kAdopting;
  adopting_deadline_ms_ = now.monotonic_ms + kAdoptStallMs;
  adopting_size_ = replica_.NextIndex();
  if (adopting_->checkpoint.size > replica_.target().state.size) {
    const auto checkpoint =
        VerifyCheckpoint(note_of(adopting_->checkpoint_from), log_key_.public_key(), {});
    CHECK_OK(checkpoint);
    std::string contradicted;
    if (!replica_.SeeCheckpoint(SignedState::From(*checkpoint), holdings, contradicted).ok()) {
      phase_ = OwnerPhase::kFrozen;
      return;
    }
  }
  if (adopting_->proposal.has_value() && adopting_->proposal_from < members.size()) {
    adopting_from_ = members[adopting_->proposal_from];
    replica_.WantProposal(*answers_.at(adopting_from_).proposal);
  } else if (adopting_->checkpoint_from < members.size()) {
    adopting_from_ = members[adopting_->checkpoint_from];
  }
}

void LogOwner::FinishAdoption(Instant now, const Holdings& holdings, Effects& effects) {
  replica_.AdvanceCheckpoint(holdings, effects);
  if (replica_.TailContradicts()) replica_.StartStaging(effects);
  if (replica_.NextIndex() != adopting_size_) {
    adopting_size_ = replica_.NextIndex();
    adopting_deadline_ms_ = now.monotonic_ms + kAdoptStallMs;
  }
  if (replica_.checkpoint().state.size < adopting_->checkpoint.size) return;
  // One that was seen since then is on its way, and what it covers is signed already.
  if (replica_.tree().signed_size() > replica_.checkpoint().state.size) return;
  uint64_t size = replica_.checkpoint().state.size;
  if (adopting_->proposal.has_value() && adopting_->proposal->state.size > size) {
    const finality::State& state = adopting_->proposal->state;
    const auto root = replica_.RootAtHand(state, holdings);
    const bool own_void = !root.has_value() || *root != state.root;
    if (own_void && adopting_->proposal_from < Answered().size()) return;  // still to be fetched
    if (!own_void) {
      std::optional<Proposal> proposal = replica_.wanted();
      if (!proposal.has_value() || proposal->root != state.root) proposal = replica_.proposal();
      if (proposal.has_value() && proposal->root == state.root) {
        // First what lies beyond is set aside: afterwards the record does not reach that far.
        const bool in_place = state.size <= replica_.tree().size() &&
                              replica_.tree().RootAt(state.size) == state.root;
        if (in_place) replica_.CutTail(state.size, holdings, effects);
        replica_.AcceptProposal(*proposal, holdings, effects);
        size = state.size;
      }
    }
  }
  // The quorum that answered is not one of that roster: its arrival begins a new incarnation.
  if (!replica_.MayVouch(size, trust_) && replica_.lacks().roster > roster_version_) return;
  replica_.CutTail(size, holdings, effects);
  replica_.ForgetWanted();
  BecomeActive(now, holdings, effects);
}

void LogOwner::BecomeActive(Instant now, const Holdings& holdings, Effects& effects) {
  phase_ = OwnerPhase::kActive;
  since_ms_ = now.monotonic_ms;
  retry_ms_ = INT64_MAX;
  not_served_.clear();
  awaited_stores_.clear();
  adopting_.reset();
  for (const auto& [member, store] : abstaining_) {
    without_.push_back(store);
    stores_[member] = store;
  }
  std::sort(without_.begin(), without_.end());
  effects.Report(OwnerEvent("active", replica_, incarnation_));
  effects.LogChanged(replica_.origin());
  Propose(holdings, effects);
}

void LogOwner::Propose(const Holdings& holdings, Effects& effects) {
  proposal_ = MakeProposal({.envelope = "",
                            .origin = replica_.origin(),
                            .incarnation = incarnation_,
                            .size = replica_.size(),
                            .root = replica_.tree().Root(),
                            .without = without_},
                           log_key_);
  replica_.AcceptProposal(*proposal_, holdings, effects);
}

bool LogOwner::SignCheckpoint(const Holdings& holdings, Effects& effects) {
  const finality::State& last = replica_.checkpoint().state;
  if (last.size != replica_.final_checkpoint().state.size) return false;
  const auto in_play = replica_.InPlay(
      trust_.rosters(), std::max(roster_version_, replica_.NamedAt(UINT64_MAX).roster()));
  const uint64_t size =
      std::min(finality::SizeToSign(acknowledged_, in_play, replica_.member()), proposal_->size);
  if (size <= last.size) return false;
  const Checkpoint checkpoint{replica_.origin(), size, replica_.tree().RootAt(size)};
  const auto signed_checkpoint =
      VerifyCheckpoint(plenary::SignCheckpoint(checkpoint, log_key_), log_key_.public_key(), {});
  CHECK_OK(signed_checkpoint);
  const SignedState state = SignedState::From(*signed_checkpoint);
  std::string contradicted;
  CHECK_OK(replica_.SeeCheckpoint(state, holdings, contradicted));
  CHECK(replica_.AdvanceCheckpoint(holdings, effects));
  if (finality::HasQuorum({}, in_play, replica_.member())) replica_.SetFinal(state);
  effects.LogChanged(replica_.origin());
  return true;
}

void LogOwner::Step(Instant now, const Holdings& holdings, Effects& effects) {
  if (phase_ == OwnerPhase::kFenced || phase_ == OwnerPhase::kFrozen) return;
  if (now.monotonic_ms >= retry_ms_) {
    if (phase_ == OwnerPhase::kActive) {
      next_abstain_restart_ms_ = now.monotonic_ms + abstain_backoff_ms_;
      abstain_backoff_ms_ = std::min(2 * abstain_backoff_ms_, kMaxAbstainBackoffMs);
      wait_for_stores_ms_ = now.monotonic_ms + kWaitForStoresMs;
    }
    // The answers left out were those to the incarnation after the one that got no leaves.
    not_served_.clear();
    BeginIncarnation(now, effects);
  }
  if (phase_ == OwnerPhase::kInquiring) TryAdopt(now, holdings, effects);
  if (phase_ == OwnerPhase::kAdopting) {
    FinishAdoption(now, holdings, effects);
    if (phase_ == OwnerPhase::kAdopting && now.monotonic_ms >= adopting_deadline_ms_) {
      if (!adopting_from_.empty()) not_served_.insert(adopting_from_);
      BeginIncarnation(now, effects);
    }
  }
  if (phase_ != OwnerPhase::kActive) return;
  if (replica_.size() > proposal_->size) Propose(holdings, effects);
  // With peers the next one waits until this one is final; without, one is enough.
  SignCheckpoint(holdings, effects);
}

int64_t LogOwner::WakeAt() const {
  switch (phase_) {
    case OwnerPhase::kInquiring:
      return awaited_stores_.empty() ? retry_ms_ : std::min(retry_ms_, wait_for_stores_ms_);
    case OwnerPhase::kAdopting:
      return std::min(adopting_deadline_ms_, retry_ms_);
    case OwnerPhase::kActive:
      return retry_ms_;
    default:
      return INT64_MAX;
  }
}

}  // namespace plenary::sync
