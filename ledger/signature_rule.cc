// The self-test of the Ed25519 rule that a federation must share.
#include <openssl/evp.h>
#include <sodium.h>

#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/digest.h"
#include "ledger/signature.h"

namespace plenary {
namespace {

using Point = unsigned char[crypto_core_ed25519_BYTES];
using Scalar = unsigned char[crypto_core_ed25519_SCALARBYTES];

// A point of order 8, in its canonical encoding (RFC 7748's curve, Edwards form).
constexpr absl::string_view kTorsionHex =
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";

std::string Text(const unsigned char* bytes, size_t size) {
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

// S = r + SHA-512(R, A, M) a, for the secrets a and r.
std::string MakeSignature(const Scalar secret, const Scalar nonce, const Point r, const Point a,
                          absl::string_view message) {
  unsigned char wide[64];
  const std::string hashed = absl::StrCat(Text(r, 32), Text(a, 32), message);
  crypto_hash_sha512(wide, reinterpret_cast<const unsigned char*>(hashed.data()), hashed.size());
  Scalar challenge;
  Scalar s;
  crypto_core_ed25519_scalar_reduce(challenge, wide);
  crypto_core_ed25519_scalar_mul(s, challenge, secret);
  crypto_core_ed25519_scalar_add(s, s, nonce);
  return Text(r, 32) + Text(s, 32);
}

}  // namespace

void CheckEd25519Rule() {
  CHECK_GE(sodium_init(), 0);
  Scalar secret = {7};
  Scalar nonce = {11};
  Point a;
  Point r;
  Point r_with_torsion;
  CHECK_EQ(crypto_scalarmult_ed25519_base_noclamp(a, secret), 0);
  CHECK_EQ(crypto_scalarmult_ed25519_base_noclamp(r, nonce), 0);
  const std::string torsion = *HexDecode(kTorsionHex);
  CHECK_EQ(crypto_core_ed25519_add(r_with_torsion, r,
                                   reinterpret_cast<const unsigned char*>(torsion.data())),
           0);
  const auto key = PublicKey::FromEd25519(Text(a, 32));
  CHECK_OK(key);
  const absl::string_view message = "plenary";
  CHECK_OK(key->Verify(message, MakeSignature(secret, nonce, r, a, message)));
  CHECK(!key->Verify(message, MakeSignature(secret, nonce, r_with_torsion, a, message)).ok())
      << "this libsodium accepts signatures with a torsion part: it would fork the federation";
}

}  // namespace plenary
