// Signatures: one Verifier per algorithm, one place that chooses it.
//
// Algorithms and their rules: docs/FORMATS.md, section 2. A further algorithm is one more file with
// a Verifier and one line in the table of signature.cc. Ed25519 is libsodium's rule (RFC 8032,
// S < L, canonical, no small-order A or R, cofactorless); ECDSA P-256 is OpenSSL's with s <= n/2.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/digest.h"

namespace plenary {

// Codes are part of the format. Other codes are algorithms that this build does not know.
enum class Algorithm : uint32_t { kEd25519 = 1, kEcdsaP256 = 2 };

inline constexpr size_t kSignatureBytes = 64;

// Does this build verify signatures of that algorithm?
bool IsKnownAlgorithm(uint32_t algorithm);

// What a signature must satisfy. Everything but evidence asks for kStrict; for evidence a signature
// that OpenSSL accepts counts as well (docs/FORMATS.md, section 5).
enum class Strictness { kStrict, kEvidence };

// A public key in its one SPKI spelling, checked when made. Immutable value type.
class PublicKey {
 public:
  // Fails with ALGORITHM_UNKNOWN or BAD_KEY: another spelling, not on the curve, weak.
  static absl::StatusOr<PublicKey> FromSpki(uint32_t algorithm, absl::string_view spki);
  // An Ed25519 key from its 32 raw bytes; BAD_KEY.
  static absl::StatusOr<PublicKey> FromEd25519(absl::string_view raw);

  // OK, or BAD_SIGNATURE. Thread-safe.
  absl::Status Verify(absl::string_view message, absl::string_view signature,
                      Strictness strictness = Strictness::kStrict) const;

  Algorithm algorithm() const { return algorithm_; }
  const std::string& spki() const { return spki_; }
  // The 32 bytes of an Ed25519 key; CHECKs the algorithm.
  absl::string_view ed25519() const;
  // SHA-256 of the SPKI.
  Digest Fingerprint() const { return Sha256(spki_); }

  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.spki_ == b.spki_; }

 private:
  PublicKey(Algorithm algorithm, std::string spki)
      : algorithm_(algorithm), spki_(std::move(spki)) {}
  Algorithm algorithm_;
  std::string spki_;
};

// Fails with BAD_KEY or ALGORITHM_UNKNOWN unless the key may be enrolled: one spelling, on its
// curve, of full order.
absl::Status CheckEnrolment(uint32_t algorithm, absl::string_view spki);

// A private key. Implementations keep it where it is (memory, later a token).
// Thread-safe.
class Signer {
 public:
  virtual ~Signer() = default;
  virtual const PublicKey& public_key() const = 0;
  // 64 bytes in the format of the algorithm. Never fails for a key held in memory.
  virtual std::string Sign(absl::string_view message) const = 0;
};

// Ed25519 from its 32-byte seed (RFC 8032); BAD_KEY for another length.
absl::StatusOr<std::unique_ptr<Signer>> Ed25519SignerFromSeed(absl::string_view seed);
// From a PKCS#8 PEM of an Ed25519 or P-256 private key; BAD_KEY.
absl::StatusOr<std::unique_ptr<Signer>> SignerFromPem(absl::string_view pem);
// A fresh private key as PKCS#8 PEM, from the system's random source.
std::string GeneratePrivateKeyPem(Algorithm algorithm);

// Proves at start that the Ed25519 in this process is the cofactorless one: a signature with a
// torsion part in R must be refused. CHECKs.
void CheckEd25519Rule();

}  // namespace plenary
