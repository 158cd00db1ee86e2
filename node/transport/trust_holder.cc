#include "node/transport/trust_holder.h"

#include <utility>

namespace plenary::node {

TrustHolder::TrustHolder(certs::Trust trust)
    : trust_(std::make_shared<const certs::Trust>(std::move(trust))) {}

std::shared_ptr<const certs::Trust> TrustHolder::Get() const {
  absl::MutexLock lock(&mutex_);
  return trust_;
}

void TrustHolder::Set(certs::Trust trust) {
  auto fresh = std::make_shared<const certs::Trust>(std::move(trust));
  absl::MutexLock watch_lock(&watch_mutex_);
  {
    absl::MutexLock lock(&mutex_);
    trust_.swap(fresh);
  }
  for (const auto& [number, changed] : watchers_) changed();
}

uint64_t TrustHolder::Watch(std::function<void()> changed) {
  absl::MutexLock lock(&watch_mutex_);
  watchers_.emplace(next_watcher_, std::move(changed));
  return next_watcher_++;
}

void TrustHolder::Unwatch(uint64_t watcher) {
  absl::MutexLock lock(&watch_mutex_);
  watchers_.erase(watcher);
}

}  // namespace plenary::node
