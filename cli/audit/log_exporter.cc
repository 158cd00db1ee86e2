#include "cli/audit/log_exporter.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/audit/folder_source.h"
#include "cli/audit/read_ahead.h"
#include "cli/audit/throughput.h"
#include "cli/client/client.h"
#include "cli/progress.h"
#include "ledger/check.h"
#include "ledger/commit.h"
#include "ledger/names.h"
#include "ledger/record.h"
#include "ledger/record_bundle.h"
#include "ledger/status.h"
#include "plenary/v1/record.pb.h"

namespace plenary::cli {
namespace {

constexpr size_t kMaxNoteBytes = size_t{1} << 20;

// What the redactions of a leaf name.
void AddTargets(const SourceLeaf& leaf, RedactionTargets& targets) {
  for (const SlotBytes& slot : leaf.slots) {
    if (!slot.bytes.has_value()) continue;
    const auto record = ReadRecord(*slot.bytes);
    const bool redacts = record.ok() && record->parts.has_value() &&
                         record->parts->collection == "redactions" &&
                         record->body_field == v1::Record::kRedactionFieldNumber;
    if (!redacts) continue;
    const auto redaction = ReadRedaction(*record);
    if (!redaction.ok()) continue;
    for (const v1::EntryRef& entry : redaction->entries()) {
      targets[entry.origin()].insert({0, entry.index(), entry.entry()});
    }
  }
}

}  // namespace

LogExporter::LogExporter(LogSource& source, TrustBook& trust, const ExportOptions& options,
                         const LogHead& head, Console& console)
    : source_(source),
      trust_(trust),
      options_(options),
      head_(head),
      console_(console),
      folder_(absl::StrCat(options.folder, "/", head.origin)),
      held_(source),
      writer_(folder_) {
  const auto origin = Origin::Parse(head.origin);
  CHECK_OK(origin);
  origin_ = *origin;
  head_.has_records = options.records != RecordsToExport::kNone;
  bundles_.emplace(folder_, origin_.member, options.records);
}

absl::StatusOr<Checkpoint> LogExporter::VerifyNote(absl::string_view note) const {
  const Card* card = trust_.NewestCard(origin_.member);
  const LogKey* key = card == nullptr ? nullptr : card->FindEpoch(origin_.epoch);
  if (key == nullptr) {
    return MakeError(Reason::NO_LOG_KEY,
                     absl::StrCat("log ", head_.origin, ": no card here names its key"));
  }
  ASSIGN_OR_RETURN(const SignedCheckpoint verified,
                   VerifyCheckpoint(note, key->key, trust_.CosignerKeys()));
  if (verified.checkpoint.origin == head_.origin) return verified.checkpoint;
  return MakeError(Reason::WRONG_ORIGIN, absl::StrCat("log ", head_.origin, ": the checkpoint is ",
                                                      "of ", verified.checkpoint.origin));
}

absl::StatusOr<std::optional<Checkpoint>> LogExporter::ReadPublished() const {
  const std::string path = writer_.PathOf(kCheckpointFile);
  if (!IsThere(path)) return std::nullopt;
  ASSIGN_OR_RETURN(const std::string note, ReadExported(path, kMaxNoteBytes));
  auto checkpoint = VerifyNote(note);
  if (!checkpoint.ok()) {
    return Annotate(checkpoint.status(), absl::StrCat("file \"", path, "\""));
  }
  // What the folder shows must lead to its own checkpoint, or it cannot be gone on with.
  const auto local = TileBuilder::Resume(
      checkpoint->size, [this](const TileId& tile) { return ReadHashTile(folder_, tile); });
  if (!local.ok()) return local.status();
  if (local->ToFrontier().Root() == checkpoint->root) return *std::move(checkpoint);
  return MakeError(Reason::BAD_EXPORT,
                   absl::StrCat("folder \"", folder_, "\": its tiles do not lead to its own ",
                                "checkpoint; export into another folder"),
                   {{"path", folder_}});
}

absl::Status LogExporter::CheckMode() const {
  const bool records = IsThere(writer_.PathOf(kRecordsFolder));
  const bool restricted = IsThere(writer_.PathOf(kRestrictedFolder));
  const bool want_records = options_.records != RecordsToExport::kNone;
  const bool want_restricted = options_.records == RecordsToExport::kAll;
  if (!published_.has_value()) {
    // Left by a run that published nothing.
    std::error_code error;
    if (records && !want_records)
      std::filesystem::remove_all(writer_.PathOf(kRecordsFolder), error);
    if (restricted && !want_restricted) {
      std::filesystem::remove_all(writer_.PathOf(kRestrictedFolder), error);
    }
    return absl::OkStatus();
  }
  const bool same =
      published_->size == 0 || (records == want_records && restricted == want_restricted);
  if (same) return absl::OkStatus();
  return MakeError(Reason::BAD_REQUEST,
                   absl::StrCat("folder \"", folder_, "\": it was made with --records ",
                                restricted ? "all"
                                : records  ? "everyone"
                                           : "none",
                                "; give the same, or another folder"),
                   {{"path", folder_}});
}

absl::StatusOr<std::string> LogExporter::LocalLeaf(uint64_t index) const {
  const TileId tile = EntryBundleOf(index, published_->size);
  ASSIGN_OR_RETURN(const std::string bytes, ReadEntries(folder_, tile));
  ASSIGN_OR_RETURN(const auto entries, ParseEntryBundle(bytes));
  return std::string(entries[index % kTileWidth]);
}

absl::StatusOr<Digest> LogExporter::LocalNode(NodeId node) const {
  const TileCoordinates at = CoordinatesOf(node);
  const TileCount count = CountTiles(published_->size, at.tile_level);
  const TileId tile{at.tile_level, at.tile_index, at.tile_index < count.full ? 0 : count.partial};
  ASSIGN_OR_RETURN(const std::string bytes, ReadHashTile(folder_, tile));
  ASSIGN_OR_RETURN(const auto hashes, ParseTile(bytes, tile.width == 0 ? kTileWidth : tile.width));
  Frontier subtree;
  const uint64_t width = uint64_t{1} << at.node_level;
  for (uint64_t i = at.node_index * width; i < (at.node_index + 1) * width; ++i) {
    subtree.Append(hashes[i]);
  }
  return subtree.Root();
}

absl::Status LogExporter::CheckGrowth() {
  if (next_.size > published_->size) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Digest root,
                   RootAt(next_.size, [this](NodeId node) { return LocalNode(node); }));
  if (root != next_.root) {
    // Both are signed by the log's key.
    RETURN_IF_ERROR(writer_.Write(kContradictionFile, head_.checkpoint));
    RETURN_IF_ERROR(writer_.Sync());
    return MakeError(
        Reason::INCONSISTENT_CHECKPOINT,
        absl::StrCat("log ", head_.origin, ": root of size ", next_.size, " in the folder is ",
                     root.Hex(), ", the node's checkpoint says ", next_.root.Hex(), "; kept as ",
                     writer_.PathOf(kContradictionFile)),
        {{"origin", head_.origin}});
  }
  if (next_.size == published_->size) return absl::OkStatus();
  return MakeError(Reason::LOG_SHORTER,
                   absl::StrCat("log ", head_.origin, ": the folder has ", published_->size,
                                " leaves, the node's final checkpoint ", next_.size),
                   {{"origin", head_.origin}});
}

absl::StatusOr<uint64_t> LogExporter::FinalSizeKept() const {
  uint64_t kept = 0;
  if (!published_.has_value()) return kept;
  ASSIGN_OR_RETURN(const auto names, NamesIn(writer_.PathOf(kCheckpointsFolder)));
  for (const std::string& name : names) {
    const auto size = ParseDecimal(name);
    if (size.ok() && *size <= published_->size) kept = std::max(kept, *size);
  }
  return kept;
}

absl::StatusOr<AuditStart> LogExporter::StartAt(uint64_t size) const {
  AuditStart start;
  start.epoch = origin_.epoch;
  start.frontier = tiles_.ToFrontier();
  const auto named = [this](uint64_t index) -> absl::StatusOr<NamedVersions> {
    ASSIGN_OR_RETURN(const std::string leaf, LocalLeaf(index));
    const auto view = ReadLeaf(leaf);
    if (!view.ok()) return NamedVersions();
    return NamedVersions{view->manifest.roster.version, view->manifest.card.version};
  };
  if (size > 0) {
    ASSIGN_OR_RETURN(start.named, named(size - 1));
  }
  ASSIGN_OR_RETURN(const uint64_t final_size, FinalSizeKept());
  if (final_size > 0) {
    ASSIGN_OR_RETURN(const NamedVersions last, named(final_size - 1));
    start.final_roster = last.roster;
  }
  return start;
}

absl::Status LogExporter::WriteTile(const TileId& tile, absl::string_view bytes) {
  return writer_.Write(TilePath(tile), bytes);
}

absl::Status LogExporter::AddLeaf(uint64_t index, const SourceLeaf& leaf,
                                  RedactionTargets& targets) {
  const TileId tile = EntryBundleOf(index, next_.size);
  if (index % kTileWidth == 0) {
    entries_.clear();
    RETURN_IF_ERROR(bundles_->Begin(tile));
  }
  RETURN_IF_ERROR(bundles_->Add(index, leaf));
  // The bundles have compared the digests.
  RETURN_IF_ERROR(audit_->Add(leaf.envelope, {}));
  AppendEntry(leaf.envelope, entries_);
  AddTargets(leaf, targets);
  const bool is_last = index + 1 == next_.size;
  if (published_.has_value() && index + 1 == published_->size &&
      audit_->frontier().Root() != published_->root) {
    return MakeError(Reason::INCONSISTENT_CHECKPOINT,
                     absl::StrCat("log ", head_.origin, ": the node's first ", published_->size,
                                  " leaves are not those of the folder"),
                     {{"origin", head_.origin}});
  }
  RETURN_IF_ERROR(tiles_.Append(
      LeafHash(leaf.envelope),
      [this](const TileId& full, absl::string_view hashes) { return WriteTile(full, hashes); }));
  if (index % kTileWidth != kTileWidth - 1 && !is_last) return absl::OkStatus();
  RETURN_IF_ERROR(WriteTile(tile, entries_));
  return bundles_->Commit();
}

absl::Status LogExporter::ReadLeaves(uint64_t from, RedactionTargets& targets) {
  ASSIGN_OR_RETURN(std::unique_ptr<LeafReader> opened, source_.Open(head_, from, next_.size));
  ReadAhead reader(std::move(opened));
  Progress progress(absl::StrCat(head_.origin, ": leaves exported"), next_.size, console_);
  const Throughput throughput;
  uint64_t index = from;
  while (index < next_.size) {
    ASSIGN_OR_RETURN(const LeafRun run, reader.Next());
    for (const SourceLeaf& leaf : run.leaves) RETURN_IF_ERROR(AddLeaf(index++, leaf, targets));
    progress.Set(index, throughput.Text(audit_->counts().entries));
  }
  return absl::OkStatus();
}

absl::Status LogExporter::Publish(const AuditedCheckpoint& audited) {
  if (!published_.has_value() || next_.size > published_->size) {
    RETURN_IF_ERROR(tiles_.ForPartial(
        [this](const TileId& tile, absl::string_view hashes) { return WriteTile(tile, hashes); }));
  }
  if (audited.final.ok() && next_.size > 0) {
    // The first one of each roster version: it decides which rosters are in play for the next.
    const uint64_t named = audited.in_play.end - 1;
    ASSIGN_OR_RETURN(const AuditStart before, StartAt(0));
    if (before.final_roster != named) {
      RETURN_IF_ERROR(
          writer_.Write(absl::StrCat(kCheckpointsFolder, "/", next_.size), head_.checkpoint));
    }
  }
  RETURN_IF_ERROR(bundles_->Sync());
  RETURN_IF_ERROR(writer_.Sync());
  // Of one size the note that is final stays.
  const bool is_same = published_.has_value() && next_.size == published_->size;
  if (published_note_ == head_.checkpoint || (is_same && !audited.final.ok())) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(writer_.Write(kCheckpointFile, head_.checkpoint));
  return writer_.Sync();
}

absl::Status LogExporter::RemoveSuperseded() {
  if (!published_.has_value()) return absl::OkStatus();
  const auto remove = [this](const std::string& full, const std::string& keep) -> absl::Status {
    const std::string partials = absl::StrCat(full, ".p");
    ASSIGN_OR_RETURN(const auto names, NamesIn(writer_.PathOf(partials)));
    for (const std::string& name : names) {
      if (name != keep) RETURN_IF_ERROR(writer_.Remove(absl::StrCat(partials, "/", name)));
    }
    return absl::OkStatus();
  };
  for (uint32_t level = 0; level < 8; ++level) {
    const TileCount was = CountTiles(published_->size, level);
    if (was.partial == 0 || CountTiles(next_.size, level).full == was.full) continue;
    RETURN_IF_ERROR(remove(TilePath({level, was.full, 0}), ""));
    if (level == 0) RETURN_IF_ERROR(remove(TilePath({TileId::kEntries, was.full, 0}), ""));
  }
  // Nobody but an audit reads record bundles, and it reads those of the checkpoint.
  const TileCount was = CountTiles(published_->size, 0);
  const TileCount now = CountTiles(next_.size, 0);
  const TileId bundle{TileId::kEntries, was.full, 0};
  const std::string keep = now.full == was.full ? absl::StrCat(now.partial) : "";
  RETURN_IF_ERROR(remove(RecordBundlePath(BundleKind::kEveryone, bundle), keep));
  RETURN_IF_ERROR(remove(RecordBundlePath(BundleKind::kRestricted, bundle), keep));
  return writer_.Sync();
}

absl::Status LogExporter::Export(RedactionTargets& targets, ExportedLog& exported) {
  if (head_.checkpoint.empty()) {
    // A log that has just been opened.
    if (head_.size == 0) return absl::OkStatus();
    return MakeError(Reason::NOT_FINAL,
                     absl::StrCat("log ", head_.origin, ": it has no final checkpoint so far"),
                     {{"origin", head_.origin}});
  }
  ASSIGN_OR_RETURN(next_, VerifyNote(head_.checkpoint));
  ASSIGN_OR_RETURN(published_, ReadPublished());
  if (published_.has_value()) exported.before = exported.size = published_->size;
  RETURN_IF_ERROR(CheckMode());
  const std::string federation = options_.folder + "/" + origin_.federation;
  RETURN_IF_ERROR(certs::EnsureFolder(federation, kPublicFolder));
  RETURN_IF_ERROR(certs::EnsureFolder(federation + "/" + origin_.member, kPublicFolder));
  uint64_t from = 0;
  if (published_.has_value()) {
    RETURN_IF_ERROR(CheckGrowth());
    const bool grows = next_.size > published_->size;
    from = grows ? published_->size - published_->size % kTileWidth : published_->size;
    ASSIGN_OR_RETURN(published_note_, ReadExported(writer_.PathOf(kCheckpointFile), kMaxNoteBytes));
  }
  ASSIGN_OR_RETURN(tiles_, TileBuilder::Resume(from, [this](const TileId& tile) {
                     return ReadHashTile(folder_, tile);
                   }));
  audit_.emplace(origin_.member, trust_, held_, LogAudit::Options{.judge_records = false});
  ASSIGN_OR_RETURN(const AuditStart start, StartAt(from));
  RETURN_IF_ERROR(audit_->Begin(start));
  RETURN_IF_ERROR(ReadLeaves(from, targets));
  ASSIGN_OR_RETURN(const AuditedCheckpoint audited, audit_->Verify(head_.checkpoint));
  RETURN_IF_ERROR(Publish(audited));
  exported.final = audited.final;
  exported.size = next_.size;
  return RemoveSuperseded();
}

absl::StatusOr<ExportedLog> LogExporter::Run(RedactionTargets& targets) {
  ExportedLog exported;
  exported.origin = head_.origin;
  RedactionTargets named;
  exported.status = Export(named, exported);
  bundles_->Drop();
  writer_.Drop();
  if (IsUnreachable(exported.status)) return exported.status;
  if (exported.status.ok()) {
    for (const auto& [origin, entries] : named) {
      targets[origin].insert(entries.begin(), entries.end());
    }
  }
  exported.records = bundles_->counts();
  exported.files = writer_.files_written() + bundles_->files_written();
  exported.bytes = writer_.bytes_written() + bundles_->bytes_written();
  return exported;
}

}  // namespace plenary::cli
