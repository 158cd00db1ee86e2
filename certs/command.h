// plenary cert: a member's CA, the certificates of its nodes and operators.
//
// Each function is one verb. It prints what it did to `out` and, if it fails, what, where and the
// remedy to `err`; it returns the exit code of the process: 0 done, 1 not done. Nothing that exists
// is ever replaced, but the identity in a folder by CertRenew.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "ledger/names.h"
#include "ledger/signature.h"

namespace plenary::certs {

inline constexpr int64_t kAuthorityDays = 3653;
inline constexpr int64_t kIdentityDays = 365;
// When CertShow begins to warn, and when it urges.
inline constexpr int64_t kWarnDays = 30;
inline constexpr int64_t kUrgeDays = 7;

struct CertCaOptions {
  std::string folder;
  // Of a root; an intermediate has its parent's.
  std::string federation;
  std::string member;
  // Folder of the root under which to make an intermediate; empty: make a root.
  std::string parent;
  // The root may have an intermediate.
  bool allow_intermediate = false;
  Algorithm algorithm = Algorithm::kEcdsaP256;
  int64_t days = kAuthorityDays;
  absl::Time now;
};
int CertCa(const CertCaOptions& options, std::ostream& out, std::ostream& err);

struct CertIssueOptions {
  std::string authority;  // folder of the CA
  std::string folder;     // folder of the new identity
  std::string name;       // of the node or operator
  Algorithm algorithm = Algorithm::kEcdsaP256;
  int64_t days = kIdentityDays;
  absl::Time now;
};
int CertNode(const CertIssueOptions& options, std::ostream& out, std::ostream& err);
int CertOperator(const CertIssueOptions& options, std::ostream& out, std::ostream& err);

struct CertRenewOptions {
  std::string authority;
  std::string folder;
  // The same private key again; else a new one of the same kind.
  bool keep_key = false;
  int64_t days = kIdentityDays;
  absl::Time now;
};
int CertRenew(const CertRenewOptions& options, std::ostream& out, std::ostream& err);

struct CertShowOptions {
  // PEM files, identity folders or CA folders.
  std::vector<std::string> paths;
  absl::Time now;
};
// 1 also if a certificate has expired.
int CertShow(const CertShowOptions& options, std::ostream& out, std::ostream& err);

}  // namespace plenary::certs
