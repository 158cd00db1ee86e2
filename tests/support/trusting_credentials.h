// TLS credentials of a program that is not ours: presents any certificate and believes any.
#pragma once

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <memory>
#include <string>
#include <vector>

namespace plenary::testing {

inline std::shared_ptr<grpc::ChannelCredentials> TrustingCredentials(
    const std::string& key_pem, const std::string& certificate_pem) {
  const std::vector<grpc::experimental::IdentityKeyCertPair> pairs = {{key_pem, certificate_pem}};
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(
      std::make_shared<grpc::experimental::StaticDataCertificateProvider>(pairs));
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace plenary::testing
