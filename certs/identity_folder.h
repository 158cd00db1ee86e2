// A key and its certificates on disk, replaced as one.
//
//   FOLDER/v1/key.pem, FOLDER/v1/cert.pem   what was in force first
//   FOLDER/v2/…                             the next
//   FOLDER/current -> v2                    what is in force; programs read FOLDER/current/*.pem
//
// A version is complete, checked and on the disk before `current` moves, so that nobody ever reads
// a key beside another key's certificate, whatever crashes in between. The version before the one
// in force stays, older ones are removed.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "certs/authority.h"
#include "certs/certificate.h"
#include "certs/key_file.h"
#include "certs/member_identity.h"

namespace plenary::certs {

inline constexpr absl::string_view kIdentityKeyFile = "key.pem";
inline constexpr absl::string_view kIdentityCertificateFile = "cert.pem";
inline constexpr absl::string_view kIdentityCurrent = "current";

// Judges an identity as a peer would, its issuers given: the reasons of JudgePeer; BAD_CERTIFICATE
// if the key is not the leaf's; KEY_FILE for a bad key.
absl::StatusOr<PeerIdentity> JudgeOwnIdentity(const Secret& key,
                                              absl::Span<const Certificate> chain,
                                              absl::Span<const Certificate> issuers,
                                              absl::Time now);

// Puts an identity in force in `folder`, which is made if it is missing (its parent must be there).
// Fails as JudgeOwnIdentity does and then changes nothing; with BUSY if another process is doing
// the same; with FILE_ACCESS. Returns the name of the new version, e.g. "v2".
absl::StatusOr<std::string> InstallIdentity(const std::string& folder, const Secret& key,
                                            absl::Span<const Certificate> chain,
                                            absl::Span<const Certificate> issuers, absl::Time now);

// The identity in force: the files behind `folder`/current. Both come from one version, also while
// it is being replaced. Fails with FILE_ACCESS, KEY_FILE, or BAD_CERTIFICATE (also if key and leaf
// do not belong together).
absl::StatusOr<IssuedIdentity> LoadIdentity(const std::string& folder);

}  // namespace plenary::certs
