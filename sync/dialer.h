// Whom to dial, and when: backoff with jitter, reset when a peer calls us or the roster changes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "sync/effects.h"
#include "sync/log_owner.h"

namespace plenary::sync {

// A node that may be dialled.
struct Endpoint {
  std::string member;
  std::string node;     // empty: whichever node of the member answers
  std::string address;  // host:port
};

// What came of dialling it.
struct DialState {
  Endpoint endpoint;
  bool dialling = false;
  int64_t next_ms = 0;  // not before
  int64_t backoff_ms = 0;
  absl::Status last_error;
  int64_t last_error_ms = 0;
};

// Loop only.
class Dialer {
 public:
  explicit Dialer(Chance& chance) : chance_(chance) {}

  // The endpoints that the cards (and configuration) name; those that are gone are forgotten.
  void SetEndpoints(std::vector<Endpoint> endpoints);
  // Forgets every backoff.
  void Reset();
  // Dials what is due and not `connected`.
  void Step(int64_t now_ms, const std::map<std::string, LinkId>& connected, Effects& effects);
  // Returns the full ID of the node that was dialled; empty if it is forgotten.
  std::string OnFailed(uint64_t dial, const absl::Status& why, int64_t now_ms);
  // A session with that node stands, whoever dialled it; or has ended.
  void OnUp(const std::string& full_id);
  void OnDown(const std::string& full_id, const absl::Status& why, int64_t now_ms);
  int64_t WakeAt() const;
  const std::map<std::string, DialState>& states() const { return states_; }

 private:
  std::vector<DialState*> Of(const std::string& full_id);
  void Delay(DialState& state, const absl::Status& why, int64_t now_ms);

  Chance& chance_;
  std::map<std::string, DialState> states_;  // by full node ID
  std::map<uint64_t, std::string> dials_;    // dial → full node ID
  uint64_t next_dial_ = 1;
};

}  // namespace plenary::sync
