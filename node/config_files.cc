#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "certs/certificate.h"
#include "certs/file.h"
#include "certs/key_file.h"
#include "ledger/names.h"
#include "ledger/status.h"
#include "node/config.h"

namespace plenary::node {
namespace {

using Problems = std::vector<ConfigProblem>;

void Add(absl::string_view key, const absl::Status& status, Problems& problems) {
  problems.push_back({std::string(key), 0, Explain(status)});
}

void CheckFolder(absl::string_view key, const std::string& path, bool may_be_missing,
                 Problems& problems) {
  struct stat info;
  if (path.empty()) return;
  if (stat(path.c_str(), &info) == 0) {
    if (!S_ISDIR(info.st_mode)) {
      problems.push_back({std::string(key), 0, absl::StrCat(path, ": expected a folder")});
    }
    return;
  }
  if (may_be_missing && stat(certs::FolderOf(path).c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return;
  }
  problems.push_back({std::string(key), 0, absl::StrCat(path, ": there is no such folder")});
}

// The identity that the leaf names must be this node's own.
void CheckIdentity(const Config& config, const certs::Certificate& leaf, absl::Time now,
                   Problems& problems) {
  constexpr absl::string_view kKey = "tls.certificate";
  const TlsIdentity wanted{.member = config.member,
                           .federation = config.federation,
                           .kind = TlsIdentity::Kind::kNode,
                           .name = config.node};
  std::string named;
  for (const certs::AlternativeName& name : leaf.alternative_names()) {
    if (name.kind == certs::AlternativeName::Kind::kUri) named = name.text;
  }
  if (named != wanted.Uri()) {
    Add(kKey,
        MakeError(Reason::WRONG_IDENTITY,
                  absl::StrCat("the certificate names \"", named, "\": expected ", wanted.Uri())),
        problems);
  }
  if (now >= leaf.not_after()) {
    Add(kKey,
        MakeError(Reason::CERTIFICATE_EXPIRED,
                  absl::StrCat("the certificate ended ", absl::FormatTime(leaf.not_after()))),
        problems);
  }
}

void CheckTls(const Config& config, absl::Time now, Problems& problems) {
  if (config.tls_certificate.empty() || config.tls_key.empty()) return;
  const auto chain = certs::LoadCertificates(config.tls_certificate);
  if (chain.ok()) {
    CheckIdentity(config, chain->front(), now, problems);
  } else {
    Add("tls.certificate", chain.status(), problems);
  }
  const auto key = certs::LoadKey(config.tls_key);
  if (!key.ok()) {
    Add("tls.key", key.status(), problems);
  } else if (chain.ok() && !certs::KeyMatches(chain->front(), **key)) {
    Add("tls.key",
        MakeError(Reason::KEY_FILE, absl::StrCat(config.tls_key, ": this is not the key of ",
                                                 config.tls_certificate)),
        problems);
  }
}

// Loads one signing key; its SPKI, or nothing.
std::string CheckKey(absl::string_view key, const std::string& path, bool ed25519_only,
                     Problems& problems) {
  if (path.empty()) return "";
  const auto signer = certs::LoadSigner(path);
  if (!signer.ok()) {
    Add(key, signer.status(), problems);
    return "";
  }
  const PublicKey& public_key = (*signer)->public_key();
  if (ed25519_only && public_key.algorithm() != Algorithm::kEd25519) {
    Add(key, MakeError(Reason::BAD_ALGORITHM, absl::StrCat(path, ": expected an Ed25519 key")),
        problems);
  }
  return public_key.spki();
}

}  // namespace

std::vector<ConfigProblem> CheckFiles(const Config& config, absl::Time now) {
  Problems problems;
  CheckFolder("store", config.store, /*may_be_missing=*/true, problems);
  CheckFolder("trust", config.trust, /*may_be_missing=*/false, problems);
  CheckTls(config, now, problems);
  const std::string log = CheckKey("keys.log", config.log_key, true, problems);
  const std::string cosigner = CheckKey("keys.cosigner", config.cosigner_key, true, problems);
  const std::string author = CheckKey("keys.author", config.author_key, false, problems);
  if (!log.empty() && log == cosigner) {
    Add("keys.cosigner",
        MakeError(Reason::DUPLICATE_KEY,
                  "expected another key than the log key: one key, one role"),
        problems);
  }
  if (!author.empty() && (author == log || author == cosigner)) {
    Add("keys.author",
        MakeError(Reason::DUPLICATE_KEY, "expected a key of its own: one key, one role"), problems);
  }
  if (!config.log_file.empty()) {
    CheckFolder("log.file", certs::FolderOf(config.log_file), false, problems);
  }
  return problems;
}

}  // namespace plenary::node
