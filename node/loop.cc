#include "node/loop.h"

#include <pthread.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "ledger/check.h"

namespace plenary::node {
namespace {

// The clock is asked again at least this often: it also counts while the machine is suspended, and
// waiting does not.
constexpr int64_t kLongestWaitMs = 1000;

int ThreadsFor(const LoopOptions& options) {
  if (options.verifier_threads > 0) return options.verifier_threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) - 1);
}

}  // namespace

Loop::Loop(const Clock& clock, LoopOptions options)
    : clock_(clock), inbox_tasks_(options.inbox_tasks), verifiers_(ThreadsFor(options)) {}

Loop::~Loop() { Stop(); }

void Loop::Run() {
  pthread_setname_np(pthread_self(), "loop");
  std::vector<Task> drain;
  while (Take(drain)) {
    LoopScope on_the_loop;
    Drain(drain);
  }
  verifiers_.Stop();
  // Dropped tasks may hold answers that are sent when they go: so they go here, outside the lock.
  std::vector<Task> inbox;
  std::vector<Timer> timers;
  {
    absl::MutexLock lock(&mutex_);
    inbox.swap(inbox_);
    timers.swap(timers_);
  }
  LoopScope on_the_loop;
  inbox.clear();
  timers.clear();
  drain_end_ = nullptr;
}

void Loop::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  wakeup_.NotifyAll();
}

bool Loop::Take(std::vector<Task>& drain) {
  absl::MutexLock lock(&mutex_);
  while (true) {
    if (stopping_) return false;
    TakeDue(drain);
    if (!drain.empty() || !inbox_.empty()) break;
    int64_t wait_ms = kLongestWaitMs;
    if (!timers_.empty()) {
      wait_ms = std::min(wait_ms, timers_.front().at_ms - clock_.MonotonicMs());
    }
    if (wait_ms <= 0) continue;
    asleep_ = true;
    wakeup_.Wait(mutex_, wait_ms);
    asleep_ = false;
  }
  drain.insert(drain.end(), std::make_move_iterator(inbox_.begin()),
               std::make_move_iterator(inbox_.end()));
  inbox_.clear();
  return true;
}

void Loop::TakeDue(std::vector<Task>& drain) {
  if (timers_.empty()) return;
  const int64_t now_ms = clock_.MonotonicMs();
  while (!timers_.empty() && timers_.front().at_ms <= now_ms) {
    std::pop_heap(timers_.begin(), timers_.end(), Later);
    drain.push_back(std::move(timers_.back().task));
    timers_.pop_back();
  }
}

void Loop::Drain(std::vector<Task>& drain) {
  for (Task& task : drain) {
    task();
    // What the task owns goes now, not when the whole drain is done.
    task = nullptr;
  }
  drain.clear();
  if (drain_end_ != nullptr) drain_end_();
}

void Loop::Add(Task task) {
  inbox_.push_back(std::move(task));
  if (asleep_) wakeup_.NotifyOne();
}

bool Loop::Post(Task task) {
  absl::MutexLock lock(&mutex_);
  if (stopping_ || inbox_.size() >= inbox_tasks_) return false;
  Add(std::move(task));
  return true;
}

void Loop::PostInternal(Task task) {
  absl::MutexLock lock(&mutex_);
  if (!stopping_) Add(std::move(task));
}

void Loop::PostAt(int64_t monotonic_ms, Task task) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return;
  timers_.push_back({monotonic_ms, next_sequence_++, std::move(task)});
  std::push_heap(timers_.begin(), timers_.end(), Later);
  if (asleep_) wakeup_.NotifyOne();
}

void Loop::RunVerifier(Task work, Task done) {
  verifiers_.Run([this, work = std::move(work), done = std::move(done)]() mutable {
    work();
    work = nullptr;
    PostInternal(std::move(done));
  });
}

void Loop::SetDrainEnd(Task drain_end) {
  // Before the first task there is no loop yet that it could race with.
  LoopScope on_the_loop;
  CHECK(drain_end_ == nullptr) << "the drain's end is set twice";
  drain_end_ = std::move(drain_end);
}

}  // namespace plenary::node
