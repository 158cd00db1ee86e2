// Certificates of every kind, right and wrong: made with OpenSSL alone, so that what the tests hold
// against the product was not made by the product.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "certs/certificate.h"
#include "certs/openssl_ptr.h"

namespace plenary::certs::testing {

// The moment at which the tests judge.
inline const absl::Time kNow = absl::FromUnixSeconds(1'795'000'000);  // 2026-11-18

enum class KeyKind { kP256, kP256Explicit, kSecp256k1, kEd25519, kRsa1024, kRsa2048 };

EvpKeyPtr ForgeKey(KeyKind kind);

// What to write; an empty value leaves the extension out.
struct Forgery {
  int version = 3;
  std::string common_name = "whatever";
  std::string names = "URI:spiffe://br.sti.brics.example/node/node-1";
  std::string basic_constraints = "critical,CA:FALSE";
  std::string key_usage = "critical,digitalSignature";
  std::string extended_key_usage = "clientAuth,serverAuth";
  bool key_ids = true;
  absl::Time not_before = kNow - absl::Hours(1);
  absl::Time not_after = kNow + absl::Hours(24 * 30);
  const char* digest = "SHA256";
  KeyKind key = KeyKind::kP256;
  // Further ones: {NID, value in OpenSSL's words}.
  std::vector<std::pair<int, std::string>> more;
  // {OID, critical, DER of the value}.
  struct Raw {
    std::string oid;
    bool critical = false;
    std::string der;
  };
  std::vector<Raw> raw;
};

// A plan for a CA.
Forgery CaForgery(const std::string& common_name, const std::string& path_length = "0");

struct Forged {
  std::string der;
  EvpKeyPtr key;
  // CHECKs that the product can read it.
  Certificate certificate() const;
};

// Signed by `issuer`, or by itself.
Forged Forge(const Forgery& forgery, const Forged* issuer = nullptr);

// The PKCS#8 PEM of a key.
std::string KeyPem(EVP_PKEY& key);

}  // namespace plenary::certs::testing
