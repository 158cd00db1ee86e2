#include "ledger/proof.h"

#include <gtest/gtest.h>

#include "ledger/merkle.h"
#include "tests/support/reference_tree.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::ReferenceTree;

Digest Flip(Digest digest, size_t bit) {
  digest.mutable_data()[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
  return digest;
}

// Every way to get a proof wrong by one hash: a bit flipped, a hash dropped, doubled, swapped with
// its neighbour, put in front or behind.
std::vector<std::vector<Digest>> Mutants(const std::vector<Digest>& proof) {
  std::vector<std::vector<Digest>> mutants;
  const auto add = [&](const auto& change) {
    std::vector<Digest> mutant = proof;
    change(mutant);
    if (mutant != proof) mutants.push_back(mutant);
  };
  for (size_t i = 0; i < proof.size(); ++i) {
    const auto at = [i](std::vector<Digest>& m) {
      return m.begin() + static_cast<std::ptrdiff_t>(i);
    };
    add([&](auto& m) { m[i] = Flip(m[i], i * 7 % 256); });
    add([&](auto& m) { m[i] = Digest(); });
    add([&](auto& m) { m.erase(at(m)); });
    add([&](auto& m) { m.insert(at(m), proof[i]); });
    add([&](auto& m) { m.insert(at(m), Digest()); });
    if (i > 0) add([&](auto& m) { std::swap(m[i], m[i - 1]); });
  }
  add([](auto& m) { m.push_back(EmptyRoot()); });
  add([](auto& m) { m.insert(m.begin(), EmptyRoot()); });
  add([](auto& m) { m.resize(100); });
  add([](auto& m) { m.clear(); });
  return mutants;
}

TEST(Proof, EveryTrueInclusionVerifiesAndEveryMutantIsRefused) {
  const auto tree = ReferenceTree::OfSize(34);
  for (size_t size = 1; size <= tree.size(); ++size) {
    const Digest root = tree.Root(size);
    for (size_t index = 0; index < size; ++index) {
      const Digest leaf = LeafHash(tree.leaf(index));
      const auto proof = tree.Path(index, size);
      EXPECT_OK(VerifyInclusion(index, size, leaf, proof, root));
      for (const auto& mutant : Mutants(proof)) {
        EXPECT_THAT(VerifyInclusion(index, size, leaf, mutant, root),
                    HasReason(Reason::BAD_INCLUSION));
      }
      for (const size_t bit : {0, 77, 255}) {
        EXPECT_THAT(VerifyInclusion(index, size, Flip(leaf, bit), proof, root),
                    HasReason(Reason::BAD_INCLUSION));
        EXPECT_THAT(VerifyInclusion(index, size, leaf, proof, Flip(root, bit)),
                    HasReason(Reason::BAD_INCLUSION));
      }
    }
  }
}

TEST(Proof, ALeafIsOnlyAtItsOwnIndex) {
  const auto tree = ReferenceTree::OfSize(23);
  for (size_t size = 1; size <= tree.size(); ++size) {
    for (size_t index = 0; index < size; ++index) {
      const auto proof = tree.Path(index, size);
      for (size_t claimed = 0; claimed < size + 3; ++claimed) {
        if (claimed == index) continue;
        EXPECT_THAT(
            VerifyInclusion(claimed, size, LeafHash(tree.leaf(index)), proof, tree.Root(size)),
            HasReason(Reason::BAD_INCLUSION));
      }
    }
  }
}

TEST(Proof, AnInnerNodeIsNoLeaf) {
  // Without the prefixes, node(a, b) could be shown as a leaf of a smaller tree.
  const auto tree = ReferenceTree::OfSize(4);
  const std::string pair = LeafHash(tree.leaf(0)).bytes() + LeafHash(tree.leaf(1)).bytes();
  EXPECT_THAT(VerifyInclusion(0, 2, LeafHash(pair), {tree.Root(2, 4)}, tree.Root(4)),
              HasReason(Reason::BAD_INCLUSION));
}

TEST(Proof, EveryTrueConsistencyVerifiesAndEveryMutantIsRefused) {
  const auto tree = ReferenceTree::OfSize(34);
  for (size_t size = 1; size <= tree.size(); ++size) {
    for (size_t old_size = 1; old_size <= size; ++old_size) {
      const Digest old_root = tree.Root(old_size);
      const Digest root = tree.Root(size);
      const auto proof = tree.Proof(old_size, size);
      EXPECT_OK(VerifyConsistency(old_size, old_root, size, root, proof));
      for (const auto& mutant : Mutants(proof)) {
        EXPECT_THAT(VerifyConsistency(old_size, old_root, size, root, mutant),
                    HasReason(Reason::BAD_CONSISTENCY));
      }
      for (const size_t bit : {0, 77, 255}) {
        EXPECT_THAT(VerifyConsistency(old_size, Flip(old_root, bit), size, root, proof),
                    HasReason(Reason::BAD_CONSISTENCY));
        EXPECT_THAT(VerifyConsistency(old_size, old_root, size, Flip(root, bit), proof),
                    HasReason(Reason::BAD_CONSISTENCY));
      }
    }
  }
}

TEST(Proof, ARewrittenHistoryHasNoConsistencyProof) {
  std::vector<std::string> leaves;
  for (int i = 0; i < 21; ++i) leaves.push_back(std::to_string(i));
  const ReferenceTree honest(leaves);
  leaves[3] = "rewritten";
  const ReferenceTree forked(leaves);
  for (size_t old_size = 4; old_size <= 20; ++old_size) {
    for (const auto& proof : {honest.Proof(old_size, 21), forked.Proof(old_size, 21)}) {
      EXPECT_THAT(VerifyConsistency(old_size, honest.Root(old_size), 21, forked.Root(21), proof),
                  HasReason(Reason::BAD_CONSISTENCY));
    }
  }
}

TEST(Proof, SizesOutOfRangeAreRefused) {
  const Digest root = LeafHash("");
  EXPECT_THAT(VerifyConsistency(0, EmptyRoot(), 1, root, {}), HasReason(Reason::BAD_CONSISTENCY));
  EXPECT_THAT(VerifyConsistency(0, EmptyRoot(), 0, EmptyRoot(), {}),
              HasReason(Reason::BAD_CONSISTENCY));
  EXPECT_THAT(VerifyConsistency(2, root, 1, root, {}), HasReason(Reason::BAD_CONSISTENCY));
  EXPECT_THAT(VerifyConsistency(kMaxTreeSize, root, kMaxTreeSize, root, {}),
              HasReason(Reason::BAD_CONSISTENCY));
  EXPECT_THAT(VerifyInclusion(0, 0, root, {}, EmptyRoot()), HasReason(Reason::BAD_INCLUSION));
  EXPECT_THAT(VerifyInclusion(0, kMaxTreeSize, root, std::vector<Digest>(63), root),
              HasReason(Reason::BAD_INCLUSION));
  EXPECT_THAT(VerifyInclusion(0, UINT64_MAX, root, std::vector<Digest>(65), root),
              HasReason(Reason::BAD_INCLUSION));
}

}  // namespace
}  // namespace plenary
