// Two identities of two members in a TLS 1.3 handshake, in memory, with JudgePeer as the only
// check.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>

#include "certs/authority.h"
#include "certs/member_identity.h"
#include "tests/certs/forge.h"
#include "tests/support/status_matchers.h"

namespace plenary::certs {
namespace {

using plenary::testing::HasReason;
using testing::kNow;

constexpr char kFederation[] = "sti.brics.example";

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

// What one side holds, and what it found out about the other.
struct Side {
  const Trust* trust = nullptr;
  Expectation expectation;
  absl::StatusOr<PeerIdentity> peer = absl::UnknownError("not judged");
  std::unique_ptr<SSL_CTX, FreeSsl> context;
  std::unique_ptr<SSL, FreeSsl> ssl;
};

int Verify(X509_STORE_CTX* store, void* argument) {
  auto* side = static_cast<Side*>(argument);
  std::vector<Certificate> sent;
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_untrusted(store);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    unsigned char* der = nullptr;
    const int bytes = i2d_X509(sk_X509_value(chain, i), &der);
    auto certificate = Certificate::FromDer(
        absl::string_view(reinterpret_cast<char*>(der), static_cast<size_t>(bytes)));
    OPENSSL_free(der);
    if (!certificate.ok()) {
      side->peer = certificate.status();
      return 0;
    }
    sent.push_back(*std::move(certificate));
  }
  side->peer = JudgePeer(sent, *side->trust, kNow, side->expectation);
  return side->peer.ok() ? 1 : 0;
}

void Prepare(Side& side, const SSL_METHOD* method, const IssuedIdentity* identity) {
  side.context.reset(SSL_CTX_new(method));
  SSL_CTX* context = side.context.get();
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, Verify, &side);
  if (identity != nullptr) {
    const auto key = ParseKey(identity->key.view());
    ASSERT_OK(key);
    ASSERT_EQ(SSL_CTX_use_certificate(context, identity->chain[0].native()), 1);
    for (size_t i = 1; i < identity->chain.size(); ++i) {
      ASSERT_EQ(SSL_CTX_add1_chain_cert(context, identity->chain[i].native()), 1);
    }
    ASSERT_EQ(SSL_CTX_use_PrivateKey(context, key->get()), 1);
  }
  side.ssl.reset(SSL_new(context));
}

// True when both sides finished.
bool Handshake(Side& client, Side& server) {
  BIO* client_end = nullptr;
  BIO* server_end = nullptr;
  BIO_new_bio_pair(&client_end, 0, &server_end, 0);
  SSL_set_bio(client.ssl.get(), client_end, client_end);
  SSL_set_bio(server.ssl.get(), server_end, server_end);
  bool client_done = false;
  bool server_done = false;
  for (int i = 0; i < 20 && !(client_done && server_done); ++i) {
    client_done = SSL_connect(client.ssl.get()) == 1;
    server_done = SSL_accept(server.ssl.get()) == 1;
  }
  const OpenSslErrors errors;
  return client_done && server_done;
}

class TlsHandshake : public ::testing::Test {
 protected:
  TlsHandshake() {
    trust_.federation = kFederation;
    for (const char* member : {"br", "ru"}) {
      Secret key("");
      auto ca = Authority::Create(
          {{member, kFederation}, Algorithm::kEcdsaP256, kAuthorityValidity, 1}, kNow, key);
      EXPECT_OK(ca);
      trust_.members[member].status = MemberStatus::kFull;
      trust_.members[member].issuers = {ca->certificate()};
      cas_.emplace(member, *std::move(ca));
    }
  }
  IssuedIdentity Node(const std::string& member, Algorithm algorithm = Algorithm::kEcdsaP256) {
    const TlsIdentity identity{member, kFederation, TlsIdentity::Kind::kNode, "node-1"};
    auto issued = cas_.at(member).Issue({identity, algorithm}, kNow);
    EXPECT_OK(issued);
    return *std::move(issued);
  }
  bool Connect(const IssuedIdentity* client, const IssuedIdentity* server,
               const std::string& dialled) {
    client_.trust = server_.trust = &trust_;
    client_.expectation.member = dialled;
    Prepare(client_, TLS_client_method(), client);
    Prepare(server_, TLS_server_method(), server);
    return Handshake(client_, server_);
  }

  std::map<std::string, Authority> cas_;
  Trust trust_;
  Side client_;
  Side server_;
};

TEST_F(TlsHandshake, TwoMembersMeet) {
  for (const Algorithm algorithm : {Algorithm::kEcdsaP256, Algorithm::kEd25519}) {
    const IssuedIdentity br = Node("br", algorithm);
    const IssuedIdentity ru = Node("ru");
    ASSERT_TRUE(Connect(&br, &ru, "ru"));
    EXPECT_STREQ(SSL_get_version(client_.ssl.get()), "TLSv1.3");
    EXPECT_EQ(client_.peer->identity.member, "ru");
    EXPECT_EQ(server_.peer->identity.member, "br");
  }
}

TEST_F(TlsHandshake, ThroughAnIntermediate) {
  Secret key("");
  const auto intermediate =
      cas_.at("br").CreateIntermediate(Algorithm::kEd25519, kIdentityValidity, kNow, key);
  ASSERT_OK(intermediate);
  const TlsIdentity identity{"br", kFederation, TlsIdentity::Kind::kNode, "node-1"};
  const auto br = intermediate->Issue({identity}, kNow);
  ASSERT_OK(br);
  const IssuedIdentity ru = Node("ru");
  EXPECT_TRUE(Connect(&*br, &ru, "ru"));
  EXPECT_EQ(server_.peer->chain_spki.size(), 3U);
}

TEST_F(TlsHandshake, NotWhomItDialled) {
  const IssuedIdentity br = Node("br");
  const IssuedIdentity ru = Node("ru");
  EXPECT_FALSE(Connect(&br, &ru, "br"));
  EXPECT_THAT(client_.peer, HasReason(Reason::WRONG_IDENTITY));
}

TEST_F(TlsHandshake, WithoutACertificate) {
  const IssuedIdentity ru = Node("ru");
  EXPECT_FALSE(Connect(nullptr, &ru, "ru"));
}

TEST_F(TlsHandshake, ARevokedPeer) {
  const IssuedIdentity br = Node("br");
  const IssuedIdentity ru = Node("ru");
  trust_.members["br"].revoked_spki.insert(br.chain[0].spki_digest());
  EXPECT_FALSE(Connect(&br, &ru, "ru"));
  EXPECT_THAT(server_.peer, HasReason(Reason::CERTIFICATE_REVOKED));
}

}  // namespace
}  // namespace plenary::certs
