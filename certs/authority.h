// A member's own certificate authority and what it issues.
//
// Source: RFC 5280; SPIFFE X509-SVID (one URI name; a CA names its trust domain, without a path).
// What is issued passes JudgePeer (member_identity.h) under the issuing CA.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "certs/certificate.h"
#include "certs/key_file.h"
#include "certs/openssl_ptr.h"
#include "ledger/names.h"
#include "ledger/signature.h"

namespace plenary::certs {

inline constexpr absl::Duration kAuthorityValidity = absl::Hours(24 * 3653);  // ten years
inline constexpr absl::Duration kIdentityValidity = absl::Hours(24 * 365);
inline constexpr absl::Duration kMaxValidity = absl::Hours(24 * 365 * 30);
// How far certificates reach back, so that a peer whose clock is a little late accepts them.
inline constexpr absl::Duration kBackdated = absl::Minutes(5);

// Whose certificates a CA issues: the host of their URI names.
struct TrustDomain {
  std::string member;
  std::string federation;
  // "spiffe://br.sti.brics.example"
  std::string Uri() const;
  // Fails with BAD_NAME.
  static absl::StatusOr<TrustDomain> Parse(absl::string_view uri);
  friend bool operator==(const TrustDomain&, const TrustDomain&) = default;
};

struct AuthorityOptions {
  TrustDomain domain;
  Algorithm algorithm = Algorithm::kEcdsaP256;
  absl::Duration validity = kAuthorityValidity;
  // Intermediates that may follow: 0, or 1 for a root that is kept offline.
  int path_length = 0;
};

struct IdentityOptions {
  TlsIdentity identity;
  Algorithm algorithm = Algorithm::kEcdsaP256;
  absl::Duration validity = kIdentityValidity;
};

// A private key and the certificates to send with it, leaf first.
struct IssuedIdentity {
  Secret key;
  std::vector<Certificate> chain;
};

// A CA certificate with its private key. Immutable; move only.
class Authority {
 public:
  // Makes a self-signed CA. Fails with BAD_NAME, or BAD_REQUEST for a validity or path length out
  // of range. `key` takes the private key, PKCS#8 PEM.
  static absl::StatusOr<Authority> Create(const AuthorityOptions& options, absl::Time now,
                                          Secret& key);

  // A CA made earlier: its certificate, for an intermediate followed by its parent's. Fails with
  // KEY_FILE, or with BAD_CERTIFICATE if the key is another's, it is no CA, it names no trust
  // domain, or the parent did not issue it.
  static absl::StatusOr<Authority> Load(std::vector<Certificate> certificates,
                                        const Secret& key_pem);

  // Makes an intermediate of the same trust domain; its path length is 0 and it never outlives this
  // CA. Fails with BAD_REQUEST if this CA may have none, else as Issue.
  absl::StatusOr<Authority> CreateIntermediate(Algorithm algorithm, absl::Duration validity,
                                               absl::Time now, Secret& key) const;

  // Issues a certificate with a fresh key. It never outlives this CA. Fails with BAD_NAME or
  // WRONG_IDENTITY (not of this trust domain), BAD_REQUEST (validity), CERTIFICATE_EXPIRED or
  // CERTIFICATE_NOT_YET_VALID (this CA is not in date at `now`).
  absl::StatusOr<IssuedIdentity> Issue(const IdentityOptions& options, absl::Time now) const;

  // The same for a key that exists; gives the certificates to send. BAD_CERTIFICATE for a weak key.
  absl::StatusOr<std::vector<Certificate>> IssueFor(EVP_PKEY& key, const IdentityOptions& options,
                                                    absl::Time now) const;

  const Certificate& certificate() const { return certificates_.front(); }
  // This CA, and its parent if it is an intermediate: what its certificate file holds.
  const std::vector<Certificate>& certificates() const { return certificates_; }
  const TrustDomain& domain() const { return domain_; }

 private:
  Authority(std::vector<Certificate> certificates, EvpKeyPtr key, TrustDomain domain)
      : certificates_(std::move(certificates)), key_(std::move(key)), domain_(std::move(domain)) {}
  std::vector<Certificate> certificates_;
  EvpKeyPtr key_;
  TrustDomain domain_;
};

}  // namespace plenary::certs
