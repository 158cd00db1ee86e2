// The world for tests of threads and sockets: a loop on a thread of its own, and a clock that the
// test can move on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "node/environment.h"
#include "node/loop_role.h"

namespace plenary::testing {

// Real time plus what was added. Thread-safe.
class MovableClock : public node::Clock {
 public:
  absl::Time Now() const override {
    absl::MutexLock lock(&mutex_);
    return absl::Now() + added_;
  }
  int64_t MonotonicMs() const override { return absl::ToUnixMillis(Now()); }
  void Add(absl::Duration duration) {
    absl::MutexLock lock(&mutex_);
    added_ += duration;
  }

 private:
  mutable absl::Mutex mutex_;
  absl::Duration added_ ABSL_GUARDED_BY(mutex_);
};

// Thread-safe.
class ThreadLoop : public node::Executor {
 public:
  explicit ThreadLoop(const node::Clock* clock) : clock_(*clock), thread_([this] { Run(); }) {}
  ~ThreadLoop() override { Join(); }

  bool Post(Task task) override {
    PostInternal(std::move(task));
    return true;
  }
  void PostInternal(Task task) override {
    absl::MutexLock lock(&mutex_);
    if (!stopped_) inbox_.push_back(std::move(task));
  }
  void PostAt(int64_t monotonic_ms, Task task) override {
    absl::MutexLock lock(&mutex_);
    timers_.emplace(monotonic_ms, std::move(task));
  }
  void RunVerifier(Task work, Task done) override {
    work();
    PostInternal(std::move(done));
  }
  void SetDrainEnd(Task) override {}

  // Runs `task` on the loop and returns when it has.
  void RunOnLoop(Task task) {
    absl::Notification done;
    PostInternal([&] {
      task();
      done.Notify();
    });
    done.WaitForNotification();
  }
  // Ends the loop; what was not run is dropped.
  void Join() {
    {
      absl::MutexLock lock(&mutex_);
      stopped_ = true;
    }
    if (thread_.joinable()) thread_.join();
    absl::MutexLock lock(&mutex_);
    inbox_.clear();
    timers_.clear();
  }

 private:
  bool Due() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopped_ || !inbox_.empty() ||
           (!timers_.empty() && timers_.begin()->first <= clock_.MonotonicMs());
  }
  void Run() {
    const node::LoopScope loop;
    while (true) {
      Task task;
      {
        absl::MutexLock lock(&mutex_);
        const auto due = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return Due(); };
        // The test may move the clock, so timers are looked at often.
        while (!mutex_.AwaitWithTimeout(absl::Condition(&due), absl::Milliseconds(5))) {
        }
        if (stopped_) return;
        if (!inbox_.empty()) {
          task = std::move(inbox_.front());
          inbox_.pop_front();
        } else {
          task = std::move(timers_.begin()->second);
          timers_.erase(timers_.begin());
        }
      }
      task();
    }
  }

  const node::Clock& clock_;
  absl::Mutex mutex_;
  std::deque<Task> inbox_ ABSL_GUARDED_BY(mutex_);
  std::multimap<int64_t, Task> timers_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace plenary::testing
