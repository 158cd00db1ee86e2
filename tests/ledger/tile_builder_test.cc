// Tiles against the tree as RFC 6962 writes it. If one of these failed, an export would show a tree
// that nobody else computes.
#include "ledger/tile_builder.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/reference_tree.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::ReferenceTree;

using Tiles = std::map<std::string, std::string>;  // by path

// The tiles that a log of these leaves has, out of the tree.
Tiles Expected(const ReferenceTree& tree, size_t size) {
  Tiles tiles;
  uint64_t span = 1;
  for (uint32_t level = 0; size / span > 0; ++level, span *= kTileWidth) {
    const TileCount count = CountTiles(size, level);
    for (uint64_t index = 0; index <= count.full; ++index) {
      const uint32_t width = index < count.full ? kTileWidth : count.partial;
      if (width == 0) continue;
      std::string bytes;
      for (uint64_t i = index * kTileWidth; i < index * kTileWidth + width; ++i) {
        bytes += tree.Root(i * span, (i + 1) * span).bytes();
      }
      tiles[TilePath({level, index, width % kTileWidth})] = bytes;
    }
  }
  return tiles;
}

// Builds the tiles of leaves [from, to) into `tiles`.
void Build(TileBuilder& builder, const ReferenceTree& tree, size_t to, Tiles& tiles) {
  const auto put = [&tiles](const TileId& tile, absl::string_view bytes) {
    tiles[TilePath(tile)] = std::string(bytes);
    return absl::OkStatus();
  };
  for (size_t i = builder.size(); i < to; ++i)
    ASSERT_OK(builder.Append(LeafHash(tree.leaf(i)), put));
  ASSERT_OK(builder.ForPartial(put));
}

TEST(TileBuilder, GivesTheTilesOfTheTreeAtEverySize) {
  const ReferenceTree tree = ReferenceTree::OfSize(600);
  for (const size_t size : {0, 1, 2, 255, 256, 257, 511, 512, 513, 600}) {
    TileBuilder builder;
    Tiles tiles;
    Build(builder, tree, size, tiles);
    EXPECT_EQ(tiles, Expected(tree, size)) << size;
    EXPECT_EQ(builder.ToFrontier().Root(), tree.Root(size)) << size;
  }
}

TEST(TileBuilder, GoesOnFromTheTilesAlone) {
  const ReferenceTree tree = ReferenceTree::OfSize(600);
  for (const size_t from : {0, 1, 100, 255, 256, 257, 512, 599, 600}) {
    TileBuilder first;
    Tiles tiles;
    Build(first, tree, from, tiles);
    auto next = TileBuilder::Resume(from, [&tiles](const TileId& tile) {
      return absl::StatusOr<std::string>(tiles.at(TilePath(tile)));
    });
    ASSERT_OK(next);
    EXPECT_EQ(next->ToFrontier(), first.ToFrontier()) << from;
    Build(*next, tree, 600, tiles);
    for (const auto& [path, bytes] : Expected(tree, 600)) EXPECT_EQ(tiles[path], bytes) << path;
  }
}

TEST(TileBuilder, AThirdLevelComesWithEnoughLeaves) {
  // 65,536 leaves fill a tile of level 1.
  constexpr uint64_t kSize = 65'536 + 256 + 1;
  TileBuilder builder;
  Frontier frontier;
  std::vector<std::string> full;
  const Digest leaf = LeafHash("leaf");
  for (uint64_t i = 0; i < kSize; ++i) {
    frontier.Append(leaf);
    ASSERT_OK(builder.Append(leaf, [&full](const TileId& tile, absl::string_view) {
      if (tile.level > 0) full.push_back(TilePath(tile));
      return absl::OkStatus();
    }));
  }
  EXPECT_EQ(full, std::vector<std::string>{"tile/1/000"});
  std::vector<std::string> partial;
  ASSERT_OK(builder.ForPartial([&partial](const TileId& tile, absl::string_view) {
    partial.push_back(TilePath(tile));
    return absl::OkStatus();
  }));
  EXPECT_EQ(partial,
            (std::vector<std::string>{"tile/0/257.p/1", "tile/1/001.p/1", "tile/2/000.p/1"}));
  EXPECT_EQ(builder.ToFrontier(), frontier);
}

TEST(TileBuilder, ATileOfAnotherLengthIsRefused) {
  for (const size_t bytes : {0, 31, 33, 64}) {
    const auto resumed = TileBuilder::Resume(
        1, [bytes](const TileId&) { return absl::StatusOr<std::string>(std::string(bytes, 'x')); });
    EXPECT_THAT(resumed, HasReason(Reason::BAD_ENCODING)) << bytes;
  }
}

TEST(TileBuilder, ErrorsOfTheSinkAreHandedOn) {
  TileBuilder builder;
  absl::Status status;
  for (int i = 0; i < 256; ++i) {
    EXPECT_OK(status);
    status = builder.Append(LeafHash("leaf"), [](const TileId&, absl::string_view) {
      return MakeError(Reason::DISK, "full");
    });
  }
  EXPECT_THAT(status, HasReason(Reason::DISK));
  EXPECT_EQ(builder.size(), 256U);
}

}  // namespace
}  // namespace plenary
