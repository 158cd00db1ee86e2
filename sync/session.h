// One replication connection: who is there, what it holds, what each side is fetching.
//
//   greeting ──Hello──▶ open ──Goodbye or loss──▶ (gone)
//
// In `open` both sides have introduced their logs by Heads; every other frame may come.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "ledger/digest.h"
#include "ledger/statement.h"
#include "plenary/v1/replication_service.pb.h"
#include "sync/effects.h"

namespace plenary::sync {

// What a peer said it holds of a log.
struct PeerHead {
  uint64_t size = 0;
  uint64_t signed_size = 0;
  uint64_t final_size = 0;
  Digest root;
};

// What we ask a peer for: standing, renewed by credit.
struct Fetching {
  uint64_t id = 0;
  uint64_t round = 0;         // LogReplica::fetch_round() when it was asked
  uint64_t credit_bytes = 0;  // given and not yet used, by our count
  int64_t progress_ms = 0;    // when the last chunk of it was taken
};

// What a peer asked us for.
struct Serving {
  uint64_t id = 0;
  uint64_t next = 0;
  uint64_t credit_bytes = 0;
  uint64_t content_round = 0;        // LogReplica::content_round() while beyond the signed part
  std::optional<Proposal> covering;  // that the chunks of the tail are cut by
};

// A plain value; the Replicator's. Loop only.
struct Session {
  LinkId link = 0;
  std::string member;
  std::string node;
  bool dialled = false;
  bool open = false;  // Hello has come
  std::string store;
  std::string software;
  std::set<std::string> abstains;
  uint64_t roster_version = 0;
  std::map<std::string, uint64_t> card_versions;

  std::map<uint32_t, std::string> names;     // the peer's numbers → origins
  std::set<uint32_t> introduced;             // our numbers that the peer knows
  std::map<std::string, PeerHead> heads;     // by origin
  std::map<std::string, Fetching> fetching;  // by origin
  std::map<std::string, Serving> serving;    // by origin

  int64_t received_ms = 0;

  // "<member>/<node>", the full node ID within the federation.
  std::string FullId() const { return member + "/" + node; }
};

}  // namespace plenary::sync
