#include "cli/audit/bundle_writer.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "ledger/commit.h"
#include "ledger/record_bundle.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

absl::Status CheckBytes(const ManifestEntry& entry, absl::string_view bytes, uint64_t index,
                        size_t number) {
  const std::string where = absl::StrCat("leaf ", index, ", entry ", number, ": ");
  if (bytes.size() != entry.size) {
    return MakeError(Reason::WRONG_SIZE,
                     absl::StrCat(where, "expected ", entry.size,
                                  " bytes as its manifest says, got ", bytes.size()));
  }
  if (Sha256(bytes).view() == entry.digest) return absl::OkStatus();
  return MakeError(Reason::WRONG_DIGEST,
                   absl::StrCat(where, "the bytes are not those of the manifest"));
}

}  // namespace

void RecordCounts::Add(const RecordCounts& other) {
  everyone += other.everyone;
  restricted += other.restricted;
  kept_back += other.kept_back;
  withheld += other.withheld;
  redacted += other.redacted;
  missing += other.missing;
}

absl::Status BundleWriter::Begin(const TileId& entries) {
  if (which_ == RecordsToExport::kNone) return absl::OkStatus();
  RETURN_IF_ERROR(records_.Begin(RecordBundlePath(BundleKind::kEveryone, entries), false));
  if (which_ != RecordsToExport::kAll) return absl::OkStatus();
  return restricted_.Begin(RecordBundlePath(BundleKind::kRestricted, entries), true);
}

absl::Status BundleWriter::Add(uint64_t index, const SourceLeaf& leaf) {
  if (which_ == RecordsToExport::kNone) return absl::OkStatus();
  const auto view = ReadLeaf(leaf.envelope);
  const size_t count = view.ok() ? view->slots() : 0;
  std::vector<BundleSlotView> records(count);
  std::vector<BundleSlotView> restricted(count);
  for (size_t i = 0; i < count; ++i) {
    const ManifestEntry& entry = view->manifest.entries[i];
    const v1::SlotState state = i < leaf.states.size() ? leaf.states[i] : v1::SLOT_STATE_MISSING;
    const bool here = i < leaf.slots.size() && leaf.slots[i].bytes.has_value();
    if (state == v1::SLOT_STATE_PRESENT && here) {
      RETURN_IF_ERROR(CheckBytes(entry, *leaf.slots[i].bytes, index, i));
      const BundleSlotView present{BundleSlotState::kPresent, *leaf.slots[i].bytes};
      if (entry.audience == kAudienceEveryone) {
        records[i] = present;
        ++counts_.everyone;
      } else if (which_ == RecordsToExport::kAll) {
        restricted[i] = present;
        ++counts_.restricted;
      } else {
        ++counts_.kept_back;
      }
    } else if (state == v1::SLOT_STATE_REDACTED) {
      records[i].state = BundleSlotState::kRedacted;
      ++counts_.redacted;
    } else if (state == v1::SLOT_STATE_WITHHELD) {
      records[i].state = BundleSlotState::kWithheld;
      ++counts_.withheld;
    } else {
      records[i].state = BundleSlotState::kMissing;
      ++counts_.missing;
    }
  }
  std::string part;
  AppendBundleLeaf(records, part);
  RETURN_IF_ERROR(records_.Append(part));
  if (which_ != RecordsToExport::kAll) return absl::OkStatus();
  part.clear();
  AppendBundleLeaf(restricted, part);
  return restricted_.Append(part);
}

absl::Status BundleWriter::Commit() {
  if (which_ == RecordsToExport::kNone) return absl::OkStatus();
  // First what is for fewer: a reader that finds the one finds the other.
  if (which_ == RecordsToExport::kAll) RETURN_IF_ERROR(restricted_.Commit());
  return records_.Commit();
}

void BundleWriter::Drop() {
  records_.Drop();
  restricted_.Drop();
}

absl::Status BundleWriter::Sync() {
  RETURN_IF_ERROR(records_.Sync());
  return restricted_.Sync();
}

}  // namespace plenary::cli
