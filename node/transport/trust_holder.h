// The trust in force, shared by every listener and dialler: a new card counts at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "certs/member_identity.h"

namespace plenary::node {

// Holds the newest snapshot of what peers are judged by. Thread-safe.
class TrustHolder {
 public:
  explicit TrustHolder(certs::Trust trust);

  // The snapshot in force; stays valid for as long as the caller keeps it.
  std::shared_ptr<const certs::Trust> Get() const;

  // Puts `trust` in force, then calls every watcher on this thread.
  void Set(certs::Trust trust);

  // Calls `changed` after each Set until the returned number is given to Unwatch. It must not call
  // back into Watch or Unwatch.
  uint64_t Watch(std::function<void()> changed);
  // After it returns, the watcher is not running and is never called again.
  void Unwatch(uint64_t watcher);

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const certs::Trust> trust_ ABSL_GUARDED_BY(mutex_);
  // Held while watchers run, so that Unwatch waits for them.
  absl::Mutex watch_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  std::map<uint64_t, std::function<void()>> watchers_ ABSL_GUARDED_BY(watch_mutex_);
  uint64_t next_watcher_ ABSL_GUARDED_BY(watch_mutex_) = 1;
};

}  // namespace plenary::node
