// Whether a leaf counts: what names versions, takes identities, and who signed.
//
// Rules: docs/FORMATS.md, sections 3.1 and 4, and 2 on unknown algorithms. Leaves are judged in the
// order of their log, logs of one member by epoch. Everything that concerns single entries is
// judge_entry.h's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/commit.h"
#include "ledger/judging_state.h"
#include "ledger/trust_book.h"
#include "ledger/verdict.h"

namespace plenary {

// The author keys that signed a leaf, in the order of its signers.
using Authors = std::vector<const AuthorKey*>;

// The authors of `leaf`, whose form is good: on `card`, active, of an algorithm that `roster`
// allows. No signature is checked. Fails with UNKNOWN_AUTHOR, AUTHOR_NOT_ACTIVE,
// ALGORITHM_NOT_ALLOWED. Thread-safe.
absl::StatusOr<Authors> FindAuthors(const LeafView& leaf, const Roster& roster, const Card& card);

// Verifies the signatures of `leaf` by `authors`, one each; BAD_SIGNATURE. The costly part of
// judging a leaf, and a function of its bytes alone once the authors are known: a node may run it
// beforehand, on other threads. Thread-safe.
absl::Status VerifySignatures(const LeafView& leaf, const Authors& authors);

// The highest versions named so far; 0: none.
struct NamedVersions {
  uint64_t roster = 0;
  uint64_t card = 0;
  friend bool operator==(const NamedVersions&, const NamedVersions&) = default;
};

// How far the leaves of a member's logs have been judged. A value.
struct LeafProgress {
  // The last leaf that was judged or found to be unjudged.
  std::optional<LeafPlace> last;
  NamedVersions named;
  // The first leaf that is unjudged; the leaf before it, and what had been named up to there.
  std::optional<LeafPlace> waiting;
  std::optional<LeafPlace> before_waiting;
  NamedVersions named_before_waiting;
  // A version that is not held was named: every later leaf is unjudged. Else (an unknown rule or
  // algorithm, a disputed card) those that went back are judged to have done so.
  bool waits_for_version = false;

  // One value has one spelling.
  std::string Serialize() const;
  // Fails with BAD_ENCODING.
  static absl::StatusOr<LeafProgress> Parse(absl::string_view bytes);
  friend bool operator==(const LeafProgress&, const LeafProgress&) = default;
};

// What became of a leaf.
struct LeafOutcome {
  Judgement judgement;  // counts, unjudged, or does not count
  // Is there a manifest of this log that is good by form? If not, the leaf has no entries here.
  bool has_entries = false;
  // Set if the leaf counts; valid until the trust book changes.
  const Roster* roster = nullptr;
  const Card* card = nullptr;
  Authors authors;
};

// Judges the leaves of one member. Loop only.
class LeafJudge {
 public:
  // `trust` outlives the judge.
  LeafJudge(absl::string_view member, TrustBook& trust, LeafProgress progress);

  // Judges the next leaf. `leaf` is what ReadLeaf said of its bytes. `signatures`, if given, is
  // what VerifySignatures said of it. CHECKs that `place` is after the last one. Fails only as
  // `state` does; then nothing has changed.
  absl::StatusOr<LeafOutcome> Judge(LeafPlace place, const absl::StatusOr<LeafView>& leaf,
                                    JudgingState& state, const absl::Status* signatures = nullptr);
  // Everything that makes a leaf count beyond versions and identity: the owner's standing, the
  // card, the epoch, the roster's limits, the authors, and, if `signatures` is null, their
  // signatures. `leaf` is good by form; it is unjudged if a version that it names is not held.
  LeafOutcome JudgeByNamed(LeafPlace place, const LeafView& leaf, const absl::Status* signatures);

  const LeafProgress& progress() const { return progress_; }
  // Goes back to before the first leaf that is unjudged: it is to be judged next. Nothing changes
  // if there is none.
  void Resume();
  // "<federation>/<member>/<epoch>".
  const std::string& OriginOf(uint64_t epoch);

 private:
  // Versions: a judgement if they decide, else nothing.
  std::optional<Judgement> JudgeNames(LeafPlace place, const ManifestView& manifest);
  Judgement Wait(LeafPlace place, bool for_version, absl::Status why);

  std::string member_;
  TrustBook& trust_;
  LeafProgress progress_;
  // As they were before the leaf at hand.
  std::optional<LeafPlace> last_;
  NamedVersions named_;
  uint64_t origin_epoch_ = 0;
  std::string origin_;
};

}  // namespace plenary
