#include "tests/simulation/sim_executor.h"

#include <utility>

#include "node/loop_role.h"

namespace plenary::testing {

absl::Time SimClock::Now() const {
  return absl::FromUnixMillis(1'700'000'000'000 + skew_seconds_ * 1000 + timeline_.now_ms());
}

SimExecutor::SimExecutor(Timeline& timeline, const SimClock& clock, Dice& dice, int64_t slow_ms)
    : timeline_(timeline), clock_(clock), dice_(dice), slow_ms_(slow_ms) {}

SimExecutor::~SimExecutor() { *alive_ = false; }

void SimExecutor::Later(int64_t at_ms, Task task) {
  timeline_.At(at_ms, [alive = alive_, task = std::move(task)]() mutable {
    if (*alive) task();
  });
}

bool SimExecutor::Post(Task task) {
  if (full_) return false;
  PostInternal(std::move(task));
  return true;
}

void SimExecutor::PostInternal(Task task) {
  inbox_.push_back(std::move(task));
  if (scheduled_) return;
  scheduled_ = true;
  Later(timeline_.now_ms() + dice_.Between(0, slow_ms_), [this] { RunDrain(); });
}

void SimExecutor::PostAt(int64_t monotonic_ms, Task task) {
  Later(clock_.ToTimeline(monotonic_ms),
        [this, task = std::move(task)]() mutable { PostInternal(std::move(task)); });
}

void SimExecutor::RunVerifier(Task work, Task done) {
  Later(timeline_.now_ms() + dice_.Between(0, 5),
        [this, work = std::move(work), done = std::move(done)]() mutable {
          work();
          PostInternal(std::move(done));
        });
}

void SimExecutor::RunDrain() {
  scheduled_ = false;
  {
    const node::LoopScope loop;
    std::deque<Task> drain = std::exchange(inbox_, {});
    for (Task& task : drain) task();
    if (drain_end_) drain_end_();
  }
  const std::function<void()> after = after_drain_;
  if (after) after();
}

}  // namespace plenary::testing
