// The one check of who is at the other end. If one of these failed, a stranger, another member, a
// revoked key or an operator could replicate as a node, or a refusal would have no reason.
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certs/certificate.h"
#include "ledger/status.h"
#include "node/transport/grpc_status.h"
#include "tests/node/raw_peer.h"
#include "tests/node/transport_world.h"

namespace plenary::node::testing {
namespace {

int ConnectTo(int port) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return connection;
}

// What a stranger with OpenSSL sees of the port.
bool OpenSslHandshakes(int port, int max_version) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_max_proto_version(context, max_version);
  SSL* ssl = SSL_new(context);
  const int connection = ConnectTo(port);
  SSL_set_fd(ssl, connection);
  static constexpr unsigned char kProtocol[] = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl, kProtocol, sizeof(kProtocol));
  bool stands = SSL_connect(ssl) == 1;
  if (stands) {
    // In TLS 1.3 the listener judges after the caller believes to be connected.
    char byte = 0;
    while (SSL_read(ssl, &byte, 1) > 0) {
    }
    stands = false;
  }
  SSL_free(ssl);
  SSL_CTX_free(context);
  close(connection);
  return stands;
}

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(br_.Start());
    ASSERT_OK(in_.Start());
  }
  Forged NodeOf(const std::string& member, const std::string& node) {
    return Forge(Federation::NodePlan(member, node), &federation_.Ca(member));
  }

  Federation federation_;
  Station br_{federation_, "br", "node-1"};
  Station in_{federation_, "in", "node-1"};
};

struct BadCaller {
  const char* name;
  Reason reason;
  std::function<Forged(const Federation&)> make;
  std::function<void(certs::Trust&, const Forged& bad)> change_trust = nullptr;
  // What the node itself says, where it knows more: it judges by its own name.
  std::optional<Reason> own_reason = std::nullopt;
};

class BadCallerTest : public TlsTest, public ::testing::WithParamInterface<BadCaller> {};

// Both ways: the listener refuses it, and a node that would present it does not even dial.
TEST_P(BadCallerTest, IsRefusedWithItsReason) {
  const Forged bad = GetParam().make(federation_);
  if (GetParam().change_trust) {
    certs::Trust trust = federation_.Trust();
    GetParam().change_trust(trust, bad);
    in_.trust().Set(trust);
    br_.trust().Set(trust);
  }
  RawPeer caller(in_.Address(), bad);
  EXPECT_FALSE(caller.Up());
  EXPECT_FALSE(caller.End().ok());
  EXPECT_TRUE(in_.recorder().WaitForRefusal(GetParam().reason));
  EXPECT_TRUE(in_.recorder().Get().links.empty());

  Install(br_.folder(), bad);
  br_.Dial(1, in_);
  EXPECT_THAT(br_.recorder().WaitForFailedDial(1),
              HasReason(GetParam().own_reason.value_or(GetParam().reason)));
}

certs::MemberTrust& Br(certs::Trust& trust) { return trust.members.at("br"); }

INSTANTIATE_TEST_SUITE_P(
    All, BadCallerTest,
    ::testing::Values(
        BadCaller{"self_signed", Reason::WRONG_ISSUER,
                  [](const Federation&) { return Forge(Federation::NodePlan("br", "node-1")); }},
        BadCaller{"unknown_ca", Reason::WRONG_ISSUER,
                  [](const Federation&) {
                    const Forged ca = Forge(certs::testing::CaForgery("br CA"));
                    return Forge(Federation::NodePlan("br", "node-1"), &ca);
                  }},
        BadCaller{"another_members_ca", Reason::WRONG_ISSUER,
                  [](const Federation& federation) {
                    return Forge(Federation::NodePlan("br", "node-1"), &federation.Ca("za"));
                  }},
        BadCaller{"expired", Reason::CERTIFICATE_EXPIRED,
                  [](const Federation& federation) {
                    Forgery plan = Federation::NodePlan("br", "node-1");
                    plan.not_after = absl::Now() - absl::Minutes(1);
                    return Forge(plan, &federation.Ca("br"));
                  }},
        BadCaller{"not_yet_valid", Reason::CERTIFICATE_NOT_YET_VALID,
                  [](const Federation& federation) {
                    Forgery plan = Federation::NodePlan("br", "node-1");
                    plan.not_before = absl::Now() + absl::Hours(1);
                    return Forge(plan, &federation.Ca("br"));
                  }},
        BadCaller{"two_names", Reason::BAD_CERTIFICATE,
                  [](const Federation& federation) {
                    Forgery plan = Federation::NodePlan("br", "node-1");
                    plan.names += ",URI:spiffe://br.sti.brics.example/node/node-2";
                    return Forge(plan, &federation.Ca("br"));
                  }},
        BadCaller{"no_name", Reason::BAD_CERTIFICATE,
                  [](const Federation& federation) {
                    Forgery plan = Federation::NodePlan("br", "node-1");
                    plan.names = "DNS:br.sti.brics.example";
                    return Forge(plan, &federation.Ca("br"));
                  }},
        BadCaller{"other_federation", Reason::WRONG_IDENTITY,
                  [](const Federation& federation) {
                    Forgery plan = Federation::NodePlan("br", "node-1");
                    plan.names = "URI:spiffe://br.other.example/node/node-1";
                    return Forge(plan, &federation.Ca("br"));
                  }},
        BadCaller{"unknown_member", Reason::NOT_ON_ROSTER,
                  [](const Federation& federation) {
                    return Forge(Federation::NodePlan("xx", "node-1"), &federation.Ca("br"));
                  }},
        BadCaller{"operator_on_the_peer_port", Reason::WRONG_PORT,
                  [](const Federation& federation) {
                    return Forge(Federation::OperatorPlan("br", "alice"), &federation.Ca("br"));
                  },
                  nullptr, Reason::WRONG_IDENTITY},
        BadCaller{"suspended_member", Reason::NOT_ON_ROSTER,
                  [](const Federation& federation) {
                    return Forge(Federation::NodePlan("br", "node-1"), &federation.Ca("br"));
                  },
                  [](certs::Trust& trust, const Forged&) {
                    Br(trust).status = certs::MemberStatus::kSuspended;
                  }},
        BadCaller{"revoked", Reason::CERTIFICATE_REVOKED,
                  [](const Federation& federation) {
                    return Forge(Federation::NodePlan("br", "node-1"), &federation.Ca("br"));
                  },
                  [](certs::Trust& trust, const Forged& bad) {
                    Br(trust).revoked_spki.insert(bad.certificate().spki_digest());
                  }}),
    [](const ::testing::TestParamInfo<BadCaller>& each) { return each.param.name; });

TEST_F(TlsTest, AGoodStrangerIsLetIn) {
  RawPeer caller(in_.Address(), NodeOf("br", "node-9"));
  EXPECT_TRUE(caller.Up()) << "else the tests of refusals prove nothing";
}

TEST_F(TlsTest, TheDiallerRefusesAnotherMemberOrNode) {
  br_.transport().Dial(1, "za", "node-1", in_.Address());
  EXPECT_THAT(br_.recorder().WaitForFailedDial(1), HasReason(Reason::WRONG_IDENTITY));
  br_.transport().Dial(2, "in", "node-2", in_.Address());
  EXPECT_THAT(br_.recorder().WaitForFailedDial(2), HasReason(Reason::WRONG_IDENTITY));
}

TEST_F(TlsTest, TheDiallerRefusesAListenerWithABadCertificate) {
  const Forged forged =
      Forge(Federation::NodePlan("in", "node-1"), &federation_.Ca("za"));  // za's CA says "in"
  Station impostor(federation_, "in", "node-1", /*listens=*/true, &forged);
  ASSERT_OK(impostor.Start());
  br_.Dial(1, impostor);
  EXPECT_THAT(br_.recorder().WaitForFailedDial(1), HasReason(Reason::WRONG_ISSUER));
  EXPECT_TRUE(br_.recorder().Get().links.empty());
}

TEST_F(TlsTest, NoCertificateIsReported) {
  EXPECT_FALSE(OpenSslHandshakes(in_.transport().port(), TLS1_3_VERSION));
  EXPECT_TRUE(in_.recorder().WaitForRefusal(Reason::NO_CERTIFICATE));
}

TEST_F(TlsTest, OldTlsIsRefusedAndReported) {
  EXPECT_FALSE(OpenSslHandshakes(in_.transport().port(), TLS1_2_VERSION));
  EXPECT_TRUE(in_.recorder().WaitForRefusal(Reason::TLS_TOO_OLD));
}

TEST_F(TlsTest, GarbageOnThePortIsReportedAndHarmless) {
  for (const std::string& garbage :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(5000, '\xff'), std::string("\0\0\0", 3),
        std::string()}) {
    const int connection = ConnectTo(in_.transport().port());
    EXPECT_EQ(send(connection, garbage.data(), garbage.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(garbage.size()));
    shutdown(connection, SHUT_WR);
    char buffer[256];
    while (recv(connection, buffer, sizeof(buffer), 0) > 0) {
    }
    close(connection);
  }
  EXPECT_TRUE(in_.recorder().WaitForRefusal(Reason::NOT_TLS));
  EXPECT_NE(br_.LinkWith(in_).first, 0u) << "the port still serves";
}

TEST_F(TlsTest, AFloodOfRefusalsDoesNotFillTheLoop) {
  in_.recorder().Hold();
  const auto [mine, theirs] = br_.LinkWith(in_);
  br_.SendPing(mine, 1);  // at which in's loop stands still
  for (int i = 0; i < 200; ++i) OpenSslHandshakes(in_.transport().port(), TLS1_2_VERSION);
  in_.recorder().LetGo();
  EXPECT_TRUE(in_.recorder().WaitForRefusal(Reason::TLS_TOO_OLD));
  in_.loop().RunOnLoop([] {});
  EXPECT_LE(in_.recorder().Get().refused.size(), 80u);
}

ReplicateRequest FrameOf(size_t bytes) {
  ReplicateRequest request;
  request.mutable_frame()->mutable_commits()->add_commits()->set_envelope(std::string(bytes, 'x'));
  return request;
}

TEST_F(TlsTest, AnOversizedFrameEndsTheLinkWithItsReason) {
  RawPeer caller(in_.Address(), NodeOf("br", "node-9"));
  ASSERT_TRUE(caller.Up());
  caller.Write(FrameOf(kMaxFrameBytes + 1000));
  EXPECT_THAT(FromGrpcStatus(caller.End()), HasReason(Reason::TOO_LARGE));
  EXPECT_THAT(in_.recorder().WaitForDown(in_.recorder().WaitForLink()),
              HasReason(Reason::TOO_LARGE));
}

TEST_F(TlsTest, AHugeFrameIsNotEvenReceived) {
  RawPeer caller(in_.Address(), NodeOf("br", "node-9"));
  ASSERT_TRUE(caller.Up());
  caller.Write(FrameOf(size_t{40} << 20));
  EXPECT_FALSE(caller.End().ok());
  const LinkId link = in_.recorder().WaitForLink();
  EXPECT_FALSE(in_.recorder().WaitForDown(link).ok());
  EXPECT_EQ(in_.recorder().Get().links.at(link).frames, 0u);
}

TEST_F(TlsTest, AnEmptyMessageIsAnEmptyFrame) {
  RawPeer caller(in_.Address(), NodeOf("br", "node-9"));
  ASSERT_TRUE(caller.Up());
  caller.Write(ReplicateRequest());
  const LinkId link = in_.recorder().WaitForLink();
  EXPECT_TRUE(in_.recorder().Wait(
      [link](const Recorder::State& state) { return state.links.at(link).frames == 1; },
      "the frame"));
}

TEST_F(TlsTest, LinksAreCutWhenTheirTrustGoes) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  Station za(federation_, "za", "node-1");
  ASSERT_OK(za.Start());
  const LinkId za_theirs = za.LinkWith(in_).second;
  certs::Trust trust = federation_.Trust();
  trust.members.at("br").issuers.clear();
  in_.trust().Set(trust);
  EXPECT_THAT(in_.recorder().WaitForDown(theirs), HasReason(Reason::WRONG_ISSUER));
  EXPECT_THAT(br_.recorder().WaitForDown(mine), HasReason(Reason::WRONG_ISSUER))
      << "the peer must hear why";
  EXPECT_FALSE(in_.recorder().Get().links.at(za_theirs).down.has_value())
      << "only the one whose trust has gone";
}

TEST_F(TlsTest, TheDiallersSideIsCutToo) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  certs::Trust trust = federation_.Trust();
  trust.members.at("in").status = certs::MemberStatus::kWithdrawn;
  br_.trust().Set(trust);
  EXPECT_THAT(br_.recorder().WaitForDown(mine), HasReason(Reason::NOT_ON_ROSTER));
  EXPECT_FALSE(in_.recorder().WaitForDown(theirs).ok());
}

TEST_F(TlsTest, ALinkDoesNotOutliveItsCertificate) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  in_.clock().Add(absl::Hours(101));
  EXPECT_THAT(in_.recorder().WaitForDown(theirs), HasReason(Reason::CERTIFICATE_EXPIRED));
}

TEST_F(TlsTest, ANewCertificateIsServedWithoutARestart) {
  const auto kept = br_.LinkWith(in_);
  const Forged fresh = NodeOf("in", "node-1");
  Install(in_.folder(), fresh);
  const std::string wanted = fresh.certificate().Pem();
  const absl::Time deadline = absl::Now() + kPatience;
  std::string served;
  while (served != wanted && absl::Now() < deadline) {
    RawPeer caller(in_.Address(), NodeOf("za", "node-9"));
    ASSERT_TRUE(caller.Up()) << "no connection may fail while certificates change";
    served = caller.ServerCertificate();
  }
  EXPECT_EQ(served, wanted);
  br_.SendPing(kept.first, 1);
  EXPECT_TRUE(in_.recorder().Wait(
      [&](const Recorder::State& state) { return state.links.at(kept.second).frames > 0; },
      "a frame on the old link"));
}

TEST_F(TlsTest, ANewIssuerCountsAtOnce) {
  Forgery plan = certs::testing::CaForgery("br's next CA");
  plan.not_before = absl::Now() - absl::Hours(1);
  plan.not_after = absl::Now() + absl::Hours(1000);
  const Forged next_ca = Forge(plan);
  const Forged node = Forge(Federation::NodePlan("br", "node-1"), &next_ca);
  {
    RawPeer early(in_.Address(), node);
    EXPECT_FALSE(early.Up());
  }
  certs::Trust trust = federation_.Trust();
  trust.members.at("br").issuers.push_back(next_ca.certificate());
  in_.trust().Set(trust);
  RawPeer caller(in_.Address(), node);
  EXPECT_TRUE(caller.Up());
}

}  // namespace
}  // namespace plenary::node::testing
