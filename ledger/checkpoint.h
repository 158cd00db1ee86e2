// Checkpoints: the signed state of a log, and the cosignatures on it.
//
// Source: C2SP tlog-checkpoint and tlog-cosignature; ours are stricter (docs/FORMATS.md, section
// 3): exactly three lines, the first an origin of our grammar, the log's key name is its origin.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/digest.h"
#include "ledger/note.h"
#include "ledger/signature.h"

namespace plenary {

// Any C2SP checkpoint text.
struct CheckpointText {
  std::string origin;
  uint64_t size = 0;
  Digest root;
  std::vector<std::string> extensions;
};

// Fails with BAD_CHECKPOINT (lines, origin), BAD_SIZE or BAD_ROOT.
absl::StatusOr<CheckpointText> ParseCheckpointText(absl::string_view text);

// A checkpoint of one of our logs.
struct Checkpoint {
  std::string origin;  // Origin::Text()
  uint64_t size = 0;   // below 2^63
  Digest root;         // EmptyRoot() at size 0

  // The three lines that are signed.
  std::string Text() const;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// Fails as ParseCheckpointText, with BAD_CHECKPOINT for extension lines and BAD_NAME for an origin
// that is none of ours.
absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text);

// The checkpoint that a note claims, before any signature is checked: to find the keys that judge
// it. Fails as ParseNote and ParseCheckpoint.
absl::StatusOr<Checkpoint> ReadUnverifiedCheckpoint(absl::string_view note);

// How `b` stands to `a`, two checkpoints of one log.
enum class CheckpointOrder {
  kSame,
  kFork,     // one size, two roots: they cannot both be true
  kSmaller,  // b is smaller; a consistency proof from b to a decides whether they agree
  kLarger,   // b is larger; a proof from a to b decides
};
// CHECKs that the origins are equal.
CheckpointOrder Compare(const Checkpoint& a, const Checkpoint& b);

// A cosigner key, and whose it is. `name` is that on its lines: CosignerName(federation, member).
struct CosignerKey {
  std::string member;
  std::string name;
  PublicKey key;  // Ed25519
};

// A note whose lines by the log and by known cosigners have been verified; the others are gone.
struct SignedCheckpoint {
  Checkpoint checkpoint;
  std::vector<NoteLine> lines;            // sorted, of each key the earliest
  std::map<std::string, uint64_t> times;  // per member that cosigned, the earliest POSIX second
};

// Signs with the log key: a note of one line. `signer` must be Ed25519.
std::string SignCheckpoint(const Checkpoint& checkpoint, const Signer& signer);

// A cosignature line over `text`. CHECKs that the time is below 2^63.
NoteLine Cosign(absl::string_view text, absl::string_view cosigner_name, uint64_t time_seconds,
                const Signer& signer);

// Verifies a note. A key may have several lines; all must verify. Fails as ParseNote and
// ParseCheckpoint, with NOT_SIGNED_BY_LOG if no line by `log_key` under the origin's name verifies,
// BAD_COSIGNATURE if a line by one of `cosigners` does not. Lines by other keys are dropped. No
// clock is looked at. Thread-safe.
absl::StatusOr<SignedCheckpoint> VerifyCheckpoint(absl::string_view note, const PublicKey& log_key,
                                                  absl::Span<const CosignerKey> cosigners,
                                                  Strictness strictness = Strictness::kStrict);

// Adds a cosignature line. BAD_COSIGNATURE if it does not verify, UNKNOWN_KEY if it is by none of
// `cosigners`; then nothing has changed.
absl::Status AddLine(const NoteLine& line, absl::Span<const CosignerKey> cosigners,
                     SignedCheckpoint& signed_checkpoint);

// Adds the lines of `other`, which must be of the same checkpoint (CHECKed). Of each key the
// earliest line stays, so that the order of merging means nothing. Beyond 100 lines each name keeps
// its earliest first, then the rest in order.
void MergeLines(const SignedCheckpoint& other, SignedCheckpoint& signed_checkpoint);

// The note: the log's line first, then by name, key ID, time. Equal values give equal bytes.
std::string FormatCheckpoint(const SignedCheckpoint& signed_checkpoint);

}  // namespace plenary
