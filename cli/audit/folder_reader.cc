#include "cli/audit/folder_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/audit/folder_source.h"
#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr size_t kRunBytes = size_t{4} << 20;
// More tell nothing new.
constexpr size_t kMaxProblems = 10;

v1::SlotState StateOf(BundleSlotState state) {
  switch (state) {
    case BundleSlotState::kPresent:
      return v1::SLOT_STATE_PRESENT;
    case BundleSlotState::kRedacted:
      return v1::SLOT_STATE_REDACTED;
    case BundleSlotState::kMissing:
      return v1::SLOT_STATE_MISSING;
    // Whoever gave us the folder kept those of other audiences.
    case BundleSlotState::kElsewhere:
    case BundleSlotState::kWithheld:
      break;
  }
  return v1::SLOT_STATE_WITHHELD;
}

SourceLeaf Shown(absl::string_view envelope, const std::vector<BundleSlot>& slots) {
  SourceLeaf leaf;
  leaf.envelope = envelope;
  leaf.slots.resize(slots.size());
  leaf.states.reserve(slots.size());
  for (size_t i = 0; i < slots.size(); ++i) {
    leaf.states.push_back(StateOf(slots[i].state));
    if (slots[i].state == BundleSlotState::kPresent) leaf.slots[i].bytes = slots[i].bytes;
  }
  return leaf;
}

absl::StatusOr<std::vector<BundleSlot>> ReadPart(PieceReader& bundle) {
  return ReadBundleLeaf([&bundle](size_t count) { return bundle.Read(count); });
}

}  // namespace

FolderReader::FolderReader(std::string folder, uint64_t size)
    : folder_(std::move(folder)),
      size_(size),
      has_records_(IsThere(absl::StrCat(folder_, "/", kRecordsFolder))),
      has_restricted_(IsThere(absl::StrCat(folder_, "/", kRestrictedFolder))) {}

absl::Status FolderReader::OpenBundles() {
  const TileId tile = EntryBundleOf(next_, size_);
  ASSIGN_OR_RETURN(std::string bytes, ReadEntries(folder_, tile));
  bundle_ = std::make_shared<const std::string>(std::move(bytes));
  ASSIGN_OR_RETURN(entries_, ParseEntryBundle(*bundle_));
  if (tile.width != 0) entries_.resize(tile.width);
  entry_ = 0;
  const auto path = [this](BundleKind kind, const TileId& entries) {
    return absl::StrCat(folder_, "/", RecordBundlePath(kind, entries));
  };
  const TileId full{tile.level, tile.index, 0};
  bundle_is_longer_ = tile.width != 0 && !IsThere(path(BundleKind::kEveryone, tile)) &&
                      IsThere(path(BundleKind::kEveryone, full));
  const auto open = [&](BundleKind kind) {
    return PieceReader::Open(path(kind, bundle_is_longer_ ? full : tile));
  };
  if (has_records_) {
    ASSIGN_OR_RETURN(PieceReader reader, open(BundleKind::kEveryone));
    records_.emplace(std::move(reader));
  }
  if (has_records_ && has_restricted_) {
    ASSIGN_OR_RETURN(PieceReader reader, open(BundleKind::kRestricted));
    restricted_.emplace(std::move(reader));
  }
  return absl::OkStatus();
}

absl::Status FolderReader::CloseBundles() {
  for (std::optional<PieceReader>* reader : {&records_, &restricted_}) {
    if (reader->has_value() && !bundle_is_longer_) RETURN_IF_ERROR((*reader)->ExpectEnd());
    reader->reset();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<BundleSlot>> FolderReader::ReadSlots() {
  if (!records_.has_value()) return std::vector<BundleSlot>();
  const auto bad = [this](const absl::Status& status) {
    if (ReasonOf(status) == Reason::BAD_EXPORT || ReasonOf(status) == Reason::FILE_ACCESS) {
      return status;
    }
    return MakeError(Reason::BAD_EXPORT, absl::StrCat("folder \"", folder_, "\", records of leaf ",
                                                      next_, ": ", status.message()));
  };
  auto slots = ReadPart(*records_);
  if (!slots.ok()) return bad(slots.status());
  if (!restricted_.has_value()) return slots;
  auto others = ReadPart(*restricted_);
  if (!others.ok()) return bad(others.status());
  if (others->size() != slots->size()) {
    return bad(
        MakeError(Reason::BAD_ENCODING, absl::StrCat("the bundles have ", slots->size(), " and ",
                                                     others->size(), " slots for it")));
  }
  for (size_t i = 0; i < slots->size(); ++i) {
    if ((*slots)[i].state == BundleSlotState::kElsewhere) (*slots)[i] = std::move((*others)[i]);
  }
  return slots;
}

absl::StatusOr<LeafRun> FolderReader::Next() {
  LeafRun run;
  auto owner = std::make_shared<Owner>();
  size_t bytes = 0;
  while (next_ < size_ && bytes < kRunBytes) {
    if (entry_ == entries_.size()) {
      // Views of one run lie in one bundle.
      if (!run.leaves.empty()) break;
      RETURN_IF_ERROR(OpenBundles());
    }
    const absl::string_view envelope = entries_[entry_++];
    ASSIGN_OR_RETURN(std::vector<BundleSlot> slots, ReadSlots());
    RETURN_IF_ERROR(tiles_.Append(
        LeafHash(envelope),
        [this](const TileId& tile, absl::string_view hashes) { return Compare(tile, hashes); }));
    ++next_;
    bytes += envelope.size();
    for (const BundleSlot& slot : slots) bytes += slot.bytes.size();
    // What the views point into does not move with the vector that holds it.
    run.leaves.push_back(Shown(envelope, slots));
    owner->slots.push_back(std::move(slots));
    if (entry_ == entries_.size()) RETURN_IF_ERROR(CloseBundles());
  }
  if (next_ == size_ && !run.leaves.empty()) {
    RETURN_IF_ERROR(tiles_.ForPartial(
        [this](const TileId& tile, absl::string_view hashes) { return Compare(tile, hashes); }));
  }
  owner->entries = bundle_;
  run.owner = std::move(owner);
  return run;
}

void FolderReader::Report(absl::Status problem) {
  if (problems_.size() < kMaxProblems) problems_.push_back(std::move(problem));
}

absl::Status FolderReader::Compare(const TileId& tile, absl::string_view bytes) {
  const auto file = ReadHashTile(folder_, tile);
  if (!file.ok()) {
    Report(file.status());
    return absl::OkStatus();
  }
  if (*file == bytes) return absl::OkStatus();
  size_t at = 0;
  while ((*file)[at] == bytes[at]) ++at;
  const size_t hash = at / Digest::kBytes;
  const auto hex = [hash](absl::string_view hashes) {
    return HexEncode(hashes.substr(hash * Digest::kBytes, Digest::kBytes));
  };
  const std::string what = tile.level == 0 ? absl::StrCat("leaf ", tile.index * kTileWidth + hash,
                                                          " in the entries has the hash ")
                                           : absl::StrCat("by the entries, hash ", hash, " is ");
  Report(MakeError(Reason::BAD_TILE,
                   absl::StrCat("file \"", folder_, "/", TilePath(tile), "\": ", what, hex(bytes),
                                ", the tile says ", hex(*file))));
  return absl::OkStatus();
}

}  // namespace plenary::cli
