#include "cli/audit/folder_source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/audit/export_folder.h"
#include "cli/audit/folder_reader.h"
#include "ledger/check.h"
#include "ledger/checkpoint.h"
#include "ledger/names.h"
#include "ledger/record_bundle.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr size_t kMaxNoteBytes = size_t{1} << 20;
constexpr size_t kMaxEvidenceBytes = size_t{64} << 20;
constexpr size_t kMaxBundleBytes = kTileWidth * (kMaxEntryBytes + 2);

// The file of a tile, or of the full one in its place.
absl::StatusOr<std::string> ReadEither(const std::string& folder, const TileId& tile,
                                       size_t max_bytes) {
  const std::string path = absl::StrCat(folder, "/", TilePath(tile));
  if (tile.width != 0 && !IsThere(path)) {
    const std::string full = absl::StrCat(folder, "/", TilePath({tile.level, tile.index, 0}));
    if (IsThere(full)) return ReadExported(full, max_bytes);
  }
  return ReadExported(path, max_bytes);
}

}  // namespace

absl::StatusOr<std::string> ReadHashTile(const std::string& folder, const TileId& tile) {
  ASSIGN_OR_RETURN(std::string bytes, ReadEither(folder, tile, kTileWidth * Digest::kBytes));
  const size_t hashes = tile.width == 0 ? kTileWidth : tile.width;
  const bool is_full = bytes.size() == kTileWidth * Digest::kBytes;
  if (bytes.size() != hashes * Digest::kBytes && !is_full) {
    return MakeError(Reason::BAD_EXPORT,
                     absl::StrCat("file \"", folder, "/", TilePath(tile), "\": expected ",
                                  hashes * Digest::kBytes, " bytes, got ", bytes.size()));
  }
  bytes.resize(hashes * Digest::kBytes);
  return bytes;
}

absl::StatusOr<std::string> ReadEntries(const std::string& folder, const TileId& tile) {
  ASSIGN_OR_RETURN(std::string bytes, ReadEither(folder, tile, kMaxBundleBytes));
  const size_t expected = tile.width == 0 ? kTileWidth : tile.width;
  const auto entries = ParseEntryBundle(bytes);
  if (!entries.ok() || (entries->size() != expected && entries->size() != kTileWidth)) {
    return MakeError(
        Reason::BAD_EXPORT,
        absl::StrCat("file \"", folder, "/", TilePath(tile), "\": expected ", expected,
                     " whole entries, got ",
                     entries.ok() ? absl::StrCat(entries->size()) : "one that is cut short"));
  }
  return bytes;
}

std::string FolderSource::Name() const { return absl::StrCat("the folder ", folder_); }

absl::StatusOr<certs::TrustFiles> FolderSource::Trust() {
  auto files = certs::ReadTrustFolder(absl::StrCat(folder_, "/", kTrustFolder));
  if (files.ok()) return files;
  return MakeError(Reason::BAD_EXPORT, files.status().message(), {{"path", folder_}});
}

absl::StatusOr<LogHead> FolderSource::Head(const std::string& origin) const {
  const std::string log = absl::StrCat(folder_, "/", origin);
  LogHead head;
  head.origin = origin;
  head.has_records = IsThere(absl::StrCat(log, "/", kRecordsFolder));
  auto note = ReadExported(absl::StrCat(log, "/", kCheckpointFile), kMaxNoteBytes);
  head.status = note.status();
  if (note.ok()) head.checkpoint = *std::move(note);
  if (head.status.ok() && head.checkpoint.empty()) {
    head.status = MakeError(Reason::BAD_EXPORT,
                            absl::StrCat("file \"", log, "/", kCheckpointFile, "\": it is empty"));
  }
  const auto checkpoint = ReadUnverifiedCheckpoint(head.checkpoint);
  if (checkpoint.ok()) head.size = checkpoint->size;
  const std::string earlier = absl::StrCat(log, "/", kCheckpointsFolder);
  ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(earlier));
  for (const std::string& name : names) {
    if (!ParseDecimal(name).ok()) continue;
    ASSIGN_OR_RETURN(auto bytes, ReadExported(absl::StrCat(earlier, "/", name), kMaxNoteBytes));
    head.earlier.push_back(std::move(bytes));
  }
  const std::string contradiction = absl::StrCat(log, "/", kContradictionFile);
  if (IsThere(contradiction)) {
    ASSIGN_OR_RETURN(auto bytes, ReadExported(contradiction, kMaxNoteBytes));
    head.earlier.push_back(std::move(bytes));
  }
  return head;
}

absl::StatusOr<std::vector<LogHead>> FolderSource::Logs() {
  std::vector<LogHead> heads;
  ASSIGN_OR_RETURN(const auto federations, NamesIn(folder_));
  for (const std::string& federation : federations) {
    if (!IsFederation(federation)) continue;
    const std::string of_federation = absl::StrCat(folder_, "/", federation);
    ASSIGN_OR_RETURN(const auto members, NamesIn(of_federation));
    for (const std::string& member : members) {
      if (!IsMember(member)) continue;
      ASSIGN_OR_RETURN(const auto epochs, NamesIn(absl::StrCat(of_federation, "/", member)));
      for (const std::string& epoch : epochs) {
        const std::string origin = absl::StrCat(federation, "/", member, "/", epoch);
        if (!Origin::Parse(origin).ok()) continue;
        ASSIGN_OR_RETURN(LogHead head, Head(origin));
        heads.push_back(std::move(head));
      }
    }
  }
  return heads;
}

absl::StatusOr<std::vector<std::string>> FolderSource::Evidence() {
  std::vector<std::string> files;
  const std::string folder = absl::StrCat(folder_, "/", kEvidenceFolder);
  ASSIGN_OR_RETURN(const auto names, NamesIn(folder));
  for (const std::string& name : names) {
    if (!Digest::FromHex(name).ok()) continue;
    ASSIGN_OR_RETURN(auto bytes, ReadExported(absl::StrCat(folder, "/", name), kMaxEvidenceBytes));
    files.push_back(std::move(bytes));
  }
  return files;
}

absl::StatusOr<std::unique_ptr<LeafReader>> FolderSource::Open(const LogHead& log, uint64_t from,
                                                               uint64_t to) {
  CHECK_EQ(from, 0U);
  return std::make_unique<FolderReader>(absl::StrCat(folder_, "/", log.origin), to);
}

absl::StatusOr<std::vector<std::string>> FolderSource::ReadGroup(const LogHead& log, uint64_t group,
                                                                 uint64_t to) {
  const TileId tile = EntryBundleOf(group * kTileWidth, log.size);
  ASSIGN_OR_RETURN(const std::string bytes,
                   ReadEntries(absl::StrCat(folder_, "/", log.origin), tile));
  ASSIGN_OR_RETURN(const auto entries, ParseEntryBundle(bytes));
  const size_t count = std::min<size_t>(entries.size(), to - group * kTileWidth);
  return std::vector<std::string>(entries.begin(), entries.begin() + count);
}

absl::StatusOr<std::optional<std::string>> FolderSource::ReadRecord(const LogHead& log,
                                                                    uint64_t index,
                                                                    uint32_t entry) {
  const std::string folder = absl::StrCat(folder_, "/", log.origin);
  const TileId tile = EntryBundleOf(index, log.size);
  for (const BundleKind kind : {BundleKind::kEveryone, BundleKind::kRestricted}) {
    const std::string path = absl::StrCat(folder, "/", RecordBundlePath(kind, tile));
    if (!IsThere(path)) continue;
    ASSIGN_OR_RETURN(PieceReader reader, PieceReader::Open(path));
    std::vector<BundleSlot> slots;
    for (uint64_t at = tile.index * kTileWidth; at <= index; ++at) {
      ASSIGN_OR_RETURN(slots, ReadBundleLeaf([&](size_t count) { return reader.Read(count); }));
    }
    if (entry < slots.size() && slots[entry].state == BundleSlotState::kPresent) {
      return std::move(slots[entry].bytes);
    }
  }
  return std::nullopt;
}

}  // namespace plenary::cli
