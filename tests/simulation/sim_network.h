// The network between the processes of a simulation: links that keep their order, delay, stall and
// break.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "node/transport/outbox.h"
#include "node/transport/transport.h"
#include "tests/simulation/sim_executor.h"
#include "tests/simulation/timeline.h"

namespace plenary::testing {

class SimNetwork;

// One process's end of the network. Destroying it is the process's death: the other ends of its
// links hear of it later. One thread at a time.
class SimTransport final : public node::Transport {
 public:
  // `machine` says where it runs, for partitions; `address` is empty if it does not listen.
  SimTransport(SimNetwork& network, SimExecutor& executor, std::string machine, std::string member,
               std::string node, std::string address);
  ~SimTransport() override;

  absl::Status Start(node::TransportEvents* events) override;
  void Dial(uint64_t dial, const std::string& member, const std::string& node,
            const std::string& address) override;
  void Send(node::LinkId link, node::Priority priority, std::unique_ptr<v1::Frame> frame,
            const std::string& replaces) override;
  uint64_t QueuedBytes(node::LinkId link) const override;
  void Close(node::LinkId link, const absl::Status& why) override;
  void Stop() override;

  // Sees every frame that leaves.
  using OnSend = std::function<void(const v1::Frame& frame)>;
  void Watch(OnSend on_send) { on_send_ = std::move(on_send); }

 private:
  friend class SimNetwork;
  // One direction of a link, as its sender has it.
  struct Pipe {
    node::Outbox outbox;
    bool pumping = false;
    bool was_high = false;
    // (arrival, frame); no frame: the end of the stream.
    std::deque<std::pair<int64_t, std::unique_ptr<v1::Frame>>> in_flight;
    bool delivering = false;
    bool greeted = false;  // its Hello is on its way or arrived
    int64_t last_arrival_ms = 0;
  };
  struct Link {
    SimTransport* ends[2] = {nullptr, nullptr};  // null: gone
    std::string machines[2];
    node::LinkId ids[2] = {0, 0};
    Pipe pipes[2];         // from that end
    int64_t delay_ms = 1;  // at least so long
    int64_t jitter_ms = 0;
  };
  struct End {
    std::shared_ptr<Link> link;
    int side = 0;
  };

  SimNetwork& network_;
  SimExecutor& executor_;
  const std::string machine_;
  const std::string member_;
  const std::string node_;
  const std::string address_;
  node::TransportEvents* events_ = nullptr;
  std::map<node::LinkId, End> links_;
  OnSend on_send_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// How the network of a run behaves.
struct NetworkOptions {
  int64_t delay_ms = 5;
  int64_t jitter_ms = 10;
  uint64_t dial_failure_percent = 2;
  // A partition holds frames back, to be delivered when it heals, instead of breaking links.
  bool partitions_stall = false;
};

// One thread at a time.
class SimNetwork {
 public:
  SimNetwork(Timeline& timeline, Dice& dice, Trace& trace, NetworkOptions options)
      : timeline_(timeline), dice_(dice), trace_(trace), options_(options) {}

  // Machines of different groups do not hear each other; a machine that is not named is in group 0.
  void Partition(std::map<std::string, int> groups);
  void Heal() { Partition({}); }
  bool Reachable(const std::string& a, const std::string& b) const;
  // Breaks some link at random; both ends hear of it, each in its time.
  void CutOne();
  // Somebody hands on once more what was said at some time: statements and checkpoints are good
  // from anyone, late and twice (design section 6).
  void RepeatSome(uint64_t frames);
  void SetOptions(const NetworkOptions& options) { options_ = options; }
  const NetworkOptions& options() const { return options_; }

 private:
  friend class SimTransport;
  using Link = SimTransport::Link;

  void Dial(SimTransport& from, uint64_t dial, const std::string& address);
  void Connect(SimTransport& from, SimTransport& to, uint64_t dial, const std::string& address);
  void Pump(const std::shared_ptr<Link>& link, int side);
  void Fly(const std::shared_ptr<Link>& link, int side, std::unique_ptr<v1::Frame> frame);
  void Deliver(const std::shared_ptr<Link>& link, int side);
  // The end of `side` is no more.
  void Forget(const std::shared_ptr<Link>& link, int side);
  void TellEnd(const std::shared_ptr<Link>& link, int side, const absl::Status& why);
  void Break(const std::shared_ptr<Link>& link);
  void Remember(const v1::Frame& frame);
  std::vector<std::shared_ptr<Link>> Standing() const;

  Timeline& timeline_;
  Dice& dice_;
  Trace& trace_;
  NetworkOptions options_;
  std::map<std::string, int> groups_;
  std::map<std::string, SimTransport*> listening_;  // by address
  std::map<node::LinkId, std::weak_ptr<Link>> links_;
  node::LinkId next_link_ = 1;
  std::vector<v1::Frame> said_;  // some of what was said since the beginning
};

}  // namespace plenary::testing
