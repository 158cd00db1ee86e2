// Building and signing one certificate; used by authority.cc alone.
#pragma once

#include <openssl/types.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "certs/certificate.h"

namespace plenary::certs {

// What a certificate shall say.
struct CertificatePlan {
  std::string common_name;  // at most 64 bytes
  std::string federation;   // its labels become domain components
  std::string uri;          // the one alternative name
  absl::Time not_before;
  absl::Time not_after;
  // Extensions in the words of OpenSSL's configuration: {NID, value}.
  std::vector<std::pair<int, std::string>> extensions;
};

// Issues `plan` for the public part of `key`, signed by `issuer_key`. Without an `issuer` it is
// self-signed. CHECKs that `plan` is well formed.
Certificate SignCertificate(const CertificatePlan& plan, EVP_PKEY& key, const Certificate* issuer,
                            EVP_PKEY& issuer_key);

}  // namespace plenary::certs
