#include "certs/command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "absl/strings/str_cat.h"
#include "certs/authority.h"
#include "certs/authority_folder.h"
#include "certs/certificate.h"
#include "certs/identity_folder.h"
#include "certs/key_file.h"
#include "certs/member_identity.h"
#include "ledger/status.h"

namespace plenary::certs {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;

int Report(absl::string_view verb, const absl::Status& status, std::ostream& err) {
  if (status.ok()) return kDone;
  err << "plenary cert " << verb << ": " << Explain(status) << "\n";
  return kFailed;
}

// The library bounds durations; this keeps the multiplication from overflowing first.
absl::Duration Days(int64_t days) {
  return days > 0 && days < 1'000'000 ? absl::Hours(24 * days) : absl::ZeroDuration();
}

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

bool IsFolder(const std::string& path) {
  struct stat found = {};
  return stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

absl::StatusOr<Authority> MakeAuthority(const CertCaOptions& options, Secret& key) {
  if (options.parent.empty()) {
    return Authority::Create({{options.member, options.federation},
                              options.algorithm,
                              Days(options.days),
                              options.allow_intermediate ? 1 : 0},
                             options.now, key);
  }
  ASSIGN_OR_RETURN(const Authority parent, LoadAuthority(options.parent));
  return parent.CreateIntermediate(options.algorithm, Days(options.days), options.now, key);
}

absl::Status MakeCa(const CertCaOptions& options, std::ostream& out) {
  Secret key("");
  ASSIGN_OR_RETURN(const Authority authority, MakeAuthority(options, key));
  RETURN_IF_ERROR(SaveAuthority(options.folder, authority, key));
  out << "made " << (options.parent.empty() ? "the CA" : "an intermediate CA") << " of member "
      << authority.domain().member << " in " << options.folder << "\n\n"
      << Describe(authority.certificate(), options.now) << "\n"
      << "The member card lists " << options.folder << "/" << kAuthorityCertificateFile
      << " as an issuer. Keep " << kAuthorityKeyFile
      << " off the node's machine: who holds it can pose as any of the member's nodes and "
         "operators.\n";
  return absl::OkStatus();
}

void SayIfCutShort(const Certificate& leaf, absl::Time wanted, std::ostream& out) {
  if (leaf.not_after() < wanted) {
    out << "note: it ends with its CA, on " << TimeText(leaf.not_after()) << "\n";
  }
}

absl::Status Issue(TlsIdentity::Kind kind, const CertIssueOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const Authority authority, LoadAuthority(options.authority));
  const std::string current = absl::StrCat(options.folder, "/", kIdentityCurrent);
  if (Exists(current)) {
    return MakeError(Reason::FILE_EXISTS,
                     absl::StrCat("folder \"", options.folder,
                                  "\": holds an identity already; plenary cert renew replaces it"),
                     {{"path", options.folder}});
  }
  const TrustDomain& domain = authority.domain();
  const TlsIdentity identity{domain.member, domain.federation, kind, options.name};
  ASSIGN_OR_RETURN(const IssuedIdentity issued,
                   authority.Issue({identity, options.algorithm, Days(options.days)}, options.now));
  const auto installed = InstallIdentity(options.folder, issued.key, issued.chain,
                                         {authority.certificates().back()}, options.now);
  if (!installed.ok()) return installed.status();
  out << "issued " << identity.Uri() << "\n"
      << "key and certificate: " << current << "/" << kIdentityKeyFile << ", " << current << "/"
      << kIdentityCertificateFile << "\n\n"
      << Describe(issued.chain.front(), options.now);
  SayIfCutShort(issued.chain.front(), options.now + Days(options.days), out);
  return absl::OkStatus();
}

Algorithm AlgorithmOf(const EVP_PKEY& key) {
  return EVP_PKEY_is_a(&key, "ED25519") == 1 ? Algorithm::kEd25519 : Algorithm::kEcdsaP256;
}

absl::StatusOr<IssuedIdentity> Reissue(IssuedIdentity before, const Authority& authority,
                                       const CertRenewOptions& options) {
  ASSIGN_OR_RETURN(const TlsIdentity identity, ClaimedIdentity(before.chain));
  ASSIGN_OR_RETURN(const EvpKeyPtr key, ParseKey(before.key.view()));
  const IdentityOptions wanted{identity, AlgorithmOf(*key), Days(options.days)};
  if (!options.keep_key) return authority.Issue(wanted, options.now);
  ASSIGN_OR_RETURN(std::vector<Certificate> chain, authority.IssueFor(*key, wanted, options.now));
  return IssuedIdentity{std::move(before.key), std::move(chain)};
}

absl::Status Renew(const CertRenewOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const Authority authority, LoadAuthority(options.authority));
  ASSIGN_OR_RETURN(IssuedIdentity before, LoadIdentity(options.folder));
  const Certificate old_leaf = before.chain.front();
  ASSIGN_OR_RETURN(const IssuedIdentity issued, Reissue(std::move(before), authority, options));
  ASSIGN_OR_RETURN(const std::string version,
                   InstallIdentity(options.folder, issued.key, issued.chain,
                                   {authority.certificates().back()}, options.now));
  const Certificate& leaf = issued.chain.front();
  out << "renewed " << leaf.alternative_names().front().text << "; in force: " << options.folder
      << "/" << version << "\n\n"
      << Describe(leaf, options.now);
  SayIfCutShort(leaf, options.now + Days(options.days), out);
  if (!options.keep_key) {
    out << "The key before stays valid until " << TimeText(old_leaf.not_after())
        << ". If it may be stolen, put its SPKI digest on the card as revoked:\n"
        << old_leaf.spki_digest().Hex() << "\n";
  }
  return absl::OkStatus();
}

// What `path` holds.
absl::StatusOr<std::vector<Certificate>> Find(const std::string& path) {
  if (!IsFolder(path)) return LoadCertificates(path);
  if (Exists(absl::StrCat(path, "/", kIdentityCurrent))) {
    ASSIGN_OR_RETURN(IssuedIdentity identity, LoadIdentity(path));
    return std::move(identity.chain);
  }
  return LoadCertificates(absl::StrCat(path, "/", kAuthorityCertificateFile));
}

// False if it has expired.
bool WarnOfEnd(const Certificate& certificate, absl::Time now, std::ostream& err) {
  const int64_t days = DaysLeft(certificate, now);
  const std::string remedy = certificate.is_authority()
                                 ? "make the next CA with plenary cert ca and put both on the card"
                                 : "plenary cert renew";
  if (now >= certificate.not_after()) {
    err << "expired: \"" << certificate.Subject() << "\" ended on "
        << TimeText(certificate.not_after()) << "; remedy: " << remedy << "\n";
    return false;
  }
  if (days <= kWarnDays) {
    err << "warning: \"" << certificate.Subject() << "\" ends in " << days << " days"
        << (days <= kUrgeDays ? ": renew it NOW" : "") << "; remedy: " << remedy << "\n";
  }
  return true;
}

}  // namespace

int CertCa(const CertCaOptions& options, std::ostream& out, std::ostream& err) {
  return Report("ca", MakeCa(options, out), err);
}

int CertNode(const CertIssueOptions& options, std::ostream& out, std::ostream& err) {
  return Report("node", Issue(TlsIdentity::Kind::kNode, options, out), err);
}

int CertOperator(const CertIssueOptions& options, std::ostream& out, std::ostream& err) {
  return Report("operator", Issue(TlsIdentity::Kind::kOperator, options, out), err);
}

int CertRenew(const CertRenewOptions& options, std::ostream& out, std::ostream& err) {
  return Report("renew", Renew(options, out), err);
}

int CertShow(const CertShowOptions& options, std::ostream& out, std::ostream& err) {
  int code = kDone;
  absl::string_view gap = "";
  for (const std::string& path : options.paths) {
    const auto certificates = Find(path);
    if (!certificates.ok()) {
      code = Report("show", certificates.status(), err);
      continue;
    }
    for (const Certificate& certificate : *certificates) {
      out << gap << path << "\n" << Describe(certificate, options.now);
      gap = "\n";
      if (!WarnOfEnd(certificate, options.now, err)) code = kFailed;
    }
  }
  return code;
}

}  // namespace plenary::certs
