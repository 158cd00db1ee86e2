#include "ledger/judging_overlay.h"

#include <string_view>

#include "ledger/status.h"

namespace plenary {
namespace {

std::string_view Standard(absl::string_view text) { return {text.data(), text.size()}; }

}  // namespace

void JudgingOverlay::MoveInto(JudgingState& target) {
  for (const auto& [identity, place] : identities_) target.PutIdentity(identity, place);
  for (const auto& [revision, standing] : standing_) {
    target.PutStanding(revision.first, revision.second, standing);
  }
  for (const auto& [key, value] : notes_) {
    if (value.has_value()) {
      target.PutNote(key, *value);
    } else {
      target.DropNote(key);
    }
  }
  Clear();
}

void JudgingOverlay::Clear() {
  identities_.clear();
  standing_.clear();
  notes_.clear();
}

absl::StatusOr<std::optional<LeafPlace>> JudgingOverlay::FindIdentity(const Digest& identity) {
  const auto at = identities_.find(identity);
  if (at != identities_.end()) return at->second;
  return below_.FindIdentity(identity);
}

void JudgingOverlay::PutIdentity(const Digest& identity, LeafPlace place) {
  identities_[identity] = place;
}

absl::StatusOr<std::optional<StandingRevision>> JudgingOverlay::FindStanding(absl::string_view name,
                                                                             uint64_t revision) {
  const auto at = standing_.find({std::string(name), revision});
  if (at != standing_.end()) return at->second;
  return below_.FindStanding(name, revision);
}

void JudgingOverlay::PutStanding(absl::string_view name, uint64_t revision,
                                 const std::optional<StandingRevision>& standing) {
  standing_.insert_or_assign(std::pair(std::string(name), revision), standing);
}

absl::StatusOr<std::optional<std::string>> JudgingOverlay::FindNote(absl::string_view key) {
  const auto at = notes_.find(Standard(key));
  if (at != notes_.end()) return at->second;
  return below_.FindNote(key);
}

absl::StatusOr<std::optional<std::pair<std::string, std::string>>> JudgingOverlay::NextNote(
    absl::string_view prefix, absl::string_view after) {
  // The next one here, kept or dropped; then the next one below that is not dropped here.
  auto here =
      after < prefix ? notes_.lower_bound(Standard(prefix)) : notes_.upper_bound(Standard(after));
  while (here != notes_.end() && !here->second.has_value()) ++here;
  const bool found_here =
      here != notes_.end() && absl::string_view(here->first).substr(0, prefix.size()) == prefix;
  ASSIGN_OR_RETURN(auto below, below_.NextNote(prefix, after));
  while (below.has_value() && (!found_here || below->first < here->first)) {
    if (notes_.find(below->first) == notes_.end()) return below;
    const std::string dropped = below->first;
    ASSIGN_OR_RETURN(below, below_.NextNote(prefix, dropped));
  }
  if (!found_here) return std::nullopt;
  return std::make_pair(here->first, *here->second);
}

void JudgingOverlay::PutNote(absl::string_view key, absl::string_view value) {
  notes_.insert_or_assign(std::string(key), std::string(value));
}

void JudgingOverlay::DropNote(absl::string_view key) {
  notes_.insert_or_assign(std::string(key), std::nullopt);
}

}  // namespace plenary
