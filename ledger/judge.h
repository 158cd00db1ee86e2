// Whether a record counts: the judge of one member's logs, fed leaf by leaf.
//
// Rules: docs/FORMATS.md, section 4. The verdicts are a function of the signed parts of the
// member's logs, the rosters and cards held, the record bytes at hand and the audiences in sight,
// whatever the order in which these arrived:
//  - leaves are fed in order, epochs one after the other;
//  - a redaction changes earlier verdicts, and the sink hears of each;
//  - a roster or card that was waited for: Resume, then feed again from there;
//  - bytes that come late: AddLateBytes;
//  - a leaf of an earlier epoch, a late redaction, or a second card of a version that leaves name
//    already: forget the state and feed all anew (JudgedFrom says whether a card is too late).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/commit.h"
#include "ledger/judge_entry.h"
#include "ledger/judge_leaf.h"
#include "ledger/judge_revision.h"
#include "ledger/judging_state.h"
#include "ledger/sight.h"
#include "ledger/trust_book.h"
#include "ledger/verdict.h"

namespace plenary {

// What is said of an entry when its leaf is judged.
struct EntryReport {
  EntryPlace place;
  const ManifestEntry& entry;
  // Null unless the bytes are here, are those of the digest, and pass the strict scan. Its `parts`
  // say whether the name can be read.
  const RecordView* record;
  const Judgement& judgement;
};

// Hears what a judge finds. Everything is valid during the call only.
class JudgementSink {
 public:
  virtual ~JudgementSink() = default;
  // A leaf was judged; its entries follow, if it has any here. `leaf` is null if it cannot be read.
  virtual void OnLeaf(LeafPlace place, const LeafView* leaf, const LeafOutcome& outcome) = 0;
  virtual void OnEntry(const EntryReport& report) = 0;
  // The verdict of an entry that was reported before has changed.
  virtual void OnChanged(EntryPlace place, const Judgement& judgement) = 0;
  // A redaction that counts names an entry: its bytes are to be erased, and no digest lists it.
  // Its verdict is "redacted" if its leaf counts.
  virtual void OnRedacted(EntryPlace target, EntryPlace redaction) = 0;
};

// One leaf to judge.
struct LeafInput {
  LeafPlace place;
  absl::string_view bytes;
  // One per entry; further entries have no bytes here.
  absl::Span<const SlotBytes> slots;
  // What VerifySignatures said of it, if that was asked before; else the judge asks.
  const absl::Status* signatures = nullptr;
};

// Judges one member's logs. Loop only.
class MemberJudge {
 public:
  // Goes on where `state` left off. `trust` and `state` outlive the judge; `state` is of this
  // member and sight alone. Fails as the state does.
  static absl::StatusOr<MemberJudge> Open(absl::string_view member, TrustBook& trust, Sight sight,
                                          JudgingState& state);

  // Judges the next leaf: CHECKs that it comes after the last one. Fails only as the state does;
  // its other changes are then to be forgotten, and this judge with them.
  absl::Status Add(const LeafInput& input, JudgementSink& sink);

  enum class Late {
    kJudged,     // the sink has heard of the entry as if for the first time
    kFeedAgain,  // its leaf waits: Resume, then feed again
    kJudgeAnew,  // it is a redaction, or the leaf counts no longer: forget the state, feed all
  };
  // Judges an entry whose bytes were not here when its leaf was judged: CHECKs that there was one.
  // Nothing is done unless the answer is kJudged.
  absl::StatusOr<Late> AddLateBytes(EntryPlace place, const SlotBytes& slot, JudgementSink& sink);

  // Puts what this object remembers into the state: before the state is written.
  void Save();

  // How far it has come; the first leaf that is unjudged, if any.
  const LeafProgress& progress() const { return leaves_.progress(); }
  // Goes back to before the first leaf that is unjudged: feed that one next.
  void Resume() { leaves_.Resume(); }
  // Has a leaf been judged that names this version of the member's card, or a later one?
  bool JudgedFrom(uint64_t card_version) const;

 private:
  MemberJudge(absl::string_view member, TrustBook& trust, Sight sight, JudgingState& state,
              LeafProgress progress);

  // A leaf that counts, with what is needed to judge its entries.
  struct JudgedLeaf {
    LeafPlace place;
    const LeafView& view;
    const LeafOutcome& outcome;
    absl::Span<const SlotBytes> slots;
  };
  absl::Status JudgeEntries(const JudgedLeaf& leaf, JudgementSink& sink);
  absl::StatusOr<Judgement> JudgeEntry(const JudgedLeaf& leaf, EntryPlace place,
                                       const EntryRecord& record, JudgementSink& sink);
  absl::StatusOr<Judgement> JudgeRedaction(const JudgedLeaf& leaf, const Candidate& candidate,
                                           const RecordView& record, JudgementSink& sink);
  absl::Status Redact(const JudgedLeaf& leaf, const RedactionTarget& target, EntryPlace redaction,
                      JudgementSink& sink);
  // An earlier leaf that has entries, else null. Valid until the next call.
  absl::StatusOr<const LeafView*> FindLeaf(LeafPlace place);
  // The record bytes of an earlier entry or of one of the leaf at hand.
  absl::StatusOr<std::optional<std::string>> BytesOf(const JudgedLeaf& leaf, EntryPlace place);
  absl::StatusOr<bool> HasNote(const std::string& key);

  std::string member_;
  std::string origin_stem_;  // "<federation>/<member>/"
  Sight sight_;
  JudgingState& state_;
  LeafJudge leaves_;
  RevisionJudge revisions_;

  // The leaf that a redaction named last: the next one often names it too.
  struct Found {
    LeafPlace place;
    std::string bytes;
    std::optional<LeafView> view;  // into `bytes`
  };
  std::unique_ptr<Found> found_;
};

}  // namespace plenary
