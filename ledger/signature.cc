#include "ledger/signature.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sodium.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/signature_algorithms.h"
#include "ledger/status.h"

namespace plenary {
namespace {

using signature_internal::EcdsaP256Verifier;
using signature_internal::Ed25519Verifier;
using signature_internal::kEd25519SpkiPrefix;
using signature_internal::Verifier;

// The table of algorithms.
const Verifier* FindVerifier(uint32_t algorithm) {
  for (const Verifier* verifier : {&Ed25519Verifier(), &EcdsaP256Verifier()}) {
    if (verifier->code() == algorithm) return verifier;
  }
  return nullptr;
}

class Ed25519Signer final : public Signer {
 public:
  Ed25519Signer(absl::string_view seed, std::string& public_raw) {
    public_raw.resize(crypto_sign_PUBLICKEYBYTES);
    crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(public_raw.data()), secret_,
                             reinterpret_cast<const unsigned char*>(seed.data()));
  }
  ~Ed25519Signer() override { sodium_memzero(secret_, sizeof secret_); }
  void SetPublicKey(PublicKey key) { public_key_ = std::make_unique<PublicKey>(std::move(key)); }
  const PublicKey& public_key() const override { return *public_key_; }

  std::string Sign(absl::string_view message) const override {
    std::string signature(kSignatureBytes, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                         reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                         secret_);
    return signature;
  }

 private:
  unsigned char secret_[crypto_sign_SECRETKEYBYTES];
  std::unique_ptr<PublicKey> public_key_;
};

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using OwnedKey = std::unique_ptr<EVP_PKEY, FreeKey>;

std::string SpkiOf(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int bytes = i2d_PUBKEY(key, &der);
  CHECK_GT(bytes, 0);
  std::string spki(reinterpret_cast<char*>(der), static_cast<size_t>(bytes));
  OPENSSL_free(der);
  return spki;
}

int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

bool IsKnownAlgorithm(uint32_t algorithm) { return FindVerifier(algorithm) != nullptr; }

absl::StatusOr<PublicKey> PublicKey::FromSpki(uint32_t algorithm, absl::string_view spki) {
  RETURN_IF_ERROR(CheckEnrolment(algorithm, spki));
  return PublicKey(static_cast<Algorithm>(algorithm), std::string(spki));
}

absl::StatusOr<PublicKey> PublicKey::FromEd25519(absl::string_view raw) {
  return FromSpki(static_cast<uint32_t>(Algorithm::kEd25519),
                  absl::StrCat(kEd25519SpkiPrefix, raw));
}

absl::Status PublicKey::Verify(absl::string_view message, absl::string_view signature,
                               Strictness strictness) const {
  const Verifier* verifier = FindVerifier(static_cast<uint32_t>(algorithm_));
  if (signature.size() != kSignatureBytes ||
      !verifier->Verify(spki_, message, signature, strictness)) {
    return MakeError(Reason::BAD_SIGNATURE,
                     absl::StrCat("signature: does not verify under key ", Fingerprint().Hex()));
  }
  return absl::OkStatus();
}

absl::string_view PublicKey::ed25519() const {
  CHECK(algorithm_ == Algorithm::kEd25519);
  return absl::string_view(spki_).substr(kEd25519SpkiPrefix.size());
}

absl::Status CheckEnrolment(uint32_t algorithm, absl::string_view spki) {
  const Verifier* verifier = FindVerifier(algorithm);
  if (verifier == nullptr) {
    return MakeError(Reason::ALGORITHM_UNKNOWN,
                     absl::StrCat("key: algorithm ", algorithm, " is not known to this build"));
  }
  return verifier->CheckSpki(spki);
}

absl::StatusOr<std::unique_ptr<Signer>> Ed25519SignerFromSeed(absl::string_view seed) {
  if (seed.size() != crypto_sign_SEEDBYTES) {
    return MakeError(Reason::BAD_KEY,
                     absl::StrCat("Ed25519 seed: expected 32 bytes, got ", seed.size()));
  }
  Ed25519Verifier();  // initialises libsodium
  std::string raw;
  auto signer = std::make_unique<Ed25519Signer>(seed, raw);
  ASSIGN_OR_RETURN(PublicKey key, PublicKey::FromEd25519(raw));
  signer->SetPublicKey(std::move(key));
  return signer;
}

absl::StatusOr<std::unique_ptr<Signer>> SignerFromPem(absl::string_view pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  OwnedKey key(PEM_read_bio_PrivateKey(bio, nullptr, NoPassphrase, nullptr));
  BIO_free(bio);
  ERR_clear_error();
  if (key == nullptr) {
    return MakeError(Reason::BAD_KEY, "private key: expected an unencrypted PKCS#8 PEM");
  }
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519) {
    std::string seed(crypto_sign_SEEDBYTES, '\0');
    size_t bytes = seed.size();
    CHECK_EQ(EVP_PKEY_get_raw_private_key(key.get(), reinterpret_cast<unsigned char*>(seed.data()),
                                          &bytes),
             1);
    auto signer = Ed25519SignerFromSeed(seed);
    sodium_memzero(seed.data(), seed.size());
    return signer;
  }
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_EC) {
    ASSIGN_OR_RETURN(
        PublicKey public_key,
        PublicKey::FromSpki(static_cast<uint32_t>(Algorithm::kEcdsaP256), SpkiOf(key.get())));
    return signature_internal::MakeEcdsaP256Signer(key.release(), std::move(public_key));
  }
  return MakeError(Reason::BAD_KEY, "private key: expected Ed25519 or EC P-256");
}

std::string GeneratePrivateKeyPem(Algorithm algorithm) {
  const OwnedKey key(algorithm == Algorithm::kEd25519
                         ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                         : EVP_EC_gen("P-256"));
  CHECK(key != nullptr);
  BIO* bio = BIO_new(BIO_s_mem());
  CHECK_EQ(PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<size_t>(bytes));
  BIO_free(bio);
  return pem;
}

}  // namespace plenary
