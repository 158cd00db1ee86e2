// What gRPC says only in its own log: handshakes that failed before any certificate could be
// judged.
//
// gRPC 1.51 reports such a failure to nobody but its log function, which is one per process, and
// does not say from where the connection came.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace plenary::node {

// What a TLS library's text for a failed handshake means: NO_CERTIFICATE, TLS_TOO_OLD, NOT_TLS,
// BAD_CERTIFICATE (the other side refused ours), PROTOCOL_ERROR for the rest.
absl::Status ClassifyHandshakeFailure(absl::string_view text);

// Receives what gRPC logs, from any thread, until it is destroyed. Neither function may call gRPC.
// Thread-safe.
class GrpcLogObserver {
 public:
  using HandshakeFailed = std::function<void(const absl::Status& why)>;
  // Any other line, e.g. a certificate file that cannot be read.
  using Line = std::function<void(bool is_error, absl::string_view text)>;

  GrpcLogObserver(HandshakeFailed handshake_failed, Line line);
  // Returns when neither function is running.
  ~GrpcLogObserver();
  GrpcLogObserver(const GrpcLogObserver&) = delete;
  GrpcLogObserver& operator=(const GrpcLogObserver&) = delete;

 private:
  friend struct GrpcLogState;
  const HandshakeFailed handshake_failed_;
  const Line line_;
};

// While one lives, handshakes that fail because they are not TLS 1.3 are not reported: the node's
// own self-test makes such. Thread-safe.
class ExpectOldTls {
 public:
  ExpectOldTls();
  ~ExpectOldTls();
  ExpectOldTls(const ExpectOldTls&) = delete;
  ExpectOldTls& operator=(const ExpectOldTls&) = delete;
};

}  // namespace plenary::node
