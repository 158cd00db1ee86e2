#include "node/verifier_pool.h"

#include <pthread.h>

#include <utility>

#include "ledger/check.h"

namespace plenary::node {

VerifierPool::VerifierPool(int threads) {
  CHECK(threads >= 1) << threads << " verifier threads";
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Serve(); });
    // For people who look at the process; a failure changes nothing.
    pthread_setname_np(threads_.back().native_handle(), "verifier");
  }
}

VerifierPool::~VerifierPool() { Stop(); }

void VerifierPool::Run(Executor::Task work) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return;
  waiting_.push_back(std::move(work));
  wakeup_.NotifyOne();
}

void VerifierPool::Stop() {
  std::deque<Executor::Task> dropped;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
    wakeup_.NotifyAll();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void VerifierPool::Serve() {
  while (true) {
    Executor::Task work;
    {
      absl::MutexLock lock(&mutex_);
      while (!stopping_ && waiting_.empty()) wakeup_.Wait(mutex_);
      if (stopping_) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work();
  }
}

}  // namespace plenary::node
