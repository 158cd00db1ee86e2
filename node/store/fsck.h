// Checks a whole store by computing it anew: hashes from leaves, records from manifests, roots from
// checkpoints. For the administrator, for the scrub that fetches what is damaged, and for tests.
//
// Signatures are not checked here: a leaf that is not what was signed has another hash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "node/store/reader.h"

namespace plenary::node {

enum class FindingKind {
  kLogRecord,    // contradicts itself or another log's
  kLeafMissing,  // below the log's size, not there
  kLeafDamaged,  // its block cannot be read
  kSlotMissing,  // the manifest has an entry, no slot is there
  kSlotDamaged,  // cannot be read, or not the bytes that the manifest names
  kSlotExtra,    // no entry of the manifest has it
  kNodeMissing,  // a Merkle node that an append completed
  kNodeWrong,    // not what the leaves give, or one too many
  kRootWrong,    // the leaves do not give the root that is signed for them
  kCommitIndex,  // a commit identity names a leaf that is not that commit
  kLeftover,     // leaves, slots or nodes in no segment: being fetched apart, or only taking room
  kRoster,       // unreadable, or a version is missing
  kCard,         // unreadable, or not what its key says
};
// "leaf missing", …
absl::string_view NameOf(FindingKind kind);

// One thing that is wrong. Runs of leaves with the same fault are one finding.
struct Finding {
  FindingKind kind = FindingKind::kLogRecord;
  BranchLeaf at;        // the first leaf, where there is one
  uint64_t leaves = 1;  // from `at` on
  std::optional<uint32_t> entry;
  std::string text;  // for people: what was expected and what is there
};

struct FsckReport {
  std::vector<Finding> findings;
  // More was wrong than `findings` has room for.
  bool more = false;

  uint64_t logs = 0;
  uint64_t leaves = 0;
  uint64_t unreadable_leaves = 0;  // fail the strict scan: allowed, they have no slots
  uint64_t present = 0;            // slots by state
  uint64_t withheld = 0;
  uint64_t redacted = 0;
  uint64_t missing = 0;
  uint64_t record_bytes = 0;
};

struct FsckOptions {
  size_t max_findings = 1000;
};

// Walks everything that `reader` (best a Snapshot) sees, but for the view, which is rebuilt rather
// than checked, and for what no read reaches (Store::VerifyFiles). About a second per million
// records of 500 to a commit. Fails with DISK; damage is a finding. Thread-safe.
absl::StatusOr<FsckReport> Fsck(const Reader& reader, FsckOptions options = {});

}  // namespace plenary::node
