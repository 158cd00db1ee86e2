// Which revision of a name stands: the chains of revisions, one per name.
//
// Rule: docs/FORMATS.md, section 4: "Revision n counts if (name, n) is not taken and `previous` is
// the digest of the counted revision n - 1, or (but for redactions) of an earlier entry of the same
// member's logs that is redacted or outside the audiences judged". In the order of places, that is:
// of the candidates for (name, n) whose previous will do, the earliest stands.
//
// A later redaction changes this for entries judged before, and so do bytes that come late. Neither
// asks for judging a log anew: candidates that were passed over are kept under what they wait for,
// so each change costs a few look-ups for each verdict that it changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/digest.h"
#include "ledger/judging_notes.h"
#include "ledger/judging_state.h"
#include "ledger/verdict.h"

namespace plenary {

// A revision that stands if its chain lets it: everything else about its entry is good.
struct Candidate {
  absl::string_view name;
  uint64_t revision = 0;
  EntryPlace place;
  Digest digest;
  absl::string_view previous;  // empty at revision 1, else 32 bytes
  bool understood = true;
  bool redaction = false;  // of the collection redactions: stands on nothing but its own chain
};

// A verdict on an earlier entry that has changed.
using VerdictChanged = absl::FunctionRef<void(EntryPlace place, const Judgement& judgement)>;

// Judges the revisions of one member's records. A call that fails, fails as the state did; what it
// had begun is then to be forgotten with the state's other changes. Loop only.
class RevisionJudge {
 public:
  // `state` outlives the judge.
  explicit RevisionJudge(JudgingState& state) : state_(state) {}

  // Adds the candidate of the last place so far: nothing before it can change.
  absl::StatusOr<Judgement> Add(const Candidate& candidate);
  // Adds a candidate whose bytes came late. `changed` is told of others that this makes stand or
  // fall. CHECKs that it is no redaction: what one has erased does not come back by itself, so a
  // late one is a reason to judge anew.
  absl::StatusOr<Judgement> AddLate(const Candidate& candidate, VerdictChanged changed);

  // From now on the digest will do as the previous of later entries, because the entry at `place`
  // is outside the audiences in sight. Only for the last place so far.
  absl::Status AddBare(const Digest& digest, EntryPlace place);
  // The entry at `place` is redacted: its digest will do as the previous of later entries, and it
  // stands no more. `candidate` is null unless its bytes are here and could be read.
  absl::Status Redact(const Digest& digest, EntryPlace place, const Candidate* candidate,
                      VerdictChanged changed);

 private:
  using Standing = std::optional<StandingRevision>;

  absl::StatusOr<Standing> StandingBefore(absl::string_view name, uint64_t revision);
  absl::StatusOr<bool> IsBareBefore(absl::string_view digest, EntryPlace place);
  // Will its previous do for good?
  absl::StatusOr<bool> IsReady(const Candidate& candidate);
  absl::StatusOr<bool> PutBare(const Digest& digest, EntryPlace place);
  // Notes of candidates that do not stand.
  void PassOver(const Candidate& candidate, bool ready);
  void PutReady(absl::string_view name, uint64_t revision, const StandingRevision& candidate);
  void PutWaiting(absl::string_view name, uint64_t revision, absl::string_view previous,
                  const StandingRevision& candidate);
  void DropWaiting(absl::string_view name, uint64_t revision, absl::string_view previous,
                   EntryPlace place);
  // Candidates that wait for the digest and come after `place` wait no longer.
  absl::Status WakeWaiting(const Digest& digest, EntryPlace place, VerdictChanged changed);
  // The candidate that would stand if the standing one did not: the earliest that was passed over
  // and whose previous will do, `before` being the standing revision before it.
  absl::StatusOr<std::optional<judging_notes::PassedOver>> NextInLine(absl::string_view name,
                                                                      uint64_t revision,
                                                                      const Standing& before,
                                                                      bool& ready);
  // Lets the right candidate stand at `revision`, then at the next one, while something changes.
  // `removed`: what stood at `revision` until now and is gone.
  absl::Status Settle(absl::string_view name, uint64_t revision, const Standing& removed,
                      VerdictChanged changed);
  // Settles one revision. `before_was` and `before` stood at the revision before it, and `now`
  // stands at it; gives what stands at it then.
  absl::StatusOr<Standing> SettleOne(absl::string_view name, uint64_t revision,
                                     const Standing& before_was, const Standing& before,
                                     Standing now, VerdictChanged changed);

  JudgingState& state_;
};

}  // namespace plenary
