#include "certs/authority_folder.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "certs/certificate.h"
#include "certs/file.h"
#include "ledger/status.h"

namespace plenary::certs {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kCertificateMode = 0644;

std::string KeyPath(const std::string& folder) {
  return absl::StrCat(folder, "/", kAuthorityKeyFile);
}
std::string CertificatePath(const std::string& folder) {
  return absl::StrCat(folder, "/", kAuthorityCertificateFile);
}

}  // namespace

absl::Status SaveAuthority(const std::string& folder, const Authority& authority,
                           const Secret& key) {
  RETURN_IF_ERROR(EnsureFolder(folder, kFolderMode));
  RETURN_IF_ERROR(CreateKeyFile(KeyPath(folder), key));
  const absl::Status written =
      CreateFile(CertificatePath(folder), FormatPem(authority.certificates()), kCertificateMode);
  // A key without its certificate would only be in the way.
  if (!written.ok()) unlink(KeyPath(folder).c_str());
  return written;
}

absl::StatusOr<Authority> LoadAuthority(const std::string& folder) {
  ASSIGN_OR_RETURN(std::vector<Certificate> certificates,
                   LoadCertificates(CertificatePath(folder)));
  ASSIGN_OR_RETURN(const Secret key, ReadKeyFile(KeyPath(folder)));
  auto authority = Authority::Load(std::move(certificates), key);
  if (!authority.ok()) {
    return Annotate(authority.status(), absl::StrCat("folder \"", folder, "\""));
  }
  return authority;
}

}  // namespace plenary::certs
