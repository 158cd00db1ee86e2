#include "ledger/tile_builder.h"

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary {

absl::StatusOr<TileBuilder> TileBuilder::Resume(uint64_t size, Source source) {
  TileBuilder builder;
  builder.size_ = size;
  // Sizes have 63 bits: eight levels of eight.
  for (uint32_t level = 0; level < 8 && (size >> (level * kTileHeight)) > 0; ++level) {
    const TileCount count = CountTiles(size, level);
    Edge& edge = builder.edges_.emplace_back();
    if (count.partial == 0) continue;
    ASSIGN_OR_RETURN(edge.bytes, source({level, count.full, count.partial}));
    ASSIGN_OR_RETURN(const std::vector<Digest> hashes, ParseTile(edge.bytes, count.partial));
    for (const Digest& hash : hashes) edge.hashes.Append(hash);
  }
  return builder;
}

Frontier TileBuilder::ToFrontier() const {
  std::vector<Digest> hashes;
  for (auto edge = edges_.rbegin(); edge != edges_.rend(); ++edge) {
    const std::vector<Digest>& more = edge->hashes.hashes();
    hashes.insert(hashes.end(), more.begin(), more.end());
  }
  auto frontier = Frontier::FromHashes(size_, std::move(hashes));
  CHECK_OK(frontier);
  return *std::move(frontier);
}

absl::Status TileBuilder::Append(const Digest& leaf_hash, Sink sink) {
  absl::Status status;
  Digest hash = leaf_hash;
  for (uint32_t level = 0;; ++level) {
    if (level == edges_.size()) edges_.emplace_back();
    Edge& edge = edges_[level];
    edge.bytes.append(hash.view().data(), Digest::kBytes);
    edge.hashes.Append(hash);
    if (edge.hashes.size() < kTileWidth) break;
    hash = edge.hashes.Root();
    status.Update(sink({level, size_ >> ((level + 1) * kTileHeight), 0}, edge.bytes));
    edge = Edge();
  }
  ++size_;
  return status;
}

absl::Status TileBuilder::ForPartial(Sink sink) const {
  for (uint32_t level = 0; level < edges_.size(); ++level) {
    const TileCount count = CountTiles(size_, level);
    CHECK_EQ(count.partial * Digest::kBytes, edges_[level].bytes.size());
    if (count.partial == 0) continue;
    RETURN_IF_ERROR(sink({level, count.full, count.partial}, edges_[level].bytes));
  }
  return absl::OkStatus();
}

}  // namespace plenary
