// Logs in a folder that plenary log export wrote, or that somebody says it wrote.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/audit/log_source.h"
#include "ledger/tiles.h"

namespace plenary::cli {

// One thread at a time, as LogSource says.
class FolderSource final : public LogSource {
 public:
  explicit FolderSource(std::string folder) : folder_(std::move(folder)) {}

  std::string Name() const override;
  // Fails as ReadTrustFolder.
  absl::StatusOr<certs::TrustFiles> Trust() override;
  absl::StatusOr<std::vector<LogHead>> Logs() override;
  absl::StatusOr<std::vector<std::string>> Evidence() override;
  // Reads from the first leaf alone: `from` is 0. The reader compares every hash tile with the
  // leaves; its problems are BAD_TILE and BAD_EXPORT. It fails with BAD_EXPORT if a bundle is
  // missing, cut or of another form.
  absl::StatusOr<std::unique_ptr<LeafReader>> Open(const LogHead& log, uint64_t from,
                                                   uint64_t to) override;
  absl::StatusOr<std::vector<std::string>> ReadGroup(const LogHead& log, uint64_t group,
                                                     uint64_t to) override;
  absl::StatusOr<std::optional<std::string>> ReadRecord(const LogHead& log, uint64_t index,
                                                        uint32_t entry) override;

 private:
  absl::StatusOr<LogHead> Head(const std::string& origin) const;

  const std::string folder_;
};

// A hash tile of the log in `folder`; of a partial one that is not there, the beginning of the full
// one. Fails with BAD_EXPORT.
absl::StatusOr<std::string> ReadHashTile(const std::string& folder, const TileId& tile);
// An entry bundle, in the same way, with at least as many entries as its width says; the bytes
// outlive what ParseEntryBundle says of them.
absl::StatusOr<std::string> ReadEntries(const std::string& folder, const TileId& tile);

}  // namespace plenary::cli
