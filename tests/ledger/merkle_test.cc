#include "ledger/merkle.h"

#include <gtest/gtest.h>

#include <bit>
#include <map>

#include "ledger/proof.h"
#include "tests/support/reference_tree.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::ReferenceTree;

// What a store keeps: every perfect subtree that appending completed.
class Nodes {
 public:
  explicit Nodes(const ReferenceTree& tree) {
    for (size_t i = 0; i < tree.size(); ++i) Append(tree.leaf(i));
  }
  void Append(const std::string& leaf) {
    frontier.Append(LeafHash(leaf), [this](NodeId id, const Digest& hash) {
      EXPECT_TRUE(nodes.emplace(id, hash).second) << "stored twice";
    });
  }
  absl::StatusOr<Digest> operator()(NodeId id) const {
    ++reads;
    const auto at = nodes.find(id);
    if (at == nodes.end()) return MakeError(Reason::NOT_FOUND, "no such node");
    return at->second;
  }

  Frontier frontier;
  std::map<NodeId, Digest> nodes;
  mutable int reads = 0;
};

TEST(Merkle, HashesAreThoseOfRfc6962) {
  EXPECT_EQ(EmptyRoot().Hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(LeafHash("").Hex(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(NodeHash(LeafHash(""), LeafHash(std::string(1, '\0'))).Hex(),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
}

TEST(Merkle, RootsAreThoseOfTheRecursiveDefinition) {
  const auto tree = ReferenceTree::OfSize(260);
  const Nodes nodes(tree);
  Frontier frontier;
  for (size_t size = 0; size <= tree.size(); ++size) {
    const Digest expected = tree.Root(size);
    EXPECT_EQ(frontier.Root(), expected) << size;
    const auto read = RootAt(size, std::cref(nodes));
    ASSERT_OK(read);
    EXPECT_EQ(*read, expected) << size;
    const auto at = FrontierAt(size, std::cref(nodes));
    ASSERT_OK(at);
    EXPECT_EQ(*at, frontier) << size;
    if (size < tree.size()) frontier.Append(LeafHash(tree.leaf(size)));
  }
}

TEST(Merkle, ExactlyThePerfectSubtreesAreStored) {
  for (const size_t size : {0, 1, 2, 3, 7, 8, 9, 100, 127, 128, 129}) {
    const auto tree = ReferenceTree::OfSize(size);
    const Nodes nodes(tree);
    size_t expected = 0;
    for (uint32_t level = 0; size >> level > 0; ++level) {
      for (uint64_t i = 0; i < size >> level; ++i) {
        const auto hash = nodes(NodeId{level, i});
        ASSERT_OK(hash);
        EXPECT_EQ(*hash, tree.Root(i << level, (i + 1) << level));
        ++expected;
      }
    }
    EXPECT_EQ(nodes.nodes.size(), expected) << size;
  }
}

TEST(Merkle, EveryInclusionProofIsThatOfTheDefinition) {
  const auto tree = ReferenceTree::OfSize(72);
  const Nodes nodes(tree);
  for (size_t size = 1; size <= tree.size(); ++size) {
    for (size_t index = 0; index < size; ++index) {
      const auto proof = InclusionProof(index, size, std::cref(nodes));
      ASSERT_OK(proof);
      EXPECT_EQ(*proof, tree.Path(index, size)) << index << " in " << size;
    }
  }
}

TEST(Merkle, EveryConsistencyProofIsThatOfTheDefinition) {
  const auto tree = ReferenceTree::OfSize(72);
  const Nodes nodes(tree);
  for (size_t size = 1; size <= tree.size(); ++size) {
    for (size_t old_size = 1; old_size <= size; ++old_size) {
      const auto proof = ConsistencyProof(old_size, size, std::cref(nodes));
      ASSERT_OK(proof);
      EXPECT_EQ(*proof, tree.Proof(old_size, size)) << old_size << " to " << size;
    }
  }
}

TEST(Merkle, LargeOddSizesAgreeToo) {
  const auto tree = ReferenceTree::OfSize(1501);
  const Nodes nodes(tree);
  for (const size_t size : {1023, 1024, 1025, 1499, 1501}) {
    for (const size_t index : {size_t{0}, size_t{511}, size_t{1022}, size - 1}) {
      const auto inclusion = InclusionProof(index, size, std::cref(nodes));
      ASSERT_OK(inclusion);
      EXPECT_EQ(*inclusion, tree.Path(index, size));
      const auto consistency = ConsistencyProof(index + 1, size, std::cref(nodes));
      ASSERT_OK(consistency);
      EXPECT_EQ(*consistency, tree.Proof(index + 1, size));
    }
  }
}

TEST(Merkle, ProofsOfHugeTreesReadFewNodesAndStayShort) {
  // Any hash will do: what is counted is the reads and that each asks for a whole subtree.
  const uint64_t size = kMaxTreeSize / 2 - 1;
  int reads = 0;
  const auto reader = [&reads, size](NodeId id) -> absl::StatusOr<Digest> {
    ++reads;
    EXPECT_LT(id.level, 63U);
    EXPECT_LE((id.index + 1) << id.level, size);
    return Sha256(std::to_string(id.level) + "/" + std::to_string(id.index));
  };
  for (const uint64_t index : {uint64_t{0}, size / 3, size / 2, size - 1}) {
    reads = 0;
    const auto inclusion = InclusionProof(index, size, reader);
    ASSERT_OK(inclusion);
    EXPECT_LE(inclusion->size(), 63U);
    EXPECT_LE(reads, 127);
    EXPECT_OK(RootFromInclusion(index, size, Sha256("leaf"), *inclusion));
    reads = 0;
    const auto consistency = ConsistencyProof(index + 1, size, reader);
    ASSERT_OK(consistency);
    EXPECT_LE(consistency->size(), kMaxConsistencyHashes);
    EXPECT_LE(reads, 127);
  }
}

TEST(Merkle, NumbersThatDoNotFitAreRefused) {
  const Nodes nodes(ReferenceTree::OfSize(4));
  EXPECT_THAT(InclusionProof(0, 0, std::cref(nodes)), HasReason(Reason::BAD_REQUEST));
  EXPECT_THAT(InclusionProof(4, 4, std::cref(nodes)), HasReason(Reason::BAD_REQUEST));
  EXPECT_THAT(ConsistencyProof(0, 4, std::cref(nodes)), HasReason(Reason::BAD_REQUEST));
  EXPECT_THAT(ConsistencyProof(3, 2, std::cref(nodes)), HasReason(Reason::BAD_REQUEST));
  EXPECT_THAT(RootAt(kMaxTreeSize, std::cref(nodes)), HasReason(Reason::BAD_REQUEST));
  EXPECT_EQ(nodes.reads, 0);
}

TEST(Merkle, WhatTheStoreCannotReadIsHandedOn) {
  const Nodes nodes(ReferenceTree::OfSize(4));
  EXPECT_THAT(RootAt(5, std::cref(nodes)), HasReason(Reason::NOT_FOUND));
  EXPECT_THAT(InclusionProof(0, 7, std::cref(nodes)), HasReason(Reason::NOT_FOUND));
  EXPECT_THAT(ConsistencyProof(3, 7, std::cref(nodes)), HasReason(Reason::NOT_FOUND));
}

TEST(Frontier, RoundTripsAndHasOneSpelling) {
  const auto tree = ReferenceTree::OfSize(70);
  Frontier frontier;
  for (size_t size = 0; size < tree.size(); ++size) {
    const std::string bytes = frontier.Serialize();
    const auto parsed = Frontier::Parse(bytes);
    ASSERT_OK(parsed);
    EXPECT_EQ(*parsed, frontier);
    EXPECT_THAT(Frontier::Parse(bytes + std::string(32, '\0')), HasReason(Reason::BAD_ENCODING));
    EXPECT_THAT(Frontier::Parse(bytes + '\0'), HasReason(Reason::BAD_ENCODING));
    EXPECT_THAT(Frontier::Parse(bytes.substr(0, bytes.size() - 1)),
                HasReason(Reason::BAD_ENCODING));
    frontier.Append(LeafHash(tree.leaf(size)));
  }
}

TEST(Frontier, SizesFrom2To63OnAreRefused) {
  std::string bytes;
  AppendBigEndian64(kMaxTreeSize, bytes);
  EXPECT_THAT(Frontier::Parse(bytes + std::string(32, 'x')), HasReason(Reason::BAD_SIZE));
}

}  // namespace
}  // namespace plenary
