#include "cli/audit/export_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;

absl::Status Bad(const std::string& path, absl::string_view what) {
  return MakeError(Reason::BAD_EXPORT, absl::StrCat("file \"", path, "\": ", what),
                   {{"path", path}});
}

absl::StatusOr<certs::FileDescriptor> OpenFile(const std::string& path, struct stat& found) {
  // Not blocking: a pipe in the file's place would never open.
  certs::FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.ok() && (errno == ENOENT || errno == ENOTDIR)) return Bad(path, "it is missing");
  if (!file.ok() || fstat(file.get(), &found) != 0) return certs::FileError("file", path, errno);
  if (!S_ISREG(found.st_mode)) return Bad(path, "expected a regular file");
  return file;
}

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

bool IsThere(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

absl::StatusOr<std::vector<std::string>> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  DIR* entries = opendir(folder.c_str());
  if (entries == nullptr && errno == ENOENT) return names;
  if (entries == nullptr) return certs::FileError("folder", folder, errno);
  while (const dirent* entry = readdir(entries)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(entries);
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::string> ReadExported(const std::string& path, size_t max_bytes) {
  struct stat found = {};
  ASSIGN_OR_RETURN(const certs::FileDescriptor file, OpenFile(path, found));
  if (static_cast<uint64_t>(found.st_size) > max_bytes) {
    return Bad(path, absl::StrCat("expected at most ", max_bytes, " bytes, got ", found.st_size));
  }
  std::string bytes(static_cast<size_t>(found.st_size), '\0');
  if (!certs::ReadAll(file.get(), bytes)) return certs::FileError("file", path, errno);
  return bytes;
}

absl::StatusOr<PieceReader> PieceReader::Open(const std::string& path) {
  struct stat found = {};
  ASSIGN_OR_RETURN(certs::FileDescriptor file, OpenFile(path, found));
  return PieceReader(path, std::move(file));
}

absl::Status PieceReader::Fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  std::string more(kPieceBytes, '\0');
  if (!certs::ReadAll(file_.get(), more)) return certs::FileError("file", path_, errno);
  buffer_ += more;
  return absl::OkStatus();
}

absl::StatusOr<std::string> PieceReader::Read(size_t count) {
  while (buffer_.size() - at_ < count) {
    const size_t before = buffer_.size() - at_;
    RETURN_IF_ERROR(Fill());
    if (buffer_.size() == before) return Bad(path_, "it is cut short");
  }
  std::string bytes = buffer_.substr(at_, count);
  at_ += count;
  return bytes;
}

absl::Status PieceReader::ExpectEnd() {
  if (at_ == buffer_.size()) RETURN_IF_ERROR(Fill());
  if (at_ == buffer_.size()) return absl::OkStatus();
  return Bad(path_, "it goes on where it should end");
}

absl::Status FolderWriter::EnsureFolderOf(const std::string& name, bool is_private) {
  const mode_t mode = is_private ? kPrivateFolder : kPublicFolder;
  if (there_.insert("").second) RETURN_IF_ERROR(certs::EnsureFolder(folder_, kPublicFolder));
  for (size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    const std::string sub = name.substr(0, slash);
    if (!there_.insert(sub).second) continue;
    RETURN_IF_ERROR(certs::EnsureFolder(PathOf(sub), mode));
  }
  return absl::OkStatus();
}

absl::Status FolderWriter::Write(const std::string& name, absl::string_view bytes,
                                 bool is_private) {
  RETURN_IF_ERROR(Begin(name, is_private));
  const absl::Status written = Append(bytes);
  if (written.ok()) return Commit();
  Drop();
  return written;
}

absl::Status FolderWriter::Begin(const std::string& name, bool is_private) {
  RETURN_IF_ERROR(EnsureFolderOf(name, is_private));
  const std::string path = PathOf(name);
  const std::string partial = absl::StrCat(path, ".partial");
  const mode_t mode = is_private ? kPrivateFile : kPublicFile;
  // What an interrupted run left has no name of a tile: it is written over.
  certs::FileDescriptor file(
      open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file.ok() || fchmod(file.get(), mode) != 0) return certs::FileError("file", partial, errno);
  open_.emplace(Open{path, partial, std::move(file)});
  return absl::OkStatus();
}

absl::Status FolderWriter::Append(absl::string_view bytes) {
  bytes_ += bytes.size();
  if (WriteAll(open_->file.get(), bytes)) return absl::OkStatus();
  return certs::FileError("file", open_->partial, errno);
}

absl::Status FolderWriter::Commit() {
  const Open& file = *open_;
  if (fsync(file.file.get()) != 0 || rename(file.partial.c_str(), file.path.c_str()) != 0) {
    const absl::Status error = certs::FileError("file", file.path, errno);
    Drop();
    return error;
  }
  unsynced_.insert(certs::FolderOf(file.path));
  ++files_;
  open_.reset();
  return absl::OkStatus();
}

void FolderWriter::Drop() {
  if (!open_.has_value()) return;
  unlink(open_->partial.c_str());
  open_.reset();
}

absl::Status FolderWriter::Remove(const std::string& name) {
  const std::string path = PathOf(name);
  if (unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return absl::OkStatus();
    return certs::FileError("file", path, errno);
  }
  unsynced_.insert(certs::FolderOf(path));
  return absl::OkStatus();
}

absl::Status FolderWriter::Sync() {
  for (const std::string& folder : unsynced_) RETURN_IF_ERROR(certs::SyncFolder(folder));
  unsynced_.clear();
  return absl::OkStatus();
}

absl::StatusOr<FolderLock> FolderLock::Take(const std::string& folder) {
  certs::FileDescriptor file(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.ok()) return certs::FileError("folder", folder, errno);
  if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) return FolderLock(std::move(file));
  if (errno != EWOULDBLOCK) return certs::FileError("folder", folder, errno);
  return MakeError(Reason::BUSY,
                   absl::StrCat("folder \"", folder, "\": another export writes to it"),
                   {{"path", folder}});
}

}  // namespace plenary::cli
