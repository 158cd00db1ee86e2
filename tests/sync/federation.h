// A federation of replicators in one process: frames travel in order over links that may be cut,
// time is a number, and a crash loses what was not written. Everything follows from the seed.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "sync/replicator.h"
#include "tests/support/world.h"
#include "tests/sync/memory_store.h"

namespace plenary::testing {

class Federation;

// One member's node: a replicator over a memory store.
class SimNode final : public sync::Effects {
 public:
  SimNode(Federation& federation, std::string code);

  // Starts the process over what is on the disk.
  void Start();
  // Loses the drain in hand and all links.
  void Crash();
  bool running() const { return replicator_ != nullptr; }
  sync::Replicator& replicator() { return *replicator_; }
  MemoryStore& disk() { return disk_; }
  void ReplaceDisk(MemoryStore disk, std::string store, bool first);
  const std::string& store() const { return store_; }

  // A commit of one record by the member's author, into the own log. False if not active.
  bool Submit(const std::string& text);
  // Runs inputs, then the drain's end.
  void Drain(const std::function<void(sync::Replicator&)>& inputs);
  const std::vector<sync::Event>& events() const { return events_; }
  const std::vector<sync::StoredLeaf>& set_aside() const { return set_aside_; }
  int64_t wake_at_ms() const { return wake_at_ms_; }

  void PutLog(const node::v1::LogRecord& record) override;
  void PutLeaf(sync::Place at, absl::string_view envelope) override;
  void PutSlot(sync::Place at, uint32_t entry, const v1::Slot& slot) override;
  void PutNode(uint32_t log, uint32_t branch, NodeId node, const Digest& hash) override;
  void DropBranchFrom(uint32_t log, uint32_t branch, uint64_t from) override;
  void PutRoster(uint64_t version, absl::string_view envelope) override;
  void PutCard(absl::string_view, uint64_t, const Digest&, absl::string_view) override {}
  void PutEvidence(absl::string_view key, absl::string_view bytes) override;
  void Send(sync::LinkId link, sync::Urgency urgency, std::unique_ptr<v1::Frame> frame,
            std::string replaces) override;
  void Close(sync::LinkId link, absl::Status why) override;
  void Dial(uint64_t dial, const std::string& member, const std::string& node,
            const std::string& address) override;
  void Report(sync::Event event) override { events_.push_back(std::move(event)); }
  void LogChanged(const std::string&) override {}
  void TrustChanged() override {}
  void SetAside(sync::StoredLeaf leaf) override { set_aside_.push_back(std::move(leaf)); }
  void WakeAt(int64_t monotonic_ms) override { wake_at_ms_ = monotonic_ms; }

 private:
  Federation& federation_;
  std::string code_;
  std::string store_;
  bool first_ = true;
  MemoryStore disk_;
  MemoryStore next_;  // the disk after this drain
  sync::Chance chance_;
  std::unique_ptr<sync::Replicator> replicator_;
  std::vector<std::pair<sync::LinkId, std::unique_ptr<v1::Frame>>> outbox_;
  std::vector<std::pair<sync::LinkId, absl::Status>> closes_;
  std::vector<std::tuple<uint64_t, std::string>> dials_;
  std::vector<sync::Event> events_;
  std::vector<sync::StoredLeaf> set_aside_;
  int64_t wake_at_ms_ = 0;
  int submitted_ = 0;
};

// One thread at a time.
class Federation {
 public:
  Federation(int members, uint64_t seed);

  World& world() { return world_; }
  std::mt19937_64& random() { return random_; }
  SimNode& node(const std::string& code) { return *nodes_.at(code); }
  const std::vector<std::string>& codes() const { return world_.codes(); }
  sync::Instant now() const { return {now_ms_, 1'700'000'000 + now_ms_ / 1000}; }

  void StartAll();
  // Nobody on one side hears anybody on the other until Heal.
  void Isolate(const std::string& code);
  void Heal();
  bool Reachable(const std::string& a, const std::string& b) const;
  // Delivers frames and time until `until` holds; false after `virtual_ms`.
  bool RunUntil(const std::function<bool()>& until, int64_t virtual_ms);
  void Run(int64_t virtual_ms) {
    RunUntil([] { return false; }, virtual_ms);
  }

  // Is that log final to that size on every running node?
  bool FinalEverywhere(const std::string& origin, uint64_t size);
  // Checked at every drain: what must never happen. Empty if all holds.
  const std::string& violation() const { return violation_; }
  // That log's owner is dishonest: what its key signs is not watched.
  void ExpectForkOf(const std::string& origin) { forked_.insert(origin); }
  // Every frame that was sent, in order: "br > ru  hello".
  const std::string& transcript() const { return transcript_; }
  // Sizes of every log on every node, for a failure's message.
  std::string Describe();
  void Watch(SimNode& node, const std::string& code);

 private:
  friend class SimNode;
  struct Flight {
    int64_t at_ms;
    std::unique_ptr<v1::Frame> frame;
  };
  struct Link {
    std::string from;  // dialler
    std::string to;
    sync::LinkId id_from;
    sync::LinkId id_to;
    std::deque<Flight> towards_to;
    std::deque<Flight> towards_from;
  };
  void Connect(const std::string& from, uint64_t dial, const std::string& to);
  void Post(const std::string& sender, sync::LinkId link, std::unique_ptr<v1::Frame> frame);
  void Cut(sync::LinkId link, const absl::Status& why);
  void CutAll(const std::string& code);
  bool DeliverOne();
  void TickDue();

  World world_;
  std::mt19937_64 random_;
  int64_t now_ms_ = 1'000;
  std::map<std::string, std::unique_ptr<SimNode>> nodes_;
  std::set<std::string> isolated_;
  std::set<std::string> forked_;
  std::map<sync::LinkId, std::shared_ptr<Link>> links_;  // by either end's id
  sync::LinkId next_link_ = 1;
  // The roots that the log key of each origin has signed, by size.
  std::map<std::string, std::map<uint64_t, Digest>> signed_roots_;
  std::string violation_;
  std::string transcript_;
};

}  // namespace plenary::testing
