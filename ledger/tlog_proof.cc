#include "ledger/tlog_proof.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "ledger/check.h"
#include "ledger/proof.h"
#include "ledger/status.h"

namespace plenary {
namespace {

constexpr absl::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr absl::string_view kExtra = "extra ";
constexpr absl::string_view kIndex = "index ";

absl::Status BadTlogProof(absl::string_view what) {
  return MakeError(Reason::BAD_TLOG_PROOF, absl::StrCat("tlog-proof: ", what));
}

// Takes a line off the front of `bytes`, without its newline; false if none ends there.
bool ConsumeLine(absl::string_view& bytes, absl::string_view& line) {
  const size_t end = bytes.find('\n');
  if (end == absl::string_view::npos) return false;
  line = bytes.substr(0, end);
  bytes.remove_prefix(end + 1);
  return true;
}

}  // namespace

absl::StatusOr<TlogProof> ParseTlogProof(absl::string_view bytes) {
  TlogProof proof;
  absl::string_view line;
  if (!ConsumeLine(bytes, line) || line != kFirstLine) {
    return BadTlogProof(absl::StrCat("expected the first line ", kFirstLine));
  }
  if (!ConsumeLine(bytes, line)) return BadTlogProof("expected a line with the index");
  if (absl::ConsumePrefix(&line, kExtra)) {
    const auto extra = Base64Decode(line);
    if (!extra.ok()) return BadTlogProof("expected the extra line in canonical base64");
    proof.extra = *extra;
    if (!ConsumeLine(bytes, line)) return BadTlogProof("expected a line with the index");
  }
  if (!absl::ConsumePrefix(&line, kIndex)) return BadTlogProof("expected a line with the index");
  const auto index = ParseDecimal(line);
  if (!index.ok()) return BadTlogProof("expected the index as a decimal");
  proof.index = *index;
  for (;;) {
    if (!ConsumeLine(bytes, line)) return BadTlogProof("expected an empty line behind the hashes");
    if (line.empty()) break;
    const auto decoded = Base64Decode(line);
    if (!decoded.ok() || decoded->size() != Digest::kBytes) {
      return BadTlogProof("expected hashes of 32 bytes in canonical base64");
    }
    if (proof.hashes.size() == kMaxInclusionHashes) {
      return BadTlogProof("expected at most 64 hashes");
    }
    ASSIGN_OR_RETURN(const Digest hash, Digest::FromBytes(*decoded));
    proof.hashes.push_back(hash);
  }
  if (bytes.empty()) return BadTlogProof("expected a checkpoint");
  proof.checkpoint = std::string(bytes);
  return proof;
}

std::string FormatTlogProof(const TlogProof& proof) {
  CHECK_LE(proof.hashes.size(), kMaxInclusionHashes);
  std::string bytes = absl::StrCat(kFirstLine, "\n");
  if (proof.extra.has_value() && !proof.extra->empty()) {
    absl::StrAppend(&bytes, kExtra, Base64Encode(*proof.extra), "\n");
  }
  absl::StrAppend(&bytes, kIndex, proof.index, "\n");
  for (const Digest& hash : proof.hashes) {
    absl::StrAppend(&bytes, Base64Encode(hash.view()), "\n");
  }
  absl::StrAppend(&bytes, "\n", proof.checkpoint);
  return bytes;
}

}  // namespace plenary
