#include "sync/dialer.h"

#include <algorithm>
#include <utility>

namespace plenary::sync {
namespace {

constexpr int64_t kFirstBackoffMs = 250;
constexpr int64_t kMaxBackoffMs = 300'000;

}  // namespace

void Dialer::SetEndpoints(std::vector<Endpoint> endpoints) {
  std::map<std::string, DialState> states;
  for (Endpoint& endpoint : endpoints) {
    const std::string id = endpoint.member + "/" + endpoint.node;
    const auto known = states_.find(id);
    DialState& state = states[id];
    if (known != states_.end() && known->second.endpoint.address == endpoint.address) {
      state = known->second;
    }
    state.endpoint = std::move(endpoint);
  }
  states_ = std::move(states);
}

void Dialer::Reset() {
  for (auto& [id, state] : states_) {
    if (state.next_ms != INT64_MAX) state.next_ms = 0;
    state.backoff_ms = 0;
  }
}

void Dialer::Step(int64_t now_ms, const std::map<std::string, LinkId>& connected,
                  Effects& effects) {
  for (auto& [id, state] : states_) {
    if (state.dialling || now_ms < state.next_ms || connected.contains(id)) continue;
    state.dialling = true;
    const uint64_t dial = next_dial_++;
    dials_[dial] = id;
    effects.Dial(dial, state.endpoint.member, state.endpoint.node, state.endpoint.address);
  }
}

void Dialer::Delay(DialState& state, const absl::Status& why, int64_t now_ms) {
  state.dialling = false;
  state.last_error = why;
  state.last_error_ms = now_ms;
  state.backoff_ms = std::clamp(2 * state.backoff_ms, kFirstBackoffMs, kMaxBackoffMs);
  const auto half = static_cast<uint64_t>(state.backoff_ms / 2);
  state.next_ms = now_ms + state.backoff_ms / 2 + static_cast<int64_t>(chance_.below(half + 1));
}

std::string Dialer::OnFailed(uint64_t dial, const absl::Status& why, int64_t now_ms) {
  const auto at = dials_.find(dial);
  if (at == dials_.end()) return "";
  const auto state = states_.find(at->second);
  if (state != states_.end()) Delay(state->second, why, now_ms);
  std::string id = std::move(at->second);
  dials_.erase(at);
  return id;
}

std::vector<DialState*> Dialer::Of(const std::string& full_id) {
  std::vector<DialState*> of;
  // An endpoint of the configuration may name the member alone: whichever node answers.
  const std::string any_node = full_id.substr(0, full_id.find('/') + 1);
  for (const std::string& id : {full_id, any_node}) {
    if (const auto state = states_.find(id); state != states_.end()) of.push_back(&state->second);
  }
  return of;
}

void Dialer::OnUp(const std::string& full_id) {
  for (DialState* state : Of(full_id)) {
    const std::string id = state->endpoint.member + "/" + state->endpoint.node;
    std::erase_if(dials_, [&id](const auto& dial) { return dial.second == id; });
    state->dialling = false;
    state->backoff_ms = 0;
    state->last_error = absl::OkStatus();
    state->next_ms = INT64_MAX;  // until it goes down
  }
}

void Dialer::OnDown(const std::string& full_id, const absl::Status& why, int64_t now_ms) {
  for (DialState* state : Of(full_id)) Delay(*state, why, now_ms);
}

int64_t Dialer::WakeAt() const {
  int64_t wake = INT64_MAX;
  for (const auto& [id, state] : states_) {
    if (!state.dialling) wake = std::min(wake, state.next_ms);
  }
  return wake;
}

}  // namespace plenary::sync
