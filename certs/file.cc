#include "certs/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"

namespace plenary::certs {
namespace {

bool WriteAll(int descriptor, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

absl::Status FileError(absl::string_view what, const std::string& path, int error_number) {
  return MakeError(
      Reason::FILE_ACCESS,
      absl::StrCat(what, " \"", path, "\": ", std::generic_category().message(error_number)),
      {{"path", path}});
}

FileDescriptor::~FileDescriptor() {
  if (number_ >= 0) close(number_);
}

std::string FolderOf(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  const size_t slash = end == std::string::npos ? end : path.find_last_of('/', end);
  if (slash == std::string::npos) return path.empty() || path[0] != '/' ? "." : "/";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status SyncFolder(const std::string& path) {
  const FileDescriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.ok() || fsync(folder.get()) != 0) return FileError("folder", path, errno);
  return absl::OkStatus();
}

absl::Status EnsureFolder(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0) return SyncFolder(FolderOf(path));
  if (errno != EEXIST) return FileError("folder", path, errno);
  struct stat found = {};
  if (stat(path.c_str(), &found) != 0) return FileError("folder", path, errno);
  if (!S_ISDIR(found.st_mode)) return FileError("folder", path, ENOTDIR);
  return absl::OkStatus();
}

absl::Status CreateFile(const std::string& path, absl::string_view bytes, mode_t mode,
                        NameSync name_sync) {
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file.ok() && errno == EEXIST) {
    return MakeError(Reason::FILE_EXISTS,
                     absl::StrCat("file \"", path, "\": expected no such file, got one"),
                     {{"path", path}});
  }
  if (!file.ok()) return FileError("file", path, errno);
  // The umask may have taken permissions away.
  if (fchmod(file.get(), mode) != 0 || !WriteAll(file.get(), bytes) || fsync(file.get()) != 0) {
    const absl::Status error = FileError("file", path, errno);
    unlink(path.c_str());
    return error;
  }
  return name_sync == NameSync::kNow ? SyncFolder(FolderOf(path)) : absl::OkStatus();
}

bool ReadAll(int descriptor, std::string& bytes) {
  size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t part = read(descriptor, bytes.data() + got, bytes.size() - got);
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return false;
    if (part == 0) break;
    got += static_cast<size_t>(part);
  }
  bytes.resize(got);
  return true;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  // Not blocking: a pipe in the file's place would never open.
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat found = {};
  if (!file.ok() || fstat(file.get(), &found) != 0) return FileError("file", path, errno);
  if (S_ISDIR(found.st_mode)) return FileError("file", path, EISDIR);
  if (!S_ISREG(found.st_mode)) return FileError("file", path, EINVAL);
  std::string bytes(static_cast<size_t>(found.st_size), '\0');
  if (bytes.size() > kMaxFileBytes) return FileError("file", path, EFBIG);
  if (!ReadAll(file.get(), bytes)) return FileError("file", path, errno);
  return bytes;
}

}  // namespace plenary::certs
