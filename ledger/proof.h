// Verifying Merkle proofs. With the tree's two hash functions this is all that a reader has to
// trust.
//
// Source: RFC 9162 sections 2.1.3.2 and 2.1.4.2. The length of a proof is fixed by its sizes: one
// hash more or less is refused. A proof does not bind the tree size: take sizes from a signed
// checkpoint only.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ledger/digest.h"

namespace plenary {

inline constexpr size_t kMaxInclusionHashes = 64;
inline constexpr size_t kMaxConsistencyHashes = 63;

// The root that follows from a leaf hash and its inclusion proof. Fails with BAD_INCLUSION if
// index >= size, size >= 2^63 or the proof has another length than these two demand. Thread-safe.
absl::StatusOr<Digest> RootFromInclusion(uint64_t index, uint64_t size, const Digest& leaf_hash,
                                         absl::Span<const Digest> proof);

// OK if the leaf is at `index` in the tree of `size` leaves with this root, else BAD_INCLUSION.
// Thread-safe.
absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Digest& leaf_hash,
                             absl::Span<const Digest> proof, const Digest& root);

// OK if the tree of `old_size` leaves is a prefix of the tree of `new_size`, else BAD_CONSISTENCY.
// 1 <= old_size <= new_size < 2^63: that an empty log is a prefix of every log is the caller's to
// know. Thread-safe.
absl::Status VerifyConsistency(uint64_t old_size, const Digest& old_root, uint64_t new_size,
                               const Digest& new_root, absl::Span<const Digest> proof);

}  // namespace plenary
