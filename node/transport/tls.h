// TLS for both listeners and for dialling: whose certificates are accepted is judged here alone.
//
// gRPC asks for a certificate and checks that the other side holds its key; it judges nothing else.
// Judging is certs::JudgePeer, over the trust in force at that moment.
#pragma once

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "certs/member_identity.h"
#include "node/environment.h"
#include "node/transport/trust_holder.h"

namespace plenary::node {

// Makes every TLS connection of this process TLS 1.3. Call it first in main, before any other
// thread and before gRPC is used. gRPC 1.51 has no setter: instead the list of older suites is cut
// to one that is never negotiated.
void AllowOnlyTls13();

// The node's own TLS identity on disk.
struct TlsFiles {
  std::string certificate;
  std::string key;
};

// Why a dial's certificate check failed, if it did: gRPC itself tells the dialler only in prose.
// Thread-safe.
class DialVerdict {
 public:
  void Refuse(absl::Status why);
  // OK while nothing was refused.
  absl::Status Get() const;

 private:
  mutable absl::Mutex mutex_;
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
};

// Makes credentials. New files are noticed within a second and count for new connections; key and
// certificate must be replaced as one (certs/identity_folder.h does). Thread-safe.
class Tls {
 public:
  // Called for each certificate that a listener refuses, from any thread.
  using Refused = std::function<void(const absl::Status& why)>;

  // `own` is this node's identity. Fails with FILE_ACCESS, KEY_FILE or BAD_CERTIFICATE if the files
  // cannot be used now. `trust` and `clock` outlive this and all credentials made here.
  static absl::StatusOr<std::unique_ptr<Tls>> Create(const TlsFiles& files, const TlsIdentity& own,
                                                     const TrustHolder* trust, const Clock* clock);

  // For a listener that takes identities of `kind` only (the other kind: WRONG_PORT).
  std::shared_ptr<grpc::ServerCredentials> ForListener(TlsIdentity::Kind kind,
                                                       Refused refused) const;
  // For one dial to the node that `expectation` names.
  std::shared_ptr<grpc::ChannelCredentials> ForDial(certs::Expectation expectation,
                                                    std::shared_ptr<DialVerdict> verdict) const;

  // Judges the own certificate by the trust in force, as a peer would. A node that would be refused
  // says so here, since the peer cannot tell it: with the reasons of JudgePeer.
  absl::Status CheckOwn() const;

  const TlsIdentity& own() const { return own_; }

 private:
  Tls(TlsFiles files, TlsIdentity own, const TrustHolder* trust, const Clock* clock);

  const TlsFiles files_;
  const TlsIdentity own_;
  const TrustHolder& trust_;
  const Clock& clock_;
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
};

// Judges the certificates of an established connection again. Fails as certs::JudgePeer does.
absl::StatusOr<certs::PeerIdentity> JudgeConnection(const grpc::AuthContext& connection,
                                                    const certs::Trust& trust, absl::Time now,
                                                    const certs::Expectation& expectation);

// Who calls, judged at every call by the trust in force. What signatures prove is remembered, so a
// call costs a hash of its certificate. Thread-safe.
class CallerJudge {
 public:
  // `trust` and `clock` outlive this.
  CallerJudge(TlsIdentity::Kind kind, const TrustHolder* trust, const Clock* clock)
      : kind_(kind), trust_(*trust), clock_(*clock) {}

  // Fails as certs::JudgePeer and certs::CheckStillTrusted do.
  absl::StatusOr<certs::PeerIdentity> Judge(const grpc::AuthContext& connection);

 private:
  static constexpr size_t kRemembered = 1024;

  const TlsIdentity::Kind kind_;
  const TrustHolder& trust_;
  const Clock& clock_;
  absl::Mutex mutex_;
  // By SHA-256 of the certificates that were sent.
  absl::flat_hash_map<Digest, certs::PeerIdentity> judged_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace plenary::node
