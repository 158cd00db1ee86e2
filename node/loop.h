// The loop: the one thread that writes.
//
// gRPC callbacks and verifiers post to it; it runs what is waiting, in the order of arrival, as one
// drain, and then the drain's end: the node's one write and its outputs. Group commit is nothing
// else: what arrives during one drain's fsync shares the next one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "node/environment.h"
#include "node/loop_role.h"
#include "node/verifier_pool.h"
#include "node/waiting.h"

namespace plenary::node {

struct LoopOptions {
  // Posted tasks that wait at most; the next one is refused.
  size_t inbox_tasks = 8192;
  // 0: one less than the machine has cores, at least one.
  int verifier_threads = 0;
};

// Thread-safe.
class Loop final : public Executor {
 public:
  // `clock` outlives the loop.
  explicit Loop(const Clock& clock, LoopOptions options = {});
  // Run must have returned, or never been called.
  ~Loop() override;

  // Runs drains on this thread until Stop. Called once. When it returns no task runs any more; what
  // still waited has been dropped unrun, here.
  void Run();
  // Lets the drain in hand finish, its end included, and then Run return. Callable from any thread,
  // tasks included; again without effect; before Run, which then returns at once.
  void Stop();

  // A task that is due by PostAt runs before those that were posted; a task that is posted during a
  // drain, by it or by others, belongs to the next one.
  bool Post(Task task) override;
  void PostInternal(Task task) override;
  void PostAt(int64_t monotonic_ms, Task task) override;
  // Without limit of its own: the caller bounds what it has on the way.
  void RunVerifier(Task work, Task done) override;
  void SetDrainEnd(Task drain_end) override;

 private:
  struct Timer {
    int64_t at_ms = 0;
    uint64_t sequence = 0;
    Task task;
  };
  // For a heap with the earliest on top.
  static bool Later(const Timer& a, const Timer& b) {
    return a.at_ms != b.at_ms ? a.at_ms > b.at_ms : a.sequence > b.sequence;
  }

  // What the next drain runs; waits until there is something. False: stopped.
  bool Take(std::vector<Task>& drain);
  void TakeDue(std::vector<Task>& drain) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drain(std::vector<Task>& drain) ABSL_EXCLUSIVE_LOCKS_REQUIRED(loop_role);
  void Add(Task task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  const size_t inbox_tasks_;

  absl::Mutex mutex_;
  std::vector<Task> inbox_ ABSL_GUARDED_BY(mutex_);
  std::vector<Timer> timers_ ABSL_GUARDED_BY(mutex_);  // a heap
  uint64_t next_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  bool asleep_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Wakeup wakeup_;

  Task drain_end_ ABSL_GUARDED_BY(loop_role);
  VerifierPool verifiers_;
};

}  // namespace plenary::node
