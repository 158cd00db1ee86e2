#include "ledger/record_bundle.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "ledger/check.h"
#include "ledger/digest.h"
#include "ledger/limits.h"
#include "ledger/status.h"

namespace plenary {
namespace {

constexpr size_t kCountBytes = 4;
constexpr size_t kHeadBytes = 5;  // state, length

absl::Status Bad(Reason reason, absl::string_view what) {
  return MakeError(reason, absl::StrCat("record bundle: ", what));
}

}  // namespace

std::string RecordBundlePath(BundleKind kind, const TileId& entries) {
  CHECK_EQ(entries.level, TileId::kEntries);
  const std::string path = TilePath(entries);
  absl::string_view rest = path;
  CHECK(absl::ConsumePrefix(&rest, "tile/entries/"));
  return absl::StrCat(kind == BundleKind::kEveryone ? "records/" : "restricted/", rest);
}

void AppendBundleLeaf(absl::Span<const BundleSlotView> slots, std::string& bundle) {
  AppendBigEndian32(static_cast<uint32_t>(slots.size()), bundle);
  for (const BundleSlotView& slot : slots) {
    const bool present = slot.state == BundleSlotState::kPresent;
    bundle.push_back(static_cast<char>(slot.state));
    AppendBigEndian32(present ? static_cast<uint32_t>(slot.bytes.size()) : 0, bundle);
    if (present) bundle.append(slot.bytes.data(), slot.bytes.size());
  }
}

absl::StatusOr<std::vector<BundleSlot>> ReadBundleLeaf(ReadBytes read) {
  ASSIGN_OR_RETURN(const std::string count_bytes, read(kCountBytes));
  const uint32_t count = ReadBigEndian32(count_bytes);
  if (count > kMaxEntries) {
    return Bad(Reason::TOO_LARGE,
               absl::StrCat("expected at most ", kMaxEntries, " slots for a leaf, got ", count));
  }
  std::vector<BundleSlot> slots(count);
  uint64_t together = 0;
  for (BundleSlot& slot : slots) {
    ASSIGN_OR_RETURN(const std::string head, read(kHeadBytes));
    const auto state = static_cast<uint8_t>(head[0]);
    const uint32_t length = ReadBigEndian32(absl::string_view(head).substr(1));
    if (state > static_cast<uint8_t>(BundleSlotState::kMissing)) {
      return Bad(Reason::BAD_ENCODING, absl::StrCat("unknown state ", state, " of a slot"));
    }
    slot.state = static_cast<BundleSlotState>(state);
    if (slot.state != BundleSlotState::kPresent && length != 0) {
      return Bad(Reason::BAD_ENCODING, "bytes in a slot that is not present");
    }
    together += length;
    if (length > kMaxRecordBytes || together > kMaxCommitBytes) {
      return Bad(Reason::TOO_LARGE,
                 absl::StrCat("expected at most ", kMaxRecordBytes, " bytes for a record and ",
                              kMaxCommitBytes, " for a leaf"));
    }
    if (length == 0) continue;
    ASSIGN_OR_RETURN(slot.bytes, read(length));
  }
  return slots;
}

}  // namespace plenary
