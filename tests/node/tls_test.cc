// The one check of who is at the other end. If one of these failed, a stranger, another member, a
// revoked key or an operator could replicate as a node, or a refusal would have no reason.
#include "node/transport/tls.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "certs/certificate.h"
#include "ledger/status.h"
#include "node/transport/grpc_log.h"
#include "node/transport/grpc_status.h"
#include "node/transport/tls_self_test.h"
#include "plenary/v1/replication_service.grpc.pb.h"
#include "tests/node/transport_world.h"

namespace plenary::node::testing {
namespace {

using plenary::v1::ReplicateRequest;
using plenary::v1::ReplicateResponse;
using plenary::v1::ReplicationService;

// A program that is not ours: presents any certificate and believes any.
class RawPeer {
 public:
  RawPeer(const std::string& address, const Forged& identity) {
    const std::vector<grpc::experimental::IdentityKeyCertPair> pairs = {
        {certs::testing::KeyPem(*identity.key), identity.certificate().Pem()}};
    grpc::experimental::TlsChannelCredentialsOptions options;
    options.set_certificate_provider(
        std::make_shared<grpc::experimental::StaticDataCertificateProvider>(pairs));
    options.watch_identity_key_cert_pairs();
    options.set_verify_server_certs(false);
    options.set_check_call_host(false);
    options.set_certificate_verifier(
        std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxSendMessageSize(-1);
    channel_ =
        grpc::CreateCustomChannel(address, grpc::experimental::TlsCredentials(options), arguments);
    stub_ = ReplicationService::NewStub(channel_);
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    stream_ = stub_->Replicate(&context_);
  }
  ~RawPeer() { context_.TryCancel(); }

  bool Up() {
    stream_->WaitForInitialMetadata();
    return context_.GetServerInitialMetadata().count("plenary-link") > 0;
  }
  bool Write(const ReplicateRequest& request) { return stream_->Write(request); }
  // How the call ended.
  grpc::Status End() {
    ReplicateResponse response;
    while (stream_->Read(&response)) {
    }
    return stream_->Finish();
  }
  std::string ServerCertificate() {
    const auto values = context_.auth_context()->FindPropertyValues("x509_pem_cert");
    return values.empty() ? "" : std::string(values[0].data(), values[0].size());
  }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<ReplicationService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<ReplicateRequest, ReplicateResponse>> stream_;
};

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

TEST(TlsFilesTest, AKeyOfAnotherCertificateIsRefusedAtStart) {
  Federation federation;
  TempDir dir;
  const Forged one = Forge(Federation::NodePlan("br", "node-1"), &federation.Ca("br"));
  const Forged two = Forge(Federation::NodePlan("br", "node-1"), &federation.Ca("br"));
  TlsFiles files = Install(dir.path(), one);
  TempDir other;
  files.key = Install(other.path(), two).key;
  MovableClock clock;
  TrustHolder trust(federation.Trust());
  EXPECT_THAT(Tls::Create(files, {}, &trust, &clock).status(), HasReason(Reason::BAD_CERTIFICATE));
  files.key = dir.path() + "/missing.pem";
  EXPECT_FALSE(Tls::Create(files, {}, &trust, &clock).ok());
}

// A listener for operators, with a service that answers UNIMPLEMENTED to whoever gets through.
TEST(OperatorPort, TakesOperatorsAndRefusesNodes) {
  Federation federation;
  TempDir dir;
  MovableClock clock;
  TrustHolder trust(federation.Trust());
  const Forged own = Forge(Federation::NodePlan("in", "node-1"), &federation.Ca("in"));
  auto tls = Tls::Create(Install(dir.path(), own), {}, &trust, &clock);
  ASSERT_OK(tls);
  Recorder recorder;
  ReplicationService::Service nothing;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(
      "127.0.0.1:0",
      (*tls)->ForListener(TlsIdentity::Kind::kOperator,
                          [&](const absl::Status& why) { recorder.OnRefused("", why); }),
      &port);
  builder.RegisterService(&nothing);
  const auto server = builder.BuildAndStart();
  EXPECT_OK(CheckOnlyTls13(absl::StrCat("127.0.0.1:", port)));
  const std::string address = absl::StrCat("127.0.0.1:", port);

  RawPeer alice(address, Forge(Federation::OperatorPlan("br", "alice"), &federation.Ca("br")));
  EXPECT_EQ(alice.End().error_code(), grpc::StatusCode::UNIMPLEMENTED);
  RawPeer node(address, Forge(Federation::NodePlan("br", "node-1"), &federation.Ca("br")));
  EXPECT_EQ(node.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(recorder.WaitForRefusal(Reason::WRONG_PORT));
  server->Shutdown(std::chrono::system_clock::now());
}

// A careless listener: one that a build without AllowOnlyTls13 would have.
class OldListener {
 public:
  OldListener(const Forged& identity, int max_version) {
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_max_proto_version(context_, max_version);
    SSL_CTX_use_certificate(context_, identity.certificate().native());
    SSL_CTX_use_PrivateKey(context_, identity.key.get());
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~OldListener() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    SSL_CTX_free(context_);
  }
  std::string Address() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  void Serve() {
    for (int i = 0; i < 8; ++i) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      SSL* ssl = SSL_new(context_);
      SSL_set_fd(ssl, connection);
      SSL_accept(ssl);
      SSL_free(ssl);
      close(connection);
    }
  }
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

TEST(TlsSelfTest, SeesAListenerThatTakesOldTls) {
  Federation federation;
  const Forged own = Forge(Federation::NodePlan("in", "node-1"), &federation.Ca("in"));
  {
    const OldListener careless(own, TLS1_3_VERSION);
    EXPECT_THAT(CheckOnlyTls13(careless.Address()), HasReason(Reason::TLS_TOO_OLD));
  }
  const OldListener old(own, TLS1_2_VERSION);
  EXPECT_THAT(CheckOnlyTls13(old.Address()), HasReason(Reason::UNAVAILABLE));
  EXPECT_THAT(CheckOnlyTls13("127.0.0.1:1"), HasReason(Reason::UNAVAILABLE));
}

TEST(HandshakeFailures, AreToldApart) {
  const auto reason = [](const char* text) { return ReasonOf(ClassifyHandshakeFailure(text)); };
  EXPECT_EQ(reason("SSL_ERROR_SSL: error:0A0000C7:SSL routines::peer did not return a certificate"),
            Reason::NO_CERTIFICATE);
  EXPECT_EQ(reason("SSL_ERROR_SSL: error:0A0000C1:SSL routines::no shared cipher"),
            Reason::TLS_TOO_OLD);
  EXPECT_EQ(reason("SSL_ERROR_SSL: error:0A00010B:SSL routines::wrong version number"),
            Reason::NOT_TLS);
  EXPECT_EQ(reason("SSL_ERROR_SSL: error:0A000418:SSL routines::tlsv1 alert unknown ca"),
            Reason::BAD_CERTIFICATE);
  EXPECT_EQ(reason("something new"), Reason::PROTOCOL_ERROR);
}

TEST(GrpcStatus, CarriesReasonAndMetadata) {
  const absl::Status status =
      MakeError(Reason::STALE_REVISION, "revision: expected 3, got 2", {{"expected", "3"}});
  const absl::Status back = FromGrpcStatus(ToGrpcStatus(status));
  EXPECT_EQ(back, status);
  EXPECT_TRUE(FromGrpcStatus(ToGrpcStatus(absl::OkStatus())).ok());
}

TEST(GrpcStatus, StaysShortAndIsText) {
  const std::string long_text(100'000, '\xfe');
  const grpc::Status sent =
      ToGrpcStatus(MakeError(Reason::BAD_NAME, long_text, {{"name", long_text}}));
  EXPECT_LE(sent.error_message().size() * 3 + sent.error_details().size() * 4 / 3, 8000u);
  EXPECT_THAT(FromGrpcStatus(sent), HasReason(Reason::BAD_NAME));
}

TEST(GrpcStatus, WhatAPeerSaysIsNotBelievedBlindly) {
  const absl::Status odd = FromGrpcStatus(
      grpc::Status(grpc::StatusCode::DO_NOT_USE, "\x80\x81", std::string(100, '\xff')));
  EXPECT_EQ(odd.code(), absl::StatusCode::kUnknown);
  EXPECT_EQ(ReasonOf(odd), std::nullopt);
}

}  // namespace
}  // namespace plenary::node::testing
