// A federation in one process from one seed: production nodes over simulated clocks, networks and
// disks, with clerks that write and everything that may fail failing.
//
// First chaos: commits, crashes, lost and old disks, clones, partitions, while the invariants are
// checked at every step. Then the faults stop, and everything must become final everywhere.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/invariants.h"
#include "tests/simulation/machine.h"
#include "tests/simulation/sim_network.h"
#include "tests/simulation/timeline.h"
#include "tests/support/world.h"

namespace plenary::testing {

struct SimulationOptions {
  uint64_t seed = 1;
  int members = 0;  // 0: as the seed says, 1 to 10
  bool print_trace = false;
  // Also: what a peer acknowledged is held until something higher takes its place. Not yet known to
  // be free of false alarms, so it is asked for.
  bool check_words = false;
};

struct SimulationResult {
  std::string violation;  // empty: all held
  int64_t at_ms = 0;      // simulated time, and lines of the trace, when it ended
  uint64_t step = 0;
  Digest trace;  // of everything that happened
  int members = 0;
  uint64_t acknowledged = 0;               // commits
  std::map<std::string, uint64_t> faults;  // how often each happened
};

// Runs one seed to its end or to the first violation.
SimulationResult Simulate(const SimulationOptions& options);

// One thread at a time.
class Simulation {
 public:
  explicit Simulation(const SimulationOptions& options);
  ~Simulation();

  SimulationResult Run();

 private:
  // How much of what happens in a run; most kinds are absent from most runs.
  struct Plan {
    int64_t chaos_ms = 0;
    int64_t fault_every_ms = 0;     // on average
    int64_t submit_every_ms = 0;    // on average
    uint64_t together_percent = 0;  // faults that come with others at the same moment
    std::map<std::string, uint64_t> weights;
  };

  void MakePlan();
  void MakeMachines();
  Machine& AddMachine(const std::string& id, const std::string& member, const std::string& node,
                      const std::string& address, bool vouches);
  // Runs until then or to the first violation.
  void RunUntil(int64_t at_ms);
  bool failed() const { return !invariants_.violation().empty(); }
  void Note(const std::string& text) { trace_.Line(timeline_.now_ms(), text); }

  // simulation_faults.cc
  void FaultStep();
  void Fault(const std::string& kind);
  void CrashOne();
  void DieOne();
  void WipeOne();
  void SnapshotOne();
  void RollBackOne();
  void CloneOne();
  bool MayClone() const;
  void EndClone(const std::string& id);
  void PartitionSome();
  void IsolateOne();
  void HealAll();
  // simulation_stories.cc
  // An older instance takes over while a minority holds what the newer one has proposed.
  void Overtake();
  void OvertakeBy(const std::string& id, const std::string& original);
  void EndOvertaking(const std::string& id, const std::string& original);

  // The next roster version comes to one node.
  void ChangeRoster();
  void HandOutRosters(Machine& machine);
  // Crashes a machine and starts it again after a while, at once if `down_ms` is 0.
  void Restart(Machine& machine, Unsynced unsynced, int64_t down_ms);
  void StartAgain(Machine& machine, int64_t down_ms);
  Machine* PickRunning(bool originals_only);
  // May this member's store take no part in others' logs for a while, without stopping them?
  bool MayLose(const std::string& member) const;
  bool TakesPartEverywhere(Machine& machine) const;

  // simulation_clerks.cc
  void SubmitStep();
  void Submit(Machine& machine, const node::Submission& submission);
  node::Submission NewCommit(Machine& machine);

  // simulation_end.cc
  void Converge();
  bool Converged(std::string& why);
  void RestartFenced();
  void RepeatRoster();
  void CheckDigests();
  void CheckOutcome();

  const SimulationOptions options_;
  Dice dice_;
  Trace trace_;
  Timeline timeline_;
  World world_;
  Plan plan_;
  Invariants invariants_;
  SimNetwork network_;
  std::map<std::string, std::unique_ptr<Machine>> machines_;  // by id
  std::set<std::string> faulty_;  // members whose disk may be rolled back unnoticed: at most f
  std::set<std::string> silent_;  // members that vouch for nothing any more
  std::set<std::string> lost_;    // members whose store was emptied, until it takes part again
  struct Snapshot {
    std::string member;
    DiskImage image;
    Lineage lineage;
  };
  std::vector<Snapshot> snapshots_;
  bool chaos_ = true;
  int clones_ = 0;
  std::map<std::string, uint64_t> faults_;

  struct Written {
    std::string name;
    uint64_t revision = 0;
    std::string digest;
  };
  std::map<std::string, std::vector<Written>> written_;        // by member
  std::map<std::string, std::vector<node::Submission>> sent_;  // by member
  uint64_t commits_ = 0;
  uint64_t acknowledged_ = 0;
};

}  // namespace plenary::testing
