// Waiting on a condition with a deadline that no jump of the wall clock moves.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace plenary::node {

// A condition variable for absl::Mutex. (absl::CondVar of 2022 keeps its deadlines on the wall
// clock: one set back by an hour would stop every timer for an hour.) Thread-safe.
class Wakeup {
 public:
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }
  // Returns when notified, when `timeout_ms` have passed, or for no reason.
  void Wait(absl::Mutex& mutex, int64_t timeout_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    Held held{mutex};
    condition_.wait_for(held, std::chrono::milliseconds(timeout_ms));
  }
  void Wait(absl::Mutex& mutex) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    Held held{mutex};
    condition_.wait(held);
  }

 private:
  // The standard's spelling of an absl::Mutex.
  struct Held {
    absl::Mutex& mutex;
    void lock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex.Lock(); }
    void unlock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex.Unlock(); }
  };
  std::condition_variable_any condition_;
};

}  // namespace plenary::node
