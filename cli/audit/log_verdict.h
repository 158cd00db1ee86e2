// What an audit found out about one log.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "ledger/audit.h"
#include "ledger/proof_verdict.h"

namespace plenary::cli {

// Facts are set as far as the audit came.
struct LogVerdict {
  std::string origin;
  // Proven: every leaf below the newest checkpoint hashes to its root, each is signed by an author
  // of its member, every record byte shown is the one that was signed, one checkpoint is final, and
  // no evidence of a second history is at hand.
  ProofExit exit = ProofExit::kUnreadable;
  std::vector<absl::Status> reasons;  // why it is not proven; the first decides

  uint64_t size = 0;         // leaves verified
  uint64_t held = 0;         // leaves that the source says it has
  uint64_t signed_size = 0;  // of the newest checkpoint that was verified
  std::optional<AuditedCheckpoint> final_checkpoint;
  AuditCounts counts;
  std::array<uint64_t, 5> slots{};  // by v1::SlotState
  bool has_records = true;          // else no slot was shown
  bool judged = false;              // records too
  std::vector<AuditFinding> notes;  // what does not count and yet disproves nothing
  double seconds = 0;
};

// The exit code that says the same of an error: what cannot be read, or asks for a newer release,
// is unreadable; what has no pinned roster is not anchored; everything else disproves.
ProofExit ExitForReason(const absl::Status& status);
// The worse of two: disproved, unreadable, not anchored, proven.
ProofExit Worse(ProofExit a, ProofExit b);

}  // namespace plenary::cli
