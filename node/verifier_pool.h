// Threads for what costs a core and touches nothing shared: signatures and hashes of a batch.
#pragma once

#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "node/environment.h"
#include "node/waiting.h"

namespace plenary::node {

// Thread-safe.
class VerifierPool {
 public:
  // `threads` of at least 1.
  explicit VerifierPool(int threads);
  // As Stop.
  ~VerifierPool();
  VerifierPool(const VerifierPool&) = delete;
  VerifierPool& operator=(const VerifierPool&) = delete;

  // Queues `work` for some thread, first come, first served. What waits has no bound here: whoever
  // hands in work bounds it by the bytes that it has asked peers for. Dropped after Stop.
  void Run(Executor::Task work);
  // Lets each thread finish what it has in hand, drops the rest, and joins the threads.
  void Stop();

 private:
  void Serve();

  absl::Mutex mutex_;
  std::deque<Executor::Task> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Wakeup wakeup_;
  std::vector<std::thread> threads_;
};

}  // namespace plenary::node
