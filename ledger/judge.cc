#include "ledger/judge.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/judging_notes.h"
#include "ledger/status.h"

namespace plenary {
namespace {

// Of a record that has passed CheckRecord.
Candidate CandidateOf(const RecordView& record, EntryPlace place, const Digest& digest) {
  return Candidate{.name = record.name,
                   .revision = record.revision,
                   .place = place,
                   .digest = digest,
                   .previous = record.previous,
                   .understood = record.understood,
                   .redaction = record.parts->collection == "redactions"};
}

absl::string_view ReasonName(const absl::Status& why) {
  const std::optional<Reason> reason = ReasonOf(why);
  CHECK(reason.has_value());
  return RowOf(*reason).name;
}

// Why a leaf that was judged before does not count, out of its note.
absl::Status IdleReason(absl::string_view name) {
  const ReasonRow* row = FindReason(name);
  return MakeError(row != nullptr ? row->reason : Reason::STORE_DAMAGED,
                   "entry: its leaf does not count");
}

// The slot of an entry whose leaf came with fewer slots.
constexpr SlotBytes kNoBytes;

}  // namespace

MemberJudge::MemberJudge(absl::string_view member, TrustBook& trust, Sight sight,
                         JudgingState& state, LeafProgress progress)
    : member_(member),
      origin_stem_(absl::StrCat(trust.rosters().federation(), "/", member, "/")),
      sight_(std::move(sight)),
      state_(state),
      leaves_(member, trust, progress),
      revisions_(state) {}

absl::StatusOr<MemberJudge> MemberJudge::Open(absl::string_view member, TrustBook& trust,
                                              Sight sight, JudgingState& state) {
  LeafProgress progress;
  ASSIGN_OR_RETURN(const auto note, state.FindNote(judging_notes::kProgressKey));
  if (note.has_value()) {
    ASSIGN_OR_RETURN(progress, LeafProgress::Parse(*note));
  }
  return MemberJudge(member, trust, std::move(sight), state, progress);
}

void MemberJudge::Save() {
  state_.PutNote(judging_notes::kProgressKey, leaves_.progress().Serialize());
}

bool MemberJudge::JudgedFrom(uint64_t card_version) const {
  const LeafProgress& progress = leaves_.progress();
  const NamedVersions& named =
      progress.waiting.has_value() ? progress.named_before_waiting : progress.named;
  return card_version <= named.card;
}

absl::StatusOr<bool> MemberJudge::HasNote(const std::string& key) {
  ASSIGN_OR_RETURN(const auto note, state_.FindNote(key));
  return note.has_value();
}

absl::Status MemberJudge::Add(const LeafInput& input, JudgementSink& sink) {
  const absl::StatusOr<LeafView> view = ReadLeaf(input.bytes);
  ASSIGN_OR_RETURN(const LeafOutcome outcome,
                   leaves_.Judge(input.place, view, state_, input.signatures));
  sink.OnLeaf(input.place, view.ok() ? &*view : nullptr, outcome);
  // While leaves wait they are fed once more, and only then for good.
  if (outcome.judgement.verdict == Verdict::kDoesNotCount && !progress().waiting.has_value()) {
    state_.PutNote(judging_notes::IdleLeafKey(input.place), ReasonName(outcome.judgement.why));
  }
  if (!outcome.has_entries) return absl::OkStatus();
  return JudgeEntries({input.place, *view, outcome, input.slots}, sink);
}

absl::Status MemberJudge::JudgeEntries(const JudgedLeaf& leaf, JudgementSink& sink) {
  const auto& entries = leaf.view.manifest.entries;
  for (uint32_t i = 0; i < entries.size(); ++i) {
    const EntryPlace place{leaf.place.epoch, leaf.place.index, i};
    const SlotBytes& slot = i < leaf.slots.size() ? leaf.slots[i] : kNoBytes;
    EntryRecord record;
    if (slot.bytes.has_value()) record = ReadEntry(entries[i], *slot.bytes, slot.verified);
    Judgement judgement = leaf.outcome.judgement;
    if (judgement.verdict == Verdict::kCounts) {
      if (!sight_.Sees(leaf.view.manifest, entries[i].audience, member_)) {
        judgement = Judgement::Of(Verdict::kRestricted);
        ASSIGN_OR_RETURN(const Digest digest, Digest::FromBytes(entries[i].digest));
        RETURN_IF_ERROR(revisions_.AddBare(digest, place));
      } else if (!slot.bytes.has_value()) {
        judgement = Judgement::Of(Verdict::kMissing);
      } else {
        ASSIGN_OR_RETURN(judgement, JudgeEntry(leaf, place, record, sink));
      }
    }
    sink.OnEntry(
        {place, entries[i], record.record.has_value() ? &*record.record : nullptr, judgement});
  }
  return absl::OkStatus();
}

absl::StatusOr<Judgement> MemberJudge::JudgeEntry(const JudgedLeaf& leaf, EntryPlace place,
                                                  const EntryRecord& record, JudgementSink& sink) {
  if (!record.why.ok()) return Judgement::DoesNotCount(record.why);
  const ManifestEntry& entry = leaf.view.manifest.entries[place.entry];
  const absl::Status checked = CheckEntry(member_, leaf.outcome, entry, *record.record);
  if (!checked.ok()) return Judgement::DoesNotCount(checked);
  ASSIGN_OR_RETURN(const Digest digest, Digest::FromBytes(entry.digest));
  const Candidate candidate = CandidateOf(*record.record, place, digest);
  if (candidate.redaction) return JudgeRedaction(leaf, candidate, *record.record, sink);
  return revisions_.Add(candidate);
}

absl::StatusOr<Judgement> MemberJudge::JudgeRedaction(const JudgedLeaf& leaf,
                                                      const Candidate& candidate,
                                                      const RecordView& record,
                                                      JudgementSink& sink) {
  ASSIGN_OR_RETURN(const RedactionScope scope,
                   CheckRedaction(record, candidate.place, leaf.view, origin_stem_,
                                  [this](LeafPlace place) { return FindLeaf(place); }));
  if (!scope.why.ok()) return Judgement::DoesNotCount(scope.why);
  ASSIGN_OR_RETURN(Judgement judgement, revisions_.Add(candidate));
  // One that is not understood stands in its chain and erases nothing.
  if (judgement.verdict != Verdict::kCounts) return judgement;
  for (const RedactionTarget& target : scope.targets) {
    RETURN_IF_ERROR(Redact(leaf, target, candidate.place, sink));
  }
  return judgement;
}

absl::StatusOr<const LeafView*> MemberJudge::FindLeaf(LeafPlace place) {
  if (found_ == nullptr || found_->place != place) {
    ASSIGN_OR_RETURN(auto bytes, state_.Leaf(place));
    found_ = std::make_unique<Found>();
    found_->place = place;
    found_->bytes = bytes.has_value() ? *std::move(bytes) : std::string();
    auto view = ReadLeaf(found_->bytes);
    if (view.ok() && view->form.ok() && view->manifest.origin == leaves_.OriginOf(place.epoch)) {
      found_->view = *std::move(view);
    }
  }
  return found_->view.has_value() ? &*found_->view : nullptr;
}

absl::StatusOr<std::optional<std::string>> MemberJudge::BytesOf(const JudgedLeaf& leaf,
                                                                EntryPlace place) {
  if (place.leaf() != leaf.place) return state_.Record(place);
  if (place.entry >= leaf.slots.size() || !leaf.slots[place.entry].bytes.has_value()) {
    return std::nullopt;
  }
  return std::string(*leaf.slots[place.entry].bytes);
}

absl::Status MemberJudge::Redact(const JudgedLeaf& leaf, const RedactionTarget& target,
                                 EntryPlace redaction, JudgementSink& sink) {
  const std::string key = judging_notes::RedactedKey(target.place);
  ASSIGN_OR_RETURN(const bool redacted_already, HasNote(key));
  if (redacted_already) return absl::OkStatus();
  state_.PutNote(key, "");
  sink.OnRedacted(target.place, redaction);
  ASSIGN_OR_RETURN(const bool idle, HasNote(judging_notes::IdleLeafKey(target.place.leaf())));
  if (idle) return absl::OkStatus();
  sink.OnChanged(target.place, Judgement::Of(Verdict::kRedacted));
  ASSIGN_OR_RETURN(const auto bytes, BytesOf(leaf, target.place));
  std::optional<Candidate> candidate;
  if (bytes.has_value()) {
    const auto record = ParseRecord(*bytes);
    if (record.ok()) candidate = CandidateOf(*record, target.place, target.digest);
  }
  return revisions_.Redact(
      target.digest, target.place, candidate.has_value() ? &*candidate : nullptr,
      [&sink](EntryPlace place, const Judgement& judgement) { sink.OnChanged(place, judgement); });
}

absl::StatusOr<MemberJudge::Late> MemberJudge::AddLateBytes(EntryPlace place, const SlotBytes& slot,
                                                            JudgementSink& sink) {
  const LeafProgress& progress = leaves_.progress();
  CHECK(slot.bytes.has_value() && progress.last.has_value() && place.leaf() <= *progress.last);
  ASSIGN_OR_RETURN(const auto bytes, state_.Leaf(place.leaf()));
  CHECK(bytes.has_value());
  const absl::StatusOr<LeafView> view = ReadLeaf(*bytes);
  CHECK(view.ok() && place.entry < view->slots());
  const ManifestEntry& entry = view->manifest.entries[place.entry];
  if (progress.waiting.has_value() && *progress.waiting <= place.leaf()) return Late::kFeedAgain;
  const EntryRecord record = ReadEntry(entry, *slot.bytes, slot.verified);
  const RecordView* shown = record.record.has_value() ? &*record.record : nullptr;
  const auto report = [&](const Judgement& judgement) {
    sink.OnEntry({place, entry, shown, judgement});
    return Late::kJudged;
  };
  ASSIGN_OR_RETURN(const auto idle, state_.FindNote(judging_notes::IdleLeafKey(place.leaf())));
  if (idle.has_value()) return report(Judgement::DoesNotCount(IdleReason(*idle)));
  ASSIGN_OR_RETURN(const bool redacted, HasNote(judging_notes::RedactedKey(place)));
  if (redacted) return report(Judgement::Of(Verdict::kRedacted));
  if (!sight_.Sees(view->manifest, entry.audience, member_)) {
    return report(Judgement::Of(Verdict::kRestricted));
  }
  if (!record.why.ok()) return report(Judgement::DoesNotCount(record.why));
  // Its signatures were verified when the leaf was judged.
  const absl::Status signatures;
  const LeafOutcome outcome = leaves_.JudgeByNamed(place.leaf(), *view, &signatures);
  if (outcome.judgement.verdict != Verdict::kCounts) return Late::kJudgeAnew;
  const absl::Status checked = CheckEntry(member_, outcome, entry, *record.record);
  if (!checked.ok()) return report(Judgement::DoesNotCount(checked));
  ASSIGN_OR_RETURN(const Digest digest, Digest::FromBytes(entry.digest));
  const Candidate candidate = CandidateOf(*record.record, place, digest);
  if (candidate.redaction) return Late::kJudgeAnew;
  ASSIGN_OR_RETURN(
      const Judgement judgement,
      revisions_.AddLate(candidate, [&sink](EntryPlace other, const Judgement& changed) {
        sink.OnChanged(other, changed);
      }));
  return report(judgement);
}

}  // namespace plenary
