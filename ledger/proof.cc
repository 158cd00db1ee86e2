#include "ledger/proof.h"

#include "absl/strings/str_cat.h"
#include "ledger/merkle.h"
#include "ledger/status.h"

namespace plenary {
namespace {

absl::Status BadInclusion(uint64_t index, uint64_t size, absl::string_view what) {
  return MakeError(
      Reason::BAD_INCLUSION,
      absl::StrCat("inclusion proof of leaf ", index, " in a log of size ", size, ": ", what),
      {{"index", absl::StrCat(index)}, {"size", absl::StrCat(size)}});
}

absl::Status BadConsistency(uint64_t old_size, uint64_t new_size, absl::string_view what) {
  return MakeError(
      Reason::BAD_CONSISTENCY,
      absl::StrCat("consistency proof from size ", old_size, " to ", new_size, ": ", what),
      {{"old_size", absl::StrCat(old_size)}, {"new_size", absl::StrCat(new_size)}});
}

std::string RootDiffers(const Digest& expected, const Digest& got) {
  return absl::StrCat("expected root ", expected.Hex(), ", got ", got.Hex());
}

// Where a verifier stands: a node's position on its level and that of the level's last node.
struct Walk {
  uint64_t node;
  uint64_t last;

  bool AtTop() const { return last == 0; }
  // Is the next hash on the left?
  bool TakesLeft() const { return (node & 1) != 0 || node == last; }
  // One level up; from a promoted node, up to where it has a left neighbour.
  void Up(bool took_left) {
    if (took_left) {
      while ((node & 1) == 0 && node != 0) Shift();
    }
    Shift();
  }
  void Shift() {
    node >>= 1;
    last >>= 1;
  }
};

}  // namespace

absl::StatusOr<Digest> RootFromInclusion(uint64_t index, uint64_t size, const Digest& leaf_hash,
                                         absl::Span<const Digest> proof) {
  if (index >= size) return BadInclusion(index, size, "the index is not below the size");
  if (size >= kMaxTreeSize) return BadInclusion(index, size, "the size is not below 2^63");
  if (proof.size() > kMaxInclusionHashes) return BadInclusion(index, size, "too long");
  Walk walk{index, size - 1};
  Digest root = leaf_hash;
  for (const Digest& hash : proof) {
    if (walk.AtTop()) return BadInclusion(index, size, "too long");
    const bool left = walk.TakesLeft();
    root = left ? NodeHash(hash, root) : NodeHash(root, hash);
    walk.Up(left);
  }
  if (!walk.AtTop()) return BadInclusion(index, size, "too short");
  return root;
}

absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Digest& leaf_hash,
                             absl::Span<const Digest> proof, const Digest& root) {
  ASSIGN_OR_RETURN(const Digest got, RootFromInclusion(index, size, leaf_hash, proof));
  if (got != root) return BadInclusion(index, size, RootDiffers(root, got));
  return absl::OkStatus();
}

absl::Status VerifyConsistency(uint64_t old_size, const Digest& old_root, uint64_t new_size,
                               const Digest& new_root, absl::Span<const Digest> proof) {
  const auto bad = [=](absl::string_view what) { return BadConsistency(old_size, new_size, what); };
  if (old_size == 0 || old_size > new_size || new_size >= kMaxTreeSize) {
    return bad("expected 1 <= old size <= new size < 2^63");
  }
  if (proof.size() > kMaxConsistencyHashes) return bad("too long");
  if (old_size == new_size) {
    if (!proof.empty()) return bad("expected an empty proof for equal sizes");
    if (old_root != new_root) return bad(RootDiffers(old_root, new_root));
    return absl::OkStatus();
  }
  if (proof.empty()) return bad("too short");
  Walk walk{old_size - 1, new_size - 1};
  while ((walk.node & 1) != 0) walk.Shift();
  // A perfect old tree is itself the first hash, which the proof then leaves out.
  const bool perfect = (old_size & (old_size - 1)) == 0;
  Digest old_got = perfect ? old_root : proof.front();
  Digest new_got = old_got;
  for (const Digest& hash : proof.subspan(perfect ? 0 : 1)) {
    if (walk.AtTop()) return bad("too long");
    const bool left = walk.TakesLeft();
    if (left) {
      old_got = NodeHash(hash, old_got);
      new_got = NodeHash(hash, new_got);
    } else {
      new_got = NodeHash(new_got, hash);
    }
    walk.Up(left);
  }
  if (!walk.AtTop()) return bad("too short");
  if (old_got != old_root) return bad(RootDiffers(old_root, old_got));
  if (new_got != new_root) return bad(RootDiffers(new_root, new_got));
  return absl::OkStatus();
}

}  // namespace plenary
