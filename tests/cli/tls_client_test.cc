// What the client does with listeners that are no node of ours: older TLS, silence, another
// protocol. If one of these failed, a person's records could be read on the way, or a command would
// hang.
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/client/client.h"
#include "cli/held_trust.h"
#include "cli/profile.h"
#include "ledger/check.h"
#include "tests/cli/node_world.h"

namespace plenary::cli::testing {
namespace {

using plenary::testing::HasReason;
using ::testing::HasSubstr;

// Listens on a port of its own; what comes is for the test.
class Listener {
 public:
  Listener() : number_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    CHECK_EQ(bind(number_, any, length), 0);
    CHECK_EQ(listen(number_, 8), 0);
    CHECK_EQ(getsockname(number_, any, &length), 0);
    address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  }
  ~Listener() { close(number_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  int Accept() const { return accept(number_, nullptr, nullptr); }
  const std::string& address() const { return address_; }

 private:
  const int number_;
  std::string address_;
};

int ChooseH2(SSL*, const unsigned char** out, unsigned char* length, const unsigned char*,
             unsigned int, void*) {
  *out = reinterpret_cast<const unsigned char*>("h2");
  *length = 2;
  return SSL_TLSEXT_ERR_OK;
}

// Shakes hands once, as one version of TLS, with the identity in `folder`. Did it come to an end?
bool ShakesHands(const Listener& listener, const std::string& folder, int version) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                  SSL_CTX_free);
  CHECK_EQ(SSL_CTX_set_min_proto_version(context.get(), version), 1);
  CHECK_EQ(SSL_CTX_set_max_proto_version(context.get(), version), 1);
  CHECK_EQ(SSL_CTX_use_certificate_chain_file(context.get(), (folder + "/cert.pem").c_str()), 1);
  CHECK_EQ(
      SSL_CTX_use_PrivateKey_file(context.get(), (folder + "/key.pem").c_str(), SSL_FILETYPE_PEM),
      1);
  SSL_CTX_set_alpn_select_cb(context.get(), ChooseH2, nullptr);
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), SSL_free);
  const int connection = listener.Accept();
  CHECK_EQ(SSL_set_fd(tls.get(), connection), 1);
  const bool shaken = SSL_accept(tls.get()) == 1;
  close(connection);
  return shaken;
}

TEST(TlsClient, OnlyTls13IsSpoken) {
  const NodeWorld world({"br"});
  const std::string identity = world.Path("trial/br/tls/node/current");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto listener = std::make_unique<Listener>();
    bool shaken = false;
    std::thread server([&] {
      shaken = ShakesHands(*listener, identity, version);
      listener.reset();
    });
    const Ran ran = world.Run({"node", "status", "--node", listener->address()});
    server.join();
    EXPECT_EQ(shaken, version == TLS1_3_VERSION);
    EXPECT_EQ(ran.exit, 69) << ran.err;
  }
}

TEST(TlsClient, AListenerThatStaysSilentIsGivenUp) {
  const NodeWorld world({"br"});
  const Listener listener;
  const auto profile = ReadProfile(world.profile());
  ASSERT_OK(profile);
  const auto trust = LoadTrust(profile->trust);
  ASSERT_OK(trust);
  const auto client = Client::Connect({.address = listener.address(),
                                       .federation = profile->federation,
                                       .member = "br",
                                       .own_member = "br",
                                       .key = profile->tls_key,
                                       .certificate = profile->tls_certificate,
                                       .trust = TrustOf(*trust),
                                       .connect_timeout = absl::Milliseconds(300)},
                                      absl::Now());
  EXPECT_THAT(client.status(), HasReason(Reason::UNAVAILABLE));
  EXPECT_THAT(std::string(client.status().message()), HasSubstr(listener.address()));
  const auto early = Client::Connect({.address = world.profile(),
                                      .federation = profile->federation,
                                      .member = "br",
                                      .own_member = "br",
                                      .key = profile->tls_key,
                                      .certificate = profile->tls_certificate,
                                      .trust = TrustOf(*trust)},
                                     absl::Now() + absl::Hours(24 * 3650));
  EXPECT_THAT(early.status(), HasReason(Reason::CERTIFICATE_EXPIRED))
      << "the own certificate is judged before anything is sent";
}

TEST(TlsClient, WhatSpeaksAnotherProtocolIsNoNode) {
  const NodeWorld world({"br"});
  auto listener = std::make_unique<Listener>();
  std::thread server([&] {
    const int connection = listener->Accept();
    const std::string words = "HTTP/1.1 400 Bad Request\r\n\r\n";
    CHECK_EQ(send(connection, words.data(), words.size(), MSG_NOSIGNAL),
             static_cast<ssize_t>(words.size()));
    close(connection);
    listener.reset();
  });
  const Ran ran = world.Run({"node", "status", "--node", listener->address()});
  server.join();
  EXPECT_EQ(ran.exit, 69);
  EXPECT_THAT(ran.err, HasSubstr("check address, port and firewall"));
}

}  // namespace
}  // namespace plenary::cli::testing
