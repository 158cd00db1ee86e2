// The end of a simulation: the faults stop, and the federation must become whole by itself.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "node/view/reader.h"
#include "tests/simulation/simulation.h"

namespace plenary::testing {
namespace {

// Backoffs end within minutes; a store that was emptied waits for the owners' next incarnations,
// which may be an hour apart (design section 6, rule 9).
constexpr int64_t kBoundMs = 3 * 3'600'000;
constexpr int64_t kLookEveryMs = 5'000;

}  // namespace

void Simulation::Converge() {
  Note("the faults stop");
  chaos_ = false;
  network_.Heal();
  NetworkOptions network = network_.options();
  network.dial_failure_percent = 0;
  network_.SetOptions(network);
  for (const auto& [id, machine] : machines_) {
    if (id != machine->options().member) EndClone(id);
    if (machine->running()) machine->executor().SetFull(false);
  }
  const int64_t end_ms = timeline_.now_ms() + kBoundMs;
  std::string why;
  while (!failed()) {
    RestartFenced();
    RepeatRoster();
    RunUntil(timeline_.now_ms() + kLookEveryMs);
    if (failed() || Converged(why)) break;
    if (timeline_.now_ms() >= end_ms) return invariants_.Violate("does not converge: " + why);
  }
  if (!failed()) CheckDigests();
  if (!failed()) CheckOutcome();
}

// What an operator does who reads that another instance was active.
void Simulation::RestartFenced() {
  for (const auto& [id, machine] : machines_) {
    if (!machine->running()) continue;
    for (const node::LogStatus& log : machine->node().Status()->logs) {
      if (log.phase != "fenced") continue;
      Restart(*machine, Unsynced::kKept, 0);
      break;
    }
  }
}

// What a roster officer does whose roster went down with the node that had taken it.
void Simulation::RepeatRoster() {
  Machine* lacks = nullptr;
  for (const auto& [id, machine] : machines_) {
    if (!machine->running()) continue;
    if (machine->node().Status()->roster_version == world_.roster().version()) return;
    lacks = machine.get();
  }
  if (lacks != nullptr) HandOutRosters(*lacks);
}

bool Simulation::Converged(std::string& why) {
  for (const auto& [id, machine] : machines_) {
    if (machine->retired()) continue;
    if (!machine->running()) {
      why = id + " does not run";
      return false;
    }
    const auto status = machine->node().Status();
    if (status->roster_version != world_.roster().version()) {
      why = absl::StrCat(id, " holds roster ", status->roster_version);
      return false;
    }
    if (!status->ready || status->waiting > 0) {
      why = absl::StrCat(id, ": ", status->waiting, " wait");
      for (const std::string& because : status->not_ready_because) {
        absl::StrAppend(&why, ", ", because);
      }
      return false;
    }
    for (const std::string& code : world_.codes()) {
      const std::string origin = world_.Origin(code);
      const node::LogStatus* log = status->Find(origin);
      const Machine& owner = *machines_.at(code);
      const uint64_t size =
          owner.running() ? machines_.at(code)->node().Status()->Find(origin)->size : 0;
      const auto viewed = status->view_sizes.find(origin);
      const uint64_t view_size = viewed == status->view_sizes.end() ? 0 : viewed->second;
      if (log != nullptr && log->size == size && log->final_size == size && view_size == size) {
        continue;
      }
      why = absl::StrCat(id, " has of ", origin, " ", log == nullptr ? 0 : log->size, " leaves, ",
                         log == nullptr ? 0 : log->signed_size, " signed, ",
                         log == nullptr ? 0 : log->final_size, " final, ", view_size,
                         " in its view, of ", size);
      return false;
    }
  }
  return true;
}

void Simulation::CheckDigests() {
  std::optional<Digest> first;
  for (const auto& [id, machine] : machines_) {
    if (!machine->running()) continue;
    const node::Snapshot snapshot(machine->store());
    const auto digest = node::ViewReader(snapshot).Digest();
    if (!digest.ok()) {
      return invariants_.Violate(absl::StrCat(id, ": ", std::string(digest.status().message())));
    }
    if (!first.has_value()) first = *digest;
    if (*digest != *first) {
      return invariants_.Violate(absl::StrCat(id, " shows another view of the same logs"));
    }
  }
}

// Every commit that a surviving disk's node acknowledged is final, or set aside for its owner.
void Simulation::CheckOutcome() {
  for (const auto& [id, machine] : machines_) {
    if (!machine->running()) continue;
    const std::string origin = world_.Origin(machine->options().member);
    const node::LogStatus* log = machine->node().Status()->Find(origin);
    if (log->final_size < invariants_.FinalSize(origin)) {
      return invariants_.Violate(absl::StrCat(
          origin, " was final to ", invariants_.FinalSize(origin), " and is to ", log->final_size));
    }
    invariants_.CheckHeld(*machine);
  }
}

}  // namespace plenary::testing
