// Writes the record bundles of an exported log, and counts what is in them and what is not.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "cli/audit/export_folder.h"
#include "cli/audit/log_source.h"
#include "ledger/tiles.h"

namespace plenary::cli {

// Whose record bytes are to be exported, of those that the node shows.
enum class RecordsToExport { kNone, kEveryone, kAll };

// Slots that were written, by what became of their bytes.
struct RecordCounts {
  uint64_t everyone = 0;    // in records/
  uint64_t restricted = 0;  // in restricted/
  uint64_t kept_back = 0;   // not for everyone, and so not wanted
  uint64_t withheld = 0;    // by the node
  uint64_t redacted = 0;
  uint64_t missing = 0;

  void Add(const RecordCounts& other);
  uint64_t exported() const { return everyone + restricted; }
};

// One bundle after the other. One thread at a time.
class BundleWriter {
 public:
  // Writes into the folder of a log of `member`.
  BundleWriter(const std::string& folder, std::string member, RecordsToExport which)
      : records_(folder), restricted_(folder), member_(std::move(member)), which_(which) {}

  // Begins the bundles beside that entry bundle.
  absl::Status Begin(const TileId& entries);
  // Adds the next leaf. Fails with WRONG_DIGEST or WRONG_SIZE if bytes that the source shows are
  // not those of the manifest, and as the disk does.
  absl::Status Add(uint64_t index, const SourceLeaf& leaf);
  absl::Status Commit();
  void Drop();
  absl::Status Sync();

  const RecordCounts& counts() const { return counts_; }
  uint64_t files_written() const { return records_.files_written() + restricted_.files_written(); }
  uint64_t bytes_written() const { return records_.bytes_written() + restricted_.bytes_written(); }

 private:
  FolderWriter records_;
  FolderWriter restricted_;
  const std::string member_;
  const RecordsToExport which_;
  RecordCounts counts_;
};

}  // namespace plenary::cli
