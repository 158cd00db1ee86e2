// A process's clock, random and loop in simulated time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "node/environment.h"
#include "tests/simulation/timeline.h"

namespace plenary::testing {

// The clocks of one process: its monotonic one begins somewhere at each start, its wall clock is
// off by `skew`. One thread at a time.
class SimClock final : public node::Clock {
 public:
  SimClock(const Timeline& timeline, int64_t monotonic_offset_ms, int64_t skew_seconds)
      : timeline_(timeline), offset_ms_(monotonic_offset_ms), skew_seconds_(skew_seconds) {}
  absl::Time Now() const override;
  int64_t MonotonicMs() const override { return timeline_.now_ms() + offset_ms_; }
  // Simulated time of a monotonic time of this process.
  int64_t ToTimeline(int64_t monotonic_ms) const { return monotonic_ms - offset_ms_; }
  void Jump(int64_t skew_seconds) { skew_seconds_ = skew_seconds; }

 private:
  const Timeline& timeline_;
  const int64_t offset_ms_;
  int64_t skew_seconds_;
};

// One thread at a time.
class SimRandom final : public node::Random {
 public:
  explicit SimRandom(uint64_t seed) : dice_(seed) {}
  std::string Bytes(size_t count) override { return dice_.Bytes(count); }
  uint64_t Uint64() override { return dice_.Next(); }

 private:
  Dice dice_;
};

// Runs what is posted as drains, each a little later; verifiers' work too. Tasks that wait when it
// is destroyed are dropped. One thread at a time.
class SimExecutor final : public node::Executor {
 public:
  // `slow_ms`: a drain begins up to so much after the first of its tasks.
  SimExecutor(Timeline& timeline, const SimClock& clock, Dice& dice, int64_t slow_ms);
  ~SimExecutor() override;

  bool Post(Task task) override;
  void PostInternal(Task task) override;
  void PostAt(int64_t monotonic_ms, Task task) override;
  void RunVerifier(Task work, Task done) override;
  void SetDrainEnd(Task drain_end) override { drain_end_ = std::move(drain_end); }

  // What runs after each drain's end; may destroy this executor.
  void AfterDrain(std::function<void()> task) { after_drain_ = std::move(task); }
  // Refuses what is posted from outside.
  void SetFull(bool full) { full_ = full; }

 private:
  void RunDrain();
  // Runs `task` then, if this executor still lives.
  void Later(int64_t at_ms, Task task);

  Timeline& timeline_;
  const SimClock& clock_;
  Dice& dice_;
  const int64_t slow_ms_;
  std::deque<Task> inbox_;
  bool scheduled_ = false;
  bool full_ = false;
  Task drain_end_;
  std::function<void()> after_drain_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace plenary::testing
