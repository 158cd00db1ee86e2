// Nodes that are not asked for a log for a while, and why: remembered across sessions, so that one
// that lied gains nothing by coming back.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"

namespace plenary::sync {

// Why and until when a node is not asked for a log.
struct Pause {
  int64_t until_ms = 0;  // monotonic
  int64_t backoff_ms = 0;
  bool lied = false;
  absl::Status why;
};

// By full node ID and origin. Bounded: beyond 1,000 the one that ends first is forgotten.
// Loop only.
class Pauses {
 public:
  // It had nothing to give in time, or is behind: half a minute, or until its next session.
  void Useless(const std::string& node, const std::string& origin, const absl::Status& why,
               int64_t now_ms);
  // It sent what the log's key never signed: half a minute, twice as long each further time, up to
  // an hour. An hour without a lie forgets it.
  const Pause& Lied(const std::string& node, const std::string& origin, const absl::Status& why,
                    int64_t now_ms);
  // It gave something good, or has a new session: what was only useless is over.
  void Over(const std::string& node, const std::string& origin);
  void Over(const std::string& node);

  bool Holds(const std::string& node, const std::string& origin, int64_t now_ms) const;
  // Those of a node that hold now, by origin.
  std::map<std::string, Pause> Of(const std::string& node, int64_t now_ms) const;

 private:
  using Key = std::pair<std::string, std::string>;
  Pause& At(const Key& key);

  std::map<Key, Pause> pauses_;
};

}  // namespace plenary::sync
