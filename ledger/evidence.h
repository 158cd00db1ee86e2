// Evidence: two validly signed statements that cannot both be true, in one self-contained file.
//
// Bytes and rules: docs/FORMATS.md, section 5. A stranger needs nothing but the file and the
// genesis that it names. Every signature in evidence may be one that only OpenSSL accepts
// (Strictness::kEvidence): so nobody can show outsiders what the federation calls invalid.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/digest.h"
#include "plenary/v1/evidence.pb.h"

namespace plenary {

// What evidence that holds shows. Immutable value type.
struct Evidence {
  v1::EvidenceKind kind = v1::EVIDENCE_KIND_UNSPECIFIED;
  // Of the federation that the rosters in the file belong to: compare it with one's own before
  // keeping the file.
  Digest genesis;
  std::string origin;    // checkpoints, proposals; else empty
  std::string member;    // of the log or the card; empty for rosters
  uint64_t version = 0;  // of the cards or rosters; else 0

  // "checkpoints", "cards", "rosters", "proposals".
  absl::string_view KindName() const;
  // What it is about, for people: the origin, "<member> <version>", or "<version>".
  std::string Subject() const;
  // One piece of evidence is kept per kind and this: the origin, the member, or the version.
  std::string KeptUnder() const;
};

// Verifies a whole file. Fails with a reason of the strict scan, BAD_EVIDENCE (unknown kind, a part
// missing or one too many, wrong order), DIFFERENT_SUBJECT, NO_CONTRADICTION (both can be true),
// NO_LOG_KEY (no card here names the log's key), BAD_SIGNATURE or NOT_SIGNED_BY_LOG,
// BAD_CONSISTENCY, WRONG_GENESIS, NOT_ON_ROSTER, or with the reason of the roster, card, note or
// proposal that is bad. Thread-safe.
absl::StatusOr<Evidence> VerifyEvidence(absl::string_view file);

// The way from another root at the smaller one's size to the larger one.
struct Divergence {
  Digest pinned_root;
  std::vector<Digest> proof;
};

// What a file is made of. Everything as received.
struct EvidenceParts {
  v1::EvidenceKind kind = v1::EVIDENCE_KIND_UNSPECIFIED;
  // Notes or envelopes, the smaller first if their sizes differ.
  std::string first;
  std::string second;
  // With unequal sizes only.
  std::optional<Divergence> divergence;
  // Roster envelopes from version 1 on: up to the newest held, or for rosters up to the version
  // before the two.
  std::vector<std::string> rosters;
  // Card envelopes: one that names the log's key; none for cards and rosters.
  std::vector<std::string> cards;
};

// The file. Fails as VerifyEvidence: what does not verify is not handed out.
absl::StatusOr<std::string> BuildEvidence(const EvidenceParts& parts);

}  // namespace plenary
