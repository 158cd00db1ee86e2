// JudgePeer, the leaf: each certificate breaks one rule and no other.
#include <openssl/objects.h>

#include "tests/certs/judge_world.h"
#include "tests/support/status_matchers.h"

namespace plenary::certs::testing {
namespace {

using plenary::testing::HasReason;

TEST_F(JudgeTest, AcceptsANodeAndSaysWhoItIs) {
  const Forged leaf = Forge(Forgery{}, &cas_["br"]);
  const auto peer = Judge({&leaf});
  ASSERT_OK(peer);
  EXPECT_EQ(peer->identity.Uri(), "spiffe://br.sti.brics.example/node/node-1");
  EXPECT_EQ(peer->spki_digest, leaf.certificate().spki_digest());
  EXPECT_EQ(peer->not_after, Forgery{}.not_after);
  EXPECT_EQ(peer->issuer, cas_["br"].certificate().Fingerprint());
}

TEST_F(JudgeTest, AcceptsAnOperator) {
  const auto peer = JudgeLeaf(Operator(), kOperatorPort);
  ASSERT_OK(peer);
  EXPECT_EQ(peer->identity.kind, TlsIdentity::Kind::kOperator);
  EXPECT_EQ(peer->identity.name, "alice");
}

TEST_F(JudgeTest, AcceptsWithoutKeyIdentifiers) {
  // Other tools leave them out; no rule asks for them.
  Forgery forgery;
  forgery.key_ids = false;
  EXPECT_OK(JudgeLeaf(forgery));
}

TEST_F(JudgeTest, NoCertificate) { EXPECT_THAT(Judge({}), HasReason(Reason::NO_CERTIFICATE)); }

// One URI in all, whatever its scheme: a second one could mean another identity to another reader.
TEST_F(JudgeTest, ExactlyOneUri) {
  const std::string good = NodeOf("br");
  for (const std::string& names :
       {std::string(), std::string("DNS:br.sti.brics.example"), good + "," + NodeOf("ru"),
        good + "," + good, good + ",URI:https://br.example/", "URI:https://br.example/," + good,
        good + ",URI:spiffe://br.sti.brics.example/operator/alice", good + ",URI:urn:x"}) {
    Forgery forgery;
    forgery.names = names;
    EXPECT_THAT(JudgeLeaf(forgery), HasReason(Reason::BAD_CERTIFICATE)) << names;
  }
}

TEST_F(JudgeTest, UriMatchesTheGrammarByteForByte) {
  for (const char* uri : {"spiffe://br.sti.brics.example/node/node-1/",
                          "spiffe://br.sti.brics.example/node/",
                          "spiffe://br.sti.brics.example/node",
                          "spiffe://br.sti.brics.example",
                          "spiffe://BR.sti.brics.example/node/node-1",
                          "SPIFFE://br.sti.brics.example/node/node-1",
                          "spiffe://br.sti.brics.example/Node/node-1",
                          "spiffe://br.sti.brics.example/node/Node-1",
                          "spiffe://br.sti.brics.example/node/node_1",
                          "spiffe://br.sti.brics.example/node/node%2d1",
                          "spiffe://br.sti.brics.example:443/node/node-1",
                          "spiffe://x@br.sti.brics.example/node/node-1",
                          "spiffe://br.sti.brics.example/node/node-1?x",
                          "spiffe://br.sti.brics.example/node/node-1#x",
                          "spiffe://br.sti.brics.example./node/node-1",
                          "spiffe://br.sti.brics.example//node/node-1",
                          "spiffe://br.sti.brics.example/x/node/node-1",
                          "spiffe://br.sti.brics.example/admin/node-1",
                          "https://br.sti.brics.example/node/node-1",
                          "plenary://br.sti.brics.example/node/node-1",
                          "spiffe://public.sti.brics.example/node/node-1",
                          "spiffe://br/node/node-1"}) {
    Forgery forgery;
    forgery.names = std::string("URI:") + uri;
    EXPECT_THAT(JudgeLeaf(forgery), HasReason(Reason::BAD_CERTIFICATE)) << uri;
  }
}

// What a reader of C strings would take for br's identity.
TEST_F(JudgeTest, UriWithNulByte) {
  const std::string uri("spiffe://br.sti.brics.example/node/node-1\0.ru", 45);
  Forgery forgery;
  forgery.names = "";
  forgery.raw = {{"2.5.29.17", false,
                  std::string("\x30") + static_cast<char>(uri.size() + 2) + "\x86" +
                      static_cast<char>(uri.size()) + uri}};
  EXPECT_THAT(JudgeLeaf(forgery), HasReason(Reason::BAD_CERTIFICATE));
}

TEST_F(JudgeTest, UriWithNewline) {
  const std::string uri = "spiffe://br.sti.brics.example/node/node-1\n";
  Forgery forgery;
  forgery.names = "";
  forgery.raw = {{"2.5.29.17", false,
                  std::string("\x30") + static_cast<char>(uri.size() + 2) + "\x86" +
                      static_cast<char>(uri.size()) + uri}};
  EXPECT_THAT(JudgeLeaf(forgery), HasReason(Reason::BAD_CERTIFICATE));
}

TEST_F(JudgeTest, CommonNameAndOtherNamesMeanNothing) {
  Forgery forgery;
  forgery.common_name = "spiffe://ru.sti.brics.example/node/node-1";
  forgery.names += ",DNS:ru.sti.brics.example,DNS:*,IP:10.0.0.1,email:ru@ru.example";
  const auto peer = JudgeLeaf(forgery);
  ASSERT_OK(peer);
  EXPECT_EQ(peer->identity.member, "br");
}

TEST_F(JudgeTest, LeafIsNoCa) {
  Forgery ca;
  ca.basic_constraints = "critical,CA:TRUE";
  EXPECT_THAT(JudgeLeaf(ca), HasReason(Reason::BAD_CERTIFICATE));
  Forgery signs_certificates;
  signs_certificates.key_usage = "critical,digitalSignature,keyCertSign";
  EXPECT_THAT(JudgeLeaf(signs_certificates), HasReason(Reason::BAD_CERTIFICATE));
  Forgery signs_crls;
  signs_crls.key_usage = "critical,digitalSignature,cRLSign";
  EXPECT_THAT(JudgeLeaf(signs_crls), HasReason(Reason::BAD_CERTIFICATE));
}

TEST_F(JudgeTest, BasicConstraintsMayBeAbsent) {
  Forgery forgery;
  forgery.basic_constraints = "";
  EXPECT_OK(JudgeLeaf(forgery));
}

TEST_F(JudgeTest, DigitalSignatureIsDemanded) {
  for (const char* usage : {"", "critical,keyEncipherment", "critical,keyAgreement"}) {
    Forgery forgery;
    forgery.key_usage = usage;
    EXPECT_THAT(JudgeLeaf(forgery), HasReason(Reason::BAD_CERTIFICATE)) << usage;
  }
}

TEST_F(JudgeTest, NodeIsClientAndServer) {
  for (const char* usage : {"", "clientAuth", "serverAuth", "anyExtendedKeyUsage", "codeSigning",
                            "clientAuth,anyExtendedKeyUsage"}) {
    Forgery forgery;
    forgery.extended_key_usage = usage;
    EXPECT_THAT(JudgeLeaf(forgery), HasReason(Reason::BAD_CERTIFICATE)) << usage;
  }
}

TEST_F(JudgeTest, OperatorIsClient) {
  for (const char* usage : {"", "serverAuth", "anyExtendedKeyUsage"}) {
    Forgery forgery = Operator();
    forgery.extended_key_usage = usage;
    EXPECT_THAT(JudgeLeaf(forgery, kOperatorPort), HasReason(Reason::BAD_CERTIFICATE)) << usage;
  }
}

// A critical extension says: if you do not understand me, refuse.
TEST_F(JudgeTest, CriticalExtensionsThatNobodyUnderstands) {
  const std::string null_der("\x05\x00", 2);
  Forgery unknown;
  unknown.raw = {{"1.3.6.1.4.1.55555.1", true, null_der}};
  EXPECT_THAT(JudgeLeaf(unknown), HasReason(Reason::BAD_CERTIFICATE));
  Forgery harmless;
  harmless.raw = {{"1.3.6.1.4.1.55555.1", false, null_der}};
  EXPECT_OK(JudgeLeaf(harmless));
  // OpenSSL knows this one, but nobody here evaluates policies.
  Forgery policies;
  policies.raw = {{"2.5.29.32", true, "\x30\x07\x30\x05\x06\x03\x2a\x03\x04"}};
  EXPECT_THAT(JudgeLeaf(policies), HasReason(Reason::BAD_CERTIFICATE));
}

// RFC 3820: a proxy certificate is issued by a leaf in the name of its holder.
TEST_F(JudgeTest, ProxyCertificates) {
  const std::string any_language("\x30\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x15\x00", 14);
  for (const bool critical : {true, false}) {
    Forgery proxy;
    proxy.raw = {{"1.3.6.1.5.5.7.1.14", critical, any_language}};
    EXPECT_THAT(JudgeLeaf(proxy), HasReason(Reason::BAD_CERTIFICATE)) << critical;
  }
}

// Two extensions of one kind: two readers, two meanings.
TEST_F(JudgeTest, DuplicateExtensions) {
  Forgery names;
  names.more = {{NID_subject_alt_name, NodeOf("ru")}};
  EXPECT_THAT(JudgeLeaf(names), HasReason(Reason::BAD_CERTIFICATE));
  Forgery usage;
  usage.more = {{NID_ext_key_usage, "clientAuth,serverAuth"}};
  EXPECT_THAT(JudgeLeaf(usage), HasReason(Reason::BAD_CERTIFICATE));
  Forgery constraints;
  constraints.more = {{NID_basic_constraints, "CA:TRUE"}};
  EXPECT_THAT(JudgeLeaf(constraints), HasReason(Reason::BAD_CERTIFICATE));
  Forgery unknown;
  unknown.raw = {{"1.3.6.1.4.1.55555.1", false, "\x05"}, {"1.3.6.1.4.1.55555.1", false, "\x05"}};
  EXPECT_THAT(JudgeLeaf(unknown), HasReason(Reason::BAD_CERTIFICATE));
}

TEST_F(JudgeTest, ExtensionsThatDoNotDecode) {
  for (const char* oid : {"2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17"}) {
    Forgery forgery;
    if (std::string(oid) == "2.5.29.19") forgery.basic_constraints = "";
    if (std::string(oid) == "2.5.29.15") forgery.key_usage = "";
    if (std::string(oid) == "2.5.29.37") forgery.extended_key_usage = "";
    if (std::string(oid) == "2.5.29.17") forgery.names = "";
    forgery.raw = {{oid, false, "\x30\x7f"}};
    EXPECT_THAT(JudgeLeaf(forgery), HasReason(Reason::BAD_CERTIFICATE)) << oid;
  }
}

TEST_F(JudgeTest, NameConstraintsOnALeaf) {
  Forgery forgery;
  forgery.more = {{NID_name_constraints, "permitted;URI:br.sti.brics.example"}};
  EXPECT_THAT(JudgeLeaf(forgery), HasReason(Reason::BAD_CERTIFICATE));
}

// Extensions belong to version 3: a reader of an older one would not look at them.
TEST_F(JudgeTest, OlderVersions) {
  for (const int version : {1, 2}) {
    Forgery forgery;
    forgery.version = version;
    EXPECT_THAT(JudgeLeaf(forgery), HasReason(Reason::BAD_CERTIFICATE)) << version;
  }
}

TEST_F(JudgeTest, WeakKeysAndSignatures) {
  for (const KeyKind kind : {KeyKind::kRsa1024, KeyKind::kSecp256k1, KeyKind::kP256Explicit}) {
    Forgery forgery;
    forgery.key = kind;
    EXPECT_THAT(JudgeLeaf(forgery), HasReason(Reason::BAD_CERTIFICATE)) << static_cast<int>(kind);
  }
  for (const KeyKind kind : {KeyKind::kRsa2048, KeyKind::kEd25519}) {
    Forgery forgery;
    forgery.key = kind;
    EXPECT_OK(JudgeLeaf(forgery)) << static_cast<int>(kind);
  }
  Forgery sha1;
  sha1.digest = "SHA1";
  EXPECT_THAT(JudgeLeaf(sha1), HasReason(Reason::BAD_CERTIFICATE));
}

TEST_F(JudgeTest, InDate) {
  Forgery forgery;
  forgery.not_before = kNow - absl::Seconds(10);
  forgery.not_after = kNow + absl::Seconds(10);
  const Forged leaf = Forge(forgery, &cas_["br"]);
  const auto at = [&](int seconds) {
    return Judge({&leaf}, kNodePort, kNow + absl::Seconds(seconds));
  };
  EXPECT_THAT(at(-11), HasReason(Reason::CERTIFICATE_NOT_YET_VALID));
  EXPECT_OK(at(-10));
  EXPECT_OK(at(9));
  EXPECT_THAT(at(10), HasReason(Reason::CERTIFICATE_EXPIRED));
  EXPECT_THAT(at(24 * 3600), HasReason(Reason::CERTIFICATE_EXPIRED));
}

// The signature covers everything: no bit of a certificate can be changed.
TEST_F(JudgeTest, EveryFlippedBitIsRefused) {
  const Forged leaf = Forge(Forgery{}, &cas_["br"]);
  for (size_t bit = 0; bit < leaf.der.size() * 8; ++bit) {
    std::string der = leaf.der;
    der[bit / 8] = static_cast<char>(der[bit / 8] ^ (1 << (bit % 8)));
    const auto certificate = Certificate::FromDer(der);
    if (!certificate.ok()) {
      ASSERT_THAT(certificate, HasReason(Reason::BAD_CERTIFICATE)) << bit;
      continue;
    }
    const auto judged = JudgePeer(absl::MakeConstSpan(&*certificate, 1), trust_, kNow, kNodePort);
    ASSERT_FALSE(judged.ok()) << bit;
    ASSERT_TRUE(ReasonOf(judged.status()).has_value()) << bit;
  }
}

TEST_F(JudgeTest, RefusalsShowHostileNamesEscaped) {
  Forgery forgery;
  forgery.common_name = "\x1b[31mred\n";
  const Forged ca = Forge(CaForgery("\x1b[2J"));
  const Forged leaf = Forge(forgery, &ca);
  const auto error = Judge({&leaf});
  EXPECT_THAT(error, HasReason(Reason::WRONG_ISSUER));
  EXPECT_EQ(error.status().message().find('\x1b'), absl::string_view::npos);
}

}  // namespace
}  // namespace plenary::certs::testing
