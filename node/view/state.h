// The judge's memory in the view's rows.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "ledger/judging_state.h"
#include "node/view/view_draft.h"

namespace plenary::node {

// One member's state. Fails as the draft does. Loop only.
class DraftState final : public JudgingState {
 public:
  // `draft` and `bytes` outlive the state.
  DraftState(absl::string_view member, ViewDraft& draft, LogBytes& bytes)
      : member_(member), draft_(draft), bytes_(bytes) {}

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
    return bytes_.Leaf(place);
  }
  absl::StatusOr<std::optional<std::string>> Record(EntryPlace place) override {
    return bytes_.Record(place);
  }

 private:
  const std::string member_;
  ViewDraft& draft_;
  LogBytes& bytes_;
};

}  // namespace plenary::node
