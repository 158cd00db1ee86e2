// The own log's node: recovery after every start, proposals, checkpoints (docs/PROTOCOL.md, rules
// 1 to 4, 6, 9, 10).
//
// The owner decides what its log key signs. Leaves and notes lie in the LogReplica of the own log;
// statements of peers come in verified. It never sends by itself: Outgoing() is what every session
// should have.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "ledger/finality.h"
#include "ledger/signature.h"
#include "ledger/statement.h"
#include "sync/effects.h"
#include "sync/log_replica.h"
#include "sync/trust.h"

namespace plenary::sync {

// The two minutes and the one minute are constants of the protocol.
inline constexpr int64_t kAnswersLiveMs = 60'000;
inline constexpr int64_t kMuteMs = 120'000;

enum class OwnerPhase {
  kInquiring,  // waiting for a quorum of answers
  kAdopting,   // a quorum answered; fetching what it holds
  kActive,     // proposes and signs
  kFenced,     // another instance is active: until an operator restarts it
  kFrozen,     // the log showed two histories: a new epoch is needed
};
absl::string_view PhaseName(OwnerPhase phase);

// Random bytes and jitter, injected.
struct Chance {
  absl::AnyInvocable<std::string(size_t)> bytes;
  absl::AnyInvocable<uint64_t(uint64_t)> below;  // [0, n)
};

// Loop only.
class LogOwner {
 public:
  // All are borrowed and outlive the owner.
  LogOwner(LogReplica& replica, const Trust& trust, const Signer& log_key, Chance& chance);

  OwnerPhase phase() const { return phase_; }
  bool active() const { return phase_ == OwnerPhase::kActive; }
  // Takes leaves from peers; at all other times the own log grows by what is submitted.
  bool recovers() const {
    return phase_ == OwnerPhase::kInquiring || phase_ == OwnerPhase::kAdopting;
  }
  const Incarnation& incarnation() const { return incarnation_; }
  // Peers that have answered this incarnation, with their store; abstaining ones apart.
  const std::map<std::string, Answer>& answers() const { return answers_; }
  // Newest size acknowledged by each peer in this incarnation.
  const std::map<std::string, uint64_t>& acknowledged() const { return acknowledged_; }
  // Member whose leaves an adoption waits for; empty if for none.
  const std::string& adopting_from() const { return adopting_from_; }
  int64_t since_ms() const { return since_ms_; }

  // Rule 1: takes the highest counter known + 1. The inquiry leaves with the drain.
  void BeginIncarnation(Instant now, Effects& effects);
  // What every session should have had: the inquiry while inquiring, else the newest proposal.
  std::string Outgoing() const;

  // Verified statements of peers, by the member that signed them.
  void OnAnswer(const std::string& member, const Answer& answer, Instant now,
                const Holdings& holdings, Effects& effects);
  void OnAcknowledgement(const std::string& member, const Acknowledgement& acknowledgement,
                         const Holdings& holdings);
  // A log-signed inquiry or proposal of this log that is not of this incarnation.
  void OnForeign(const Incarnation& other, Instant now, Effects& effects);
  // A roster version came (rule 8): what is inquired and proposed from now on knows it.
  void OnRoster(Instant now, Effects& effects);
  // Contradicting statements of the own log key were seen.
  void Freeze() { phase_ = OwnerPhase::kFrozen; }

  // Leaves or notes changed, or time passed: adopts, proposes, signs what can be signed. Called
  // before the drain's write, so that a proposal is in the batch of its leaves.
  void Step(Instant now, const Holdings& holdings, Effects& effects);
  // When Step wants to be called again; INT64_MAX if only events matter.
  int64_t WakeAt() const;

 private:
  std::vector<std::string> Answered() const;
  void TryAdopt(Instant now, const Holdings& holdings, Effects& effects);
  void FinishAdoption(Instant now, const Holdings& holdings, Effects& effects);
  void BecomeActive(Instant now, const Holdings& holdings, Effects& effects);
  void Propose(const Holdings& holdings, Effects& effects);
  bool SignCheckpoint(const Holdings& holdings, Effects& effects);
  void OnAbstaining(const std::string& member, const Answer& answer, Instant now);

  LogReplica& replica_;
  const Trust& trust_;
  const Signer& log_key_;
  Chance& chance_;

  OwnerPhase phase_ = OwnerPhase::kInquiring;
  int64_t since_ms_ = 0;
  Incarnation incarnation_;
  uint64_t highest_seen_ = 0;
  uint64_t roster_version_ = 0;
  std::string inquiry_;
  int64_t retry_ms_ = INT64_MAX;  // a new incarnation then

  std::map<std::string, Answer> answers_;          // by member, those that count
  std::map<std::string, std::string> abstaining_;  // by member, the store
  std::map<std::string, std::string> stores_;      // by member, the one store that counts
  std::set<std::string> not_served_;               // members whose leaves never came
  std::optional<finality::Adopted> adopting_;
  std::string adopting_from_;  // member whose leaves are awaited
  uint64_t adopting_size_ = 0;
  int64_t adopting_deadline_ms_ = INT64_MAX;
  int64_t wait_for_stores_ms_ = 0;  // rule 9: up to 10 s for an abstaining store
  std::set<std::string> awaited_stores_;

  std::vector<std::string> without_;  // fixed when active
  std::optional<Proposal> proposal_;
  std::map<std::string, uint64_t> acknowledged_;
  int64_t next_abstain_restart_ms_ = 0;
  int64_t abstain_backoff_ms_ = 300'000;
};

}  // namespace plenary::sync
