// A CA on disk: FOLDER/ca-key.pem (its owner's alone) and FOLDER/ca.pem (the CA's certificate, for
// an intermediate followed by its parent's).
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "certs/authority.h"
#include "certs/key_file.h"

namespace plenary::certs {

inline constexpr absl::string_view kAuthorityKeyFile = "ca-key.pem";
inline constexpr absl::string_view kAuthorityCertificateFile = "ca.pem";

// Writes both files; makes the folder if it is missing (its parent must be there). Never replaces a
// file: FILE_EXISTS; else FILE_ACCESS.
absl::Status SaveAuthority(const std::string& folder, const Authority& authority,
                           const Secret& key);

// Fails with FILE_ACCESS, KEY_FILE, or BAD_CERTIFICATE as Authority::Load does.
absl::StatusOr<Authority> LoadAuthority(const std::string& folder);

}  // namespace plenary::certs
