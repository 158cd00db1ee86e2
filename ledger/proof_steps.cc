#include "ledger/proof_steps.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "ledger/commit.h"
#include "ledger/merkle.h"
#include "ledger/proof.h"
#include "ledger/status.h"
#include "ledger/tlog_proof.h"

namespace plenary {
namespace {

// Reads one tlog-proof after the other into a ShownLog.
class Reader {
 public:
  Reader(const std::string& origin, const PublicKey& log_key,
         absl::Span<const CosignerKey> cosigners)
      : log_key_(log_key), cosigners_(cosigners) {
    log_.origin = origin;
  }

  // The record's own proof comes first: its checkpoint is the largest.
  absl::Status ReadRecord(const ProofFile& file) {
    ASSIGN_OR_RETURN(const TlogProof proof, ParseTlogProof(file.tlog_proof));
    ASSIGN_OR_RETURN(const Checkpoint checkpoint, ReadUnverifiedCheckpoint(proof.checkpoint));
    log_.record_index = proof.index;
    log_.record_size = checkpoint.size;
    return Add(file.envelope, proof, checkpoint);
  }

  absl::Status ReadStep(const ProofStep& step) {
    ASSIGN_OR_RETURN(const TlogProof proof, ParseTlogProof(step.tlog_proof));
    ASSIGN_OR_RETURN(const Checkpoint checkpoint, ReadUnverifiedCheckpoint(proof.checkpoint));
    if (checkpoint.size > log_.record_size) {
      return MakeError(Reason::BAD_STEP,
                       absl::StrCat("step: its checkpoint of size ", checkpoint.size,
                                    " is beyond the record's of size ", log_.record_size));
    }
    return Add(step.leaf, proof, checkpoint);
  }

  ShownLog Take() { return std::move(log_); }

 private:
  absl::Status Add(absl::string_view leaf, const TlogProof& proof, const Checkpoint& checkpoint) {
    if (checkpoint.origin != log_.origin) {
      return MakeError(Reason::WRONG_ORIGIN, absl::StrCat("checkpoint: expected log ", log_.origin,
                                                          ", got ", checkpoint.origin));
    }
    RETURN_IF_ERROR(AddCheckpoint(proof.checkpoint, checkpoint));
    RETURN_IF_ERROR(VerifyInclusion(proof.index, checkpoint.size, LeafHash(leaf), proof.hashes,
                                    checkpoint.root));
    const auto [at, is_new] = log_.leaves.emplace(proof.index, leaf);
    if (!is_new && at->second != leaf) {
      return MakeError(Reason::INCONSISTENT_CHECKPOINT,
                       absl::StrCat("log ", log_.origin, ": two leaves of index ", proof.index));
    }
    log_.has_extra |= proof.extra.has_value();
    return absl::OkStatus();
  }

  // Each distinct note is verified once.
  absl::Status AddCheckpoint(const std::string& note, const Checkpoint& checkpoint) {
    const auto [at, is_new] = notes_.emplace(checkpoint.size, note);
    if (!is_new) {
      if (at->second == note) return absl::OkStatus();
      const bool fork = log_.checkpoints.at(checkpoint.size).checkpoint.root != checkpoint.root;
      return MakeError(fork ? Reason::INCONSISTENT_CHECKPOINT : Reason::BAD_STEP,
                       absl::StrCat("log ", log_.origin, ": two notes of size ", checkpoint.size,
                                    fork ? " with two roots" : " differ"));
    }
    ASSIGN_OR_RETURN(SignedCheckpoint verified, VerifyCheckpoint(note, log_key_, cosigners_));
    log_.checkpoints.emplace(checkpoint.size, std::move(verified));
    return absl::OkStatus();
  }

  const PublicKey& log_key_;
  absl::Span<const CosignerKey> cosigners_;
  ShownLog log_;
  std::map<uint64_t, std::string> notes_;  // by size
};

// The version of the roster that a leaf names, if the file has that roster by that digest.
absl::StatusOr<uint64_t> NamedRoster(const NamedByLeaf& named, uint64_t index,
                                     const RosterChain& rosters) {
  const Roster* roster = rosters.Find(named.roster);
  if (roster == nullptr) {
    return MakeError(
        Reason::ROSTER_MISSING,
        absl::StrCat("leaf ", index, " names roster ", named.roster, ", which is not in the file"));
  }
  if (roster->digest().view() != named.roster_digest) {
    return MakeError(Reason::WRONG_ROSTER_DIGEST,
                     absl::StrCat("leaf ", index, " names roster ", named.roster,
                                  " by another digest than the file's"));
  }
  return named.roster;
}

// The version from which rosters are in play for the first checkpoint.
absl::StatusOr<uint64_t> FirstInPlay(const ShownLog& log, const RosterChain& rosters) {
  const auto first = log.leaves.find(0);
  if (first == log.leaves.end()) return 1;
  const auto named = VersionsNamedBy(first->second, log.origin);
  if (!named.has_value()) return 1;
  return NamedRoster(*named, 0, rosters);
}

// The version that the last leaf of a checkpoint names.
absl::StatusOr<uint64_t> NamedByLastLeaf(const ShownLog& log, uint64_t size,
                                         const RosterChain& rosters) {
  const auto last = log.leaves.find(size - 1);
  if (last == log.leaves.end()) {
    return MakeError(Reason::LAST_LEAF_MISSING,
                     absl::StrCat("checkpoint of size ", size, ": its last leaf, index ", size - 1,
                                  ", is not shown"));
  }
  const auto named = VersionsNamedBy(last->second, log.origin);
  if (!named.has_value()) {
    return MakeError(Reason::LAST_LEAF_MISSING,
                     absl::StrCat("checkpoint of size ", size,
                                  ": its last leaf names no roster that says who must hold it"));
  }
  return NamedRoster(*named, size - 1, rosters);
}

}  // namespace

absl::StatusOr<Checkpoint> ReadRecordCheckpoint(const ProofFile& file) {
  ASSIGN_OR_RETURN(const TlogProof proof, ParseTlogProof(file.tlog_proof));
  return ReadUnverifiedCheckpoint(proof.checkpoint);
}

absl::StatusOr<ShownLog> ReadShownLog(const ProofFile& file, const std::string& origin,
                                      const PublicKey& log_key,
                                      absl::Span<const CosignerKey> cosigners) {
  Reader reader(origin, log_key, cosigners);
  RETURN_IF_ERROR(reader.ReadRecord(file));
  for (const ProofStep& step : file.steps) RETURN_IF_ERROR(reader.ReadStep(step));
  return reader.Take();
}

std::optional<NamedByLeaf> VersionsNamedBy(absl::string_view leaf, absl::string_view origin) {
  const auto view = ReadLeaf(leaf);
  if (!view.ok() || view->manifest.origin != origin) return std::nullopt;
  return NamedByLeaf{view->manifest.roster.version, std::string(view->manifest.roster.digest),
                     view->manifest.card.version};
}

absl::Status CheckWentBack(const ShownLog& log) {
  const auto record = VersionsNamedBy(log.leaves.at(log.record_index), log.origin);
  if (!record.has_value()) return absl::OkStatus();
  for (const auto& [index, leaf] : log.leaves) {
    if (index >= log.record_index) break;
    const auto earlier = VersionsNamedBy(leaf, log.origin);
    if (!earlier.has_value()) continue;
    if (record->roster < earlier->roster || record->card < earlier->card) {
      return MakeError(Reason::WENT_BACK,
                       absl::StrCat("leaf ", log.record_index, " names roster ", record->roster,
                                    " and card ", record->card, ", but leaf ", index,
                                    " before it names ", earlier->roster, " and ", earlier->card));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<FinalCheckpoint>> CheckAllFinal(const ShownLog& log,
                                                           absl::string_view owner,
                                                           const RosterChain& rosters) {
  std::vector<FinalCheckpoint> result;
  ASSIGN_OR_RETURN(uint64_t before, FirstInPlay(log, rosters));
  for (const auto& [size, checkpoint] : log.checkpoints) {
    ASSIGN_OR_RETURN(const uint64_t named, NamedByLastLeaf(log, size, rosters));
    ASSIGN_OR_RETURN(const RosterRange in_play, RostersInPlay(before, named));
    const absl::Status is_final = CheckFinal(CosignedBy(checkpoint), owner, rosters, in_play);
    if (!is_final.ok()) return Annotate(is_final, absl::StrCat("checkpoint of size ", size));
    result.push_back({size, in_play});
    before = named;
  }
  return result;
}

std::set<std::string> CosignedBy(const SignedCheckpoint& checkpoint) {
  std::set<std::string> members;
  for (const auto& [member, time_seconds] : checkpoint.times) members.insert(member);
  return members;
}

}  // namespace plenary
