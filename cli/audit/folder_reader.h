// The leaves of one exported log, with their slots, compared with the hash tiles as they come.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/audit/export_folder.h"
#include "cli/audit/log_source.h"
#include "ledger/record_bundle.h"
#include "ledger/tile_builder.h"

namespace plenary::cli {

// At most one entry bundle (16 MiB) and one run are in memory. One thread at a time.
class FolderReader final : public LeafReader {
 public:
  // Reads [0, size) of the log in `folder`.
  FolderReader(std::string folder, uint64_t size);

  absl::StatusOr<LeafRun> Next() override;
  std::vector<absl::Status> Problems() const override { return problems_; }

 private:
  // What a run's views point into.
  struct Owner {
    std::shared_ptr<const std::string> entries;
    std::vector<std::vector<BundleSlot>> slots;
  };

  // Reads the bundles that leaf `next_` is in.
  absl::Status OpenBundles();
  absl::Status CloseBundles();
  // The slots of the next leaf, of all audiences.
  absl::StatusOr<std::vector<BundleSlot>> ReadSlots();
  // Compares a tile that the leaves give with the file.
  absl::Status Compare(const TileId& tile, absl::string_view bytes);
  void Report(absl::Status problem);

  const std::string folder_;
  const uint64_t size_;
  const bool has_records_;
  const bool has_restricted_;
  uint64_t next_ = 0;
  std::shared_ptr<const std::string> bundle_;
  std::vector<absl::string_view> entries_;  // of `bundle_`, up to the log's size
  size_t entry_ = 0;                        // the next of them
  std::optional<PieceReader> records_;
  std::optional<PieceReader> restricted_;
  bool bundle_is_longer_ = false;  // full, in the place of a partial one
  TileBuilder tiles_;
  std::vector<absl::Status> problems_;
};

}  // namespace plenary::cli
