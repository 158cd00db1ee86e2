// ECDSA over P-256 with SHA-256 by OpenSSL; signatures are r || s with s <= n/2.
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/signature_algorithms.h"
#include "ledger/status.h"

namespace plenary::signature_internal {
namespace {

constexpr absl::string_view kSpkiPrefix(
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
    "\x03\x42\x00\x04",
    27);

const unsigned char* Bytes(absl::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

struct Free {
  void operator()(BIGNUM* p) const { BN_free(p); }
  void operator()(ECDSA_SIG* p) const { ECDSA_SIG_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

// The order of the group and its half; never freed.
struct Group {
  const EC_GROUP* curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  const BIGNUM* order = EC_GROUP_get0_order(curve);
  BIGNUM* half = BN_dup(order);
  Group() { CHECK_EQ(BN_rshift1(half, half), 1); }
};
const Group& P256() {
  static const Group* const group = new Group;
  return *group;
}

Owned<EVP_PKEY> ParseSpki(absl::string_view spki) {
  const unsigned char* at = Bytes(spki);
  Owned<EVP_PKEY> key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  ERR_clear_error();
  return key;
}

class EcdsaP256 final : public Verifier {
 public:
  uint32_t code() const override { return static_cast<uint32_t>(Algorithm::kEcdsaP256); }

  absl::Status CheckSpki(absl::string_view spki) const override {
    if (spki.size() != kSpkiPrefix.size() + 64 || !absl::StartsWith(spki, kSpkiPrefix)) {
      return MakeError(Reason::BAD_KEY,
                       absl::StrCat("P-256 key: expected the 91-byte SPKI of an uncompressed "
                                    "point, got ",
                                    spki.size(), " bytes in another spelling"));
    }
    // OpenSSL refuses coordinates that are not below p and points off the curve.
    if (ParseSpki(spki) == nullptr) {
      return MakeError(Reason::BAD_KEY, "P-256 key: expected a point on the curve");
    }
    return absl::OkStatus();
  }

  bool Verify(absl::string_view spki, absl::string_view message, absl::string_view signature,
              Strictness strictness) const override {
    Owned<BIGNUM> r(BN_bin2bn(Bytes(signature), 32, nullptr));
    Owned<BIGNUM> s(BN_bin2bn(Bytes(signature.substr(32)), 32, nullptr));
    if (strictness == Strictness::kStrict && BN_cmp(s.get(), P256().half) > 0) return false;
    Owned<ECDSA_SIG> pair(ECDSA_SIG_new());
    CHECK_EQ(ECDSA_SIG_set0(pair.get(), r.release(), s.release()), 1);
    unsigned char* der = nullptr;
    const int der_bytes = i2d_ECDSA_SIG(pair.get(), &der);
    CHECK_GT(der_bytes, 0);
    const Owned<EVP_PKEY> key = ParseSpki(spki);
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    const bool valid =
        key != nullptr &&
        EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
        EVP_DigestVerify(context.get(), der, static_cast<size_t>(der_bytes), Bytes(message),
                         message.size()) == 1;
    OPENSSL_free(der);
    ERR_clear_error();
    return valid;
  }
};

// Thread-safe: OpenSSL's keys may be used by several threads at once.
class EcdsaP256Signer final : public Signer {
 public:
  EcdsaP256Signer(EVP_PKEY* key, PublicKey public_key)
      : key_(key), public_key_(std::move(public_key)) {}
  const PublicKey& public_key() const override { return public_key_; }

  std::string Sign(absl::string_view message) const override {
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    std::string der(80, '\0');
    size_t der_bytes = der.size();
    CHECK_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()), 1);
    CHECK_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &der_bytes,
                            Bytes(message), message.size()),
             1);
    const unsigned char* at = Bytes(der);
    const Owned<ECDSA_SIG> pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der_bytes)));
    CHECK(pair != nullptr);
    Owned<BIGNUM> s(BN_dup(ECDSA_SIG_get0_s(pair.get())));
    if (BN_cmp(s.get(), P256().half) > 0) {
      CHECK_EQ(BN_sub(s.get(), P256().order, s.get()), 1);
    }
    std::string signature(kSignatureBytes, '\0');
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    CHECK_EQ(BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, 32), 32);
    CHECK_EQ(BN_bn2binpad(s.get(), out + 32, 32), 32);
    return signature;
  }

 private:
  Owned<EVP_PKEY> key_;
  PublicKey public_key_;
};

}  // namespace

const Verifier& EcdsaP256Verifier() {
  static const EcdsaP256 verifier;
  return verifier;
}

std::unique_ptr<Signer> MakeEcdsaP256Signer(void* evp_pkey, PublicKey public_key) {
  return std::make_unique<EcdsaP256Signer>(static_cast<EVP_PKEY*>(evp_pkey), std::move(public_key));
}

}  // namespace plenary::signature_internal
