#include "sync/pauses.h"

#include <algorithm>

namespace plenary::sync {
namespace {

constexpr int64_t kFirstMs = 30'000;
constexpr int64_t kMaxMs = 3'600'000;
constexpr int64_t kForgetMs = 3'600'000;
constexpr size_t kMaxPauses = 1'000;

}  // namespace

Pause& Pauses::At(const Key& key) {
  if (pauses_.size() >= kMaxPauses && !pauses_.contains(key)) {
    pauses_.erase(std::min_element(
        pauses_.begin(), pauses_.end(),
        [](const auto& a, const auto& b) { return a.second.until_ms < b.second.until_ms; }));
  }
  return pauses_[key];
}

void Pauses::Useless(const std::string& node, const std::string& origin, const absl::Status& why,
                     int64_t now_ms) {
  Pause& pause = At({node, origin});
  // A lie weighs more.
  if (pause.lied && now_ms < pause.until_ms) return;
  pause.until_ms = now_ms + kFirstMs;
  pause.why = why;
}

const Pause& Pauses::Lied(const std::string& node, const std::string& origin,
                          const absl::Status& why, int64_t now_ms) {
  Pause& pause = At({node, origin});
  const bool again = pause.lied && now_ms < pause.until_ms + kForgetMs;
  pause.backoff_ms = again ? std::min(2 * pause.backoff_ms, kMaxMs) : kFirstMs;
  pause.until_ms = now_ms + pause.backoff_ms;
  pause.lied = true;
  pause.why = why;
  return pause;
}

void Pauses::Over(const std::string& node, const std::string& origin) {
  const auto at = pauses_.find({node, origin});
  if (at != pauses_.end() && !at->second.lied) pauses_.erase(at);
}

void Pauses::Over(const std::string& node) {
  std::erase_if(pauses_,
                [&](const auto& entry) { return entry.first.first == node && !entry.second.lied; });
}

bool Pauses::Holds(const std::string& node, const std::string& origin, int64_t now_ms) const {
  const auto at = pauses_.find({node, origin});
  return at != pauses_.end() && now_ms < at->second.until_ms;
}

std::map<std::string, Pause> Pauses::Of(const std::string& node, int64_t now_ms) const {
  std::map<std::string, Pause> of;
  for (auto at = pauses_.lower_bound({node, ""}); at != pauses_.end() && at->first.first == node;
       ++at) {
    if (now_ms < at->second.until_ms) of[at->first.second] = at->second;
  }
  return of;
}

}  // namespace plenary::sync
