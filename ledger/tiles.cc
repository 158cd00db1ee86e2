#include "ledger/tiles.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary {
namespace {

absl::Status BadPath(absl::string_view path) {
  return MakeError(Reason::BAD_NAME, absl::StrCat("tile path: expected "
                                                  "tile/<level or entries>/<index>[.p/<width>], "
                                                  "got \"",
                                                  path.substr(0, 200), "\""));
}

bool IsThreeDigits(absl::string_view text) {
  return text.size() == 3 && text.find_first_not_of("0123456789") == absl::string_view::npos;
}

// Reads groups of three digits, all but the last behind an x; false for another spelling.
bool ParseIndex(absl::Span<const absl::string_view> groups, uint64_t& index) {
  // 2^63 has 19 digits: seven groups hold it, and stay below 2^64 * 1000 only if checked.
  constexpr size_t kMaxGroups = 7;
  if (groups.empty() || groups.size() > kMaxGroups) return false;
  index = 0;
  for (size_t i = 0; i < groups.size(); ++i) {
    absl::string_view group = groups[i];
    const bool last = i + 1 == groups.size();
    if (!last && !absl::ConsumePrefix(&group, "x")) return false;
    if (!IsThreeDigits(group)) return false;
    if (i == 0 && !last && group == "000") return false;
    uint64_t value = 0;
    if (!absl::SimpleAtoi(group, &value)) return false;
    if (index > (UINT64_MAX - value) / 1000) return false;
    index = index * 1000 + value;
  }
  return true;
}

}  // namespace

std::string TilePath(const TileId& tile) {
  CHECK(tile.level <= kMaxTileLevel || tile.level == TileId::kEntries);
  CHECK_LT(tile.width, kTileWidth);
  uint64_t rest = tile.index;
  std::string index = absl::StrFormat("%03d", rest % 1000);
  for (rest /= 1000; rest > 0; rest /= 1000) {
    index = absl::StrFormat("x%03d/%s", rest % 1000, index);
  }
  const std::string level = tile.level == TileId::kEntries ? "entries" : absl::StrCat(tile.level);
  std::string path = absl::StrCat("tile/", level, "/", index);
  if (tile.width != 0) absl::StrAppend(&path, ".p/", tile.width);
  return path;
}

absl::StatusOr<TileId> ParseTilePath(absl::string_view path) {
  TileId tile;
  absl::string_view rest = path;
  if (!absl::ConsumePrefix(&rest, "tile/")) return BadPath(path);
  if (const size_t at = rest.find(".p/"); at != absl::string_view::npos) {
    const auto width = ParseDecimal(rest.substr(at + 3));
    if (!width.ok() || *width == 0 || *width >= kTileWidth) return BadPath(path);
    tile.width = static_cast<uint32_t>(*width);
    rest = rest.substr(0, at);
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(rest, '/');
  if (parts[0] == "entries") {
    tile.level = TileId::kEntries;
  } else {
    const auto level = ParseDecimal(parts[0]);
    if (!level.ok() || *level > kMaxTileLevel) return BadPath(path);
    tile.level = static_cast<uint32_t>(*level);
  }
  if (!ParseIndex(absl::MakeConstSpan(parts).subspan(1), tile.index)) return BadPath(path);
  return tile;
}

TileCount CountTiles(uint64_t size, uint32_t level) {
  const uint32_t shift = level * kTileHeight;
  const uint64_t hashes = shift < 64 ? size >> shift : 0;
  return {hashes / kTileWidth, static_cast<uint32_t>(hashes % kTileWidth)};
}

TileId EntryBundleOf(uint64_t index, uint64_t size) {
  CHECK_LT(index, size);
  const TileCount count = CountTiles(size, 0);
  const uint64_t bundle = index / kTileWidth;
  return {TileId::kEntries, bundle, bundle < count.full ? 0 : count.partial};
}

TileCoordinates CoordinatesOf(NodeId node) {
  TileCoordinates at;
  at.tile_level = node.level / kTileHeight;
  at.node_level = node.level % kTileHeight;
  // A tile holds 2^(8 - node_level) nodes of that level.
  const uint32_t bits = kTileHeight - at.node_level;
  at.tile_index = node.index >> bits;
  at.node_index = node.index & ((uint64_t{1} << bits) - 1);
  return at;
}

absl::StatusOr<std::vector<Digest>> ParseTile(absl::string_view bytes, uint32_t width) {
  if (width == 0 || width > kTileWidth || bytes.size() != width * Digest::kBytes) {
    return MakeError(Reason::BAD_ENCODING, absl::StrCat("tile: expected ", width, " hashes, got ",
                                                        bytes.size(), " bytes"));
  }
  std::vector<Digest> hashes;
  for (size_t at = 0; at < bytes.size(); at += Digest::kBytes) {
    ASSIGN_OR_RETURN(const Digest hash, Digest::FromBytes(bytes.substr(at, Digest::kBytes)));
    hashes.push_back(hash);
  }
  return hashes;
}

absl::StatusOr<std::vector<absl::string_view>> ParseEntryBundle(absl::string_view bytes) {
  std::vector<absl::string_view> entries;
  while (!bytes.empty()) {
    const auto bad = [] {
      return MakeError(Reason::BAD_ENCODING, "entry bundle: the end of an entry is missing");
    };
    if (bytes.size() < 2) return bad();
    const size_t length =
        static_cast<size_t>(static_cast<uint8_t>(bytes[0])) << 8 | static_cast<uint8_t>(bytes[1]);
    if (bytes.size() - 2 < length) return bad();
    entries.push_back(bytes.substr(2, length));
    bytes.remove_prefix(2 + length);
  }
  return entries;
}

void AppendEntry(absl::string_view entry, std::string& bundle) {
  CHECK_LE(entry.size(), kMaxEntryBytes);
  bundle.push_back(static_cast<char>(entry.size() >> 8));
  bundle.push_back(static_cast<char>(entry.size() & 0xFF));
  bundle.append(entry.data(), entry.size());
}

std::string FormatEntryBundle(absl::Span<const std::string> entries) {
  std::string bundle;
  for (const std::string& entry : entries) AppendEntry(entry, bundle);
  return bundle;
}

}  // namespace plenary
