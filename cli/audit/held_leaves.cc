#include "cli/audit/held_leaves.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/commit.h"
#include "ledger/status.h"

namespace plenary::cli {

void HeldLeaves::Begin(uint64_t epoch, const LogHead& log) {
  adding_ = &logs_[epoch];
  adding_->head = &log;
}

void HeldLeaves::Add(absl::string_view leaf) {
  CHECK(adding_ != nullptr);
  adding_->rest.Append(LeafHash(leaf));
  if (adding_->rest.size() < kGroup) return;
  adding_->groups.push_back(adding_->rest.Root());
  adding_->rest = Frontier();
}

absl::StatusOr<const std::vector<std::string>*> HeldLeaves::Group(const Log& log, LeafPlace first) {
  const uint64_t end = std::min(first.index + kGroup, log.size());
  if (cached_ == first && cached_end_ == end) return &cache_;
  cached_.reset();
  const uint64_t group = first.index / kGroup;
  ASSIGN_OR_RETURN(cache_, source_.ReadGroup(*log.head, group, end));
  Frontier shown;
  for (const std::string& leaf : cache_) shown.Append(LeafHash(leaf));
  const bool same = group < log.groups.size()
                        ? shown.size() == kGroup && shown.Root() == log.groups[group]
                        : shown == log.rest;
  if (!same) {
    return MakeError(Reason::INCONSISTENT_CHECKPOINT,
                     absl::StrCat("log ", log.head->origin, ": leaves ", first.index, " to ",
                                  end - 1, " are others now than a moment ago"));
  }
  cached_ = first;
  cached_end_ = end;
  return &cache_;
}

absl::StatusOr<std::optional<std::string>> HeldLeaves::Leaf(LeafPlace place) {
  const auto log = logs_.find(place.epoch);
  if (log == logs_.end() || place.index >= log->second.size()) return std::nullopt;
  const uint64_t first = place.index - place.index % kGroup;
  ASSIGN_OR_RETURN(const std::vector<std::string>* group, Group(log->second, {place.epoch, first}));
  return (*group)[place.index - first];
}

absl::StatusOr<std::optional<std::string>> HeldLeaves::Record(EntryPlace place) {
  ASSIGN_OR_RETURN(const auto leaf, Leaf(place.leaf()));
  if (!leaf.has_value()) return std::nullopt;
  const auto view = ReadLeaf(*leaf);
  if (!view.ok() || place.entry >= view->slots()) return std::nullopt;
  const LogHead& head = *logs_.at(place.epoch).head;
  ASSIGN_OR_RETURN(auto bytes, source_.ReadRecord(head, place.index, place.entry));
  if (!bytes.has_value()) return std::nullopt;
  if (Sha256(*bytes).view() != view->manifest.entries[place.entry].digest) {
    return MakeError(Reason::WRONG_DIGEST,
                     absl::StrCat("log ", head.origin, ", leaf ", place.index, ", entry ",
                                  place.entry, ": the bytes are not those of the manifest"));
  }
  return bytes;
}

}  // namespace plenary::cli
