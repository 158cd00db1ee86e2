#include "node/transport/tls_self_test.h"

#include <netdb.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "ledger/check.h"
#include "ledger/status.h"
#include "node/transport/grpc_log.h"

namespace plenary::node {
namespace {

constexpr time_t kTimeoutSeconds = 5;

// An open socket. One thread at a time.
class Socket {
 public:
  explicit Socket(int number) : number_(number) {}
  Socket(Socket&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (number_ >= 0) close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

struct Free {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

std::string LoopbackHost(absl::string_view host) {
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  if (host.empty() || host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "::1";
  return std::string(host);
}

absl::StatusOr<Socket> Connect(const std::string& address) {
  const size_t colon = address.rfind(':');
  const std::string host = LoopbackHost(absl::string_view(address).substr(0, colon));
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &list) == 0) {
    const std::unique_ptr<addrinfo, Free> owner(list);
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
      Socket socket_(socket(entry->ai_family, entry->ai_socktype | SOCK_CLOEXEC, 0));
      const timeval timeout = {.tv_sec = kTimeoutSeconds, .tv_usec = 0};
      setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
      setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
      if (connect(socket_.get(), entry->ai_addr, entry->ai_addrlen) == 0) return socket_;
    }
  }
  return MakeError(Reason::UNAVAILABLE,
                   absl::StrCat("self-test: expected a listener at ", address, ", got none"),
                   {{"address", address}});
}

// A client of one TLS version that stops after the other side's hello. One thread at a time.
class Hello {
 public:
  explicit Hello(int version) : context_(SSL_CTX_new(TLS_client_method())) {
    CHECK(context_ != nullptr);
    CHECK_EQ(SSL_CTX_set_min_proto_version(context_.get(), version), 1);
    CHECK_EQ(SSL_CTX_set_max_proto_version(context_.get(), version), 1);
    ssl_.reset(SSL_new(context_.get()));
    incoming_ = BIO_new(BIO_s_mem());
    outgoing_ = BIO_new(BIO_s_mem());
    CHECK(ssl_ != nullptr && incoming_ != nullptr && outgoing_ != nullptr);
    SSL_set_bio(ssl_.get(), incoming_, outgoing_);
    static constexpr unsigned char kProtocol[] = {2, 'h', '2'};
    SSL_set_alpn_protos(ssl_.get(), kProtocol, sizeof(kProtocol));
    SSL_connect(ssl_.get());
  }

  // The first bytes to send.
  std::string Bytes() {
    char* data = nullptr;
    const long size = BIO_get_mem_data(outgoing_, &data);
    return {data, static_cast<size_t>(size)};
  }
  // Takes what came. True once the other side has chosen this version.
  bool Answered(absl::string_view bytes) {
    BIO_write(incoming_, bytes.data(), static_cast<int>(bytes.size()));
    SSL_connect(ssl_.get());
    const OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl_.get());
    ERR_clear_error();
    return SSL_get_current_cipher(ssl_.get()) != nullptr ||
           SSL_get_pending_cipher(ssl_.get()) != nullptr || state == TLS_ST_OK;
  }

 private:
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  BIO* incoming_ = nullptr;  // both owned by ssl_
  BIO* outgoing_ = nullptr;
};

absl::StatusOr<bool> IsAnswered(const std::string& address, int version) {
  ASSIGN_OR_RETURN(const Socket socket, Connect(address));
  Hello hello(version);
  const std::string bytes = hello.Bytes();
  if (send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size())) {
    return false;
  }
  char buffer[4096];
  for (int i = 0; i < 16; ++i) {
    const ssize_t size = recv(socket.get(), buffer, sizeof(buffer), 0);
    if (size <= 0) return false;
    if (hello.Answered({buffer, static_cast<size_t>(size)})) return true;
  }
  return false;
}

}  // namespace

absl::Status CheckOnlyTls13(const std::string& address) {
  const ExpectOldTls expect_old_tls;
  ASSIGN_OR_RETURN(const bool speaks_13, IsAnswered(address, TLS1_3_VERSION));
  if (!speaks_13) {
    return MakeError(Reason::UNAVAILABLE,
                     absl::StrCat("self-test: expected TLS 1.3 at ", address, ", got no answer"),
                     {{"address", address}});
  }
  ASSIGN_OR_RETURN(const bool speaks_12, IsAnswered(address, TLS1_2_VERSION));
  if (speaks_12) {
    return MakeError(
        Reason::TLS_TOO_OLD,
        absl::StrCat("self-test: expected TLS 1.3 only at ", address, ", it takes TLS 1.2 too"),
        {{"address", address}});
  }
  return absl::OkStatus();
}

}  // namespace plenary::node
