// Changes to a judging state that are not in it yet: a batch on its way to the database, or a
// commit that is judged on trial and perhaps forgotten.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/judging_state.h"

namespace plenary {

// Reads what was put here, else what lies below; puts stay here. Overlays lie on overlays. Loop
// only.
class JudgingOverlay final : public JudgingState {
 public:
  // `below` outlives the overlay and does not change while the overlay holds anything.
  explicit JudgingOverlay(JudgingState& below) : below_(below) {}
  // Neither copied nor moved: say JudgingState& to lay one overlay on another.
  JudgingOverlay(const JudgingOverlay&) = delete;
  JudgingOverlay& operator=(const JudgingOverlay&) = delete;

  // Puts everything into `target`, which is the state below or writes to what it reads, and is
  // empty afterwards.
  void MoveInto(JudgingState& target);
  // Forgets everything.
  void Clear();

  absl::StatusOr<std::optional<LeafPlace>> FindIdentity(const Digest& identity) override;
  void PutIdentity(const Digest& identity, LeafPlace place) override;
  absl::StatusOr<std::optional<StandingRevision>> FindStanding(absl::string_view name,
                                                               uint64_t revision) override;
  void PutStanding(absl::string_view name, uint64_t revision,
                   const std::optional<StandingRevision>& standing) override;
  absl::StatusOr<std::optional<std::string>> FindNote(absl::string_view key) override;
  absl::StatusOr<std::optional<std::pair<std::string, std::string>>> NextNote(
      absl::string_view prefix, absl::string_view after) override;
  void PutNote(absl::string_view key, absl::string_view value) override;
  void DropNote(absl::string_view key) override;
  absl::StatusOr<std::optional<std::string>> Leaf(LeafPlace place) override {
    return below_.Leaf(place);
  }
  absl::StatusOr<std::optional<std::string>> Record(EntryPlace place) override {
    return below_.Record(place);
  }

 private:
  JudgingState& below_;
  absl::flat_hash_map<Digest, LeafPlace> identities_;
  // Nothing: forgotten here.
  absl::flat_hash_map<std::pair<std::string, uint64_t>, std::optional<StandingRevision>> standing_;
  std::map<std::string, std::optional<std::string>, std::less<>> notes_;
};

}  // namespace plenary
