// One machine of a simulation: a disk that forgets, and the production node that runs on it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/node.h"
#include "tests/simulation/crash_disk.h"
#include "tests/simulation/sim_executor.h"
#include "tests/simulation/sim_network.h"
#include "tests/simulation/timeline.h"
#include "tests/support/world.h"

namespace plenary::testing {

// A peer's word that it has so much of a log on its disk.
struct GivenWord {
  uint64_t incarnation = 0;
  uint64_t size = 0;
  uint64_t signed_size = 0;  // below a checkpoint at that moment
};

// What a disk has been told to keep, and what it has shown; copied with the disk's image.
struct Lineage {
  std::set<Digest> acknowledged;                  // commits, provisional or waiting
  std::map<std::string, uint64_t> final_sizes;    // by origin
  std::map<std::string, uint64_t> checked_sizes;  // signed leaves compared with all others'
  std::map<std::string, GivenWord> words;         // by origin, newest acknowledgement
};

// One thread at a time.
class Machine {
 public:
  struct Options {
    std::string id;  // names the machine in the trace
    std::string member;
    std::string node;
    std::string address;  // empty: it only dials out
    bool vouches = true;  // has the cosigner key
    std::vector<sync::Endpoint> endpoints;
    int64_t slow_ms = 0;
  };
  // What is told of it. `OnSend` sees each frame that leaves, `AfterDrain` may crash the machine.
  struct Hooks {
    std::function<void(Machine&, const v1::Frame&)> on_send;
    std::function<void(Machine&)> after_drain;
    std::function<void(Machine&, const sync::Event&)> on_event;
  };

  Machine(Options options, const World& world, Timeline& timeline, Dice& dice, SimNetwork& network,
          Hooks hooks);
  ~Machine();

  // Starts the process over what is on the disk. Fails as the store and the node do: after a crash
  // none of that may happen.
  absl::Status Start();
  // Kills the process: the machine loses what was not synced, as `unsynced` says.
  void Crash(Unsynced unsynced);
  bool running() const { return process_ != nullptr; }
  bool disk_died() const { return disk_.dead(); }
  // Kills the process for good.
  void Retire();
  bool retired() const { return retired_; }

  // While it does not run: an empty disk, whose next store is not the member's first.
  void Wipe();
  // While it does not run: becomes an image with its lineage.
  void Load(const DiskImage& image, Lineage lineage);
  DiskImage Image() const { return disk_.Image(Unsynced::kKept); }
  void StopVouching() { options_.vouches = false; }

  const Options& options() const { return options_; }
  node::Node& node() { return *process_->node; }
  const node::Store& store() const { return *process_->store; }
  SimExecutor& executor() { return *process_->executor; }
  SimClock& clock() { return *process_->clock; }
  CrashDisk& disk() { return disk_; }
  Lineage& lineage() { return lineage_; }
  // Number of this process: a callback of an earlier one is not this one's.
  uint64_t starts() const { return starts_; }
  // Commits of the own log that are in the log, waiting or set aside.
  absl::StatusOr<std::set<Digest>> HeldCommits() const;

 private:
  struct Process {
    std::unique_ptr<SimClock> clock;
    std::unique_ptr<SimRandom> random;
    std::unique_ptr<SimExecutor> executor;
    std::unique_ptr<SimTransport> transport;
    std::unique_ptr<node::Store> store;
    std::unique_ptr<node::Node> node;
  };

  Options options_;
  const World& world_;
  Timeline& timeline_;
  Dice& dice_;
  SimNetwork& network_;
  const Hooks hooks_;
  CrashDisk disk_;
  bool first_ = true;
  bool retired_ = false;
  Lineage lineage_;
  uint64_t starts_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace plenary::testing
