// The Merkle tree of a log: roots, the compact state of an append, proofs from stored hashes.
//
// Source: RFC 6962 section 2.1. Only hashes of perfect subtrees are ever stored; everything else is
// computed from them when it is asked for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/digest.h"

namespace plenary {

// Sizes of logs stay below this.
inline constexpr uint64_t kMaxTreeSize = uint64_t{1} << 63;

// SHA-256 of nothing: the root of a log without leaves.
Digest EmptyRoot();
// SHA-256(0x00 || leaf).
Digest LeafHash(absl::string_view leaf);
// SHA-256(0x01 || left || right).
Digest NodeHash(const Digest& left, const Digest& right);

// The root of the perfect subtree over the leaves [index << level, (index + 1) << level). Level 0
// is a leaf.
struct NodeId {
  uint32_t level = 0;
  uint64_t index = 0;
  friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

// Reads a stored node. Asked only for perfect subtrees that lie below the size at hand; its errors
// are handed on.
using NodeReader = absl::FunctionRef<absl::StatusOr<Digest>(NodeId)>;
// Takes a node that an append has completed.
using NodeSink = absl::FunctionRef<void(NodeId, const Digest&)>;

// The state that an append needs: the roots of the perfect subtrees which the leaves [0, size)
// fall into, largest first ("compact range"). At most 63 hashes. A value type, one thread at a
// time.
class Frontier {
 public:
  // Of a log without leaves.
  Frontier() = default;
  // Fails with BAD_ENCODING unless `hashes` are as many as `size` has perfect subtrees, and with
  // BAD_SIZE for a size from 2^63 on.
  static absl::StatusOr<Frontier> FromHashes(uint64_t size, std::vector<Digest> hashes);

  uint64_t size() const { return size_; }
  const std::vector<Digest>& hashes() const { return hashes_; }

  // Appends one leaf by its leaf hash and calls `store` for every perfect subtree that this
  // completes, the leaf itself first. CHECKs that the size stays below 2^63.
  void Append(const Digest& leaf_hash, NodeSink store);
  void Append(const Digest& leaf_hash);

  Digest Root() const;

  // Size (8 bytes, big-endian), then the hashes. One state has one spelling.
  std::string Serialize() const;
  // Fails with BAD_ENCODING or BAD_SIZE.
  static absl::StatusOr<Frontier> Parse(absl::string_view bytes);

  friend bool operator==(const Frontier&, const Frontier&) = default;

 private:
  uint64_t size_ = 0;
  std::vector<Digest> hashes_;
};

// What follows reads at most 127 nodes. Each fails with BAD_REQUEST if its numbers do not fit
// together, and with whatever `reader` fails with.

// The state of the log when it had `size` leaves.
absl::StatusOr<Frontier> FrontierAt(uint64_t size, NodeReader reader);
// The root of the first `size` leaves.
absl::StatusOr<Digest> RootAt(uint64_t size, NodeReader reader);
// The proof that leaf `index` is in the tree of `size` leaves; index < size. At most 63 hashes, the
// leaf's sibling first.
absl::StatusOr<std::vector<Digest>> InclusionProof(uint64_t index, uint64_t size,
                                                   NodeReader reader);
// The proof that the first `old_size` leaves are the same in the tree of `new_size`;
// 1 <= old_size <= new_size (an empty log needs no proof, and has none). Empty for equal sizes, at
// most 63 hashes up to 2^62 leaves.
absl::StatusOr<std::vector<Digest>> ConsistencyProof(uint64_t old_size, uint64_t new_size,
                                                     NodeReader reader);

}  // namespace plenary
