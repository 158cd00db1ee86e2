#include "node/transport/grpc_log.h"

#include <grpc/support/log.h>

#include <atomic>
#include <cstdio>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "ledger/status.h"

namespace plenary::node {

// The process's one log function and who listens to it.
struct GrpcLogState {
  absl::Mutex mutex;
  std::set<const GrpcLogObserver*> observers ABSL_GUARDED_BY(mutex);
  std::atomic<int> old_tls_expected = 0;

  void HandshakeFailed(const absl::Status& why) {
    absl::MutexLock lock(&mutex);
    for (const GrpcLogObserver* observer : observers) {
      if (observer->handshake_failed_) observer->handshake_failed_(why);
    }
  }

  void Line(bool is_error, absl::string_view text) {
    absl::MutexLock lock(&mutex);
    if (observers.empty()) {
      std::fputs(absl::StrCat("gRPC: ", text, "\n").c_str(), stderr);
      return;
    }
    for (const GrpcLogObserver* observer : observers) {
      if (observer->line_) observer->line_(is_error, text);
    }
  }
};

namespace {

GrpcLogState& State() {
  static auto& state = *new GrpcLogState;
  return state;
}

bool HasAny(absl::string_view text, std::initializer_list<absl::string_view> parts) {
  for (const absl::string_view part : parts) {
    if (absl::StrContains(text, part)) return true;
  }
  return false;
}

void OnGrpcLog(gpr_log_func_args* args) {
  static thread_local bool inside = false;
  if (inside) return;
  inside = true;
  const absl::string_view text(args->message);
  constexpr absl::string_view kFailed = "Handshake failed with fatal error ";
  if (absl::StartsWith(text, kFailed)) {
    const absl::Status why = ClassifyHandshakeFailure(absl::StripPrefix(text, kFailed));
    const bool expected = State().old_tls_expected > 0 && ReasonOf(why) == Reason::TLS_TOO_OLD;
    if (!expected) State().HandshakeFailed(why);
  } else if (!absl::StartsWith(text, "No match found for server name")) {
    // Said of every connection: certificates name no host, and none is asked for.
    State().Line(args->severity == GPR_LOG_SEVERITY_ERROR, text);
  }
  inside = false;
}

}  // namespace

absl::Status ClassifyHandshakeFailure(absl::string_view text) {
  if (HasAny(text, {"peer did not return a certificate"})) {
    return MakeError(Reason::NO_CERTIFICATE, "TLS handshake: expected a certificate, got none");
  }
  if (HasAny(text, {"no shared cipher", "unsupported protocol", "version too low"})) {
    return MakeError(Reason::TLS_TOO_OLD, "TLS handshake: expected TLS 1.3, got an older version");
  }
  if (HasAny(text, {"wrong version number", "http request", "https proxy request",
                    "packet length too long", "bad record type", "record layer failure"})) {
    return MakeError(Reason::NOT_TLS, "connection: expected TLS 1.3, got something else");
  }
  if (HasAny(text, {"alert"})) {
    return MakeError(Reason::BAD_CERTIFICATE,
                     absl::StrCat("TLS handshake: the other side refused ours: ", text));
  }
  return MakeError(Reason::PROTOCOL_ERROR, absl::StrCat("TLS handshake: ", text));
}

GrpcLogObserver::GrpcLogObserver(HandshakeFailed handshake_failed, Line line)
    : handshake_failed_(std::move(handshake_failed)), line_(std::move(line)) {
  GrpcLogState& state = State();
  absl::MutexLock lock(&state.mutex);
  state.observers.insert(this);
  gpr_set_log_function(&OnGrpcLog);
}

GrpcLogObserver::~GrpcLogObserver() {
  GrpcLogState& state = State();
  absl::MutexLock lock(&state.mutex);
  state.observers.erase(this);
}

ExpectOldTls::ExpectOldTls() {
  ++State().old_tls_expected;
  gpr_set_log_function(&OnGrpcLog);
}

ExpectOldTls::~ExpectOldTls() { --State().old_tls_expected; }

}  // namespace plenary::node
