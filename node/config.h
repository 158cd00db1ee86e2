// plenaryd's one configuration file.
//
// TOML 1.0. Relative paths are relative to the file's folder. Every key:
//
//   federation      = "sti.brics.example"
//   member          = "br"
//   node            = "node-1"
//   store           = "store"              the database's folder
//   trust           = "trust"              folder of the rosters and cards to start with
//   peer_listen     = "0.0.0.0:7443"       left out: this node only dials
//   operator_listen = "127.0.0.1:7444"
//   [tls]
//   certificate = "tls/node.pem"           leaf, then at most one intermediate
//   key         = "tls/node.key"
//   [keys]                                 log and cosigner together; without them: a follower
//   log      = "keys/log.pem"
//   cosigner = "keys/cosigner.pem"
//   author   = "keys/author.pem"           for unattended import
//   [roles]                                full SPIFFE ID = one role or several
//   "spiffe://br.sti.brics.example/operator/alice" = ["clerk", "auditor"]
//   [peers]                                where to dial instead of the endpoint on the card
//   in = "10.1.2.3:7443"                   a member's node
//   "za/node-2" = "10.1.2.4:7443"          one of several
//   [cache]
//   block_mib        = 64
//   write_buffer_mib = 64
//   [log]
//   level = "info"                         debug, info, warning, error
//   file  = "plenaryd.log"                 left out: standard error
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "node/log_lines.h"

namespace plenary::node {

// What an operator may do. Each is asked for by itself, but admin, clerk and auditor may read too.
enum class Role : uint32_t { kReader = 1, kClerk = 2, kAuditor = 4, kAdmin = 8 };

// A set of roles.
class Roles {
 public:
  constexpr Roles() = default;
  constexpr void Add(Role role) { bits_ |= static_cast<uint32_t>(role); }
  // Whether `role` is in the set; every role implies reader.
  constexpr bool Has(Role role) const {
    return (bits_ & static_cast<uint32_t>(role)) != 0 || (role == Role::kReader && bits_ != 0);
  }
  constexpr bool empty() const { return bits_ == 0; }
  friend bool operator==(const Roles&, const Roles&) = default;

 private:
  uint32_t bits_ = 0;
};

// "reader", "clerk", "auditor", "admin".
absl::string_view RoleName(Role role);

// Roles by full SPIFFE ID.
using RoleTable = std::map<std::string, Roles, std::less<>>;

struct PeerAddress {
  std::string member;
  std::string node;  // empty: whichever node answers
  std::string address;
};

// A configuration without mistakes. Immutable value type.
struct Config {
  std::string federation;
  std::string member;
  std::string node;
  std::string store;
  std::string trust;
  std::string peer_listen;  // empty: none
  std::string operator_listen;
  std::string tls_certificate;
  std::string tls_key;
  std::string log_key;  // empty: a follower; set together with cosigner_key
  std::string cosigner_key;
  std::string author_key;  // empty: none
  RoleTable roles;
  std::vector<PeerAddress> peers;
  uint64_t block_cache_bytes = uint64_t{64} << 20;
  uint64_t write_buffer_bytes = uint64_t{64} << 20;
  LogLevel log_level = LogLevel::kInfo;
  std::string log_file;  // empty: standard error
};

// One mistake in the file.
struct ConfigProblem {
  std::string key;   // "tls.certificate"; empty where there is none
  int line = 0;      // from 1; 0: something is missing from the file as a whole
  std::string text;  // "expected X, got Y"
};

// What came of a file: a configuration, or every mistake in it, by line.
struct ConfigResult {
  Config config;
  std::vector<ConfigProblem> problems;
  bool ok() const { return problems.empty(); }
};

// Reads a configuration from `text`; `folder` is what relative paths are relative to. Pure.
ConfigResult ParseConfig(absl::string_view text, const std::string& folder);

// Reads the file at `path`; a file that cannot be read is a problem too.
ConfigResult LoadConfig(const std::string& path);

// What can be wrong outside the file: keys and certificates that are not there, are readable by
// others, do not belong together, or name another node; folders that are missing.
std::vector<ConfigProblem> CheckFiles(const Config& config, absl::Time now);

// One line per problem: "plenaryd.toml:12: tls.certificate: expected …". Empty without problems.
std::string FormatProblems(absl::string_view path, const std::vector<ConfigProblem>& problems);

// host:port with a name, an IPv4 address or a bracketed IPv6 address, and a port from 1 to 65535.
bool IsHostPort(absl::string_view text);

}  // namespace plenary::node
