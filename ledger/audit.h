// The audit of a log: from bytes, rosters and cards to what is true, trusting nobody.
//
// Rules: docs/FORMATS.md, sections 3 to 6; finality: docs/PROTOCOL.md, rule 8. Roots are computed
// from the leaves, authors' signatures and record digests checked, checkpoints held against the
// roots, cosignatures counted by every roster in play. From a log's first leaf on every record is
// judged as well; from the middle of a log that cannot be done, and only leaves are.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/checkpoint.h"
#include "ledger/digest.h"
#include "ledger/final.h"
#include "ledger/judge.h"
#include "ledger/judge_logs.h"
#include "ledger/judging_state.h"
#include "ledger/merkle.h"
#include "ledger/trust_book.h"

namespace plenary {

// Where an audit of one log begins.
struct AuditStart {
  uint64_t epoch = 1;
  // The log before the first leaf that will be given. The caller vouches for it.
  Frontier frontier;
  // The highest versions that the leaves before it named, of earlier epochs too; those that this
  // audit has seen itself need not be said.
  NamedVersions named;
  // The roster that the last leaf of the newest final checkpoint before it named; 0: none is final.
  uint64_t final_roster = 0;
};

// What leads from the leaves given to a larger checkpoint.
struct AuditTail {
  std::vector<Digest> consistency;
  // The checkpoint's last leaf, without which finality cannot be told, and its inclusion proof.
  std::optional<std::string> last_leaf;
  std::vector<Digest> inclusion;
};

// A checkpoint that the log's key has signed and that describes the leaves given.
struct AuditedCheckpoint {
  SignedCheckpoint checkpoint;
  // OK, or NOT_FINAL, or why finality cannot be told: LAST_LEAF_MISSING, WENT_BACK, ROSTER_MISSING,
  // BAD_ROSTER_REFERENCE.
  absl::Status final;
  RosterRange in_play;  // empty if it cannot be told
  PeerCount peers;      // by the last roster in play
};

// Something that an auditor wants to see.
struct AuditFinding {
  uint64_t epoch = 0;
  uint64_t index = 0;
  std::optional<uint32_t> entry;  // of a leaf's own: none
  absl::Status why;               // OK if it is unjudged because a leaf before it is
};

// Numbers of what was seen.
struct AuditCounts {
  uint64_t leaves = 0;
  uint64_t leaves_counting = 0;
  uint64_t entries = 0;
  uint64_t record_bytes = 0;
  // Entries by verdict, if records are judged; of Verdict v at v.
  std::array<uint64_t, 7> verdicts{};

  uint64_t of(Verdict verdict) const { return verdicts[static_cast<size_t>(verdict)]; }
};

// Audits the logs of one member, epoch by epoch. One thread at a time.
class LogAudit {
 public:
  struct Options {
    size_t max_findings = 100;
    // Off: leaves, signatures and record digests alone.
    bool judge_records = true;
  };

  // `trust` and `bytes` outlive the audit. `bytes` gives back leaves that were added.
  LogAudit(absl::string_view member, TrustBook& trust, LogBytes& bytes, Options options);
  ~LogAudit();

  // Begins a log; the logs of a member in the order of their epochs. Records are judged if all logs
  // from epoch 1 are given from their first leaf. Fails with BAD_REQUEST for an epoch that is not
  // later than the one before.
  absl::Status Begin(const AuditStart& start);

  // Adds the next leaf, with one slot per entry. What is wrong with it is a finding, not a failure:
  // a log may hold anything. Fails only as `bytes` does. CHECKs that a log has begun.
  absl::Status Add(absl::string_view leaf, absl::Span<const SlotBytes> slots);

  // Verifies a note on the log as it is now, or, with a tail, on the log beyond. Fails as
  // VerifyCheckpoint, with NO_LOG_KEY if no card here names the epoch's key, WRONG_ORIGIN,
  // INCONSISTENT_CHECKPOINT if its root is another one, BAD_CONSISTENCY or BAD_INCLUSION if the
  // tail does not lead to it, BAD_SIZE if it is smaller than the log. A final one is remembered:
  // the next one's rosters in play begin with its.
  absl::StatusOr<AuditedCheckpoint> Verify(absl::string_view note, const AuditTail& tail = {});

  // Size, root and all of the log at hand.
  const Frontier& frontier() const { return frontier_; }
  const AuditCounts& counts() const { return counts_; }
  // The first ones, in the order in which they were found.
  const std::vector<AuditFinding>& findings() const { return findings_; }
  // All of them, also those beyond the limit.
  uint64_t findings_seen() const { return findings_seen_; }
  bool judges_records() const { return judge_.has_value(); }

 private:
  class Sink;

  void Find(AuditFinding finding);
  void Forget(EntryPlace place);
  void CheckSlots(LeafPlace place, const LeafView& leaf, absl::Span<const SlotBytes> slots);
  // The roster that the checkpoint's last leaf names; LAST_LEAF_MISSING, BAD_INCLUSION.
  absl::StatusOr<uint64_t> RosterOfLast(const Checkpoint& checkpoint, const AuditTail& tail) const;
  absl::Status CheckTail(const Checkpoint& checkpoint, const AuditTail& tail) const;
  void DecideFinal(uint64_t named, AuditedCheckpoint& audited);
  uint64_t RosterWithoutLeaf() const;

  std::string member_;
  TrustBook& trust_;
  Options options_;
  MemoryJudgingState state_;
  std::unique_ptr<Sink> sink_;
  std::optional<MemberJudge> judge_;  // of records
  std::optional<LeafJudge> leaves_;   // of leaves alone

  uint64_t epoch_ = 0;
  std::string origin_;
  Frontier frontier_;
  uint64_t closed_roster_ = 0;  // of the newest final checkpoint of the epoch before; 0: none
  uint64_t first_roster_ = 0;   // that a leaf of this log named first; 0: none yet
  uint64_t last_roster_ = 0;    // that the last leaf which can be read named
  uint64_t final_roster_ = 0;
  AuditCounts counts_;
  std::vector<AuditFinding> findings_;
  uint64_t findings_seen_ = 0;
};

// A run of leaves with what is needed to judge it alone.
struct AuditedSegment {
  Frontier end;
  AuditedCheckpoint checkpoint;
  AuditCounts counts;
  std::vector<AuditFinding> findings;
};

// Audits leaves of one log from `start` on, and the note that covers them. Fails as LogAudit.
absl::StatusOr<AuditedSegment> AuditSegment(absl::string_view member, TrustBook& trust,
                                            const AuditStart& start,
                                            absl::Span<const LeafToJudge> leaves,
                                            absl::string_view note, const AuditTail& tail = {});

}  // namespace plenary
