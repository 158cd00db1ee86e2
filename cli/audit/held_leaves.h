// Earlier leaves for a judge that asks for them, out of a source that may say something else than
// before.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/audit/log_source.h"
#include "ledger/digest.h"
#include "ledger/judging_state.h"
#include "ledger/merkle.h"

namespace plenary::cli {

// Keeps 32 bytes for every 256 leaves, and asks the source again: what does not hash to them is not
// handed out. One thread at a time.
class HeldLeaves final : public LogBytes {
 public:
  // `source` outlives it.
  explicit HeldLeaves(LogSource& source) : source_(source) {}

  // The leaves that follow are those of this log, which outlives the object.
  void Begin(uint64_t epoch, const LogHead& log);
  void Add(absl::string_view leaf);

  // Fail with INCONSISTENT_CHECKPOINT if the source shows other leaves now, WRONG_DIGEST if it
  // shows another record, and as the source does.
  absl::StatusOr<std::optional<std::string>> Leaf(LeafPlace place) override;
  absl::StatusOr<std::optional<std::string>> Record(EntryPlace place) override;

 private:
  struct Log {
    const LogHead* head = nullptr;
    std::vector<Digest> groups;  // roots of 256 leaves each
    Frontier rest;               // of the leaves after them
    uint64_t size() const { return groups.size() * kGroup + rest.size(); }
  };
  static constexpr uint64_t kGroup = 256;

  // The leaves of a group, as they were.
  absl::StatusOr<const std::vector<std::string>*> Group(const Log& log, LeafPlace first);

  LogSource& source_;
  std::map<uint64_t, Log> logs_;  // by epoch
  Log* adding_ = nullptr;
  // The group that was asked for last.
  std::optional<LeafPlace> cached_;
  uint64_t cached_end_ = 0;
  std::vector<std::string> cache_;
};

}  // namespace plenary::cli
