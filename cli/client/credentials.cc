#include "cli/client/credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "certs/key_file.h"
#include "cli/client/client.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

// gRPC's seam for judging a peer, after the handshake has proven that it holds the key.
// Thread-safe.
class NodeVerifier : public grpc::experimental::ExternalCertificateVerifier {
 public:
  NodeVerifier(std::string member, certs::Trust trust, std::shared_ptr<NodeVerdict> verdict)
      : member_(std::move(member)), trust_(std::move(trust)), verdict_(std::move(verdict)) {}
  ~NodeVerifier() override = default;

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)>, grpc::Status* status) override {
    const absl::Status judged =
        Judge(View(request->peer_cert()), View(request->peer_cert_full_chain()));
    if (!judged.ok()) {
      verdict_->Refuse(judged);
      *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, std::string(judged.message()));
    }
    return true;
  }
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  absl::Status Judge(absl::string_view leaf, absl::string_view chain) const {
    ASSIGN_OR_RETURN(const auto sent, certs::SentChain(leaf, chain));
    return certs::JudgePeer(
               sent, trust_, absl::Now(),
               {.kind = TlsIdentity::Kind::kNode, .member = member_, .name = std::nullopt})
        .status();
  }

  const std::string member_;
  const certs::Trust trust_;
  const std::shared_ptr<NodeVerdict> verdict_;
};

}  // namespace

void PrepareNetwork() {
  setenv("GRPC_SSL_CIPHER_SUITES", "ECDHE-PSK-CHACHA20-POLY1305", /*overwrite=*/1);
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
}

void NodeVerdict::Refuse(absl::Status why) {
  absl::MutexLock lock(&mutex_);
  refusal_ = std::move(why);
}

absl::Status NodeVerdict::Get() const {
  absl::MutexLock lock(&mutex_);
  return refusal_;
}

absl::StatusOr<OwnIdentity> LoadOwnIdentity(const std::string& key,
                                            const std::string& certificate) {
  ASSIGN_OR_RETURN(auto chain, certs::LoadCertificates(certificate));
  ASSIGN_OR_RETURN(const certs::Secret pem, certs::ReadKeyFile(key));
  const auto parsed = certs::ParseKey(pem.view());
  if (!parsed.ok()) return Annotate(parsed.status(), key);
  if (!certs::KeyMatches(chain.front(), **parsed)) {
    return MakeError(Reason::BAD_CERTIFICATE,
                     absl::StrCat(certificate, ": the key in ", key, " is another's"),
                     {{"certificate", certificate}, {"key", key}});
  }
  return OwnIdentity{std::string(pem.view()), std::move(chain)};
}

std::shared_ptr<grpc::ChannelCredentials> NodeCredentials(const OwnIdentity& own,
                                                          const std::string& member,
                                                          const certs::Trust& trust,
                                                          std::shared_ptr<NodeVerdict> verdict) {
  const std::vector<grpc::experimental::IdentityKeyCertPair> pairs = {
      {own.key, certs::FormatPem(own.chain)}};
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(
      std::make_shared<grpc::experimental::StaticDataCertificateProvider>(pairs));
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<NodeVerifier>(member, trust,
                                                                            std::move(verdict)));
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace plenary::cli
