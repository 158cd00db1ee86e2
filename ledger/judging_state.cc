#include "ledger/judging_state.h"

namespace plenary {

absl::StatusOr<std::optional<LeafPlace>> MemoryJudgingState::FindIdentity(const Digest& identity) {
  const auto at = identities_.find(identity);
  if (at == identities_.end()) return std::nullopt;
  return at->second;
}

void MemoryJudgingState::PutIdentity(const Digest& identity, LeafPlace place) {
  identities_[identity] = place;
}

absl::StatusOr<std::optional<StandingRevision>> MemoryJudgingState::FindStanding(
    absl::string_view name, uint64_t revision) {
  const auto at = standing_.find({std::string(name), revision});
  if (at == standing_.end()) return std::nullopt;
  return at->second;
}

void MemoryJudgingState::PutStanding(absl::string_view name, uint64_t revision,
                                     const std::optional<StandingRevision>& standing) {
  if (standing.has_value()) {
    standing_[{std::string(name), revision}] = *standing;
  } else {
    standing_.erase({std::string(name), revision});
  }
}

absl::StatusOr<std::optional<std::string>> MemoryJudgingState::FindNote(absl::string_view key) {
  const auto at = notes_.find(std::string(key));
  if (at == notes_.end()) return std::nullopt;
  return at->second;
}

absl::StatusOr<std::optional<std::pair<std::string, std::string>>> MemoryJudgingState::NextNote(
    absl::string_view prefix, absl::string_view after) {
  const auto at = after < prefix ? notes_.lower_bound(std::string(prefix))
                                 : notes_.upper_bound(std::string(after));
  if (at == notes_.end() || absl::string_view(at->first).substr(0, prefix.size()) != prefix) {
    return std::nullopt;
  }
  return std::make_pair(at->first, at->second);
}

void MemoryJudgingState::PutNote(absl::string_view key, absl::string_view value) {
  notes_.insert_or_assign(std::string(key), std::string(value));
}

void MemoryJudgingState::DropNote(absl::string_view key) { notes_.erase(std::string(key)); }

}  // namespace plenary
