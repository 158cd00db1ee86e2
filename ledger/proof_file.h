// The .plenary-proof container: everything that an offline verdict about one record needs.
//
// Bytes: docs/FORMATS.md, section 5: a first line, then sections of a type byte, a length (4 bytes,
// big-endian) and content, in ascending order of type. What the parts mean is proof_verdict.h's.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace plenary {

inline constexpr absl::string_view kProofFileFirstLine = "plenary-proof/v1\n";
inline constexpr size_t kMaxProofFileBytes = size_t{64} << 20;

// A leaf of the log, and a tlog-proof that leads to a checkpoint.
struct ProofStep {
  std::string leaf;
  std::string tlog_proof;
};

// The sections, as they stand in the file.
struct ProofFile {
  std::string record;                                    // 1
  std::string envelope;                                  // 2: the leaf
  std::string tlog_proof;                                // 3
  std::vector<std::string> rosters;                      // 4: envelopes, at least one
  std::vector<std::string> cards;                        // 5: envelopes, at least one
  std::vector<std::string> timestamps;                   // 6: RFC 3161 tokens
  std::vector<ProofStep> steps;                          // 7
  std::vector<std::pair<uint8_t, std::string>> unknown;  // any other type
};

// Fails with NOT_A_PROOF_FILE (another first line), TOO_LARGE (above 64 MiB), TRUNCATED (a section
// ends beyond the file, or a leaf beyond its section) or BAD_SECTIONS (order, or a part that is
// missing or stands twice).
absl::StatusOr<ProofFile> ParseProofFile(absl::string_view bytes);

// The bytes. CHECKs what ParseProofFile demands.
std::string FormatProofFile(const ProofFile& file);

}  // namespace plenary
