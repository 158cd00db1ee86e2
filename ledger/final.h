// When a checkpoint is final: which rosters are in play, and how many peers each of them asks for.
//
// Rule: docs/PROTOCOL.md, rule 8; docs/FORMATS.md, section 5. One place for the arithmetic, used by
// nodes, by the audit of a log and by proof files. Signatures are not looked at here: `cosigned`
// are members whose cosignature on the checkpoint has been verified.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/roster.h"

namespace plenary {

// Roster versions [begin, end).
struct RosterRange {
  uint64_t begin = 0;
  uint64_t end = 0;
  friend bool operator==(const RosterRange&, const RosterRange&) = default;
};

// The versions in play for a checkpoint whose last leaf names roster version `named`, when the
// newest final checkpoint before it (for the first one: leaf 0, or where the caller begins) named
// `before`: all from `before` to `named`. Fails with BAD_ROSTER_REFERENCE for version 0 or
// 2^64 - 1, with WENT_BACK if `named` is below `before`: last leaves of checkpoints never fall.
absl::StatusOr<RosterRange> RostersInPlay(uint64_t before, uint64_t named);

// How many peers of a log's owner hold it by one roster, and how many it takes.
struct PeerCount {
  int held = 0;  // peers among those that cosigned
  QuorumRule rule;
  bool enough() const { return held >= rule.quorum; }
};

// Counts each member once; the owner, observers and members that are not full count nothing.
PeerCount CountPeers(const std::set<std::string>& cosigned, absl::string_view owner,
                     const Roster& roster);

// OK if `cosigned` holds a quorum of the peers of every roster in play. Fails with NOT_FINAL, which
// names the first version that has too few, and with ROSTER_MISSING if `rosters` lacks a version.
// CHECKs that the range is not empty.
absl::Status CheckFinal(const std::set<std::string>& cosigned, absl::string_view owner,
                        const RosterChain& rosters, RosterRange in_play);

}  // namespace plenary
