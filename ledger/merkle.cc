#include "ledger/merkle.h"

#include <algorithm>
#include <bit>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary {
namespace {

constexpr absl::string_view kLeafPrefix("\x00", 1);
constexpr absl::string_view kNodePrefix("\x01", 1);

// The largest power of two below `size`, which is at least 2.
uint64_t SplitOf(uint64_t size) { return std::bit_floor(size - 1); }

// The root over neighbours, largest first; there is at least one.
Digest Fold(const std::vector<Digest>& hashes) {
  Digest root = hashes.back();
  for (size_t i = hashes.size() - 1; i > 0; --i) root = NodeHash(hashes[i - 1], root);
  return root;
}

// The perfect subtrees of [begin, end), largest first. `begin` is a multiple of the largest.
absl::StatusOr<std::vector<Digest>> ReadPerfect(uint64_t begin, uint64_t end, NodeReader reader) {
  std::vector<Digest> hashes;
  while (begin < end) {
    const auto level = static_cast<uint32_t>(std::bit_width(end - begin) - 1);
    ASSIGN_OR_RETURN(const Digest hash, reader(NodeId{level, begin >> level}));
    hashes.push_back(hash);
    begin += uint64_t{1} << level;
  }
  return hashes;
}

absl::StatusOr<Digest> RangeRoot(uint64_t begin, uint64_t end, NodeReader reader) {
  ASSIGN_OR_RETURN(const std::vector<Digest> hashes, ReadPerfect(begin, end, reader));
  return Fold(hashes);
}

absl::Status CheckSize(uint64_t size) {
  if (size < kMaxTreeSize) return absl::OkStatus();
  return MakeError(Reason::BAD_REQUEST,
                   absl::StrCat("tree size: expected less than 2^63, got ", size));
}

}  // namespace

Digest EmptyRoot() { return Sha256(absl::string_view()); }

Digest LeafHash(absl::string_view leaf) { return Sha256({kLeafPrefix, leaf}); }

Digest NodeHash(const Digest& left, const Digest& right) {
  return Sha256({kNodePrefix, left.view(), right.view()});
}

absl::StatusOr<Frontier> Frontier::FromHashes(uint64_t size, std::vector<Digest> hashes) {
  if (size >= kMaxTreeSize) {
    return MakeError(Reason::BAD_SIZE,
                     absl::StrCat("frontier: expected a size below 2^63, got ", size));
  }
  const auto expected = static_cast<size_t>(std::popcount(size));
  if (hashes.size() != expected) {
    return MakeError(Reason::BAD_ENCODING, absl::StrCat("frontier of size ", size, ": expected ",
                                                        expected, " hashes, got ", hashes.size()));
  }
  Frontier frontier;
  frontier.size_ = size;
  frontier.hashes_ = std::move(hashes);
  return frontier;
}

void Frontier::Append(const Digest& leaf_hash, NodeSink store) {
  CHECK_LT(size_, kMaxTreeSize - 1);
  hashes_.push_back(leaf_hash);
  store(NodeId{0, size_}, leaf_hash);
  uint32_t level = 0;
  for (uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
    const Digest right = hashes_.back();
    hashes_.pop_back();
    hashes_.back() = NodeHash(hashes_.back(), right);
    ++level;
    store(NodeId{level, size_ >> level}, hashes_.back());
  }
  ++size_;
}

void Frontier::Append(const Digest& leaf_hash) {
  Append(leaf_hash, [](NodeId, const Digest&) {});
}

Digest Frontier::Root() const { return hashes_.empty() ? EmptyRoot() : Fold(hashes_); }

std::string Frontier::Serialize() const {
  std::string bytes;
  bytes.reserve(8 + hashes_.size() * Digest::kBytes);
  AppendBigEndian64(size_, bytes);
  for (const Digest& hash : hashes_) absl::StrAppend(&bytes, hash.view());
  return bytes;
}

absl::StatusOr<Frontier> Frontier::Parse(absl::string_view bytes) {
  if (bytes.size() < 8 || (bytes.size() - 8) % Digest::kBytes != 0) {
    return MakeError(
        Reason::BAD_ENCODING,
        absl::StrCat("frontier: expected 8 bytes and whole hashes, got ", bytes.size(), " bytes"));
  }
  std::vector<Digest> hashes;
  for (size_t at = 8; at < bytes.size(); at += Digest::kBytes) {
    ASSIGN_OR_RETURN(const Digest hash, Digest::FromBytes(bytes.substr(at, Digest::kBytes)));
    hashes.push_back(hash);
  }
  return FromHashes(ReadBigEndian64(bytes), std::move(hashes));
}

absl::StatusOr<Frontier> FrontierAt(uint64_t size, NodeReader reader) {
  RETURN_IF_ERROR(CheckSize(size));
  ASSIGN_OR_RETURN(std::vector<Digest> hashes, ReadPerfect(0, size, reader));
  return Frontier::FromHashes(size, std::move(hashes));
}

absl::StatusOr<Digest> RootAt(uint64_t size, NodeReader reader) {
  ASSIGN_OR_RETURN(const Frontier frontier, FrontierAt(size, reader));
  return frontier.Root();
}

absl::StatusOr<std::vector<Digest>> InclusionProof(uint64_t index, uint64_t size,
                                                   NodeReader reader) {
  RETURN_IF_ERROR(CheckSize(size));
  if (index >= size) {
    return MakeError(
        Reason::BAD_REQUEST,
        absl::StrCat("inclusion proof: expected an index below the size ", size, ", got ", index));
  }
  std::vector<Digest> proof;
  uint64_t begin = 0;
  uint64_t end = size;
  while (end - begin > 1) {
    const uint64_t middle = begin + SplitOf(end - begin);
    const bool left = index < middle;
    ASSIGN_OR_RETURN(const Digest sibling,
                     left ? RangeRoot(middle, end, reader) : RangeRoot(begin, middle, reader));
    proof.push_back(sibling);
    (left ? end : begin) = middle;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

absl::StatusOr<std::vector<Digest>> ConsistencyProof(uint64_t old_size, uint64_t new_size,
                                                     NodeReader reader) {
  RETURN_IF_ERROR(CheckSize(new_size));
  if (old_size == 0 || old_size > new_size) {
    return MakeError(Reason::BAD_REQUEST,
                     absl::StrCat("consistency proof: expected an old size from 1 to ", new_size,
                                  ", got ", old_size));
  }
  std::vector<Digest> proof;
  uint64_t begin = 0;
  uint64_t end = new_size;
  while (end != old_size) {
    const uint64_t middle = begin + SplitOf(end - begin);
    const bool left = old_size <= middle;
    ASSIGN_OR_RETURN(const Digest sibling,
                     left ? RangeRoot(middle, end, reader) : RangeRoot(begin, middle, reader));
    proof.push_back(sibling);
    (left ? end : begin) = middle;
  }
  // The verifier knows the old root; what ends elsewhere than at leaf 0 it does not.
  if (begin != 0) {
    ASSIGN_OR_RETURN(const Digest last, RangeRoot(begin, end, reader));
    proof.push_back(last);
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

}  // namespace plenary
