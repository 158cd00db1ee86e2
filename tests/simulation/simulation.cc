#include "tests/simulation/simulation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary::testing {
namespace {

int MembersOf(const SimulationOptions& options) {
  if (options.members > 0) return options.members;
  Dice dice(options.seed * 7'919 + 13);
  static const std::vector<int> kMembers = {1, 2, 2, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 5, 6, 7, 8, 10};
  return dice.Pick(kMembers);
}

}  // namespace

SimulationResult Simulate(const SimulationOptions& options) { return Simulation(options).Run(); }

Simulation::Simulation(const SimulationOptions& options)
    : options_(options),
      dice_(options.seed),
      trace_(options.print_trace),
      world_(MembersOf(options)),
      invariants_(world_),
      network_(timeline_, dice_, trace_, NetworkOptions()) {
  MakePlan();
  MakeMachines();
}

Simulation::~Simulation() = default;

void Simulation::MakePlan() {
  plan_.chaos_ms =
      dice_.Percent(25) ? dice_.Between(300'000, 900'000) : dice_.Between(20'000, 120'000);
  plan_.fault_every_ms = dice_.Between(500, plan_.chaos_ms / 8);
  plan_.submit_every_ms = dice_.Between(100, 4'000);
  plan_.submit_every_ms = std::max(plan_.submit_every_ms, plan_.chaos_ms / 60);
  plan_.together_percent = dice_.Percent(50) ? 70 : 10;
  for (const char* kind :
       {"crash", "die", "wipe", "snapshot", "rollback", "clone", "partition", "isolate", "heal",
        "cut", "late", "clock", "full", "roster", "overtake"}) {
    plan_.weights[kind] = dice_.Percent(40) ? 0 : dice_.Below(20);
  }
  NetworkOptions network;
  network.delay_ms = dice_.Between(1, 60);
  network.jitter_ms = dice_.Percent(30) ? dice_.Between(100, 3'000) : dice_.Between(1, 60);
  network.dial_failure_percent = dice_.Percent(20) ? 40 : 2;
  network.partitions_stall = dice_.Percent(50);
  network_.SetOptions(network);
}

void Simulation::MakeMachines() {
  const std::vector<std::string>& codes = world_.codes();
  // As many members as may lie may be rolled back unnoticed (design section 6).
  const size_t peers = codes.size() - 1;
  const size_t may_lie = peers == 0 ? 0 : (peers - 1) / 3;
  while (faulty_.size() < may_lie) faulty_.insert(dice_.Pick(codes));
  bool listens = false;
  for (const std::string& code : codes) {
    const bool last = code == codes.back();
    const bool address = dice_.Percent(80) || (last && !listens);
    listens |= address;
    AddMachine(code, code, "node-1", address ? code + ":1" : "", true);
  }
  for (const auto& [id, machine] : machines_) StartAgain(*machine, dice_.Between(0, 2'000));
}

Machine& Simulation::AddMachine(const std::string& id, const std::string& member,
                                const std::string& node, const std::string& address, bool vouches) {
  Machine::Options options;
  options.id = id;
  options.member = member;
  options.node = node;
  options.address = address;
  options.vouches = vouches;
  options.slow_ms = dice_.Percent(20) ? 30 : 1;
  for (const std::string& code : world_.codes()) {
    options.endpoints.push_back({code, "node-1", code + ":1"});
  }
  Machine::Hooks hooks;
  hooks.on_send = [this](Machine& machine, const v1::Frame& frame) {
    invariants_.OnSend(machine, frame);
  };
  hooks.after_drain = [this](Machine& machine) {
    if (machine.disk_died()) {
      return Restart(machine, dice_.Percent(50) ? Unsynced::kLost : Unsynced::kPrefix,
                     dice_.Between(0, 5'000));
    }
    if (machine.node().failed()) {
      return invariants_.Violate(absl::StrCat(machine.options().id, " stopped on a good disk"));
    }
    invariants_.AfterDrain(machine);
    const bool looks = dice_.Percent(5);
    if (looks && options_.check_words) invariants_.CheckWords(machine);
  };
  hooks.on_event = [this](Machine& machine, const sync::Event& event) {
    std::string text = absl::StrCat(machine.options().id, " ", event.name);
    for (const auto& [key, value] : event.fields) absl::StrAppend(&text, " ", key, "=", value);
    Note(text);
  };
  auto& machine = machines_[id];
  machine = std::make_unique<Machine>(std::move(options), world_, timeline_, dice_, network_,
                                      std::move(hooks));
  return *machine;
}

void Simulation::RunUntil(int64_t at_ms) {
  while (!failed() && timeline_.RunOne(at_ms)) {
  }
}

SimulationResult Simulation::Run() {
  Note(absl::StrCat("members ", world_.codes().size()));
  SubmitStep();
  FaultStep();
  RunUntil(plan_.chaos_ms);
  if (!failed()) Converge();
  SimulationResult result;
  result.violation = invariants_.violation();
  result.at_ms = timeline_.now_ms();
  result.step = trace_.lines();
  result.trace = trace_.digest();
  result.members = static_cast<int>(world_.codes().size());
  result.acknowledged = acknowledged_;
  result.faults = faults_;
  return result;
}

}  // namespace plenary::testing
