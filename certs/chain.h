// From a certificate to an issuer that is trusted: signatures, dates, strength.
//
// OpenSSL walks the chain, with no other trust anchor than the issuers given, no trust store of the
// system, no network, and the time that is given. Source: RFC 5280, section 6.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "certs/certificate.h"
#include "ledger/names.h"

namespace plenary::certs {

// A leaf and at most one intermediate may be sent.
inline constexpr size_t kMaxSentCertificates = 2;

// Leaf, intermediate if there is one, issuer that is trusted. Points into what FindChain was given.
using Chain = std::vector<const Certificate*>;

// The chain from `sent` (leaf first; 1 or 2 certificates) to one of `issuers`, which need not be
// self-signed, in date at `now`. `identity` is for the text of errors: WRONG_ISSUER,
// CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID (of any certificate in the chain), BAD_CERTIFICATE
// (weak key or signature, path length, an issuer that is no CA, name constraints). Thread-safe.
absl::StatusOr<Chain> FindChain(absl::Span<const Certificate> sent,
                                absl::Span<const Certificate> issuers, absl::Time now,
                                const TlsIdentity& identity);

// BAD_CERTIFICATE unless the key is Ed25519, EC P-256, P-384 or P-521 by name, or RSA of 2048 bits
// and more. Thread-safe.
absl::Status CheckKey(const Certificate& certificate);

}  // namespace plenary::certs
