// Ed25519 by libsodium; for evidence also by OpenSSL.
#include <openssl/evp.h>
#include <sodium.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/signature_algorithms.h"
#include "ledger/status.h"

namespace plenary::signature_internal {
namespace {

const unsigned char* Bytes(absl::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool VerifyByOpenSsl(absl::string_view raw, absl::string_view message,
                     absl::string_view signature) {
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(raw), raw.size());
  if (key == nullptr) return false;
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool valid = EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, key) == 1 &&
                     EVP_DigestVerify(context, Bytes(signature), signature.size(), Bytes(message),
                                      message.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return valid;
}

class Ed25519 final : public Verifier {
 public:
  Ed25519() { CHECK_GE(sodium_init(), 0); }

  uint32_t code() const override { return static_cast<uint32_t>(Algorithm::kEd25519); }

  absl::Status CheckSpki(absl::string_view spki) const override {
    if (spki.size() != kEd25519SpkiPrefix.size() + 32 ||
        !absl::StartsWith(spki, kEd25519SpkiPrefix)) {
      return MakeError(Reason::BAD_KEY, absl::StrCat("Ed25519 key: expected the 44-byte SPKI, got ",
                                                     spki.size(), " bytes in another spelling"));
    }
    const absl::string_view raw = spki.substr(kEd25519SpkiPrefix.size());
    if (crypto_core_ed25519_is_valid_point(Bytes(raw)) != 1) {
      return MakeError(Reason::BAD_KEY, "Ed25519 key: expected a point of the prime-order group");
    }
    return absl::OkStatus();
  }

  bool Verify(absl::string_view spki, absl::string_view message, absl::string_view signature,
              Strictness strictness) const override {
    const absl::string_view raw = spki.substr(kEd25519SpkiPrefix.size());
    if (crypto_sign_ed25519_verify_detached(Bytes(signature), Bytes(message), message.size(),
                                            Bytes(raw)) == 0) {
      return true;
    }
    return strictness == Strictness::kEvidence && VerifyByOpenSsl(raw, message, signature);
  }
};

}  // namespace

const Verifier& Ed25519Verifier() {
  static const Ed25519 verifier;
  return verifier;
}

}  // namespace plenary::signature_internal
