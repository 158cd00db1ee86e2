#include "cli/founding_folder.h"

#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "certs/authority_folder.h"
#include "certs/file.h"
#include "certs/identity_folder.h"
#include "certs/trust_folder.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPrivateFolder = 0700;
constexpr mode_t kPublicFile = 0644;
constexpr int kFirstOperatorPort = 8443;
constexpr int kOperatorPortStep = 1'000;
constexpr int kMaxPort = 65'535;

constexpr char kOfflineReadme[] =
    "These keys belong on a machine without a network, each member's with its own roster officer:\n"
    "\n"
    "  root-key.pem   signs roster versions and the member's cards\n"
    "  ca/            issues the certificates of the member's nodes and operators\n"
    "\n"
    "Move this folder away before the nodes run. No node needs anything in it.\n";

struct Address {
  std::string host;
  int port = 0;
};

absl::StatusOr<Address> ParseAddress(absl::string_view code, absl::string_view text) {
  const size_t colon = text.rfind(':');
  const auto port = colon == absl::string_view::npos || colon == 0
                        ? absl::StatusOr<uint64_t>(uint64_t{0})
                        : ParseDecimal(text.substr(colon + 1));
  if (!port.ok() || *port == 0 || *port > kMaxPort) {
    return MakeError(Reason::BAD_ENDPOINT,
                     absl::StrCat("address of ", code, ": expected host:port, got \"", text, "\""),
                     {{"member", code}});
  }
  return Address{std::string(text.substr(0, colon)), static_cast<int>(*port)};
}

std::string PeerListener(const Address& endpoint) {
  const bool loopback = endpoint.host == "localhost" || absl::StartsWith(endpoint.host, "127.") ||
                        endpoint.host == "[::1]";
  if (endpoint.host == "localhost") return absl::StrCat("127.0.0.1:", endpoint.port);
  if (loopback) return absl::StrCat(endpoint.host, ":", endpoint.port);
  return absl::StrCat(absl::StartsWith(endpoint.host, "[") ? "[::]:" : "0.0.0.0:", endpoint.port);
}

// The first free port from `wanted` on.
int TakePort(int wanted, std::set<int>& taken) {
  int port = wanted <= kMaxPort ? wanted : kFirstOperatorPort;
  while (!taken.insert(port).second) port = port < kMaxPort ? port + 1 : kFirstOperatorPort;
  return port;
}

absl::Status EnsureFolder(const std::string& path) {
  return certs::EnsureFolder(path, kPrivateFolder);
}

absl::Status WriteOffline(const FoundedMember& member, const std::string& folder) {
  RETURN_IF_ERROR(EnsureFolder(folder));
  RETURN_IF_ERROR(certs::CreateKeyFile(folder + "/root-key.pem", member.root.pem));
  return certs::SaveAuthority(folder + "/ca", member.authority, member.authority_key);
}

absl::Status WriteIdentity(const FoundedMember& member, const certs::IssuedIdentity& identity,
                           absl::Time now, const std::string& folder) {
  return certs::InstallIdentity(folder, identity.key, identity.chain,
                                {member.authority.certificate()}, now)
      .status();
}

certs::TrustFiles TrustFilesOf(const Founding& founding) {
  certs::TrustFiles files;
  files.rosters.emplace_back(founding.rosters.newest().envelope());
  for (const FoundedMember& member : founding.members) files.cards[member.code] = {member.card};
  return files;
}

absl::Status WriteMember(const Founding& founding, const FoundedMember& member,
                         const FoundingOptions& options, const Listeners& listeners,
                         const std::string& folder) {
  RETURN_IF_ERROR(EnsureFolder(folder));
  RETURN_IF_ERROR(EnsureFolder(folder + "/keys"));
  RETURN_IF_ERROR(certs::CreateKeyFile(folder + "/keys/log-1.pem", member.log.pem));
  RETURN_IF_ERROR(certs::CreateKeyFile(folder + "/keys/cosigner.pem", member.cosigner.pem));
  RETURN_IF_ERROR(certs::CreateKeyFile(folder + "/keys/author-1.pem", member.author.pem));
  RETURN_IF_ERROR(EnsureFolder(folder + "/tls"));
  RETURN_IF_ERROR(WriteIdentity(member, member.node, options.now, folder + "/tls/node"));
  RETURN_IF_ERROR(WriteIdentity(member, member.admin, options.now, folder + "/tls/admin"));
  RETURN_IF_ERROR(certs::WriteTrustFolder(folder + "/trust", TrustFilesOf(founding)));
  RETURN_IF_ERROR(certs::CreateFile(folder + "/plenaryd.toml",
                                    NodeToml(founding, member, options, listeners), kPublicFile));
  return certs::CreateFile(folder + "/profile.toml", ProfileToml(founding, member, listeners),
                           kPublicFile);
}

absl::Status WriteAll(const Founding& founding, const FoundingOptions& options,
                      const std::map<std::string, Listeners>& listeners,
                      const std::string& folder) {
  const std::string offline = absl::StrCat(folder, "/", kOfflineFolder);
  RETURN_IF_ERROR(EnsureFolder(offline));
  RETURN_IF_ERROR(certs::CreateFile(offline + "/README.txt", kOfflineReadme, kPublicFile));
  for (const FoundedMember& member : founding.members) {
    RETURN_IF_ERROR(WriteOffline(member, absl::StrCat(offline, "/", member.code)));
    RETURN_IF_ERROR(WriteMember(founding, member, options, listeners.at(member.code),
                                absl::StrCat(folder, "/", member.code)));
  }
  return absl::OkStatus();
}

absl::Status RefuseExisting(const std::string& folder) {
  if (!fs::exists(fs::symlink_status(folder))) return absl::OkStatus();
  return MakeError(Reason::FILE_EXISTS,
                   absl::StrCat("folder \"", folder, "\": expected none, got one"),
                   {{"path", folder}});
}

}  // namespace

absl::StatusOr<std::map<std::string, Listeners>> ChooseListeners(
    const Founding& founding, const std::map<std::string, std::string>& asked) {
  std::map<std::string, Listeners> listeners;
  std::map<std::string, int> wanted;
  std::set<int> taken;
  int dial_only = kFirstOperatorPort;
  for (const FoundedMember& member : founding.members) {
    Listeners& own = listeners[member.code];
    if (member.endpoint.has_value()) {
      ASSIGN_OR_RETURN(const Address endpoint, ParseAddress(member.code, *member.endpoint));
      own.peers = PeerListener(endpoint);
      taken.insert(endpoint.port);
      wanted[member.code] = endpoint.port + kOperatorPortStep;
    } else {
      wanted[member.code] = dial_only++;
    }
  }
  for (const auto& [code, address] : asked) {
    const auto own = listeners.find(code);
    if (own == listeners.end()) {
      return MakeError(
          Reason::BAD_REQUEST,
          absl::StrCat("operator address ", code, "=", address, ": no such member is founded"),
          {{"member", code}});
    }
    ASSIGN_OR_RETURN(const Address parsed, ParseAddress(code, address));
    taken.insert(parsed.port);
    own->second.operators = address;
  }
  for (const FoundedMember& member : founding.members) {
    Listeners& own = listeners[member.code];
    if (own.operators.empty()) {
      own.operators = absl::StrCat("127.0.0.1:", TakePort(wanted[member.code], taken));
    }
  }
  return listeners;
}

absl::Status WriteFounding(const Founding& founding, const FoundingOptions& options,
                           const std::map<std::string, Listeners>& listeners,
                           const std::string& folder) {
  RETURN_IF_ERROR(RefuseExisting(folder));
  // Written beside its place and then moved there: a crash leaves no half federation.
  const std::string partial = folder + ".partial";
  RETURN_IF_ERROR(RefuseExisting(partial));
  RETURN_IF_ERROR(EnsureFolder(partial));
  absl::Status written = WriteAll(founding, options, listeners, partial);
  std::error_code error;
  if (written.ok()) {
    fs::rename(partial, folder, error);
    if (error) written = certs::FileError("folder", folder, error.value());
  }
  if (!written.ok()) {
    fs::remove_all(partial, error);
    return written;
  }
  return certs::SyncFolder(certs::FolderOf(folder));
}

}  // namespace plenary::cli
