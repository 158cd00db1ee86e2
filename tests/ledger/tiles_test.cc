#include "ledger/tiles.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;

TEST(Tiles, PathsRoundTrip) {
  const struct {
    TileId tile;
    const char* path;
  } kPaths[] = {
      {{0, 0, 0}, "tile/0/000"},
      {{63, 999, 255}, "tile/63/999.p/255"},
      {{1, 1000, 0}, "tile/1/x001/000"},
      {{0, 1234067, 1}, "tile/0/x001/x234/067.p/1"},
      {{TileId::kEntries, 5, 7}, "tile/entries/005.p/7"},
      {{0, UINT64_MAX, 0}, "tile/0/x018/x446/x744/x073/x709/x551/615"},
  };
  for (const auto& row : kPaths) {
    EXPECT_EQ(TilePath(row.tile), row.path);
    const auto parsed = ParseTilePath(row.path);
    ASSERT_OK(parsed);
    EXPECT_EQ(*parsed, row.tile);
  }
}

TEST(Tiles, OtherSpellingsAreRefused) {
  for (const char* bad : {"",
                          "tile",
                          "tile/",
                          "tile/0",
                          "tile/0/",
                          "tile/0/0",
                          "tile/0/00",
                          "tile/0/0000",
                          "tile/00/000",
                          "tile/64/000",
                          "tile/-1/000",
                          "tile/x/000",
                          "tile/0/x000/000",
                          "tile/0/001/000",
                          "tile/0/x001",
                          "tile/0/x001/x000",
                          "tile/0/000.p/0",
                          "tile/0/000.p/256",
                          "tile/0/000.p/01",
                          "tile/0/000.p/",
                          "tile/0/000/",
                          "/tile/0/000",
                          "tile/0/+01",
                          "tile/0/x-01/000",
                          "tile/0/x018/x446/x744/x073/x709/x551/616",
                          "tile/0/x001/x018/x446/x744/x073/x709/x551/615"}) {
    EXPECT_THAT(ParseTilePath(bad), HasReason(Reason::BAD_NAME)) << bad;
  }
}

TEST(Tiles, CoordinatesPointAtTheNodesLeaves) {
  // A node's first leaf, found through its tile, is the node's own.
  for (const NodeId node : {NodeId{0, 0}, NodeId{0, 256}, NodeId{7, 3}, NodeId{8, 255},
                            NodeId{8, 256}, NodeId{15, 9}, NodeId{62, 1}}) {
    const TileCoordinates at = CoordinatesOf(node);
    EXPECT_LT(at.node_level, kTileHeight);
    const uint64_t per_hash = uint64_t{1} << (at.tile_level * kTileHeight);
    const uint64_t first = at.tile_index * kTileWidth + (at.node_index << at.node_level);
    EXPECT_EQ(first * per_hash, node.index << node.level);
  }
}

TEST(Tiles, TheBundleOfALeafIsPartialOnlyAtTheEnd) {
  EXPECT_EQ(EntryBundleOf(0, 1), (TileId{TileId::kEntries, 0, 1}));
  EXPECT_EQ(EntryBundleOf(255, 256), (TileId{TileId::kEntries, 0, 0}));
  EXPECT_EQ(EntryBundleOf(255, 257), (TileId{TileId::kEntries, 0, 0}));
  EXPECT_EQ(EntryBundleOf(256, 257), (TileId{TileId::kEntries, 1, 1}));
}

TEST(Tiles, BundlesRoundTripAndCutsAreSeen) {
  const std::vector<std::string> entries = {"", "a", std::string(kMaxEntryBytes, 'x')};
  const std::string bytes = FormatEntryBundle(entries);
  const auto parsed = ParseEntryBundle(bytes);
  ASSERT_OK(parsed);
  ASSERT_EQ(parsed->size(), entries.size());
  for (size_t i = 0; i < entries.size(); ++i) EXPECT_EQ((*parsed)[i], entries[i]);
  for (const size_t cut : {size_t{1}, size_t{4}, size_t{6}, bytes.size() - 1}) {
    EXPECT_THAT(ParseEntryBundle(bytes.substr(0, cut)), HasReason(Reason::BAD_ENCODING)) << cut;
  }
}

TEST(Tiles, ATileHasExactlyItsWidth) {
  EXPECT_OK(ParseTile(std::string(64, 'x'), 2));
  EXPECT_THAT(ParseTile(std::string(64, 'x'), 3), HasReason(Reason::BAD_ENCODING));
  EXPECT_THAT(ParseTile("", 0), HasReason(Reason::BAD_ENCODING));
  EXPECT_THAT(ParseTile(std::string(257 * 32, 'x'), 257), HasReason(Reason::BAD_ENCODING));
}

}  // namespace
}  // namespace plenary
