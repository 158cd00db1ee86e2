// One drain of the loop: what replication and services want, collected, written once, then let out.
//
// This is the only place that knows the order: changes → one WriteBatch → one fsync → frames,
// answers, events. Nothing that rests on a write leaves before the write is on the disk.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "node/environment.h"
#include "node/store/store.h"
#include "node/transport/transport.h"
#include "sync/effects.h"

namespace plenary::node {

// Collects the effects of a drain. Loop only.
class Drain final : public sync::Effects {
 public:
  explicit Drain(const Store& store) : changes_(store) {}

  Changes& changes() { return changes_; }
  // Leaves of that log are found by their commit's identity, too. Nothing: of no log.
  void IndexLeavesOf(std::optional<uint32_t> log) { indexed_log_ = log; }
  // Runs when the drain is durable, after frames have been handed to the transport.
  void Afterwards(absl::AnyInvocable<void()> task) { afterwards_.push_back(std::move(task)); }

  // What a finished drain lets out.
  struct Outputs {
    struct Frame {
      sync::LinkId link = 0;
      sync::Urgency urgency = sync::Urgency::kBulk;
      std::unique_ptr<plenary::v1::Frame> frame;
      std::string replaces;
    };
    struct Dialling {
      uint64_t dial = 0;
      std::string member;
      std::string node;
      std::string address;
    };
    std::vector<Frame> frames;
    std::vector<std::pair<sync::LinkId, absl::Status>> closes;
    std::vector<Dialling> dials;
    std::vector<sync::Event> events;
    std::set<std::string> changed_logs;
    bool trust_changed = false;
    std::vector<sync::StoredLeaf> set_aside;
    int64_t wake_at_ms = INT64_MAX;
  };
  // Takes what was collected so far, leaving nothing.
  Outputs TakeOutputs() { return std::exchange(outputs_, {}); }
  std::vector<absl::AnyInvocable<void()>> TakeAfterwards() {
    return std::exchange(afterwards_, {});
  }
  const std::vector<sync::StoredLeaf>& set_aside() const { return outputs_.set_aside; }
  void ClearSetAside() { outputs_.set_aside.clear(); }

  void PutLog(const nodev1::LogRecord& record) override { changes_.PutLog(record); }
  void PutLeaf(sync::Place at, absl::string_view envelope) override;
  void PutSlot(sync::Place at, uint32_t entry, const plenary::v1::Slot& slot) override;
  void PutNode(uint32_t log, uint32_t branch, NodeId node, const Digest& hash) override;
  void DropBranchFrom(uint32_t log, uint32_t branch, uint64_t from) override;
  void PutRoster(uint64_t version, absl::string_view envelope) override;
  void PutCard(absl::string_view member, uint64_t version, const Digest& digest,
               absl::string_view envelope) override;
  void PutEvidence(absl::string_view key, absl::string_view bytes) override;

  void Send(sync::LinkId link, sync::Urgency urgency, std::unique_ptr<plenary::v1::Frame> frame,
            std::string replaces) override;
  void Close(sync::LinkId link, absl::Status why) override;
  void Dial(uint64_t dial, const std::string& member, const std::string& node,
            const std::string& address) override;
  void Report(sync::Event event) override;
  void LogChanged(const std::string& origin) override { outputs_.changed_logs.insert(origin); }
  void TrustChanged() override { outputs_.trust_changed = true; }
  void SetAside(sync::StoredLeaf leaf) override { outputs_.set_aside.push_back(std::move(leaf)); }
  void WakeAt(int64_t monotonic_ms) override { outputs_.wake_at_ms = monotonic_ms; }

 private:
  Changes changes_;
  std::optional<uint32_t> indexed_log_;
  Outputs outputs_;
  std::vector<absl::AnyInvocable<void()>> afterwards_;
};

// The store as replication reads it. Thread-safe.
class StoreHoldings final : public sync::Holdings {
 public:
  explicit StoreHoldings(const Reader& reader) : reader_(reader) {}
  absl::StatusOr<Digest> Node(uint32_t log, uint32_t branch, NodeId node) const override;
  absl::StatusOr<sync::StoredLeaf> Leaf(sync::Place at) const override;

 private:
  const Reader& reader_;
};

}  // namespace plenary::node
