#include "certs/identity_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "certs/file.h"
#include "ledger/digest.h"
#include "ledger/status.h"

namespace plenary::certs {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kCertificateMode = 0644;
constexpr absl::string_view kNextLink = ".current.next";

std::string Join(const std::string& folder, absl::string_view name) {
  return absl::StrCat(folder, "/", name);
}

std::string VersionName(uint64_t number) { return absl::StrCat("v", number); }

std::optional<uint64_t> VersionNumber(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, "v")) return std::nullopt;
  const auto number = ParseDecimal(name);
  if (!number.ok()) return std::nullopt;
  return *number;
}

absl::StatusOr<std::vector<uint64_t>> ListVersions(const std::string& folder) {
  DIR* entries = opendir(folder.c_str());
  if (entries == nullptr) return FileError("folder", folder, errno);
  std::vector<uint64_t> versions;
  while (const dirent* entry = readdir(entries)) {
    if (const auto number = VersionNumber(entry->d_name); number.has_value()) {
      versions.push_back(*number);
    }
  }
  closedir(entries);
  return versions;
}

// What `current` leads to; nothing if it is no link, or not there.
std::optional<std::string> ReadCurrent(const std::string& folder) {
  std::array<char, 256> target = {};
  const ssize_t bytes =
      readlink(Join(folder, kIdentityCurrent).c_str(), target.data(), target.size() - 1);
  if (bytes <= 0) return std::nullopt;
  return std::string(target.data(), static_cast<size_t>(bytes));
}

// Leaves a folder alone that holds more than a version does.
void RemoveVersion(const std::string& folder, absl::string_view version) {
  const std::string path = Join(folder, version);
  unlink(Join(path, kIdentityKeyFile).c_str());
  unlink(Join(path, kIdentityCertificateFile).c_str());
  rmdir(path.c_str());
}

absl::Status WriteVersion(const std::string& folder, const std::string& version, const Secret& key,
                          absl::Span<const Certificate> chain) {
  const std::string path = Join(folder, version);
  if (mkdir(path.c_str(), kFolderMode) != 0) return FileError("folder", path, errno);
  absl::Status written = CreateKeyFile(Join(path, kIdentityKeyFile), key);
  if (written.ok()) {
    written = CreateFile(Join(path, kIdentityCertificateFile), FormatPem(chain), kCertificateMode);
  }
  if (written.ok()) written = SyncFolder(folder);
  if (!written.ok()) RemoveVersion(folder, version);
  return written;
}

absl::Status PointCurrentTo(const std::string& folder, const std::string& version) {
  const std::string next = Join(folder, kNextLink);
  unlink(next.c_str());
  if (symlink(version.c_str(), next.c_str()) != 0) return FileError("link", next, errno);
  const std::string current = Join(folder, kIdentityCurrent);
  if (rename(next.c_str(), current.c_str()) != 0) return FileError("link", current, errno);
  return SyncFolder(folder);
}

absl::Status LockFolder(const FileDescriptor& lock, const std::string& folder) {
  if (!lock.ok()) return FileError("folder", folder, errno);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  if (errno != EWOULDBLOCK) return FileError("folder", folder, errno);
  return MakeError(
      Reason::BUSY,
      absl::StrCat("folder \"", folder, "\": another process is replacing this identity"),
      {{"path", folder}});
}

absl::StatusOr<IssuedIdentity> LoadVersion(const std::string& path) {
  ASSIGN_OR_RETURN(Secret key, ReadKeyFile(Join(path, kIdentityKeyFile)));
  ASSIGN_OR_RETURN(std::vector<Certificate> chain,
                   LoadCertificates(Join(path, kIdentityCertificateFile)));
  auto pair = ParseKey(key.view());
  if (!pair.ok()) return Annotate(pair.status(), absl::StrCat("folder \"", path, "\""));
  if (!KeyMatches(chain.front(), **pair)) {
    return MakeError(Reason::BAD_CERTIFICATE,
                     absl::StrCat("folder \"", path, "\": key and certificate do not match"),
                     {{"path", path}});
  }
  return IssuedIdentity{std::move(key), std::move(chain)};
}

}  // namespace

absl::StatusOr<PeerIdentity> JudgeOwnIdentity(const Secret& key,
                                              absl::Span<const Certificate> chain,
                                              absl::Span<const Certificate> issuers,
                                              absl::Time now) {
  ASSIGN_OR_RETURN(const EvpKeyPtr pair, ParseKey(key.view()));
  ASSIGN_OR_RETURN(const TlsIdentity claimed, ClaimedIdentity(chain));
  if (!KeyMatches(chain.front(), *pair)) {
    return MakeError(Reason::BAD_CERTIFICATE, absl::StrCat("certificate of ", claimed.Uri(),
                                                           ": the private key is not its own"));
  }
  Trust trust;
  trust.federation = claimed.federation;
  MemberTrust& member = trust.members[claimed.member];
  member.status = MemberStatus::kFull;
  member.issuers.assign(issuers.begin(), issuers.end());
  return JudgePeer(chain, trust, now, {claimed.kind, claimed.member, claimed.name});
}

absl::StatusOr<std::string> InstallIdentity(const std::string& folder, const Secret& key,
                                            absl::Span<const Certificate> chain,
                                            absl::Span<const Certificate> issuers, absl::Time now) {
  const auto judged = JudgeOwnIdentity(key, chain, issuers, now);
  if (!judged.ok()) return judged.status();
  RETURN_IF_ERROR(EnsureFolder(folder, kFolderMode));
  const FileDescriptor lock(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  RETURN_IF_ERROR(LockFolder(lock, folder));
  ASSIGN_OR_RETURN(const std::vector<uint64_t> versions, ListVersions(folder));
  const auto newest = std::max_element(versions.begin(), versions.end());
  const std::string version = VersionName(newest == versions.end() ? 1 : *newest + 1);
  const std::optional<std::string> before = ReadCurrent(folder);
  RETURN_IF_ERROR(WriteVersion(folder, version, key, chain));
  RETURN_IF_ERROR(PointCurrentTo(folder, version));
  for (const uint64_t number : versions) {
    if (VersionName(number) != before) RemoveVersion(folder, VersionName(number));
  }
  return version;
}

absl::StatusOr<IssuedIdentity> LoadIdentity(const std::string& folder) {
  // Two replacements while the files are read remove the version that was read from.
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    const std::string version = ReadCurrent(folder).value_or(std::string(kIdentityCurrent));
    auto identity = LoadVersion(Join(folder, version));
    if (identity.ok() || attempt == kAttempts || ReadCurrent(folder) == version) return identity;
  }
}

}  // namespace plenary::certs
