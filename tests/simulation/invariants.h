// What must hold at every step of a simulation, whatever fails: design section 2.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ledger/finality.h"
#include "node/node.h"
#include "tests/simulation/machine.h"
#include "tests/support/world.h"

namespace plenary::testing {

// Sees everything that leaves a process and what each node shows; knows what each log key has
// signed. One thread at a time.
class Invariants {
 public:
  explicit Invariants(const World& world) : world_(world) {}

  // A frame leaves: what it says must be on that machine's disk, and contradict nothing that ever
  // left any machine.
  void OnSend(Machine& machine, const v1::Frame& frame);
  // Agreement and append-only: what the node shows as signed or final is what all others have, and
  // never shrinks.
  void AfterDrain(Machine& machine);
  // Rule 5: what was acknowledged is held until a higher incarnation or a checkpoint takes its
  // place.
  void CheckWords(Machine& machine);
  // A process has started over its disk.
  void OnStart(Machine& machine);
  // Durable: every commit that this disk's node has acknowledged is in the log, waiting or aside.
  void CheckHeld(Machine& machine);
  // A clerk was told so.
  void OnAnswer(Machine& machine, const node::CommitState& state);

  // Largest size known to be final, and signed; 0 if none.
  uint64_t FinalSize(const std::string& origin) const;
  // Is a leaf with that hash final at that index?
  bool IsFinal(const std::string& origin, uint64_t index, const Digest& leaf_hash) const;
  // The first thing that did not hold; empty if all does.
  const std::string& violation() const { return violation_; }
  void Violate(const std::string& what);

 private:
  // What is known of one log.
  struct Truth {
    std::vector<Digest> leaves;        // leaf hashes of the longest signed part seen
    std::map<uint64_t, Digest> roots;  // of checkpoints that the log key signed
    uint64_t final_size = 0;
  };
  // Per process, so that everything is looked at again after each start.
  struct Seen {
    std::map<std::string, uint64_t> compared;
    std::string phase;
  };
  using Contents = std::map<std::string, std::map<uint64_t, Digest>>;  // by instance, size → root

  void SeeNote(Machine& machine, const std::string& note);
  void SeeProposal(Machine& machine, const Proposal& proposal);
  void SeeStatement(Machine& machine, const v1::Statement& statement);
  void SeeAcknowledgement(Machine& machine, const Acknowledgement& acknowledgement);
  void Compare(Machine& machine, const node::LogStatus& log);
  void CheckFinal(Machine& machine, const node::LogStatus& log);
  // Leaf hashes [begin, end) on that machine's disk; fewer if they are not there.
  std::vector<Digest> LeavesOn(const Machine& machine, const std::string& origin, uint64_t begin,
                               uint64_t end) const;

  const World& world_;
  std::map<std::string, Truth> truth_;        // by origin
  std::map<std::string, Contents> proposed_;  // by origin and counter
  std::map<std::string, Seen> seen_;          // by machine
  std::set<Digest> notes_;                    // seen before
  std::set<Digest> statements_;
  std::string violation_;
};

}  // namespace plenary::testing
