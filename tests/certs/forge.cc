#include "tests/certs/forge.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "ledger/check.h"

namespace plenary::certs::testing {
namespace {

EvpKeyPtr ForgeEc(const char* group, const char* encoding) {
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
  CHECK_EQ(EVP_PKEY_keygen_init(context), 1);
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(group), 0),
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, const_cast<char*>(encoding), 0),
      OSSL_PARAM_construct_end()};
  CHECK_EQ(EVP_PKEY_CTX_set_params(context, params), 1);
  EVP_PKEY* key = nullptr;
  CHECK_EQ(EVP_PKEY_generate(context, &key), 1);
  EVP_PKEY_CTX_free(context);
  return EvpKeyPtr(key);
}

// RSA keys take long to make: one of each size serves a whole run.
EVP_PKEY* SharedRsa(unsigned bits) {
  static EVP_PKEY* const small = EVP_RSA_gen(1024);
  static EVP_PKEY* const large = EVP_RSA_gen(2048);
  EVP_PKEY* key = bits == 1024 ? small : large;
  CHECK_EQ(EVP_PKEY_up_ref(key), 1);
  return key;
}

void Add(X509* x509, X509_EXTENSION* extension) {
  CHECK(extension != nullptr);
  CHECK_EQ(X509_add_ext(x509, extension, -1), 1);
  X509_EXTENSION_free(extension);
}

void AddRaw(X509* x509, const Forgery::Raw& raw) {
  const Owned<ASN1_OBJECT> object(OBJ_txt2obj(raw.oid.c_str(), 1));
  ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
  CHECK_EQ(ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>(raw.der.data()),
                                 static_cast<int>(raw.der.size())),
           1);
  Add(x509, X509_EXTENSION_create_by_OBJ(nullptr, object.get(), raw.critical ? 1 : 0, value));
  ASN1_OCTET_STRING_free(value);
}

void AddExtensions(X509* x509, X509* issuer, const Forgery& forgery) {
  X509V3_CTX context = {};
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  std::vector<std::pair<int, std::string>> all = {
      {NID_basic_constraints, forgery.basic_constraints},
      {NID_key_usage, forgery.key_usage},
      {NID_ext_key_usage, forgery.extended_key_usage},
      {NID_subject_alt_name, forgery.names},
      {NID_subject_key_identifier, forgery.key_ids ? "hash" : ""},
      {NID_authority_key_identifier, forgery.key_ids ? "keyid:always" : ""}};
  all.insert(all.end(), forgery.more.begin(), forgery.more.end());
  for (const auto& [nid, value] : all) {
    if (value.empty()) continue;
    Add(x509, X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  }
  for (const Forgery::Raw& raw : forgery.raw) AddRaw(x509, raw);
}

}  // namespace

EvpKeyPtr ForgeKey(KeyKind kind) {
  switch (kind) {
    case KeyKind::kP256:
      return ForgeEc("P-256", "named_curve");
    case KeyKind::kP256Explicit:
      return ForgeEc("P-256", "explicit");
    case KeyKind::kSecp256k1:
      return ForgeEc("secp256k1", "named_curve");
    case KeyKind::kEd25519:
      return EvpKeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case KeyKind::kRsa1024:
      return EvpKeyPtr(SharedRsa(1024));
    case KeyKind::kRsa2048:
      return EvpKeyPtr(SharedRsa(2048));
  }
  return nullptr;
}

Forgery CaForgery(const std::string& common_name, const std::string& path_length) {
  Forgery ca;
  ca.common_name = common_name;
  ca.names = "";
  ca.basic_constraints = "critical,CA:TRUE";
  if (!path_length.empty()) ca.basic_constraints += ",pathlen:" + path_length;
  ca.key_usage = "critical,keyCertSign,cRLSign";
  ca.extended_key_usage = "";
  ca.not_before = kNow - absl::Hours(48);
  ca.not_after = kNow + absl::Hours(24 * 365);
  return ca;
}

Certificate Forged::certificate() const {
  auto certificate = Certificate::FromDer(der);
  CHECK_OK(certificate);
  return *std::move(certificate);
}

Forged Forge(const Forgery& forgery, const Forged* issuer) {
  Forged forged;
  forged.key = ForgeKey(forgery.key);
  const X509Ptr x509(X509_new());
  X509* subject = x509.get();
  CHECK_EQ(X509_set_version(subject, forgery.version - 1), 1);
  static long serial = 0;
  ASN1_INTEGER_set(X509_get_serialNumber(subject), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(subject), absl::ToTimeT(forgery.not_before));
  ASN1_TIME_set(X509_getm_notAfter(subject), absl::ToTimeT(forgery.not_after));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(subject), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(forgery.common_name.c_str()),
                             -1, -1, 0);
  CHECK_EQ(X509_set_pubkey(subject, forged.key.get()), 1);
  X509Ptr parent;
  if (issuer != nullptr) {
    const auto* at = reinterpret_cast<const unsigned char*>(issuer->der.data());
    parent.reset(d2i_X509(nullptr, &at, static_cast<long>(issuer->der.size())));
  }
  X509* signer = issuer == nullptr ? subject : parent.get();
  X509_set_issuer_name(subject, X509_get_subject_name(signer));
  if (forgery.version > 1) AddExtensions(subject, signer, forgery);
  EVP_PKEY* signing = issuer == nullptr ? forged.key.get() : issuer->key.get();
  const bool ed25519 = EVP_PKEY_is_a(signing, "ED25519") == 1;
  CHECK_GT(X509_sign(subject, signing, ed25519 ? nullptr : EVP_get_digestbyname(forgery.digest)),
           0);
  unsigned char* der = nullptr;
  const int bytes = i2d_X509(subject, &der);
  CHECK_GT(bytes, 0);
  forged.der.assign(reinterpret_cast<char*>(der), static_cast<size_t>(bytes));
  OPENSSL_free(der);
  return forged;
}

std::string KeyPem(EVP_PKEY& key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  CHECK_EQ(PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr),
           1);
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(bytes));
}

}  // namespace plenary::certs::testing
