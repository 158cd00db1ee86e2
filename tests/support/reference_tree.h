// A Merkle tree as RFC 6962 section 2.1 writes it, recursive and slow: the twin of ledger/merkle.h.
#pragma once

#include <string>
#include <vector>

#include "ledger/digest.h"

namespace plenary::testing {

// Leaves are any bytes. Nothing is stored but them.
class ReferenceTree {
 public:
  explicit ReferenceTree(std::vector<std::string> leaves) : leaves_(std::move(leaves)) {}
  // `size` leaves, each the decimal of its index.
  static ReferenceTree OfSize(size_t size) {
    std::vector<std::string> leaves;
    for (size_t i = 0; i < size; ++i) leaves.push_back(std::to_string(i));
    return ReferenceTree(std::move(leaves));
  }

  const std::string& leaf(size_t index) const { return leaves_[index]; }
  size_t size() const { return leaves_.size(); }

  // MTH(D[begin:end]).
  Digest Root(size_t begin, size_t end) const {
    if (begin == end) return Sha256(std::string());
    if (end - begin == 1) return Sha256(std::string(1, '\0') + leaves_[begin]);
    const size_t middle = begin + Split(end - begin);
    return Sha256(std::string(1, '\1') + Root(begin, middle).bytes() + Root(middle, end).bytes());
  }
  Digest Root(size_t size) const { return Root(0, size); }

  // PATH(index, D[0:size]).
  std::vector<Digest> Path(size_t index, size_t size) const { return Path(index, 0, size); }

  // PROOF(old_size, D[0:new_size]).
  std::vector<Digest> Proof(size_t old_size, size_t new_size) const {
    return Subproof(old_size, 0, new_size, true);
  }

 private:
  static size_t Split(size_t size) {
    size_t k = 1;
    while (k * 2 < size) k *= 2;
    return k;
  }
  std::vector<Digest> Path(size_t index, size_t begin, size_t end) const {
    if (end - begin == 1) return {};
    const size_t middle = begin + Split(end - begin);
    const bool left = begin + index < middle;
    std::vector<Digest> path =
        left ? Path(index, begin, middle) : Path(index - (middle - begin), middle, end);
    path.push_back(left ? Root(middle, end) : Root(begin, middle));
    return path;
  }
  std::vector<Digest> Subproof(size_t old_size, size_t begin, size_t end, bool complete) const {
    if (old_size == end - begin) {
      return complete ? std::vector<Digest>{} : std::vector<Digest>{Root(begin, end)};
    }
    const size_t k = Split(end - begin);
    const bool left = old_size <= k;
    std::vector<Digest> proof = left ? Subproof(old_size, begin, begin + k, complete)
                                     : Subproof(old_size - k, begin + k, end, false);
    proof.push_back(left ? Root(begin + k, end) : Root(begin, begin + k));
    return proof;
  }

  std::vector<std::string> leaves_;
};

}  // namespace plenary::testing
