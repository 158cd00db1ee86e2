// What fails in a simulation, and when.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "tests/simulation/simulation.h"

namespace plenary::testing {
namespace {

constexpr size_t kMaxSnapshots = 12;
constexpr size_t kMaxClones = 2;
constexpr uint64_t kMaxRosters = 8;

}  // namespace

void Simulation::FaultStep() {
  if (!chaos_) return;
  const auto again_ms = timeline_.now_ms() + dice_.Between(1, 2 * plan_.fault_every_ms);
  timeline_.At(again_ms, [this] {
    if (!chaos_) return;
    uint64_t sum = 0;
    for (const auto& [kind, weight] : plan_.weights) sum += weight;
    do {
      uint64_t at = dice_.Below(sum);
      for (const auto& [kind, weight] : plan_.weights) {
        if (at < weight) {
          Fault(kind);
          break;
        }
        at -= weight;
      }
    } while (dice_.Percent(plan_.together_percent));
    FaultStep();
  });
}

void Simulation::Fault(const std::string& kind) {
  ++faults_[kind];
  Note(absl::StrCat("fault ", kind));
  if (kind == "crash") return CrashOne();
  if (kind == "die") return DieOne();
  if (kind == "wipe") return WipeOne();
  if (kind == "snapshot") return SnapshotOne();
  if (kind == "rollback") return RollBackOne();
  if (kind == "clone") return CloneOne();
  if (kind == "partition") return PartitionSome();
  if (kind == "isolate") return IsolateOne();
  if (kind == "heal") return HealAll();
  if (kind == "roster") return ChangeRoster();
  if (kind == "overtake") return Overtake();
  if (kind == "cut") return network_.CutOne();
  if (kind == "late") return network_.RepeatSome(1 + dice_.Below(40));
  Machine* machine = PickRunning(false);
  if (machine == nullptr) return;
  if (kind == "clock") machine->clock().Jump(dice_.Between(-40'000, 40'000));
  if (kind == "full") {
    machine->executor().SetFull(true);
    const uint64_t process = machine->starts();
    timeline_.At(timeline_.now_ms() + dice_.Between(10, 2'000), [machine, process] {
      if (machine->running() && machine->starts() == process) machine->executor().SetFull(false);
    });
  }
}

Machine* Simulation::PickRunning(bool originals_only) {
  std::vector<Machine*> running;
  for (const auto& [id, machine] : machines_) {
    if (!machine->running() || (originals_only && id != machine->options().member)) continue;
    running.push_back(machine.get());
  }
  return running.empty() ? nullptr : dice_.Pick(running);
}

void Simulation::StartAgain(Machine& machine, int64_t down_ms) {
  Machine* const that = &machine;
  timeline_.At(timeline_.now_ms() + down_ms, [this, that] {
    if (that->running() || that->retired()) return;
    Note(absl::StrCat("start ", that->options().id));
    const absl::Status started = that->Start();
    if (!started.ok() && that->disk_died()) {
      that->disk().Crash(Unsynced::kLost);
      return StartAgain(*that, 1'000);
    }
    if (!started.ok()) {
      return invariants_.Violate(
          absl::StrCat(that->options().id, " cannot start: ", std::string(started.message())));
    }
    invariants_.OnStart(*that);
  });
}

void Simulation::Restart(Machine& machine, Unsynced unsynced, int64_t down_ms) {
  Note(absl::StrCat("crash ", machine.options().id));
  machine.Crash(unsynced);
  StartAgain(machine, down_ms);
}

void Simulation::CrashOne() {
  Machine* machine = PickRunning(false);
  if (machine == nullptr) return;
  static const std::vector<Unsynced> kKinds = {Unsynced::kLost, Unsynced::kPrefix, Unsynced::kKept};
  const int64_t down_ms = dice_.Percent(80) ? dice_.Between(0, 3'000) : dice_.Between(0, 60'000);
  Restart(*machine, dice_.Pick(kKinds), down_ms);
}

// In the middle of some write to come.
void Simulation::DieOne() {
  Machine* machine = PickRunning(false);
  if (machine == nullptr) return;
  machine->disk().DieAt(dice_.Below(9),
                        dice_.Percent(50) ? CrashDisk::When::kBefore : CrashDisk::When::kAfter);
}

bool Simulation::TakesPartEverywhere(Machine& machine) const {
  if (!machine.running()) return false;
  const auto status = machine.node().Status();
  return std::all_of(status->logs.begin(), status->logs.end(), [&](const node::LogStatus& log) {
    return !log.abstains && log.final_size >= invariants_.FinalSize(log.origin);
  });
}

bool Simulation::MayLose(const std::string& member) const {
  const size_t peers = world_.codes().size() - 1;
  if (peers == 0) return false;
  size_t quorum = 0;
  for (uint64_t version = 1; version <= world_.rosters().size(); ++version) {
    const Roster& roster = *world_.rosters().Find(version);
    quorum = std::max(quorum, static_cast<size_t>(roster.QuorumFor(member).quorum));
  }
  std::set<std::string> away = silent_;
  for (const std::string& other : lost_) {
    if (!TakesPartEverywhere(*machines_.at(other))) away.insert(other);
  }
  away.insert(member);
  return away.size() <= peers - quorum;
}

void Simulation::WipeOne() {
  Machine* machine = PickRunning(true);
  if (machine == nullptr || !MayLose(machine->options().member)) return;
  Note(absl::StrCat("wipe ", machine->options().id));
  machine->Crash(Unsynced::kLost);
  machine->Wipe();
  lost_.insert(machine->options().member);
  StartAgain(*machine, dice_.Percent(50) ? 0 : dice_.Between(0, 20'000));
}

void Simulation::SnapshotOne() {
  Machine* machine = PickRunning(true);
  if (machine == nullptr) return;
  if (snapshots_.size() >= kMaxSnapshots) snapshots_.erase(snapshots_.begin());
  snapshots_.push_back({machine->options().member, machine->Image(), machine->lineage()});
}

// An old image in place of the disk, which nobody announced. Beyond the f members that may lie, the
// member from then on vouches for nothing.
void Simulation::RollBackOne() {
  if (snapshots_.empty() || world_.codes().size() == 1) return;
  const Snapshot& snapshot = dice_.Pick(snapshots_);
  Machine& machine = *machines_.at(snapshot.member);
  if (!machine.running()) return;
  const bool may_lie = faulty_.contains(snapshot.member);
  if (!may_lie && !silent_.contains(snapshot.member)) {
    if (!MayLose(snapshot.member)) return;
    silent_.insert(snapshot.member);
  }
  Note(absl::StrCat("roll back ", machine.options().id));
  machine.Crash(Unsynced::kLost);
  if (!may_lie) machine.StopVouching();
  machine.Load(snapshot.image, snapshot.lineage);
  StartAgain(machine, dice_.Percent(50) ? 0 : dice_.Between(0, 20'000));
}

bool Simulation::MayClone() const {
  size_t clones = 0;
  for (const auto& [id, machine] : machines_) {
    if (id != machine->options().member && !machine->retired()) ++clones;
  }
  return clones < kMaxClones && world_.codes().size() > 1;
}

// A second instance over a copy of the disk, of now or of earlier.
void Simulation::CloneOne() {
  Machine* original = PickRunning(true);
  if (original == nullptr || !MayClone()) return;
  const std::string& member = original->options().member;
  DiskImage image = original->Image();
  Lineage lineage = original->lineage();
  for (const Snapshot& snapshot : snapshots_) {
    if (snapshot.member != member || !dice_.Percent(30)) continue;
    image = snapshot.image;
    lineage = snapshot.lineage;
  }
  const std::string id = absl::StrCat(member, "#", ++clones_);
  Note(absl::StrCat("clone ", id));
  Machine& clone =
      AddMachine(id, member, dice_.Percent(60) ? "node-2" : "node-1", "", faulty_.contains(member));
  clone.Load(image, std::move(lineage));
  StartAgain(clone, 0);
  timeline_.At(timeline_.now_ms() + dice_.Between(1'000, 90'000), [this, id] { EndClone(id); });
}

void Simulation::EndClone(const std::string& id) {
  Machine& clone = *machines_.at(id);
  if (clone.retired()) return;
  Note(absl::StrCat("end ", id));
  clone.Retire();
}

void Simulation::PartitionSome() {
  const int groups = static_cast<int>(dice_.Between(2, 3));
  std::map<std::string, int> group_of;
  for (const auto& [id, machine] : machines_) {
    group_of[id] = static_cast<int>(dice_.Below(static_cast<uint64_t>(groups)));
  }
  network_.Partition(std::move(group_of));
  timeline_.At(timeline_.now_ms() + dice_.Between(100, 40'000), [this] { HealAll(); });
}

// A member whose peers are too few for a while.
void Simulation::IsolateOne() {
  std::map<std::string, int> group_of;
  const std::string& alone = dice_.Pick(world_.codes());
  for (const auto& [id, machine] : machines_) {
    const bool with_it = machine->options().member == alone || dice_.Percent(15);
    group_of[id] = with_it ? 1 : 0;
  }
  network_.Partition(std::move(group_of));
  timeline_.At(timeline_.now_ms() + dice_.Between(100, 60'000), [this] { HealAll(); });
}

// Members and keys stay; how many peers must hold a log changes, as far as the federation can bear.
void Simulation::ChangeRoster() {
  Machine* machine = PickRunning(false);
  if (machine == nullptr || world_.rosters().size() >= kMaxRosters) return;
  std::set<std::string> away = silent_;
  away.insert(lost_.begin(), lost_.end());
  const size_t peers = world_.codes().size() - 1;
  v1::Roster next = world_.NextRoster();
  const uint64_t most = peers > away.size() ? peers - away.size() : 0;
  next.set_quorum(most > 0 && dice_.Percent(50) ? static_cast<uint32_t>(1 + dice_.Below(most)) : 0);
  world_.Adopt(next);
  Note(absl::StrCat("roster ", next.version(), " quorum ", next.quorum()));
  HandOutRosters(*machine);
}

void Simulation::HandOutRosters(Machine& machine) {
  const uint64_t held = machine.node().Status()->roster_version;
  for (uint64_t version = held + 1; version <= world_.rosters().size(); ++version) {
    machine.node().ImportRoster(std::string(world_.rosters().Find(version)->envelope()),
                                [](const absl::Status&) {});
  }
}

void Simulation::HealAll() {
  Note("heal");
  network_.Heal();
}

}  // namespace plenary::testing
