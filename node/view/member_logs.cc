#include "node/view/member_logs.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"

namespace plenary::node {
namespace {

bool IsAbsent(const absl::Status& status) { return ReasonOf(status) == Reason::NOT_FOUND; }

}  // namespace

BranchLeaf MemberLog::At(uint64_t index) const {
  uint32_t branch = 0;
  for (const auto& [from, in] : segments) {
    if (from > index) break;
    branch = in;
  }
  return {number, branch, index};
}

absl::Status ScanLog(const Reader& reader, const MemberLog& log, uint64_t from, uint64_t to,
                     VisitCommitStatus visit) {
  while (from < to) {
    uint64_t end = to;
    for (const auto& segment : log.segments) {
      if (segment.first > from) end = std::min(end, segment.first);
    }
    absl::Status visited;
    ASSIGN_OR_RETURN(const uint64_t reached,
                     reader.ScanCommits(log.At(from), ScanLimits{.max_leaves = end - from},
                                        [&](uint64_t index, absl::string_view envelope,
                                            absl::Span<const SlotView> slots) {
                                          visited = visit(index, envelope, slots);
                                          return visited.ok();
                                        }));
    RETURN_IF_ERROR(visited);
    if (reached != end) {
      return MakeError(Reason::STORE_DAMAGED,
                       absl::StrCat("log ", log.origin, ": leaf ", reached, " is missing"));
    }
    from = end;
  }
  return absl::OkStatus();
}

std::optional<BranchLeaf> StoredBytes::At(LeafPlace place) const {
  const auto log = logs_.find(place.epoch);
  if (log == logs_.end() || place.index >= log->second.size) return std::nullopt;
  return log->second.At(place.index);
}

absl::StatusOr<std::optional<std::string>> StoredBytes::Leaf(LeafPlace place) {
  const auto at = At(place);
  if (!at.has_value()) return std::optional<std::string>();
  auto leaf = reader_.Leaf(*at);
  if (IsAbsent(leaf.status())) return std::optional<std::string>();
  if (!leaf.ok()) return leaf.status();
  return std::optional<std::string>(*std::move(leaf));
}

absl::StatusOr<std::optional<std::string>> StoredBytes::Record(EntryPlace place) {
  const auto at = At(place.leaf());
  // Entries are numbered in two bytes; a larger number is of no entry.
  if (!at.has_value() || place.entry > UINT16_MAX) return std::optional<std::string>();
  auto slot = reader_.Slot(*at, place.entry);
  if (IsAbsent(slot.status())) return std::optional<std::string>();
  if (!slot.ok()) return slot.status();
  if (slot->state != plenary::v1::SLOT_STATE_PRESENT) return std::optional<std::string>();
  return std::optional<std::string>(std::move(slot->bytes));
}

}  // namespace plenary::node
