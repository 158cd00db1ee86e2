// The public proof of inclusion as a file: index, hashes, checkpoint.
//
// Source: C2SP tlog-proof; numbers and base64 are canonical, there is no CR, at most 64 hashes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/digest.h"

namespace plenary {

struct TlogProof {
  std::optional<std::string> extra;  // anybody's bytes, unauthenticated: nothing may rest on them
  uint64_t index = 0;
  std::vector<Digest> hashes;  // the leaf's sibling first
  std::string checkpoint;      // the signed note, verbatim
};

// Reads the frame; the checkpoint is not looked at. Fails with BAD_TLOG_PROOF. An extra line with
// empty data is taken.
absl::StatusOr<TlogProof> ParseTlogProof(absl::string_view bytes);

// The bytes. CHECKs the number of hashes; leaves out an extra that is empty.
std::string FormatTlogProof(const TlogProof& proof);

}  // namespace plenary
