// What a proof file shows of a log: proven leaves, signed checkpoints, and that each of these is
// final. Part of proof_verdict.h.
//
// Rules: docs/FORMATS.md, section 5 ("Finality"); docs/PROTOCOL.md, rule 8.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/checkpoint.h"
#include "ledger/final.h"
#include "ledger/proof_file.h"
#include "ledger/roster.h"
#include "ledger/signature.h"

namespace plenary {

// The part of one log that a file shows. Views point into the file.
struct ShownLog {
  std::string origin;
  uint64_t record_index = 0;
  uint64_t record_size = 0;                          // of the checkpoint of the record's proof
  std::map<uint64_t, SignedCheckpoint> checkpoints;  // by size
  std::map<uint64_t, absl::string_view> leaves;      // by index
  bool has_extra = false;                            // some proof carries unauthenticated bytes

  const SignedCheckpoint& newest() const { return checkpoints.at(record_size); }
};

// The checkpoint that the record's proof ends in, unverified: it names the log. Fails as
// ParseTlogProof and ReadUnverifiedCheckpoint.
absl::StatusOr<Checkpoint> ReadRecordCheckpoint(const ProofFile& file);

// Reads every tlog-proof of the file: each checkpoint is of `origin` and verifies, each leaf is in
// its checkpoint. Fails as ParseTlogProof, VerifyCheckpoint and VerifyInclusion, and with
// WRONG_ORIGIN, BAD_STEP (a checkpoint above the record's, or two notes of one size that differ) or
// INCONSISTENT_CHECKPOINT (two roots of one size, or two leaves of one index).
absl::StatusOr<ShownLog> ReadShownLog(const ProofFile& file, const std::string& origin,
                                      const PublicKey& log_key,
                                      absl::Span<const CosignerKey> cosigners);

// The versions that a leaf names; nothing if it fails the scan or is of another log.
struct NamedByLeaf {
  uint64_t roster = 0;
  std::string roster_digest;
  uint64_t card = 0;
};
std::optional<NamedByLeaf> VersionsNamedBy(absl::string_view leaf, absl::string_view origin);

// WENT_BACK if the record's leaf names a version below one that an earlier leaf shown names.
absl::Status CheckWentBack(const ShownLog& log);

// A checkpoint that is final, and the rosters that were in play for it.
struct FinalCheckpoint {
  uint64_t size = 0;
  RosterRange in_play;
};

// Checks that every checkpoint shown is final; gives them by size. Fails with LAST_LEAF_MISSING,
// WRONG_ROSTER_DIGEST, ROSTER_MISSING, BAD_ROSTER_REFERENCE, WENT_BACK or NOT_FINAL.
absl::StatusOr<std::vector<FinalCheckpoint>> CheckAllFinal(const ShownLog& log,
                                                           absl::string_view owner,
                                                           const RosterChain& rosters);

// Members whose cosignature on that checkpoint counts.
std::set<std::string> CosignedBy(const SignedCheckpoint& checkpoint);

}  // namespace plenary
