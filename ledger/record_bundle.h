// Record bytes beside the tiles of an exported log: one bundle for each entry bundle.
//
// Bytes: docs/FORMATS.md, section 9. Read piece by piece: a bundle may be much larger than memory
// should hold at once, a leaf's part of it is not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/tiles.h"

namespace plenary {

// Where a slot's bytes are, as an export says. The numbers are those of SlotState.
enum class BundleSlotState : uint8_t {
  kElsewhere = 0,  // in the bundle for the other audiences
  kPresent = 1,
  kWithheld = 2,
  kRedacted = 3,
  kMissing = 4,
};

struct BundleSlot {
  BundleSlotState state = BundleSlotState::kElsewhere;
  std::string bytes;  // of a present one
};

// Which of the two bundles: records that are for everyone, or all others.
enum class BundleKind { kEveryone, kRestricted };

// "records/x001/000.p/7", "restricted/000": the path of the bundle beside that entry bundle
// (CHECKed to be one).
std::string RecordBundlePath(BundleKind kind, const TileId& entries);

// Adds one leaf's part: a state and the bytes (of a present slot; else ignored) for each slot.
struct BundleSlotView {
  BundleSlotState state = BundleSlotState::kElsewhere;
  absl::string_view bytes;
};
void AppendBundleLeaf(absl::Span<const BundleSlotView> slots, std::string& bundle);

// Gives exactly that many of the next bytes, or fails.
using ReadBytes = absl::FunctionRef<absl::StatusOr<std::string>(size_t count)>;
// Reads the next leaf's part. Fails as `read` does; with BAD_ENCODING for an unknown state or bytes
// in a slot that is not present; with TOO_LARGE beyond the limits of a commit.
absl::StatusOr<std::vector<BundleSlot>> ReadBundleLeaf(ReadBytes read);

}  // namespace plenary
