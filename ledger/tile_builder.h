// The hash tiles of a log, built leaf by leaf: what an export writes and an audit compares.
//
// Source: C2SP tlog-tiles. Entry bundles are the caller's: they hold the leaves themselves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/digest.h"
#include "ledger/merkle.h"
#include "ledger/tiles.h"

namespace plenary {

// The state of an append: of each level, the hashes of its incomplete tile. At most 255 hashes a
// level. A value; one thread at a time.
class TileBuilder {
 public:
  // Takes a tile. Its errors are handed on.
  using Sink = absl::FunctionRef<absl::Status(const TileId& tile, absl::string_view bytes)>;
  // Gives the bytes of a tile.
  using Source = absl::FunctionRef<absl::StatusOr<std::string>(const TileId& tile)>;

  // Of a log without leaves.
  TileBuilder() = default;
  // Goes on after `size` leaves, whose incomplete tiles `source` gives. Fails as it does, and with
  // BAD_ENCODING for a tile of another length. Nothing is verified: Root() says what was given.
  static absl::StatusOr<TileBuilder> Resume(uint64_t size, Source source);

  uint64_t size() const { return size_; }
  // The log as the tiles say it is.
  Frontier ToFrontier() const;

  // Appends one leaf by its leaf hash; `sink` gets each tile that is now full, level 0 first. After
  // an error the builder is as if the leaf had been appended.
  absl::Status Append(const Digest& leaf_hash, Sink sink);
  // Gives `sink` the incomplete tiles of the log as it is, level 0 first.
  absl::Status ForPartial(Sink sink) const;

 private:
  // The hashes of a level that are in no full tile: as bytes, and as the subtree over them.
  struct Edge {
    std::string bytes;
    Frontier hashes;
  };

  uint64_t size_ = 0;
  std::vector<Edge> edges_;  // by level
};

}  // namespace plenary
