// The part of LogExporter that writes record bundles anew.
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/audit/folder_source.h"
#include "cli/audit/log_exporter.h"
#include "cli/audit/read_ahead.h"
#include "ledger/status.h"

namespace plenary::cli {

absl::StatusOr<std::set<uint64_t>> LogExporter::AllBundles() const {
  ASSIGN_OR_RETURN(const std::optional<Checkpoint> published, ReadPublished());
  std::set<uint64_t> bundles;
  if (!published.has_value()) return bundles;
  for (uint64_t leaf = 0; leaf < published->size; leaf += kTileWidth) {
    bundles.insert(leaf / kTileWidth);
  }
  return bundles;
}

absl::StatusOr<std::set<uint64_t>> LogExporter::BundlesWithBytesOf(
    const std::set<EntryPlace>& entries) const {
  ASSIGN_OR_RETURN(const std::optional<Checkpoint> published, ReadPublished());
  std::set<uint64_t> bundles;
  if (!published.has_value()) return bundles;
  FolderSource folder(options_.folder);
  LogHead head;
  head.origin = head_.origin;
  head.size = published->size;
  for (const EntryPlace& place : entries) {
    if (place.index >= published->size || bundles.contains(place.index / kTileWidth)) continue;
    ASSIGN_OR_RETURN(const auto bytes, folder.ReadRecord(head, place.index, place.entry));
    if (bytes.has_value()) bundles.insert(place.index / kTileWidth);
  }
  return bundles;
}

absl::Status LogExporter::Rewrite(const std::set<uint64_t>& bundles, ExportedLog& exported) {
  if (bundles.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(published_, ReadPublished());
  if (exported.size == 0) exported.before = exported.size = published_->size;
  for (const uint64_t bundle : bundles) {
    const uint64_t from = bundle * kTileWidth;
    const uint64_t to = std::min(published_->size, from + kTileWidth);
    const TileId tile = EntryBundleOf(from, published_->size);
    ASSIGN_OR_RETURN(const std::string bytes, ReadEntries(folder_, tile));
    ASSIGN_OR_RETURN(const auto entries, ParseEntryBundle(bytes));
    ASSIGN_OR_RETURN(std::unique_ptr<LeafReader> opened, source_.Open(head_, from, to));
    ReadAhead reader(std::move(opened));
    RETURN_IF_ERROR(bundles_->Begin(tile));
    for (uint64_t index = from; index < to;) {
      ASSIGN_OR_RETURN(const LeafRun run, reader.Next());
      for (const SourceLeaf& leaf : run.leaves) {
        if (leaf.envelope != entries[index - from]) {
          return MakeError(Reason::INCONSISTENT_CHECKPOINT,
                           absl::StrCat("log ", head_.origin, ": the node's leaf ", index,
                                        " is not that of the folder"),
                           {{"origin", head_.origin}});
        }
        RETURN_IF_ERROR(bundles_->Add(index++, leaf));
      }
    }
    RETURN_IF_ERROR(bundles_->Commit());
  }
  RETURN_IF_ERROR(bundles_->Sync());
  exported.records.Add(bundles_->counts());
  exported.files += bundles_->files_written();
  exported.bytes += bundles_->bytes_written();
  return absl::OkStatus();
}

}  // namespace plenary::cli
