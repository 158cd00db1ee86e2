// Small files, written so that they are either there as a whole and on the disk, or not at all.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace plenary::certs {

// Larger files are refused: keys, certificates and what lies beside them are small.
inline constexpr size_t kMaxFileBytes = size_t{1} << 20;

// Is the name of a new file made durable with it, or by a SyncFolder of the caller's?
enum class NameSync { kNow, kByCaller };

// Creates `path` with exactly the permissions `mode`, whatever the umask, and syncs it and its
// folder. Never replaces anything, links included: FILE_EXISTS. Other failures: FILE_ACCESS, and
// nothing is left behind.
absl::Status CreateFile(const std::string& path, absl::string_view bytes, mode_t mode,
                        NameSync name_sync = NameSync::kNow);

// Reads a regular file of at most kMaxFileBytes. Fails with FILE_ACCESS.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Makes the names in the folder `path` durable. Fails with FILE_ACCESS.
absl::Status SyncFolder(const std::string& path);

// Makes the folder `path` with permissions `mode` unless it is there; its parent must be there.
// Fails with FILE_ACCESS.
absl::Status EnsureFolder(const std::string& path, mode_t mode);

// FILE_ACCESS with what the system says of `error_number`: "`what` "`path`": permission denied".
absl::Status FileError(absl::string_view what, const std::string& path, int error_number);

// An open file that is closed with its owner. Move only; one thread at a time.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();
  bool ok() const { return number_ >= 0; }
  int get() const { return number_; }

 private:
  int number_;
};

// Reads `bytes.size()` bytes, or up to the end of the file, and cuts `bytes` to what came. False,
// with errno set, if reading failed.
bool ReadAll(int descriptor, std::string& bytes);

// The folder that holds `path`: "." if it names none.
std::string FolderOf(const std::string& path);

}  // namespace plenary::certs
