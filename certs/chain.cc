#include "certs/chain.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary::certs {
namespace {

// OpenSSL's level 2: 112 bits. RSA and DH from 2048 bits, SHA-224 and better.
constexpr int kSecurityLevel = 2;
constexpr int kMinRsaBits = 2048;

// Explicit curve parameters can describe a curve of the sender's making.
bool HasNamedCurve(const X509* x509) {
  X509_ALGOR* algorithm = nullptr;
  if (X509_PUBKEY_get0_param(nullptr, nullptr, nullptr, &algorithm, X509_get_X509_PUBKEY(x509)) !=
      1) {
    return false;
  }
  int type = 0;
  X509_ALGOR_get0(nullptr, &type, nullptr, algorithm);
  return type == V_ASN1_OBJECT;
}

// What OpenSSL found wrong with a chain, as our reason.
Reason ReasonOfVerifyError(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Reason::CERTIFICATE_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Reason::CERTIFICATE_NOT_YET_VALID;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
    case X509_V_ERR_SUBJECT_ISSUER_MISMATCH:
    case X509_V_ERR_AKID_SKID_MISMATCH:
    case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
    case X509_V_ERR_CERT_UNTRUSTED:
      return Reason::WRONG_ISSUER;
    default:
      return Reason::BAD_CERTIFICATE;
  }
}

// One issuer, nothing of the system's, the time that was given.
X509StorePtr StoreOf(const Certificate& anchor, absl::Time now) {
  X509StorePtr store(X509_STORE_new());
  CHECK(store != nullptr);
  CHECK_EQ(X509_STORE_add_cert(store.get(), anchor.native()), 1);
  X509_VERIFY_PARAM* rules = X509_STORE_get0_param(store.get());
  // The card lists issuing CAs, which need not be self-signed.
  CHECK_EQ(X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN), 1);
  X509_VERIFY_PARAM_set_time(rules, absl::ToTimeT(now));
  X509_VERIFY_PARAM_set_depth(rules, static_cast<int>(kMaxSentCertificates) - 1);
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
  CHECK_EQ(X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_CLIENT), 1);
  // Else a DNS name constraint of an issuer would be held against the common name.
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  return store;
}

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

absl::StatusOr<Chain> VerifyUnder(const Certificate& anchor, absl::Span<const Certificate> sent,
                                  absl::Time now, absl::string_view uri) {
  const OpenSslErrors errors;
  const X509StorePtr store = StoreOf(anchor, now);
  const std::unique_ptr<STACK_OF(X509), FreeStack> others(sk_X509_new_null());
  CHECK(others != nullptr);
  for (const Certificate& other : sent.subspan(1)) {
    CHECK_GT(sk_X509_push(others.get(), other.native()), 0);
  }
  const X509StoreContextPtr context(X509_STORE_CTX_new());
  CHECK(context != nullptr);
  CHECK_EQ(X509_STORE_CTX_init(context.get(), store.get(), sent.front().native(), others.get()), 1);
  if (X509_verify_cert(context.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(context.get());
    const int depth = X509_STORE_CTX_get_error_depth(context.get());
    return MakeError(
        ReasonOfVerifyError(error),
        absl::StrCat("certificate of ", uri, " (valid ", TimeText(sent.front().not_before()),
                     " to ", TimeText(sent.front().not_after()), ") under issuer \"",
                     anchor.Subject(), "\" (valid ", TimeText(anchor.not_before()), " to ",
                     TimeText(anchor.not_after()), ") at ", TimeText(now), ": ",
                     depth == 0 ? "" : absl::StrCat("certificate ", depth, " of the chain: "),
                     X509_verify_cert_error_string(error)),
        {{"identity", uri}});
  }
  switch (X509_STORE_CTX_get_num_untrusted(context.get())) {
    case 1:
      return Chain{&sent[0], &anchor};
    case 2:
      return Chain{&sent[0], &sent[1], &anchor};
    default:
      return MakeError(Reason::WRONG_ISSUER,
                       absl::StrCat("certificate of ", uri, ": it is its own issuer"));
  }
}

}  // namespace

absl::Status CheckKey(const Certificate& certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate.native());
  const int kind = EVP_PKEY_get_base_id(key);
  if (kind == EVP_PKEY_ED25519) return absl::OkStatus();
  if (kind == EVP_PKEY_EC && HasNamedCurve(certificate.native())) {
    std::array<char, 64> group = {};
    EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr);
    const absl::string_view name(group.data());
    if (name == "prime256v1" || name == "secp384r1" || name == "secp521r1") {
      return absl::OkStatus();
    }
  }
  if ((kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS) && EVP_PKEY_get_bits(key) >= kMinRsaBits) {
    return absl::OkStatus();
  }
  return MakeError(
      Reason::BAD_CERTIFICATE,
      absl::StrCat("certificate: key of \"", certificate.Subject(),
                   "\": expected Ed25519, EC P-256, P-384, P-521 by name, or RSA of 2048 "
                   "bits and more, got ",
                   certificate.KeyText()));
}

// Each issuer by itself: OpenSSL does not go back when two issuers have one name.
absl::StatusOr<Chain> FindChain(absl::Span<const Certificate> sent,
                                absl::Span<const Certificate> issuers, absl::Time now,
                                const TlsIdentity& identity) {
  const std::string uri = identity.Uri();
  absl::Status worst =
      MakeError(Reason::WRONG_ISSUER,
                absl::StrCat("certificate of ", uri, ": expected an issuer on the card of ",
                             identity.member, " (",
                             absl::StrJoin(issuers, "; ",
                                           [](std::string* out, const Certificate& issuer) {
                                             absl::StrAppend(out, issuer.Subject());
                                           }),
                             "), got issuer \"", sent.back().Issuer(), "\""),
                {{"identity", uri}});
  for (const Certificate& anchor : issuers) {
    auto chain = VerifyUnder(anchor, sent, now, uri);
    if (chain.ok()) return chain;
    if (ReasonOf(chain.status()) != Reason::WRONG_ISSUER) worst = chain.status();
  }
  return worst;
}

}  // namespace plenary::certs
