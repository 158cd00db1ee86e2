// What replication asks of the node around it, and what it may read.
//
// Replication is a value: inputs and time go in, effects come out. The node collects the effects of
// a drain, makes them one durable write, and only then lets anything leave (node/node.h). So
// whatever is sent here rests on a disk before it is on a wire.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/digest.h"
#include "ledger/merkle.h"
#include "plenary/node/v1/storage.pb.h"
#include "plenary/v1/replication_service.pb.h"

namespace plenary::sync {

using LinkId = uint64_t;

// Both clocks at one moment.
struct Instant {
  int64_t monotonic_ms = 0;
  int64_t unix_seconds = 0;
};

// Where a leaf lies in the store.
struct Place {
  uint32_t log = 0;
  uint32_t branch = 0;
  uint64_t index = 0;
};

// A leaf as stored.
struct StoredLeaf {
  std::string envelope;
  std::vector<v1::Slot> slots;
};

// In which order an outbox is emptied.
enum class Urgency { kAlarm, kFinality, kLive, kBulk };

// One line for the node's log and for `sync status`: a name and its fields.
struct Event {
  std::string name;
  std::vector<std::pair<std::string, std::string>> fields;
};

// An event with the reason and text of `why` behind its own fields.
Event EventBecause(std::string name, std::vector<std::pair<std::string, std::string>> fields,
                   const absl::Status& why);

// What is durable. Read between drains and during them; what a drain writes shows afterwards.
class Holdings {
 public:
  virtual ~Holdings() = default;
  // The node of a perfect subtree, under the branch of its last leaf. Fails with STORE_DAMAGED.
  virtual absl::StatusOr<Digest> Node(uint32_t log, uint32_t branch, NodeId node) const = 0;
  // The leaf with `entries` slots. Fails with STORE_DAMAGED.
  virtual absl::StatusOr<StoredLeaf> Leaf(Place at) const = 0;
};

// What replication wants done. Loop only.
class Effects {
 public:
  virtual ~Effects() = default;

  // Durable with the end of this drain, all together.
  virtual void PutLog(const node::v1::LogRecord& record) = 0;
  virtual void PutLeaf(Place at, absl::string_view envelope) = 0;
  virtual void PutSlot(Place at, uint32_t entry, const v1::Slot& slot) = 0;
  virtual void PutNode(uint32_t log, uint32_t branch, NodeId node, const Digest& hash) = 0;
  virtual void DropBranchFrom(uint32_t log, uint32_t branch, uint64_t from) = 0;
  virtual void PutRoster(uint64_t version, absl::string_view envelope) = 0;
  virtual void PutCard(absl::string_view member, uint64_t version, const Digest& digest,
                       absl::string_view envelope) = 0;
  virtual void PutEvidence(absl::string_view key, absl::string_view bytes) = 0;

  // Leave once the drain is durable.
  virtual void Send(LinkId link, Urgency urgency, std::unique_ptr<v1::Frame> frame,
                    std::string replaces) = 0;
  virtual void Close(LinkId link, absl::Status why) = 0;
  virtual void Dial(uint64_t dial, const std::string& member, const std::string& node,
                    const std::string& address) = 0;

  // Told once the drain is durable.
  virtual void Report(Event event) = 0;
  // A log's signed part, final size or trust changed: view, waiters and status look again.
  virtual void LogChanged(const std::string& origin) = 0;
  virtual void TrustChanged() = 0;
  // A commit of the own log that a recovery set aside: it is to be submitted anew, in this order.
  virtual void SetAside(StoredLeaf leaf) = 0;
  // Wants Replicator::Tick at or after then.
  virtual void WakeAt(int64_t monotonic_ms) = 0;
};

}  // namespace plenary::sync
