// The tree of one log as a node holds it: a signed part that never changes and a tail that may be
// replaced.
//
// Hashes of the signed part lie in the store; of the tail, the leaf hashes and a frontier now and
// then are kept here, so that the root at any size of the tail is known without a read. A root
// below the signed size comes from the store's nodes (merkle.h, RootAt).
#pragma once

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "ledger/digest.h"
#include "ledger/merkle.h"

namespace plenary {

// One log's shape. A value; one thread at a time.
class LogTree {
 public:
  using StoreNode = absl::FunctionRef<void(NodeId, const Digest&)>;

  LogTree() = default;
  // A tree that is signed throughout.
  explicit LogTree(Frontier signed_part);

  uint64_t size() const { return end_.size(); }
  uint64_t signed_size() const { return base_; }
  Digest Root() const { return end_.Root(); }
  // The root of the first `size` leaves, which must be signed_size() to size(); CHECKs.
  Digest RootAt(uint64_t size) const { return FrontierAt(size).Root(); }
  // As RootAt, the whole frontier.
  Frontier FrontierAt(uint64_t size) const;

  // Adds a leaf to the tail; `store` gets each perfect subtree that it completes.
  void Append(const Digest& leaf_hash, StoreNode store);
  // The first `size` leaves are signed now; CHECKs that size is signed_size() to size().
  void Sign(uint64_t size);
  // Cuts the tail to `size` leaves; CHECKs that size is signed_size() to size().
  void CutTail(uint64_t size);

 private:
  // A frontier is kept every so many leaves, so that RootAt costs at most as many hashes.
  static constexpr uint64_t kMarkEvery = 256;

  uint64_t base_ = 0;            // signed size
  std::vector<Frontier> marks_;  // ascending; the first one is at base_
  std::vector<Digest> leaves_;   // leaf hashes of [base_, size)
  Frontier end_;
};

}  // namespace plenary
