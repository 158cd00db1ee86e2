#include "tests/vectors/tile_kinds.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "ledger/status.h"
#include "ledger/tiles.h"

namespace plenary::vectors {
namespace {

using nlohmann::json;

std::string Why(const absl::Status& status) { return status.ok() ? "" : Explain(status); }

Verdict TilePathOf(const json& c) {
  if (c.contains("for_entry")) {
    const json& f = c["for_entry"];
    return ExpectField(f, "path", TilePath(EntryBundleOf(f.at("index"), f.at("log_size"))));
  }
  if (c.contains("tile")) {
    const json& f = c["tile"];
    return ExpectField(f, "path", TilePath(TileId{f.at("level"), f.at("tile"), f.at("width")}));
  }
  if (c.contains("parse")) {
    const json& f = c["parse"];
    const auto tile = ParseTilePath(f.at("path").get<std::string>());
    if (Verdict v = Expect(f, tile.ok(), Why(tile.status())); !v.empty() || !tile.ok()) return v;
    if (Verdict v = ExpectField(f, "tile", tile->index); !v.empty()) return v;
    if (Verdict v = ExpectField(f, "width", tile->width); !v.empty()) return v;
    return ExpectField(f, "level", tile->level);
  }
  const json& f = c.at("sizes");
  for (uint32_t level = 0; level < 3; ++level) {
    const TileCount count = CountTiles(f.at("size"), level);
    const std::string prefix = absl::StrCat("level", level);
    if (Verdict v = ExpectField(f, prefix + "_full", count.full); !v.empty()) return v;
    if (Verdict v = ExpectField(f, prefix + "_partial", count.partial); !v.empty()) return v;
  }
  return {};
}

Verdict TileCoords(const json& c) {
  const TileCoordinates at = CoordinatesOf(NodeId{c.at("level"), c.at("index")});
  if (Verdict v = ExpectField(c, "tile_level", at.tile_level); !v.empty()) return v;
  if (Verdict v = ExpectField(c, "tile_index", at.tile_index); !v.empty()) return v;
  if (Verdict v = ExpectField(c, "node_level", at.node_level); !v.empty()) return v;
  return ExpectField(c, "node_index", at.node_index);
}

Verdict EntryBundle(const json& c) {
  const std::string data = Bytes(c, "data_b64");
  const auto entries = ParseEntryBundle(data);
  if (Verdict v = Expect(c, entries.ok(), Why(entries.status())); !v.empty() || !entries.ok()) {
    return v;
  }
  std::vector<std::string> encoded;
  std::vector<std::string> copies;
  for (const absl::string_view entry : *entries) {
    encoded.push_back(Base64Encode(entry));
    copies.emplace_back(entry);
  }
  if (FormatEntryBundle(copies) != data) return "does not format to the same bytes";
  return ExpectField(c, "entries_b64", encoded);
}

// A log in tiles, in a folder.
class TileFolder {
 public:
  explicit TileFolder(std::string folder) : folder_(std::move(folder)) {}

  absl::StatusOr<std::string> Read(const std::string& path) const {
    std::ifstream file(absl::StrCat(folder_, "/", path), std::ios::binary);
    if (!file) return MakeError(Reason::NOT_FOUND, absl::StrCat("file ", path));
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }

  // The tile, or the full one that replaces a partial one: `width` hashes of it.
  absl::StatusOr<std::vector<Digest>> Tile(TileId tile) const {
    const uint32_t width = tile.width == 0 ? kTileWidth : tile.width;
    auto bytes = Read(TilePath(tile));
    if (!bytes.ok()) bytes = Read(TilePath(TileId{tile.level, tile.index, 0}));
    if (!bytes.ok()) return bytes.status();
    return ParseTile(absl::string_view(*bytes).substr(0, width * Digest::kBytes), width);
  }

  // The root of a perfect subtree of a log of `size` leaves, from its tile.
  absl::StatusOr<Digest> Node(NodeId node, uint64_t size) const {
    const TileCoordinates at = CoordinatesOf(node);
    const TileCount count = CountTiles(size, at.tile_level);
    const uint32_t width = at.tile_index < count.full ? 0 : count.partial;
    ASSIGN_OR_RETURN(const std::vector<Digest> hashes,
                     Tile(TileId{at.tile_level, at.tile_index, width}));
    const uint64_t first = at.node_index << at.node_level;
    const uint64_t end = (at.node_index + 1) << at.node_level;
    if (end > hashes.size()) return MakeError(Reason::NOT_FOUND, "node beyond its tile");
    Frontier frontier;
    for (uint64_t i = first; i < end; ++i) frontier.Append(hashes[i]);
    return frontier.Root();
  }

  // The state after the first `size` entries.
  absl::StatusOr<Frontier> FromEntries(uint64_t size, NodeSink sink) const {
    Frontier frontier;
    while (frontier.size() < size) {
      TileId bundle = EntryBundleOf(frontier.size(), size);
      auto bytes = Read(TilePath(bundle));
      if (!bytes.ok()) bytes = Read(TilePath(TileId{TileId::kEntries, bundle.index, 0}));
      if (!bytes.ok()) return bytes.status();
      ASSIGN_OR_RETURN(const std::vector<absl::string_view> entries, ParseEntryBundle(*bytes));
      const uint64_t begin = frontier.size();
      for (const absl::string_view entry : entries) {
        if (frontier.size() < size) frontier.Append(LeafHash(entry), sink);
      }
      if (frontier.size() == begin) return MakeError(Reason::TRUNCATED, "an empty bundle");
    }
    return frontier;
  }

 private:
  std::string folder_;
};

Verdict TileLog(const json& c, const std::string& folder) {
  const TileFolder log(folder);
  const auto vkey = log.Read("vkey");
  const auto bytes = log.Read(c.at("file").get<std::string>());
  if (!vkey.ok() || !bytes.ok()) return "cannot be read";
  const auto key = NoteKeyFromVkey(absl::StripSuffix(*vkey, "\n"));
  const auto note = ParseNote(*bytes);
  if (!key.ok() || !note.ok()) return Why(key.ok() ? note.status() : key.status());
  if (const auto verified = VerifyNote(*note, {*key}); !verified.ok()) {
    return Why(verified.status());
  }
  const auto checkpoint = ParseCheckpointText(note->text);
  if (!checkpoint.ok()) return Why(checkpoint.status());
  std::string complaint;
  const auto compare = [&](NodeId id, const Digest& hash) {
    const auto stored = log.Node(id, checkpoint->size);
    if (!stored.ok() || *stored != hash) {
      complaint = absl::StrCat("tile hash of node ", id.level, "/", id.index);
    }
  };
  const auto frontier = log.FromEntries(checkpoint->size, compare);
  if (!frontier.ok()) return Why(frontier.status());
  if (frontier->Root() != checkpoint->root) return "the entries have another root";
  const auto root =
      RootAt(checkpoint->size, [&](NodeId id) { return log.Node(id, checkpoint->size); });
  if (!root.ok() || *root != checkpoint->root) return "the tiles have another root";
  return complaint;
}

CaseFunction WithoutFolder(Verdict (*function)(const json&)) {
  return [function](const json& c, const std::string&) { return function(c); };
}

}  // namespace

void AddTileKinds(KindTable& table) {
  table["tile-path"] = WithoutFolder(TilePathOf);
  table["tile-coords"] = WithoutFolder(TileCoords);
  table["entry-bundle"] = WithoutFolder(EntryBundle);
  table["tlog-tiles"] = TileLog;
}

}  // namespace plenary::vectors
