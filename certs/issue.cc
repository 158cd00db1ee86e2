#include "certs/issue.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "certs/openssl_ptr.h"
#include "ledger/check.h"

namespace plenary::certs {
namespace {

constexpr int kSerialBits = 128;

void SetSerial(X509* x509) {
  const Owned<BIGNUM> number(BN_new());
  do {
    CHECK_EQ(BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY), 1);
  } while (BN_is_zero(number.get()) != 0);
  CHECK(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509)) != nullptr);
}

void AddNamePart(X509_NAME* name, const char* type, absl::string_view text) {
  CHECK_EQ(X509_NAME_add_entry_by_txt(name, type, MBSTRING_ASC,
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()), /*loc=*/-1, /*set=*/0),
           1)
      << type << " " << text;
}

// "CN=node-1,DC=sti,DC=brics,DC=example" (RFC 4519): written from the root down.
void SetSubject(X509* x509, const CertificatePlan& plan) {
  X509_NAME* name = X509_get_subject_name(x509);
  const std::vector<std::string> labels = absl::StrSplit(plan.federation, '.');
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
    AddNamePart(name, "DC", *label);
  }
  AddNamePart(name, "CN", plan.common_name);
}

void AddExtension(X509* x509, X509V3_CTX* context, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, context, nid, value.c_str());
  CHECK(extension != nullptr) << value;
  CHECK_EQ(X509_add_ext(x509, extension, -1), 1);
  X509_EXTENSION_free(extension);
}

const EVP_MD* DigestFor(const EVP_PKEY& key) {
  // Ed25519 brings its own.
  return EVP_PKEY_get_base_id(&key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
}

}  // namespace

Certificate SignCertificate(const CertificatePlan& plan, EVP_PKEY& key, const Certificate* issuer,
                            EVP_PKEY& issuer_key) {
  const OpenSslErrors errors;
  const X509Ptr x509(X509_new());
  CHECK(x509 != nullptr);
  CHECK_EQ(X509_set_version(x509.get(), X509_VERSION_3), 1);
  SetSerial(x509.get());
  CHECK(ASN1_TIME_set(X509_getm_notBefore(x509.get()), absl::ToTimeT(plan.not_before)) != nullptr);
  CHECK(ASN1_TIME_set(X509_getm_notAfter(x509.get()), absl::ToTimeT(plan.not_after)) != nullptr);
  SetSubject(x509.get(), plan);
  CHECK_EQ(X509_set_pubkey(x509.get(), &key), 1);
  X509* signer = issuer == nullptr ? x509.get() : issuer->native();
  CHECK_EQ(X509_set_issuer_name(x509.get(), X509_get_subject_name(signer)), 1);
  X509V3_CTX context = {};
  X509V3_set_ctx(&context, signer, x509.get(), nullptr, nullptr, 0);
  for (const auto& [nid, value] : plan.extensions) {
    AddExtension(x509.get(), &context, nid, value);
  }
  AddExtension(x509.get(), &context, NID_subject_alt_name, absl::StrCat("URI:", plan.uri));
  AddExtension(x509.get(), &context, NID_subject_key_identifier, "hash");
  AddExtension(x509.get(), &context, NID_authority_key_identifier, "keyid:always");
  CHECK_GT(X509_sign(x509.get(), &issuer_key, DigestFor(issuer_key)), 0) << errors.Text();
  unsigned char* der = nullptr;
  const int bytes = i2d_X509(x509.get(), &der);
  CHECK_GT(bytes, 0);
  auto certificate = Certificate::FromDer(
      absl::string_view(reinterpret_cast<char*>(der), static_cast<size_t>(bytes)));
  OPENSSL_free(der);
  CHECK_OK(certificate);
  return *std::move(certificate);
}

}  // namespace plenary::certs
