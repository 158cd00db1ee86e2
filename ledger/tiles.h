// Tiles: a log as static files that any tile client can audit.
//
// Source: C2SP tlog-tiles: tiles of 256 hashes, paths, entry bundles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/digest.h"
#include "ledger/merkle.h"

namespace plenary {

inline constexpr uint32_t kTileHeight = 8;
inline constexpr uint32_t kTileWidth = 256;
inline constexpr uint32_t kMaxTileLevel = 63;
inline constexpr size_t kMaxEntryBytes = 65535;

// A hash tile, or an entry bundle.
struct TileId {
  static constexpr uint32_t kEntries = 0xFFFFFFFF;  // level of an entry bundle

  uint32_t level = 0;  // 0 to 63, or kEntries
  uint64_t index = 0;
  uint32_t width = 0;  // 1 to 255 of a partial tile; 0 of a full one
  friend bool operator==(const TileId&, const TileId&) = default;
};

// "tile/0/x001/x234/067", "tile/entries/000.p/12". CHECKs level and width.
std::string TilePath(const TileId& tile);
// Fails with BAD_NAME for anything that TilePath would not write.
absl::StatusOr<TileId> ParseTilePath(absl::string_view path);

// How many full tiles a log of `size` leaves has at a level, and how wide the partial tile after
// them is (0: there is none).
struct TileCount {
  uint64_t full = 0;
  uint32_t partial = 0;
};
TileCount CountTiles(uint64_t size, uint32_t level);

// The entry bundle that holds leaf `index` of a log of `size` leaves; index < size (CHECKed).
TileId EntryBundleOf(uint64_t index, uint64_t size);

// Where the root of a perfect subtree is found: in a tile, at a level within it (0 is what the tile
// stores) and a position on that level.
struct TileCoordinates {
  uint32_t tile_level = 0;
  uint64_t tile_index = 0;
  uint32_t node_level = 0;
  uint64_t node_index = 0;
};
TileCoordinates CoordinatesOf(NodeId node);

// The hashes of a tile file: `width` (1 to 256) times 32 bytes; BAD_ENCODING.
absl::StatusOr<std::vector<Digest>> ParseTile(absl::string_view bytes, uint32_t width);

// Entries behind their lengths (2 bytes, big-endian). Fails with BAD_ENCODING if the end is
// missing. The views live as long as `bytes`.
absl::StatusOr<std::vector<absl::string_view>> ParseEntryBundle(absl::string_view bytes);
// Adds one entry to a bundle. CHECKs that it has at most 65,535 bytes.
void AppendEntry(absl::string_view entry, std::string& bundle);
// AppendEntry for each of them.
std::string FormatEntryBundle(absl::Span<const std::string> entries);

}  // namespace plenary
