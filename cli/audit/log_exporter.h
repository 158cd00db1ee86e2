// The export of one log: C2SP tiles and record bytes into a folder, nothing of which is published
// before all of it is verified and on the disk. Part of exporter.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/audit/bundle_writer.h"
#include "cli/audit/exporter.h"
#include "cli/audit/held_leaves.h"
#include "cli/audit/log_source.h"
#include "ledger/audit.h"
#include "ledger/checkpoint.h"
#include "ledger/tile_builder.h"
#include "ledger/trust_book.h"

namespace plenary::cli {

// Entries that redactions name, by the origin of their log.
using RedactionTargets = std::map<std::string, std::set<EntryPlace>>;

// One log, one run. One thread at a time.
class LogExporter {
 public:
  // All outlive the exporter. The folder's trust is written already.
  LogExporter(LogSource& source, TrustBook& trust, const ExportOptions& options,
              const LogHead& head, Console& console);

  // Adds what is new and puts the checkpoint in its place. What is wrong is in the result; fails
  // only if the source cannot be reached. `targets` gets what new redactions name.
  absl::StatusOr<ExportedLog> Run(RedactionTargets& targets);

  // Writes the record bundles with these numbers anew, as the node shows them now; of an export
  // that is there.
  absl::Status Rewrite(const std::set<uint64_t>& bundles, ExportedLog& exported);
  // The numbers of all bundles of the export that is there.
  absl::StatusOr<std::set<uint64_t>> AllBundles() const;
  // Those that still hold bytes of one of these entries.
  absl::StatusOr<std::set<uint64_t>> BundlesWithBytesOf(const std::set<EntryPlace>& entries) const;

 private:
  absl::Status Export(RedactionTargets& targets, ExportedLog& exported);
  // The checkpoint of the folder, verified; nothing if there is none.
  absl::StatusOr<std::optional<Checkpoint>> ReadPublished() const;
  absl::StatusOr<Checkpoint> VerifyNote(absl::string_view note) const;
  absl::Status CheckMode() const;
  // Compares the node's checkpoint with an older or equal one of the folder.
  absl::Status CheckGrowth();
  // The size of the newest note in checkpoints/, all of which were final; 0: there is none.
  absl::StatusOr<uint64_t> FinalSizeKept() const;
  absl::StatusOr<AuditStart> StartAt(uint64_t size) const;
  absl::Status ReadLeaves(uint64_t from, RedactionTargets& targets);
  absl::Status AddLeaf(uint64_t index, const SourceLeaf& leaf, RedactionTargets& targets);
  absl::Status WriteTile(const TileId& tile, absl::string_view bytes);
  absl::Status Publish(const AuditedCheckpoint& audited);
  absl::Status RemoveSuperseded();

  absl::StatusOr<std::string> LocalLeaf(uint64_t index) const;
  absl::StatusOr<Digest> LocalNode(NodeId node) const;

  LogSource& source_;
  TrustBook& trust_;
  const ExportOptions& options_;
  LogHead head_;
  Console& console_;
  const std::string folder_;
  Origin origin_;
  HeldLeaves held_;  // which the audit asks for nothing, since it judges no records
  FolderWriter writer_;
  std::optional<BundleWriter> bundles_;
  std::optional<Checkpoint> published_;
  std::string published_note_;
  Checkpoint next_;
  TileBuilder tiles_;
  std::optional<LogAudit> audit_;
  std::string entries_;  // of the entry bundle at hand
};

}  // namespace plenary::cli
