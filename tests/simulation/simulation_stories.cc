// Stories that chance alone would seldom tell: several faults in one order.
#include "absl/strings/str_cat.h"
#include "tests/simulation/simulation.h"

namespace plenary::testing {

void Simulation::Overtake() {
  Machine* original = PickRunning(true);
  if (original == nullptr || !MayClone()) return;
  const std::string& member = original->options().member;
  const std::string id = absl::StrCat(member, "#", ++clones_);
  Note(absl::StrCat("overtake ", member, " by ", id));
  Machine& other = AddMachine(id, member, "node-2", "", faulty_.contains(member));
  other.Load(original->Image(), original->lineage());
  std::map<std::string, int> group_of;
  for (const auto& [at, machine] : machines_) {
    group_of[at] = machine.get() == original || (at != id && dice_.Percent(35)) ? 1 : 0;
  }
  network_.Partition(std::move(group_of));
  for (int64_t i = dice_.Between(1, 4); i > 0; --i) Submit(*original, NewCommit(*original));
  const int64_t later_ms = timeline_.now_ms() + dice_.Between(20, 3'000);
  timeline_.At(later_ms, [this, id, member] { OvertakeBy(id, member); });
}

void Simulation::OvertakeBy(const std::string& id, const std::string& original) {
  Machine& other = *machines_.at(id);
  StartAgain(other, 0);
  timeline_.At(timeline_.now_ms() + dice_.Between(300, 8'000), [this, &other] {
    if (!chaos_ || !other.running()) return;
    for (int64_t i = dice_.Between(1, 3); i > 0; --i) Submit(other, NewCommit(other));
    // With some luck when it has signed, and before anybody has heard of it.
    if (dice_.Percent(60)) other.disk().DieAt(dice_.Below(8), CrashDisk::When::kAfter);
    if (dice_.Percent(50)) network_.RepeatSome(30);
  });
  timeline_.At(timeline_.now_ms() + dice_.Between(1'000, 12'000),
               [this, id, original] { EndOvertaking(id, original); });
}

void Simulation::EndOvertaking(const std::string& id, const std::string& original) {
  EndClone(id);
  if (!chaos_) return;
  HealAll();
  Machine& machine = *machines_.at(original);
  if (machine.running()) Restart(machine, Unsynced::kKept, dice_.Between(0, 500));
}

}  // namespace plenary::testing
