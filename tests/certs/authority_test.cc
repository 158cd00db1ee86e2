#include "certs/authority.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <set>

#include "certs/identity_folder.h"
#include "certs/member_identity.h"
#include "tests/certs/forge.h"
#include "tests/support/status_matchers.h"

namespace plenary::certs {
namespace {

using plenary::testing::HasReason;
using testing::kNow;

const TrustDomain kBr{"br", "sti.brics.example"};

TlsIdentity Node(const std::string& name = "node-1") {
  return {"br", "sti.brics.example", TlsIdentity::Kind::kNode, name};
}
TlsIdentity Operator() {
  return {"br", "sti.brics.example", TlsIdentity::Kind::kOperator, "alice"};
}

Authority MakeCa(AuthorityOptions options = {kBr}, Secret* key = nullptr) {
  Secret pem("");
  auto ca = Authority::Create(options, kNow, pem);
  EXPECT_OK(ca);
  if (key != nullptr) *key = std::move(pem);
  return *std::move(ca);
}

// Read by OpenSSL's own functions, not by ours.
bool IsCritical(const Certificate& certificate, int nid) {
  const int at = X509_get_ext_by_NID(certificate.native(), nid, -1);
  return at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(certificate.native(), at)) == 1;
}

TEST(Authority, MakesARootCa) {
  for (const Algorithm algorithm : {Algorithm::kEcdsaP256, Algorithm::kEd25519}) {
    const Authority ca = MakeCa({kBr, algorithm});
    X509* x509 = ca.certificate().native();
    EXPECT_EQ(X509_check_ca(x509), 1);
    EXPECT_EQ(X509_get_pathlen(x509), 0);
    EXPECT_TRUE(IsCritical(ca.certificate(), NID_basic_constraints));
    EXPECT_TRUE(IsCritical(ca.certificate(), NID_key_usage));
    EXPECT_EQ(X509_get_key_usage(x509), static_cast<uint32_t>(KU_KEY_CERT_SIGN | KU_CRL_SIGN));
    EXPECT_EQ(X509_verify(x509, X509_get0_pubkey(x509)), 1);
    EXPECT_EQ(X509_check_issued(x509, x509), X509_V_OK);
    EXPECT_EQ(ca.certificate().not_before(), kNow - absl::Minutes(5));
    EXPECT_EQ(ca.certificate().not_after(), kNow + kAuthorityValidity);
    EXPECT_NE(X509_get0_subject_key_id(x509), nullptr);
  }
}

TEST(Authority, IssuesNodes) {
  const Authority ca = MakeCa();
  const auto issued = ca.Issue({Node()}, kNow);
  ASSERT_OK(issued);
  ASSERT_EQ(issued->chain.size(), 1U);
  const Certificate& leaf = issued->chain[0];
  X509* x509 = leaf.native();
  EXPECT_EQ(X509_check_ca(x509), 0);
  EXPECT_EQ(X509_get_key_usage(x509), static_cast<uint32_t>(KU_DIGITAL_SIGNATURE));
  EXPECT_EQ(X509_get_extended_key_usage(x509),
            static_cast<uint32_t>(XKU_SSL_CLIENT | XKU_SSL_SERVER));
  EXPECT_EQ(X509_check_purpose(x509, X509_PURPOSE_SSL_SERVER, 0), 1);
  EXPECT_EQ(X509_check_purpose(x509, X509_PURPOSE_SSL_CLIENT, 0), 1);
  ASSERT_EQ(leaf.alternative_names().size(), 1U);
  EXPECT_EQ(leaf.alternative_names()[0].text, "spiffe://br.sti.brics.example/node/node-1");
  EXPECT_EQ(leaf.not_before(), kNow - absl::Minutes(5));
  EXPECT_EQ(leaf.not_after(), kNow + absl::Hours(24 * 365));
  EXPECT_EQ(X509_check_issued(ca.certificate().native(), x509), X509_V_OK);
  const auto key = ParseKey(issued->key.view());
  ASSERT_OK(key);
  EXPECT_EQ(X509_check_private_key(x509, key->get()), 1);
  EXPECT_EQ(leaf.Subject(), "CN=node-1,DC=sti,DC=brics,DC=example");
}

TEST(Authority, IssuesOperators) {
  const auto issued = MakeCa().Issue({Operator(), Algorithm::kEd25519}, kNow);
  ASSERT_OK(issued);
  X509* x509 = issued->chain[0].native();
  EXPECT_EQ(X509_get_extended_key_usage(x509), static_cast<uint32_t>(XKU_SSL_CLIENT));
  EXPECT_EQ(issued->chain[0].alternative_names()[0].text,
            "spiffe://br.sti.brics.example/operator/alice");
  EXPECT_EQ(issued->chain[0].KeyText(), "Ed25519");
}

// OpenSSL's strictest reading of RFC 5280 finds nothing to say.
TEST(Authority, WhatItIssuesIsStrictX509) {
  const Authority root = MakeCa({kBr, Algorithm::kEcdsaP256, kAuthorityValidity, 1});
  Secret key("");
  const auto intermediate =
      root.CreateIntermediate(Algorithm::kEd25519, absl::Hours(24 * 365 * 5), kNow, key);
  ASSERT_OK(intermediate);
  const auto issued = intermediate->Issue({Node()}, kNow);
  ASSERT_OK(issued);
  ASSERT_EQ(issued->chain.size(), 2U);
  const X509StorePtr store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), root.certificate().native());
  X509_VERIFY_PARAM* rules = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  X509_VERIFY_PARAM_set_time(rules, absl::ToTimeT(kNow));
  X509_VERIFY_PARAM_set_auth_level(rules, 3);
  for (const int purpose : {X509_PURPOSE_SSL_CLIENT, X509_PURPOSE_SSL_SERVER}) {
    X509_VERIFY_PARAM_set_purpose(rules, purpose);
    STACK_OF(X509)* others = sk_X509_new_null();
    sk_X509_push(others, issued->chain[1].native());
    const X509StoreContextPtr context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), issued->chain[0].native(), others);
    EXPECT_EQ(X509_verify_cert(context.get()), 1)
        << X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
    sk_X509_free(others);
  }
}

TEST(Authority, WhatItIssuesPassesTheOneCheck) {
  const Authority root = MakeCa({kBr, Algorithm::kEcdsaP256, kAuthorityValidity, 1});
  Secret key("");
  const auto intermediate =
      root.CreateIntermediate(Algorithm::kEcdsaP256, absl::Hours(24 * 365), kNow, key);
  ASSERT_OK(intermediate);
  for (const TlsIdentity& identity : {Node(), Operator()}) {
    for (const Authority* ca : {&root, &*intermediate}) {
      const auto issued = ca->Issue({identity}, kNow);
      ASSERT_OK(issued);
      const auto judged = JudgeOwnIdentity(issued->key, issued->chain, {root.certificate()}, kNow);
      ASSERT_OK(judged);
      EXPECT_EQ(judged->identity, identity);
    }
  }
}

TEST(Authority, SerialsAreRandomAndLong) {
  const Authority ca = MakeCa();
  std::set<std::string> serials;
  int most_bits = 0;
  for (int i = 0; i < 64; ++i) {
    const auto issued = ca.Issue({Node()}, kNow);
    ASSERT_OK(issued);
    const ASN1_INTEGER* serial = X509_get0_serialNumber(issued->chain[0].native());
    const Owned<BIGNUM> number(ASN1_INTEGER_to_BN(serial, nullptr));
    EXPECT_FALSE(BN_is_negative(number.get()));
    most_bits = std::max(most_bits, BN_num_bits(number.get()));
    serials.insert(issued->chain[0].Serial());
  }
  EXPECT_EQ(serials.size(), 64U);
  EXPECT_GT(most_bits, 120);
  EXPECT_LE(most_bits, 128);
}

TEST(Authority, TheNextCaHasAnotherName) {
  EXPECT_NE(MakeCa().certificate().Subject(), MakeCa().certificate().Subject());
}

TEST(Authority, NothingOutlivesItsCa) {
  const Authority ca = MakeCa({kBr, Algorithm::kEcdsaP256, absl::Hours(24 * 10)});
  const auto issued = ca.Issue({Node()}, kNow);
  ASSERT_OK(issued);
  EXPECT_EQ(issued->chain[0].not_after(), ca.certificate().not_after());
  EXPECT_THAT(ca.Issue({Node()}, kNow + absl::Hours(24 * 10)),
              HasReason(Reason::CERTIFICATE_EXPIRED));
  EXPECT_THAT(ca.Issue({Node()}, kNow - absl::Hours(1)),
              HasReason(Reason::CERTIFICATE_NOT_YET_VALID));
}

TEST(Authority, IssuesOnlyForItsOwnMember) {
  const Authority ca = MakeCa();
  TlsIdentity other = Node();
  other.member = "ru";
  EXPECT_THAT(ca.Issue({other}, kNow), HasReason(Reason::WRONG_IDENTITY));
  other = Node();
  other.federation = "other.example";
  EXPECT_THAT(ca.Issue({other}, kNow), HasReason(Reason::WRONG_IDENTITY));
}

// A name that the extension's text syntax would read as two names, or as a path.
TEST(Authority, RefusesNamesOutsideTheGrammar) {
  const Authority ca = MakeCa();
  for (const char* name : {"", "Node", "a b", "a,URI:spiffe://ru.sti.brics.example/node/x", "a/b",
                           "a\n", "é", "a.b", "@section"}) {
    EXPECT_THAT(ca.Issue({Node(name)}, kNow), HasReason(Reason::BAD_NAME)) << name;
  }
  EXPECT_THAT(ca.Issue({Node(std::string(64, 'a'))}, kNow), HasReason(Reason::BAD_NAME));
  EXPECT_OK(ca.Issue({Node(std::string(63, 'a'))}, kNow));
  Secret key("");
  for (const TrustDomain& domain :
       {TrustDomain{"", "a.b"}, TrustDomain{"br", ""}, TrustDomain{"br", "a"},
        TrustDomain{"br.sti", "brics.example"}, TrustDomain{"public", "a.b"},
        TrustDomain{"br", "a.b/node/x"}, TrustDomain{"BR", "a.b"}}) {
    EXPECT_THAT(Authority::Create({domain}, kNow, key), HasReason(Reason::BAD_NAME))
        << domain.Uri();
  }
}

// A federation's name may be longer than the 64 characters that X.509 gives an organisation.
TEST(Authority, LongestNames) {
  const std::string label(48, 'x');
  const TrustDomain domain{std::string(31, 'm'), label + "." + label + ".x"};
  const Authority ca = MakeCa({domain});
  TlsIdentity identity{domain.member, domain.federation, TlsIdentity::Kind::kNode,
                       std::string(63, 'n')};
  const auto issued = ca.Issue({identity}, kNow);
  ASSERT_OK(issued);
  EXPECT_OK(JudgeOwnIdentity(issued->key, issued->chain, {ca.certificate()}, kNow));
}

TEST(Authority, RefusesSenselessValidity) {
  Secret key("");
  for (const absl::Duration validity :
       {absl::ZeroDuration(), absl::Hours(-1), absl::Hours(24 * 365 * 31), absl::InfiniteDuration(),
        -absl::InfiniteDuration()}) {
    EXPECT_THAT(Authority::Create({kBr, Algorithm::kEcdsaP256, validity}, kNow, key),
                HasReason(Reason::BAD_REQUEST));
    EXPECT_THAT(MakeCa().Issue({Node(), Algorithm::kEcdsaP256, validity}, kNow),
                HasReason(Reason::BAD_REQUEST));
  }
}

TEST(Authority, IntermediatesOnlyWhereTheyMayBe) {
  Secret key("");
  const absl::Duration year = absl::Hours(24 * 365);
  EXPECT_THAT(MakeCa().CreateIntermediate(Algorithm::kEcdsaP256, year, kNow, key),
              HasReason(Reason::BAD_REQUEST));
  const Authority root = MakeCa({kBr, Algorithm::kEcdsaP256, kAuthorityValidity, 1});
  const auto first = root.CreateIntermediate(Algorithm::kEcdsaP256, year, kNow, key);
  ASSERT_OK(first);
  EXPECT_THAT(first->CreateIntermediate(Algorithm::kEcdsaP256, year, kNow, key),
              HasReason(Reason::BAD_REQUEST));
}

TEST(Authority, LoadsWhatItMade) {
  Secret key("");
  const Authority made = MakeCa({kBr}, &key);
  const auto loaded = Authority::Load(made.certificates(), key);
  ASSERT_OK(loaded);
  EXPECT_EQ(loaded->domain(), kBr);
  const auto issued = loaded->Issue({Node()}, kNow);
  ASSERT_OK(issued);
  EXPECT_OK(JudgeOwnIdentity(issued->key, issued->chain, {made.certificate()}, kNow));
}

TEST(Authority, RefusesToLoadWhatDoesNotFit) {
  Secret key("");
  const Authority ca = MakeCa({kBr}, &key);
  EXPECT_THAT(Authority::Load({}, key), HasReason(Reason::BAD_CERTIFICATE));
  EXPECT_THAT(Authority::Load(ca.certificates(), GenerateKey(Algorithm::kEcdsaP256)),
              HasReason(Reason::BAD_CERTIFICATE));
  EXPECT_THAT(Authority::Load(ca.certificates(), Secret("garbage")), HasReason(Reason::KEY_FILE));
  EXPECT_THAT(Authority::Load({ca.certificate(), MakeCa().certificate()}, key),
              HasReason(Reason::BAD_CERTIFICATE));
  const auto leaf = ca.Issue({Node()}, kNow);
  ASSERT_OK(leaf);
  EXPECT_THAT(Authority::Load(leaf->chain, leaf->key), HasReason(Reason::BAD_CERTIFICATE));
  // Another tool's CA that does not say whose it is.
  const auto foreign = testing::Forge(testing::CaForgery("br CA"));
  EXPECT_THAT(Authority::Load({foreign.certificate()}, Secret(testing::KeyPem(*foreign.key))),
              HasReason(Reason::BAD_CERTIFICATE));
}

}  // namespace
}  // namespace plenary::certs
