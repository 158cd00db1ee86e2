// Judging whole logs at once, out of memory: for auditors, for tests, and for the digests of
// audiences that a node keeps no state for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ledger/judging_state.h"
#include "ledger/sight.h"
#include "ledger/trust_book.h"
#include "ledger/verdict.h"

namespace plenary {

// A leaf and the record bytes that are here, one slot per entry; further entries have none.
struct LeafToJudge {
  std::string envelope;
  std::vector<std::optional<std::string>> records;
};

// The bytes of leaves that are all in memory. One thread at a time.
class LeavesInMemory : public LogBytes {
 public:
  absl::StatusOr<std::optional<std::string>> Leaf(LeafPlace place) final;
  absl::StatusOr<std::optional<std::string>> Record(EntryPlace place) final;

 private:
  // The leaf there, or null.
  virtual const LeafToJudge* Find(LeafPlace place) const = 0;
};

// The signed part of a log.
struct LogToJudge {
  std::string origin;
  std::vector<LeafToJudge> leaves;
};

struct JudgedEntry {
  std::string digest;  // 32 bytes
  Judgement judgement;
  bool redacted = false;  // by a redaction that counts, whether or not its leaf does
  bool listed = false;    // the audience is one that the view digest lists
  std::string name;       // empty if the bytes or the name cannot be read
  uint64_t revision = 0;  // 0 then
};

struct JudgedLeaf {
  Judgement judgement;
  std::vector<JudgedEntry> entries;  // none if the leaf has none here: LeafOutcome::has_entries
};

struct JudgedLog {
  std::string origin;
  std::vector<JudgedLeaf> leaves;
};

// Judges logs in any order, any number of members; the result is in the order given. Fails with
// BAD_NAME for an origin that is none, and with WRONG_ORIGIN if one stands twice.
absl::StatusOr<std::vector<JudgedLog>> JudgeLogs(TrustBook& trust, const Sight& sight,
                                                 absl::Span<const LogToJudge> logs);

}  // namespace plenary
