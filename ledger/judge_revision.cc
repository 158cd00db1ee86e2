#include "ledger/judge_revision.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary {
namespace {

using judging_notes::PassedOver;

Judgement Stands(bool understood) {
  return Judgement::Of(understood ? Verdict::kCounts : Verdict::kNotUnderstood);
}

Judgement Fails(absl::string_view name, uint64_t revision, bool taken) {
  if (taken) {
    return Judgement::DoesNotCount(
        MakeError(Reason::REVISION_TAKEN,
                  absl::StrCat(name, ": revision ", revision, " is taken by an earlier entry")));
  }
  return Judgement::DoesNotCount(MakeError(
      Reason::STALE_REVISION, absl::StrCat(name, ": expected as previous of revision ", revision,
                                           " the digest of revision ", revision - 1)));
}

bool IsRedactionName(absl::string_view name) {
  const auto parts = ParseRecordName(name);
  return parts.ok() && parts->collection == "redactions";
}

bool Follows(const std::optional<StandingRevision>& before, absl::string_view previous,
             EntryPlace place) {
  return before.has_value() && before->digest.view() == previous && before->place < place;
}

}  // namespace

absl::StatusOr<RevisionJudge::Standing> RevisionJudge::StandingBefore(absl::string_view name,
                                                                      uint64_t revision) {
  if (revision <= 1) return Standing();
  return state_.FindStanding(name, revision - 1);
}

absl::StatusOr<bool> RevisionJudge::IsBareBefore(absl::string_view digest, EntryPlace place) {
  ASSIGN_OR_RETURN(const auto note, state_.FindNote(judging_notes::BareKey(digest)));
  if (!note.has_value()) return false;
  ASSIGN_OR_RETURN(const EntryPlace bare, judging_notes::ParsePlace(*note));
  return bare < place;
}

absl::StatusOr<bool> RevisionJudge::IsReady(const Candidate& candidate) {
  if (candidate.revision == 1) return true;
  if (candidate.redaction) return false;
  return IsBareBefore(candidate.previous, candidate.place);
}

absl::StatusOr<Judgement> RevisionJudge::Add(const Candidate& candidate) {
  ASSIGN_OR_RETURN(const Standing standing,
                   state_.FindStanding(candidate.name, candidate.revision));
  ASSIGN_OR_RETURN(const Standing before, StandingBefore(candidate.name, candidate.revision));
  const bool follows = Follows(before, candidate.previous, candidate.place);
  bool ready = false;
  if (!follows) {
    ASSIGN_OR_RETURN(ready, IsReady(candidate));
  }
  if (!standing.has_value() && (follows || ready)) {
    state_.PutStanding(
        candidate.name, candidate.revision,
        StandingRevision{candidate.place, candidate.digest, candidate.understood, ready});
    return Stands(candidate.understood);
  }
  PassOver(candidate, ready);
  return Fails(candidate.name, candidate.revision, standing.has_value());
}

absl::StatusOr<Judgement> RevisionJudge::AddLate(const Candidate& candidate,
                                                 VerdictChanged changed) {
  CHECK(!candidate.redaction);
  // As one that was passed over it takes its turn like any other.
  ASSIGN_OR_RETURN(const bool ready, IsReady(candidate));
  PassOver(candidate, ready);
  RETURN_IF_ERROR(Settle(candidate.name, candidate.revision, std::nullopt,
                         [&](EntryPlace place, const Judgement& judgement) {
                           if (place != candidate.place) changed(place, judgement);
                         }));
  ASSIGN_OR_RETURN(const Standing standing,
                   state_.FindStanding(candidate.name, candidate.revision));
  if (standing.has_value() && standing->place == candidate.place) {
    return Stands(candidate.understood);
  }
  return Fails(candidate.name, candidate.revision,
               standing.has_value() && standing->place < candidate.place);
}

absl::StatusOr<bool> RevisionJudge::PutBare(const Digest& digest, EntryPlace place) {
  const std::string key = judging_notes::BareKey(digest.view());
  ASSIGN_OR_RETURN(const auto note, state_.FindNote(key));
  if (note.has_value()) {
    ASSIGN_OR_RETURN(const EntryPlace earliest, judging_notes::ParsePlace(*note));
    if (earliest <= place) return false;
  }
  state_.PutNote(key, judging_notes::PlaceBytes(place));
  return true;
}

absl::Status RevisionJudge::AddBare(const Digest& digest, EntryPlace place) {
  return PutBare(digest, place).status();
}

absl::Status RevisionJudge::Redact(const Digest& digest, EntryPlace place,
                                   const Candidate* candidate, VerdictChanged changed) {
  ASSIGN_OR_RETURN(const bool now_bare, PutBare(digest, place));
  if (candidate != nullptr) {
    const std::string at = judging_notes::PlaceBytes(place);
    state_.DropNote(absl::StrCat(judging_notes::ReadyPrefix(candidate->name, candidate->revision),
                                 judging_notes::PlaceBytes(place)));
    DropWaiting(candidate->name, candidate->revision, candidate->previous, place);
    ASSIGN_OR_RETURN(const Standing standing,
                     state_.FindStanding(candidate->name, candidate->revision));
    if (standing.has_value() && standing->place == place) {
      state_.PutStanding(candidate->name, candidate->revision, std::nullopt);
      RETURN_IF_ERROR(Settle(candidate->name, candidate->revision, standing, changed));
    }
  }
  return now_bare ? WakeWaiting(digest, place, changed) : absl::OkStatus();
}

void RevisionJudge::PutReady(absl::string_view name, uint64_t revision,
                             const StandingRevision& candidate) {
  state_.PutNote(absl::StrCat(judging_notes::ReadyPrefix(name, revision),
                              judging_notes::PlaceBytes(candidate.place)),
                 judging_notes::PassedOverValue(candidate.digest, candidate.understood));
}

void RevisionJudge::PutWaiting(absl::string_view name, uint64_t revision,
                               absl::string_view previous, const StandingRevision& candidate) {
  const std::string place = judging_notes::PlaceBytes(candidate.place);
  state_.PutNote(absl::StrCat(judging_notes::WaitingPrefix(previous, name, revision), place),
                 judging_notes::PassedOverValue(candidate.digest, candidate.understood));
  // A redaction waits for its own chain alone.
  if (IsRedactionName(name)) return;
  state_.PutNote(absl::StrCat(judging_notes::WaitingPlacePrefix(previous), place),
                 judging_notes::NameAndRevision(name, revision));
}

void RevisionJudge::DropWaiting(absl::string_view name, uint64_t revision,
                                absl::string_view previous, EntryPlace place) {
  const std::string at = judging_notes::PlaceBytes(place);
  state_.DropNote(absl::StrCat(judging_notes::WaitingPrefix(previous, name, revision), at));
  state_.DropNote(absl::StrCat(judging_notes::WaitingPlacePrefix(previous), at));
}

void RevisionJudge::PassOver(const Candidate& candidate, bool ready) {
  const StandingRevision passed{candidate.place, candidate.digest, candidate.understood, ready};
  if (ready) {
    PutReady(candidate.name, candidate.revision, passed);
  } else {
    PutWaiting(candidate.name, candidate.revision, candidate.previous, passed);
  }
}

absl::Status RevisionJudge::WakeWaiting(const Digest& digest, EntryPlace place,
                                        VerdictChanged changed) {
  const std::string prefix = judging_notes::WaitingPlacePrefix(digest.view());
  std::string key = absl::StrCat(prefix, judging_notes::PlaceBytes(place));
  std::set<std::pair<std::string, uint64_t>> woken;
  while (true) {
    ASSIGN_OR_RETURN(const auto note, state_.NextNote(prefix, key));
    if (!note.has_value()) break;
    key = note->first;
    ASSIGN_OR_RETURN(const auto named, judging_notes::ParseNameAndRevision(note->second));
    ASSIGN_OR_RETURN(const EntryPlace waiting,
                     judging_notes::ParsePlace(absl::string_view(key).substr(prefix.size())));
    const std::string waiting_key =
        absl::StrCat(judging_notes::WaitingPrefix(digest.view(), named.first, named.second),
                     judging_notes::PlaceBytes(waiting));
    ASSIGN_OR_RETURN(const auto value, state_.FindNote(waiting_key));
    if (value.has_value()) {
      state_.PutNote(absl::StrCat(judging_notes::ReadyPrefix(named.first, named.second),
                                  judging_notes::PlaceBytes(waiting)),
                     *value);
      woken.insert(named);
    }
    DropWaiting(named.first, named.second, digest.view(), waiting);
  }
  for (const auto& [name, revision] : woken) {
    RETURN_IF_ERROR(Settle(name, revision, std::nullopt, changed));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<PassedOver>> RevisionJudge::NextInLine(absl::string_view name,
                                                                    uint64_t revision,
                                                                    const Standing& before,
                                                                    bool& ready) {
  std::optional<PassedOver> next;
  const auto consider = [&](absl::string_view prefix, absl::string_view after) -> absl::Status {
    ASSIGN_OR_RETURN(const auto note, state_.NextNote(prefix, after));
    if (!note.has_value()) return absl::OkStatus();
    ASSIGN_OR_RETURN(PassedOver passed, judging_notes::ParsePassedOver(note->first, note->second));
    if (!next.has_value() || passed.place < next->place) {
      next = std::move(passed);
      ready = note->first[0] == 'Y';
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(consider(judging_notes::ReadyPrefix(name, revision), ""));
  if (before.has_value()) {
    const std::string prefix = judging_notes::WaitingPrefix(before->digest.view(), name, revision);
    RETURN_IF_ERROR(
        consider(prefix, absl::StrCat(prefix, judging_notes::PlaceBytes(before->place))));
  }
  return next;
}

absl::Status RevisionJudge::Settle(absl::string_view name, uint64_t revision,
                                   const Standing& removed, VerdictChanged changed) {
  ASSIGN_OR_RETURN(Standing before_was, StandingBefore(name, revision));
  Standing before = before_was;
  ASSIGN_OR_RETURN(Standing was, state_.FindStanding(name, revision));
  Standing now = was;
  if (removed.has_value()) was = removed;
  while (true) {
    ASSIGN_OR_RETURN(now, SettleOne(name, revision, before_was, before, now, changed));
    if (now == was || revision == UINT64_MAX) return absl::OkStatus();
    before_was = was;
    before = now;
    ++revision;
    ASSIGN_OR_RETURN(was, state_.FindStanding(name, revision));
    now = was;
  }
}

absl::StatusOr<RevisionJudge::Standing> RevisionJudge::SettleOne(
    absl::string_view name, uint64_t revision, const Standing& before_was, const Standing& before,
    Standing now, VerdictChanged changed) {
  const Standing was = now;
  if (now.has_value() && !now->ready) {
    // It followed what stood before it until now.
    CHECK(before_was.has_value());
    if (!Follows(before, before_was->digest.view(), now->place)) {
      ASSIGN_OR_RETURN(now->ready, IsBareBefore(before_was->digest.view(), now->place));
      if (!now->ready) now.reset();
    }
  }
  bool ready = false;
  ASSIGN_OR_RETURN(const auto next, NextInLine(name, revision, before, ready));
  if (next.has_value() && (!now.has_value() || next->place < now->place)) {
    if (ready) {
      state_.DropNote(absl::StrCat(judging_notes::ReadyPrefix(name, revision),
                                   judging_notes::PlaceBytes(next->place)));
    } else {
      DropWaiting(name, revision, before->digest.view(), next->place);
    }
    now = StandingRevision{next->place, next->digest, next->understood, ready};
    changed(next->place, Stands(next->understood));
  }
  if (now == was) return now;
  state_.PutStanding(name, revision, now);
  if (was.has_value() && (!now.has_value() || now->place != was->place)) {
    if (was->ready) {
      PutReady(name, revision, *was);
    } else {
      PutWaiting(name, revision, before_was->digest.view(), *was);
    }
    changed(was->place, Fails(name, revision, now.has_value() && now->place < was->place));
  }
  return now;
}

}  // namespace plenary
