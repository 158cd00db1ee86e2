// Commits: the leaf that a log holds, and how an author makes one.
//
// Bytes and rules: docs/FORMATS.md, section 3.1. A leaf is the canonical envelope around a
// manifest; its hash is LeafHash (merkle.h). Record bytes lie beside it, one slot per entry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/digest.h"
#include "ledger/manifest.h"
#include "ledger/signature.h"

namespace plenary {

// SHA-256 of a manifest's payload: names the commit, and makes a submission idempotent.
inline Digest CommitIdentity(absl::string_view payload) { return Sha256(payload); }

// A leaf that can be read. Its views point into the bytes that were read.
struct LeafView {
  size_t bytes = 0;  // of the whole leaf
  absl::string_view payload;
  std::vector<absl::string_view> signatures;
  ManifestView manifest;
  // OK if the manifest's structure is good and there are as many signatures as signers; else
  // SIGNATURE_COUNT or a reason of CheckManifest.
  absl::Status form;

  // How many slots lie beside the leaf: one per entry, none if the form is bad.
  size_t slots() const { return form.ok() ? manifest.entries.size() : 0; }
};

// Reads a leaf. No signature is checked. Fails with TOO_LARGE (above 65,535 bytes), NON_CANONICAL,
// WRONG_TYPE or a reason of the strict scan: such a leaf has no slots and names no versions.
// Thread-safe.
absl::StatusOr<LeafView> ReadLeaf(absl::string_view leaf);

// As ReadLeaf; fails as well if the form is bad.
absl::StatusOr<LeafView> ParseLeaf(absl::string_view leaf);

// A version of a roster or card to be named.
struct VersionName {
  uint64_t version = 0;
  Digest digest;  // of the payload
};

// One record of a commit that is being made.
struct CommitRecord {
  std::string bytes;
  Audience audience;
  bool permanent = false;
};

// What an author puts into a commit.
struct CommitDraft {
  std::string origin;
  VersionName roster;
  VersionName card;
  std::optional<AuthorTime> author_time;
  std::vector<CommitRecord> records;
};

// A finished commit.
struct MadeCommit {
  std::string leaf;
  Digest identity;
};

// The manifest to sign. `signers` are fingerprints, in the order of the signatures to come. Fails
// with BAD_AUDIENCE if the records are for different audiences (a proof of one shows the whole
// manifest), and as CheckManifest.
absl::StatusOr<std::string> MakeManifest(const CommitDraft& draft,
                                         absl::Span<const Digest> signers);
// What each signer of `payload` signs.
std::string ManifestMessage(absl::string_view payload);
// The leaf out of a payload and its signatures in the order of the manifest's signers; fails as
// ParseLeaf.
absl::StatusOr<MadeCommit> AssembleCommit(absl::string_view payload,
                                          absl::Span<const std::string> signatures);
// All three steps, when all keys are at hand. Fails as they do.
absl::StatusOr<MadeCommit> MakeCommit(const CommitDraft& draft,
                                      absl::Span<const Signer* const> signers);

}  // namespace plenary
