#include "node/view/view_draft.h"

#include <vector>

#include "absl/strings/match.h"
#include "ledger/status.h"

namespace plenary::node {

absl::StatusOr<std::optional<std::string>> ViewDraft::Find(ViewFamily family,
                                                           absl::string_view key) const {
  const auto at = rows(family).find(key);
  if (at != rows(family).end()) return at->second;
  return reader_.View(family, key);
}

absl::Status ViewDraft::Scan(ViewFamily family, absl::string_view prefix, absl::string_view after,
                             Visit visit) const {
  const Rows& own = rows(family);
  const bool from_first = after < prefix;
  auto here = from_first ? own.lower_bound(prefix) : own.upper_bound(after);
  const auto here_valid = [&] {
    return here != own.end() && absl::StartsWith(here->first, prefix);
  };
  ViewCursor below = reader_.NewViewCursor(family, PrefixRange(prefix), Direction::kForward);
  if (!from_first) {
    below.Seek(after);
    if (below.Valid() && below.key() == after) below.Next();
  }
  while (here_valid() || below.Valid()) {
    if (here_valid() && (!below.Valid() || here->first <= below.key())) {
      if (below.Valid() && here->first == below.key()) below.Next();
      if (here->second.has_value() && !visit(here->first, *here->second)) break;
      ++here;
    } else {
      if (!visit(below.key(), below.value())) break;
      below.Next();
    }
  }
  return below.status();
}

absl::Status ViewDraft::ScanBack(ViewFamily family, absl::string_view prefix, Visit visit) const {
  const Rows& own = rows(family);
  const ViewRange range = PrefixRange(prefix);
  auto here = range.end.empty() ? own.end() : own.lower_bound(range.end);
  const auto begin = own.lower_bound(prefix);
  ViewCursor below = reader_.NewViewCursor(family, range, Direction::kReverse);
  while (here != begin || below.Valid()) {
    const auto last = here == begin ? own.end() : std::prev(here);
    if (last != own.end() && (!below.Valid() || last->first >= below.key())) {
      if (below.Valid() && last->first == below.key()) below.Next();
      if (last->second.has_value() && !visit(last->first, *last->second)) break;
      here = last;
    } else {
      if (!visit(below.key(), below.value())) break;
      below.Next();
    }
  }
  return below.status();
}

void ViewDraft::Put(ViewFamily family, absl::string_view key, std::string value) {
  rows_[static_cast<size_t>(family)].insert_or_assign(std::string(key), std::move(value));
}

void ViewDraft::Drop(ViewFamily family, absl::string_view key) {
  rows_[static_cast<size_t>(family)].insert_or_assign(std::string(key), std::nullopt);
}

absl::Status ViewDraft::DropAll(ViewFamily family, absl::string_view prefix) {
  std::vector<std::string> keys;
  RETURN_IF_ERROR(Scan(family, prefix, "", [&](absl::string_view key, absl::string_view) {
    keys.emplace_back(key);
    return true;
  }));
  for (const std::string& key : keys) Drop(family, key);
  return absl::OkStatus();
}

bool ViewDraft::empty() const {
  for (const Rows& rows : rows_) {
    if (!rows.empty()) return false;
  }
  return true;
}

void ViewDraft::MoveInto(Changes& changes) {
  for (size_t i = 0; i < rows_.size(); ++i) {
    const auto family = static_cast<ViewFamily>(i);
    for (const auto& [key, value] : rows_[i]) {
      if (value.has_value()) {
        changes.PutView(family, key, *value);
      } else {
        changes.DropView(family, key);
      }
    }
    rows_[i].clear();
  }
}

}  // namespace plenary::node
