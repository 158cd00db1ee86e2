// What must hold of one entry of a leaf that counts, its chain of revisions apart.
//
// Rules: docs/FORMATS.md, sections 3.1, 3.2, 4 and 6 (texts); redactions: 3.2.
// Functions of the bytes at hand; a redaction's targets are asked for.
#pragma once

#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/commit.h"
#include "ledger/digest.h"
#include "ledger/judge_leaf.h"
#include "ledger/record.h"
#include "ledger/verdict.h"

namespace plenary {

// Where one entry's record bytes are, for a judge.
struct SlotBytes {
  std::optional<absl::string_view> bytes;  // nothing: not here
  // The bytes are known to have the digest and the size that the manifest says.
  bool verified = false;
};

// A record as an entry's bytes show it.
struct EntryRecord {
  // Set if the bytes are those of the digest and pass the strict scan.
  std::optional<RecordView> record;
  // WRONG_DIGEST, WRONG_SIZE or a reason of the strict scan.
  absl::Status why;

  // A name and revision can be read.
  bool named() const { return record.has_value() && record->parts.has_value(); }
};

// Reads the bytes of an entry: one scan, and one hash unless they are verified.
EntryRecord ReadEntry(const ManifestEntry& entry, absl::string_view bytes, bool verified);

// Checks a record of an entry of a leaf of `member` that counts. Fails as CheckRecord, and with
// WRONG_MEMBER, COLLECTION_NOT_ALLOWED, OVER_LIMIT (a text), NOT_PERMANENT.
absl::Status CheckEntry(absl::string_view member, const LeafOutcome& leaf,
                        const ManifestEntry& entry, const RecordView& record);

// An entry that a redaction names.
struct RedactionTarget {
  EntryPlace place;
  Digest digest;
};

// What a redaction may do. `why` is OK if it is good by its targets, else BAD_TARGET,
// REDACTS_PERMANENT, NARROW_REDACTION or BAD_AUDIENCE; the targets are by place, each once.
struct RedactionScope {
  absl::Status why;
  std::vector<RedactionTarget> targets;
};

// Finds an earlier leaf of the member whose redaction is judged: null if the log has none there
// that has entries. Valid until the next call.
using FindLeaf = absl::FunctionRef<absl::StatusOr<const LeafView*>(LeafPlace)>;

// Checks the targets of a redaction at `place`, an entry of `leaf`. `origin_stem` is
// "<federation>/<member>/". Each leaf that is named is asked for once. Fails only as `find` does.
absl::StatusOr<RedactionScope> CheckRedaction(const RecordView& record, EntryPlace place,
                                              const LeafView& leaf, absl::string_view origin_stem,
                                              FindLeaf find);

}  // namespace plenary
