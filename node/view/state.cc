#include "node/view/state.h"

#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "node/view/rows.h"

namespace plenary::node {

absl::StatusOr<std::optional<LeafPlace>> DraftState::FindIdentity(const Digest& identity) {
  ASSIGN_OR_RETURN(const auto value,
                   draft_.Find(ViewFamily::kState, IdentityKey(member_, identity)));
  if (!value.has_value()) return std::optional<LeafPlace>();
  ASSIGN_OR_RETURN(const LeafPlace place, ParseLeafPlaceValue(*value));
  return std::optional<LeafPlace>(place);
}

void DraftState::PutIdentity(const Digest& identity, LeafPlace place) {
  draft_.Put(ViewFamily::kState, IdentityKey(member_, identity), LeafPlaceValue(place));
}

absl::StatusOr<std::optional<StandingRevision>> DraftState::FindStanding(absl::string_view name,
                                                                         uint64_t revision) {
  ASSIGN_OR_RETURN(const auto value,
                   draft_.Find(ViewFamily::kState, StandingKey(member_, name, revision)));
  if (!value.has_value()) return std::optional<StandingRevision>();
  ASSIGN_OR_RETURN(const StandingRevision standing, ParseStandingValue(*value));
  return std::optional<StandingRevision>(standing);
}

void DraftState::PutStanding(absl::string_view name, uint64_t revision,
                             const std::optional<StandingRevision>& standing) {
  const std::string key = StandingKey(member_, name, revision);
  if (standing.has_value()) {
    draft_.Put(ViewFamily::kState, key, StandingValue(*standing));
  } else {
    draft_.Drop(ViewFamily::kState, key);
  }
}

absl::StatusOr<std::optional<std::string>> DraftState::FindNote(absl::string_view key) {
  return draft_.Find(ViewFamily::kState, absl::StrCat(NotePrefix(member_), key));
}

absl::StatusOr<std::optional<std::pair<std::string, std::string>>> DraftState::NextNote(
    absl::string_view prefix, absl::string_view after) {
  const std::string stem = NotePrefix(member_);
  std::optional<std::pair<std::string, std::string>> next;
  RETURN_IF_ERROR(draft_.Scan(ViewFamily::kState, absl::StrCat(stem, prefix),
                              after.empty() ? std::string() : absl::StrCat(stem, after),
                              [&](absl::string_view key, absl::string_view value) {
                                next = std::pair(std::string(key.substr(stem.size())),
                                                 std::string(value));
                                return false;
                              }));
  return next;
}

void DraftState::PutNote(absl::string_view key, absl::string_view value) {
  draft_.Put(ViewFamily::kState, absl::StrCat(NotePrefix(member_), key), std::string(value));
}

void DraftState::DropNote(absl::string_view key) {
  draft_.Drop(ViewFamily::kState, absl::StrCat(NotePrefix(member_), key));
}

}  // namespace plenary::node
