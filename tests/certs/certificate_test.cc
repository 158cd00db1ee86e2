#include "certs/certificate.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "absl/strings/str_replace.h"
#include "certs/file.h"
#include "tests/certs/forge.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace plenary::certs {
namespace {

using plenary::testing::HasReason;
using testing::CaForgery;
using testing::Forge;
using testing::Forgery;
using testing::kNow;

TEST(Certificate, SaysWhatItsExtensionsSay) {
  Forgery forgery;
  forgery.names =
      "URI:spiffe://a.b.c/node/n,DNS:x.example,email:a@b.example,IP:10.0.0.1,IP:2001:db8::1";
  const Certificate leaf = Forge(forgery).certificate();
  using Kind = AlternativeName::Kind;
  const std::vector<AlternativeName> names = {{Kind::kUri, "spiffe://a.b.c/node/n"},
                                              {Kind::kDns, "x.example"},
                                              {Kind::kEmail, "a@b.example"},
                                              {Kind::kIp, "10.0.0.1"},
                                              {Kind::kIp, "2001:db8:0:0:0:0:0:1"}};
  EXPECT_EQ(leaf.alternative_names(), names);
  EXPECT_FALSE(leaf.is_authority());
  EXPECT_TRUE(leaf.signs_data());
  EXPECT_FALSE(leaf.signs_certificates());
  EXPECT_TRUE(leaf.tls_client());
  EXPECT_TRUE(leaf.tls_server());
  EXPECT_EQ(leaf.not_before(), forgery.not_before);
  EXPECT_EQ(leaf.not_after(), forgery.not_after);
  EXPECT_EQ(leaf.Fingerprint(), Sha256(leaf.der()));
  EXPECT_EQ(leaf.KeyText(), "EC P-256");

  const Certificate ca = Forge(CaForgery("x", "1")).certificate();
  EXPECT_TRUE(ca.is_authority());
  EXPECT_EQ(ca.path_length(), 1);
  EXPECT_TRUE(ca.signs_certificates());
  EXPECT_TRUE(ca.signs_crls());
  EXPECT_FALSE(ca.has_extended_key_usage());
  EXPECT_EQ(Forge(CaForgery("x", "")).certificate().path_length(), std::nullopt);
}

// What a card revokes is the SHA-256 of what OpenSSL calls the public key's DER.
TEST(Certificate, SpkiDigestIsOfTheWholePublicKeyInfo) {
  const auto forged = Forge(Forgery{});
  unsigned char* der = nullptr;
  const int bytes = i2d_PUBKEY(forged.key.get(), &der);
  EXPECT_EQ(forged.certificate().spki_digest(),
            Sha256(absl::string_view(reinterpret_cast<char*>(der), static_cast<size_t>(bytes))));
  OPENSSL_free(der);
}

TEST(Certificate, DatesBeyond2050) {
  Forgery forgery;
  forgery.not_after = absl::FromUnixSeconds(4'102'444'800);  // 2100-01-01
  EXPECT_EQ(Forge(forgery).certificate().not_after(), forgery.not_after);
}

TEST(Certificate, RefusesAnythingButOneDer) {
  const std::string der = Forge(Forgery{}).der;
  EXPECT_THAT(Certificate::FromDer(""), HasReason(Reason::BAD_CERTIFICATE));
  EXPECT_THAT(Certificate::FromDer(der + "x"), HasReason(Reason::BAD_CERTIFICATE));
  EXPECT_THAT(Certificate::FromDer(der + der), HasReason(Reason::BAD_CERTIFICATE));
  EXPECT_THAT(Certificate::FromDer(std::string(70'000, '0')), HasReason(Reason::BAD_CERTIFICATE));
  for (size_t length = 0; length < der.size(); ++length) {
    ASSERT_THAT(Certificate::FromDer(der.substr(0, length)), HasReason(Reason::BAD_CERTIFICATE));
  }
}

TEST(Certificate, TooManyExtensions) {
  Forgery forgery;
  for (int i = 0; i < 100; ++i) {
    forgery.raw.push_back({"1.3.6.1.4.1.55555." + std::to_string(i), false, "\x05"});
  }
  EXPECT_THAT(Certificate::FromDer(Forge(forgery).der), HasReason(Reason::BAD_CERTIFICATE));
}

TEST(Certificate, CopiesOutliveTheOriginal) {
  auto first = std::make_unique<Certificate>(Forge(Forgery{}).certificate());
  const Certificate copy = *first;
  Certificate assigned = Forge(CaForgery("x")).certificate();
  assigned = *first;
  const std::string subject = first->Subject();
  first.reset();
  EXPECT_EQ(copy.Subject(), subject);
  EXPECT_EQ(assigned.Subject(), subject);
  EXPECT_EQ(assigned, copy);
}

TEST(Pem, RoundTrips) {
  const std::vector<Certificate> chain = {Forge(Forgery{}).certificate(),
                                          Forge(CaForgery("x")).certificate()};
  EXPECT_EQ(*ParsePem(FormatPem(chain)), chain);
  EXPECT_EQ(*ParsePem(absl::StrReplaceAll(FormatPem(chain), {{"\n", "\r\n"}})), chain);
  EXPECT_EQ(*ParsePem("\n" + chain[0].Pem() + "\n\n" + chain[1].Pem()), chain);
  // As OpenSSL writes it.
  const BioPtr bio(BIO_new(BIO_s_mem()));
  ASSERT_EQ(PEM_write_bio_X509(bio.get(), chain[0].native()), 1);
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio.get(), &data);
  EXPECT_EQ(std::string(data, static_cast<size_t>(bytes)), chain[0].Pem());
}

// A bundle with a bad block must not become a shorter bundle.
TEST(Pem, OneBadBlockRefusesTheWhole) {
  const std::string good = Forge(Forgery{}).certificate().Pem();
  const auto refused = [&good](const std::string& bad) {
    for (const std::string& pem : {bad, bad + good, good + bad, good + bad + good}) {
      EXPECT_THAT(ParsePem(pem), HasReason(Reason::BAD_CERTIFICATE)) << bad;
    }
  };
  refused(std::string(good).replace(100, 1, "*"));
  refused(std::string(good).replace(100, 4, "AAAA"));
  refused("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
  refused("-----BEGIN CERTIFICATE-----\nAAAA\n");
  refused("-----BEGIN CERTIFICATE-----\n" + good);
  refused("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  refused("-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n");
  refused("-----BEGIN CERTIFICATE----\nAAAA\n-----END CERTIFICATE-----\n");
  refused("subject=CN = x\n");
  refused("-----END CERTIFICATE-----\n");
  EXPECT_THAT(ParsePem(""), HasReason(Reason::BAD_CERTIFICATE));
  EXPECT_THAT(ParsePem("\n\n"), HasReason(Reason::BAD_CERTIFICATE));
}

TEST(Pem, ErrorsNameTheLine) {
  const std::string good = Forge(Forgery{}).certificate().Pem();
  const auto lines = std::count(good.begin(), good.end(), '\n');
  const auto error = ParsePem(good + "what\n");
  EXPECT_NE(error.status().message().find("line " + std::to_string(lines + 1) + ":"),
            absl::string_view::npos)
      << error.status();
}

TEST(Pem, BoundsTheNumberOfCertificates) {
  const std::string good = Forge(Forgery{}).certificate().Pem();
  std::string pem;
  for (size_t i = 0; i < kMaxChainCertificates; ++i) pem += good;
  EXPECT_OK(ParsePem(pem));
  EXPECT_THAT(ParsePem(pem + good), HasReason(Reason::BAD_CERTIFICATE));
}

TEST(LoadCertificates, NamesTheFile) {
  const plenary::testing::TempDir dir;
  EXPECT_THAT(LoadCertificates(dir.File("absent")), HasReason(Reason::FILE_ACCESS));
  ASSERT_OK(CreateFile(dir.File("bad"), "bad", 0644));
  const auto error = LoadCertificates(dir.File("bad"));
  EXPECT_THAT(error, HasReason(Reason::BAD_CERTIFICATE));
  EXPECT_NE(error.status().message().find(dir.File("bad")), absl::string_view::npos);
}

TEST(KeyMatches, OnlyItsOwnKey) {
  const auto a = Forge(Forgery{});
  const auto b = Forge(Forgery{});
  EXPECT_TRUE(KeyMatches(a.certificate(), *a.key));
  EXPECT_FALSE(KeyMatches(a.certificate(), *b.key));
}

TEST(DaysLeft, RoundsDown) {
  Forgery forgery;
  forgery.not_after = kNow + absl::Hours(24 * 7);
  const Certificate certificate = Forge(forgery).certificate();
  EXPECT_EQ(DaysLeft(certificate, kNow), 7);
  EXPECT_EQ(DaysLeft(certificate, kNow + absl::Seconds(1)), 6);
  EXPECT_EQ(DaysLeft(certificate, kNow + absl::Hours(24 * 7)), 0);
  EXPECT_EQ(DaysLeft(certificate, kNow + absl::Hours(24 * 7) + absl::Seconds(1)), -1);
}

TEST(GroupedFingerprint, SixteenGroupsOfFour) {
  EXPECT_EQ(GroupedFingerprint(Sha256("")),
            "e3b0 c442 98fc 1c14 9afb f4c8 996f b924 27ae 41e4 649b 934c a495 991b 7852 b855");
}

TEST(Describe, TellsPeopleWhatTheyCompare) {
  const Certificate certificate = Forge(Forgery{}).certificate();
  const std::string text = Describe(certificate, kNow);
  for (const std::string& part :
       {std::string("spiffe://br.sti.brics.example/node/node-1"), certificate.spki_digest().Hex(),
        GroupedFingerprint(certificate.Fingerprint()), std::string("30 days left"),
        std::string("TLS client, TLS server"), std::string("CN=whatever")}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_NE(Describe(certificate, kNow + absl::Hours(9999)).find("EXPIRED"), std::string::npos);
  EXPECT_NE(Describe(certificate, kNow - absl::Hours(9)).find("not yet valid"), std::string::npos);
}

TEST(Describe, EscapesHostileNames) {
  Forgery forgery;
  forgery.common_name = "\x1b[31mred\n";
  forgery.names = "";
  const std::string uri = "x\x1b[2J";
  forgery.raw = {{"2.5.29.17", false,
                  std::string("\x30") + static_cast<char>(uri.size() + 2) + "\x86" +
                      static_cast<char>(uri.size()) + uri}};
  EXPECT_EQ(Describe(Forge(forgery).certificate(), kNow).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace plenary::certs
