#include "node/transport/tls.h"

#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "certs/certificate.h"
#include "certs/key_file.h"
#include "ledger/status.h"

namespace plenary::node {
namespace {

constexpr unsigned kRefreshSeconds = 1;

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

// The value of a property that a connection has at most once.
absl::string_view Property(const grpc::AuthContext& connection, const char* name) {
  const std::vector<grpc::string_ref> values = connection.FindPropertyValues(name);
  return values.size() == 1 ? View(values.front()) : absl::string_view();
}

constexpr char kLeafProperty[] = "x509_pem_cert";
constexpr char kChainProperty[] = "x509_pem_cert_chain";

// gRPC's seam for judging a peer, after the handshake has proven that it holds the key.
// Thread-safe.
class MemberVerifier : public grpc::experimental::ExternalCertificateVerifier {
 public:
  MemberVerifier(certs::Expectation expectation, const TrustHolder* trust, const Clock* clock,
                 Tls::Refused refused)
      : expectation_(std::move(expectation)),
        trust_(*trust),
        clock_(*clock),
        refused_(std::move(refused)) {}
  ~MemberVerifier() override = default;

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)>, grpc::Status* verdict) override {
    const absl::Status judged =
        Judge(View(request->peer_cert()), View(request->peer_cert_full_chain()));
    if (!judged.ok()) {
      refused_(judged);
      *verdict = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, std::string(judged.message()));
    }
    return true;
  }
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  absl::Status Judge(absl::string_view leaf, absl::string_view chain) const {
    ASSIGN_OR_RETURN(const auto sent, certs::SentChain(leaf, chain));
    return certs::JudgePeer(sent, *trust_.Get(), clock_.Now(), expectation_).status();
  }

  const certs::Expectation expectation_;
  const TrustHolder& trust_;
  const Clock& clock_;
  const Tls::Refused refused_;
};

}  // namespace

void AllowOnlyTls13() {
  setenv("GRPC_SSL_CIPHER_SUITES", "ECDHE-PSK-CHACHA20-POLY1305", /*overwrite=*/1);
}

void DialVerdict::Refuse(absl::Status why) {
  absl::MutexLock lock(&mutex_);
  refusal_ = std::move(why);
}

absl::Status DialVerdict::Get() const {
  absl::MutexLock lock(&mutex_);
  return refusal_;
}

absl::StatusOr<std::unique_ptr<Tls>> Tls::Create(const TlsFiles& files, const TlsIdentity& own,
                                                 const TrustHolder* trust, const Clock* clock) {
  ASSIGN_OR_RETURN(const auto chain, certs::LoadCertificates(files.certificate));
  ASSIGN_OR_RETURN(const auto key, certs::LoadKey(files.key));
  if (!certs::KeyMatches(chain.front(), *key)) {
    return MakeError(Reason::BAD_CERTIFICATE,
                     absl::StrCat(files.certificate, ": the key in ", files.key, " is another's"),
                     {{"certificate", files.certificate}, {"key", files.key}});
  }
  return std::unique_ptr<Tls>(new Tls(files, own, trust, clock));
}

Tls::Tls(TlsFiles files, TlsIdentity own, const TrustHolder* trust, const Clock* clock)
    : files_(std::move(files)),
      own_(std::move(own)),
      trust_(*trust),
      clock_(*clock),
      provider_(std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          files_.key, files_.certificate, kRefreshSeconds)) {}

std::shared_ptr<grpc::ServerCredentials> Tls::ForListener(TlsIdentity::Kind kind,
                                                          Refused refused) const {
  grpc::experimental::TlsServerCredentialsOptions options(provider_);
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<MemberVerifier>(
          certs::Expectation{.kind = kind, .member = std::nullopt, .name = std::nullopt}, &trust_,
          &clock_, std::move(refused)));
  return grpc::experimental::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> Tls::ForDial(certs::Expectation expectation,
                                                       std::shared_ptr<DialVerdict> verdict) const {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(provider_);
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<MemberVerifier>(
          std::move(expectation), &trust_, &clock_,
          [verdict = std::move(verdict)](const absl::Status& why) { verdict->Refuse(why); }));
  return grpc::experimental::TlsCredentials(options);
}

absl::Status Tls::CheckOwn() const {
  const auto chain = certs::LoadCertificates(files_.certificate);
  if (!chain.ok()) return Annotate(chain.status(), "own certificate");
  const certs::Expectation self{.kind = own_.kind, .member = own_.member, .name = own_.name};
  return Annotate(certs::JudgePeer(*chain, *trust_.Get(), clock_.Now(), self).status(),
                  "own certificate, judged as a peer judges it");
}

absl::StatusOr<certs::PeerIdentity> JudgeConnection(const grpc::AuthContext& connection,
                                                    const certs::Trust& trust, absl::Time now,
                                                    const certs::Expectation& expectation) {
  ASSIGN_OR_RETURN(const auto sent, certs::SentChain(Property(connection, kLeafProperty),
                                                     Property(connection, kChainProperty)));
  return certs::JudgePeer(sent, trust, now, expectation);
}

absl::StatusOr<certs::PeerIdentity> CallerJudge::Judge(const grpc::AuthContext& connection) {
  const absl::string_view leaf = Property(connection, kLeafProperty);
  const absl::string_view chain = Property(connection, kChainProperty);
  const Digest key = Sha256({leaf, absl::string_view("\0", 1), chain});
  const auto trust = trust_.Get();
  const absl::Time now = clock_.Now();
  {
    absl::MutexLock lock(&mutex_);
    const auto found = judged_.find(key);
    if (found != judged_.end()) {
      RETURN_IF_ERROR(certs::CheckStillTrusted(found->second, *trust, now));
      return found->second;
    }
  }
  ASSIGN_OR_RETURN(certs::PeerIdentity peer,
                   JudgeConnection(connection, *trust, now,
                                   {.kind = kind_, .member = std::nullopt, .name = std::nullopt}));
  absl::MutexLock lock(&mutex_);
  if (judged_.size() >= kRemembered) judged_.clear();
  judged_.emplace(key, peer);
  return peer;
}

}  // namespace plenary::node
