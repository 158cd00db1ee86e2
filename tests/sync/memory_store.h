// A store for replication under test: a map, written drain by drain, of which a crash loses the
// drain that was not finished.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "ledger/status.h"
#include "sync/effects.h"

namespace plenary::testing {

// A value; one thread at a time.
class MemoryStore final : public sync::Holdings {
 public:
  using LeafKey = std::tuple<uint32_t, uint32_t, uint64_t>;            // log, branch, index
  using NodeKey = std::tuple<uint32_t, uint32_t, uint32_t, uint64_t>;  // log, branch, level, index

  absl::StatusOr<Digest> Node(uint32_t log, uint32_t branch, NodeId node) const override {
    const auto at = nodes.find({log, branch, node.level, node.index});
    if (at == nodes.end()) return MakeError(Reason::STORE_DAMAGED, "no such node");
    return at->second;
  }

  absl::StatusOr<sync::StoredLeaf> Leaf(sync::Place at) const override {
    const auto found = leaves.find({at.log, at.branch, at.index});
    if (found == leaves.end()) return MakeError(Reason::STORE_DAMAGED, "no such leaf");
    return found->second;
  }

  // Every log, as a restart finds it.
  std::vector<node::v1::LogRecord> Logs() const {
    std::vector<node::v1::LogRecord> records;
    for (const auto& [number, record] : logs) records.push_back(record);
    return records;
  }

  std::map<uint32_t, node::v1::LogRecord> logs;
  std::map<LeafKey, sync::StoredLeaf> leaves;
  std::map<NodeKey, Digest> nodes;
  std::map<uint64_t, std::string> rosters;
  std::map<std::string, std::string> evidence;
};

}  // namespace plenary::testing
