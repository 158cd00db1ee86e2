// The logs of one member as they lie in the store, for a judge.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ledger/judging_state.h"
#include "ledger/verdict.h"
#include "node/store/store.h"
#include "node/view/rows.h"

namespace plenary::node {

// A log of the member: where its leaves lie, and how far they may be read.
struct MemberLog {
  std::string origin;
  uint32_t number = 0;
  std::vector<std::pair<uint64_t, uint32_t>> segments;  // (from, branch), ascending, from 0
  uint64_t size = 0;                                    // leaves that may be read

  BranchLeaf At(uint64_t index) const;
};

// By epoch.
using MemberLogs = std::map<uint64_t, MemberLog>;

// Shows leaves [from, to) of `log` with their slots, in order, branch by branch. Fails as `visit`,
// and as the store; STORE_DAMAGED as well if a leaf is missing.
using VisitCommitStatus = absl::FunctionRef<absl::Status(uint64_t index, absl::string_view envelope,
                                                         absl::Span<const SlotView> slots)>;
absl::Status ScanLog(const Reader& reader, const MemberLog& log, uint64_t from, uint64_t to,
                     VisitCommitStatus visit);

// Reads leaves and records for a judge; both outlive it. Loop only.
class StoredBytes final : public LogBytes {
 public:
  StoredBytes(const Reader& reader, const MemberLogs& logs) : reader_(reader), logs_(logs) {}
  absl::StatusOr<std::optional<std::string>> Leaf(LeafPlace place) override;
  absl::StatusOr<std::optional<std::string>> Record(EntryPlace place) override;

 private:
  std::optional<BranchLeaf> At(LeafPlace place) const;

  const Reader& reader_;
  const MemberLogs& logs_;
};

}  // namespace plenary::node
