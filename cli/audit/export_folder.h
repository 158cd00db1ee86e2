// The files of an exported log: paths, reading, and writing so that a file is there as a whole or
// not at all.
//
// Layout: docs/FORMATS.md, section 9.
//
//   DIR/trust/                     rosters and cards (certs/trust_folder.h)
//   DIR/evidence/<SHA-256 in hex>  evidence files
//   DIR/<origin>/checkpoint        the newest final checkpoint: a C2SP signed note
//   DIR/<origin>/tile/…            C2SP tlog-tiles
//   DIR/<origin>/records/…         record bytes that are for everyone
//   DIR/<origin>/restricted/…      those that are not
//   DIR/<origin>/checkpoints/<size>  earlier final checkpoints, one for each roster version
//   DIR/<origin>/contradiction     a note by the log's key that contradicts the checkpoint
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "certs/file.h"

namespace plenary::cli {

inline constexpr char kCheckpointFile[] = "checkpoint";
inline constexpr char kContradictionFile[] = "contradiction";
inline constexpr char kCheckpointsFolder[] = "checkpoints";
inline constexpr char kRecordsFolder[] = "records";
inline constexpr char kRestrictedFolder[] = "restricted";
inline constexpr char kTrustFolder[] = "trust";
inline constexpr char kEvidenceFolder[] = "evidence";

inline constexpr mode_t kPublicFile = 0644;
inline constexpr mode_t kPublicFolder = 0755;
inline constexpr mode_t kPrivateFile = 0600;
inline constexpr mode_t kPrivateFolder = 0700;

// Is there anything at `path`?
bool IsThere(const std::string& path);
// The names in a folder, sorted; none if there is no such folder. Fails with FILE_ACCESS.
absl::StatusOr<std::vector<std::string>> NamesIn(const std::string& folder);

// The bytes of a file. Fails with BAD_EXPORT if it is not there or has more than `max_bytes`, with
// FILE_ACCESS if it cannot be read.
absl::StatusOr<std::string> ReadExported(const std::string& path, size_t max_bytes);

// Reads a file from front to back, a piece at a time. One thread at a time.
class PieceReader {
 public:
  // Fails as ReadExported.
  static absl::StatusOr<PieceReader> Open(const std::string& path);
  // The next `count` bytes; BAD_EXPORT if the file ends before.
  absl::StatusOr<std::string> Read(size_t count);
  // Nothing but the end is left; else BAD_EXPORT.
  absl::Status ExpectEnd();

 private:
  PieceReader(std::string path, certs::FileDescriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}
  absl::Status Fill();

  std::string path_;
  certs::FileDescriptor file_;
  std::string buffer_;
  size_t at_ = 0;
};

// Writes the files of one folder: each under another name first, then in its place. What was
// written is durable after Sync. One thread at a time.
class FolderWriter {
 public:
  // `folder` is made if it is missing; its parent must be there.
  explicit FolderWriter(std::string folder) : folder_(std::move(folder)) {}

  // Puts a file in the place of an older one; `name` may have folders in it. A private one, and
  // folders made for it, are for this user alone. Fails with FILE_ACCESS.
  absl::Status Write(const std::string& name, absl::string_view bytes, bool is_private = false);

  // The same for a file that is written piece by piece: Begin, Append, then Commit, or Drop.
  absl::Status Begin(const std::string& name, bool is_private);
  absl::Status Append(absl::string_view bytes);
  absl::Status Commit();
  void Drop();

  // Removes a file if it is there.
  absl::Status Remove(const std::string& name);
  // Makes all names written or removed so far durable.
  absl::Status Sync();

  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }
  uint64_t files_written() const { return files_; }
  uint64_t bytes_written() const { return bytes_; }

 private:
  absl::Status EnsureFolderOf(const std::string& name, bool is_private);

  struct Open {
    std::string path;
    std::string partial;
    certs::FileDescriptor file;
  };
  const std::string folder_;
  std::optional<Open> open_;
  std::set<std::string> there_;     // folders known to be there
  std::set<std::string> unsynced_;  // folders with new names
  uint64_t files_ = 0;
  uint64_t bytes_ = 0;
};

// Keeps others of this machine from writing to the same folder meanwhile. Move only.
class FolderLock {
 public:
  // `folder` is there. Fails with BUSY if another export holds it, FILE_ACCESS.
  static absl::StatusOr<FolderLock> Take(const std::string& folder);

 private:
  explicit FolderLock(certs::FileDescriptor folder) : folder_(std::move(folder)) {}
  certs::FileDescriptor folder_;
};

}  // namespace plenary::cli
