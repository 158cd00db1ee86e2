// Changes to the view that are not in the store yet: read back while a batch is being judged.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "node/store/store.h"

namespace plenary::node {

// The view's families as they will be. All reads fail as the store's. Loop only.
class ViewDraft {
 public:
  // `reader` outlives the draft.
  explicit ViewDraft(const Reader& reader) : reader_(reader) {}

  absl::StatusOr<std::optional<std::string>> Find(ViewFamily family, absl::string_view key) const;
  // Shows the rows whose keys start with `prefix`, in order, from the first one above `after` on
  // (empty: from the first), until `visit` says false. `visit` changes nothing here.
  using Visit = absl::FunctionRef<bool(absl::string_view key, absl::string_view value)>;
  absl::Status Scan(ViewFamily family, absl::string_view prefix, absl::string_view after,
                    Visit visit) const;
  // The same from the last one down to the first.
  absl::Status ScanBack(ViewFamily family, absl::string_view prefix, Visit visit) const;

  void Put(ViewFamily family, absl::string_view key, std::string value);
  void Drop(ViewFamily family, absl::string_view key);
  // Drops every row whose key starts with `prefix`.
  absl::Status DropAll(ViewFamily family, absl::string_view prefix);

  bool empty() const;
  // Puts everything into `changes` and is empty afterwards.
  void MoveInto(Changes& changes);

 private:
  using Rows = absl::btree_map<std::string, std::optional<std::string>>;

  const Rows& rows(ViewFamily family) const { return rows_[static_cast<size_t>(family)]; }

  const Reader& reader_;
  std::array<Rows, kViewFamilies> rows_;  // nothing: dropped
};

}  // namespace plenary::node
