// The parts of the TLS edge by themselves: files, the operator port, the self-test, and what errors
// look like on a call. If one of these failed, a node would start with a port that takes old TLS,
// or a caller would not learn why it was refused.
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
#include "tests/node/raw_peer.h"
#include "tests/node/transport_world.h"

namespace plenary::node::testing {
namespace {

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
