// rocksdb::FileSystem over a DiskState. Each operation takes the mutex, checks that its handle is
// of this life of the machine, and does one thing to the tree.
#include <utility>
#include <vector>

#include "tests/simulation/disk_state.h"

namespace plenary::testing {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
using ChangeKind = DiskState::ChangeKind;
using Outcome = DiskState::Outcome;

absl::string_view View(const Slice& slice) { return {slice.data(), slice.size()}; }

IOStatus NoFile(const std::string& path) { return IOStatus::PathNotFound(path); }

// An open file or folder: of which life of the machine it is.
class Handle {
 public:
  Handle(std::shared_ptr<DiskState> state, std::shared_ptr<DiskNode> node, std::string path)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(state->mutex)
      : state_(std::move(state)),
        node_(std::move(node)),
        path_(std::move(path)),
        opened_(state_->generation) {}

  IOStatus Sync() {
    absl::MutexLock lock(&state_->mutex);
    return state_->Change(ChangeKind::kSync, opened_, [this](Outcome outcome) {
      if (outcome == Outcome::kFailedSyncLost) {
        node_->FailSync();
      } else {
        node_->Sync();
      }
      return IOStatus::OK();
    });
  }
  IOStatus Write(uint64_t offset, const Slice& bytes) {
    absl::MutexLock lock(&state_->mutex);
    return WriteLocked(offset, bytes);
  }
  IOStatus Append(const Slice& bytes) {
    absl::MutexLock lock(&state_->mutex);
    return WriteLocked(node_->data.size(), bytes);
  }
  IOStatus Truncate(uint64_t size) {
    absl::MutexLock lock(&state_->mutex);
    if (size == node_->data.size()) return state_->Check(opened_);
    return state_->Change(ChangeKind::kWrite, opened_, [this, size](Outcome) {
      node_->Truncate(size);
      return IOStatus::OK();
    });
  }
  IOStatus Read(uint64_t offset, size_t n, Slice* result, char* scratch) {
    absl::MutexLock lock(&state_->mutex);
    IOStatus checked = state_->Check(opened_);
    if (checked.ok()) *result = state_->Read(*node_, path_, offset, n, scratch);
    return checked;
  }
  uint64_t Size() {
    absl::MutexLock lock(&state_->mutex);
    return node_->data.size();
  }

 private:
  IOStatus WriteLocked(uint64_t offset, const Slice& bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_->mutex) {
    return state_->Change(ChangeKind::kWrite, opened_, [&](Outcome) {
      state_->mutex.AssertHeld();
      return state_->Write(*node_, offset, View(bytes));
    });
  }

  const std::shared_ptr<DiskState> state_;
  const std::shared_ptr<DiskNode> node_;
  const std::string path_;
  const uint64_t opened_;
};

class SequentialFile final : public rocksdb::FSSequentialFile {
 public:
  explicit SequentialFile(Handle handle) : handle_(std::move(handle)) {}
  IOStatus Read(size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) override {
    IOStatus read = handle_.Read(offset_, n, result, scratch);
    if (read.ok()) offset_ += result->size();
    return read;
  }
  IOStatus Skip(uint64_t n) override {
    offset_ += n;
    return IOStatus::OK();
  }

 private:
  Handle handle_;
  uint64_t offset_ = 0;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFile {
 public:
  explicit RandomAccessFile(Handle handle) : handle_(std::move(handle)) {}
  IOStatus Read(uint64_t offset, size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    return handle_.Read(offset, n, result, scratch);
  }

 private:
  mutable Handle handle_;
};

class WritableFile final : public rocksdb::FSWritableFile {
 public:
  using FSWritableFile::Append;
  explicit WritableFile(Handle handle) : handle_(std::move(handle)) {}
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    return handle_.Append(data);
  }
  IOStatus Truncate(uint64_t size, const IOOptions&, IODebugContext*) override {
    return handle_.Truncate(size);
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return handle_.Sync(); }
  uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return handle_.Size(); }
  bool IsSyncThreadSafe() const override { return true; }

 private:
  Handle handle_;
};

class RandomRWFile final : public rocksdb::FSRandomRWFile {
 public:
  explicit RandomRWFile(Handle handle) : handle_(std::move(handle)) {}
  IOStatus Write(uint64_t offset, const Slice& data, const IOOptions&, IODebugContext*) override {
    return handle_.Write(offset, data);
  }
  IOStatus Read(uint64_t offset, size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    return handle_.Read(offset, n, result, scratch);
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return handle_.Sync(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  mutable Handle handle_;
};

class Folder final : public rocksdb::FSDirectory {
 public:
  explicit Folder(Handle handle) : handle_(std::move(handle)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return handle_.Sync(); }

 private:
  Handle handle_;
};

class Lock final : public rocksdb::FileLock {
 public:
  Lock(std::string path, uint64_t opened) : path_(std::move(path)), opened_(opened) {}
  const std::string& path() const { return path_; }
  uint64_t opened() const { return opened_; }

 private:
  const std::string path_;
  const uint64_t opened_;
};

class CrashFileSystem final : public rocksdb::FileSystem {
 public:
  explicit CrashFileSystem(std::shared_ptr<DiskState> state) : state_(std::move(state)) {}
  const char* Name() const override { return "CrashFileSystem"; }

  IOStatus NewSequentialFile(const std::string& path, const FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result,
                             IODebugContext*) override {
    return Open<SequentialFile>(path, result);
  }
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext*) override {
    return Open<RandomAccessFile>(path, result);
  }
  IOStatus NewRandomRWFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSRandomRWFile>* result,
                           IODebugContext*) override {
    return Open<RandomRWFile>(path, result);
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions&,
                              std::unique_ptr<rocksdb::FSWritableFile>* result,
                              IODebugContext*) override {
    return Open<WritableFile>(path, result);
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions&,
                        std::unique_ptr<rocksdb::FSDirectory>* result, IODebugContext*) override {
    return Open<Folder>(path, result, /*folder=*/true);
  }
  IOStatus NewWritableFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    auto file = std::make_shared<DiskNode>(false);
    IOStatus made = SetName(path, file);
    if (made.ok()) *result = std::make_unique<WritableFile>(Handle(state_, file, path));
    return made;
  }

  IOStatus FileExists(const std::string& path, const IOOptions&, IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    IOStatus checked = state_->Check(state_->generation);
    if (!checked.ok()) return checked;
    return state_->Find(path) == nullptr ? IOStatus::NotFound(path) : IOStatus::OK();
  }
  IOStatus GetChildren(const std::string& path, const IOOptions&, std::vector<std::string>* result,
                       IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    std::shared_ptr<DiskNode> folder;
    IOStatus found = Find(path, folder);
    if (!found.ok()) return found;
    result->clear();
    for (const auto& [name, node] : folder->names) result->push_back(name);
    return found;
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    return state_->Find(path) == nullptr ? NoFile(path) : SetName(path, nullptr);
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    std::shared_ptr<DiskNode> folder;
    IOStatus found = Find(path, folder);
    if (!found.ok()) return found;
    return folder->names.empty() ? SetName(path, nullptr) : IOStatus::IOError("not empty");
  }
  IOStatus Truncate(const std::string& path, size_t size, const IOOptions&,
                    IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    std::shared_ptr<DiskNode> file;
    IOStatus found = Find(path, file);
    if (!found.ok()) return found;
    return state_->Change(ChangeKind::kWrite, state_->generation, [&](Outcome) {
      file->Truncate(size);
      return IOStatus::OK();
    });
  }
  IOStatus CreateDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    if (state_->Find(path) != nullptr) return IOStatus::IOError(path, "is there already");
    return SetName(path, std::make_shared<DiskNode>(true));
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions&, IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    if (const std::shared_ptr<DiskNode> found = state_->Find(path); found != nullptr) {
      return found->is_folder ? IOStatus::OK() : IOStatus::IOError(path, "is a file");
    }
    return SetName(path, std::make_shared<DiskNode>(true));
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions&, uint64_t* result,
                       IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    std::shared_ptr<DiskNode> file;
    IOStatus found = Find(path, file);
    if (found.ok()) *result = file->data.size();
    return found;
  }
  IOStatus GetFileModificationTime(const std::string& path, const IOOptions&, uint64_t* result,
                                   IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    *result = 0;
    std::shared_ptr<DiskNode> file;
    return Find(path, file);
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                      IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    std::shared_ptr<DiskNode> node;
    IOStatus found = Find(from, node);
    if (!found.ok()) return found;
    const auto [old_folder, old_name] = state_->Split(from);
    const auto [new_folder, new_name] = state_->Split(to);
    if (new_folder == nullptr) return NoFile(to);
    if (old_folder != new_folder) return IOStatus::NotSupported("rename across folders");
    return state_->Change(ChangeKind::kName, state_->generation,
                          [&, folder = old_folder, names = std::pair(old_name, new_name)](Outcome) {
                            folder->SetNames({{names.first, nullptr}, {names.second, node}});
                            return IOStatus::OK();
                          });
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions&,
                    IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    std::shared_ptr<DiskNode> node;
    IOStatus found = Find(from, node);
    return found.ok() ? SetName(to, node) : found;
  }
  IOStatus LockFile(const std::string& path, const IOOptions&, rocksdb::FileLock** result,
                    IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    *result = nullptr;
    if (state_->locks.contains(path)) return IOStatus::IOError(path, "lock is held");
    if (state_->Find(path) == nullptr) {
      IOStatus made = SetName(path, std::make_shared<DiskNode>(false));
      if (!made.ok()) return made;
    }
    IOStatus checked = state_->Check(state_->generation);
    if (!checked.ok()) return checked;
    state_->locks.insert(path);
    *result = new Lock(path, state_->generation);
    return checked;
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    absl::MutexLock guard(&state_->mutex);
    const std::unique_ptr<Lock> owned(static_cast<Lock*>(lock));
    if (owned->opened() == state_->generation) state_->locks.erase(owned->path());
    return IOStatus::OK();
  }
  IOStatus GetTestDirectory(const IOOptions&, std::string* path, IODebugContext*) override {
    *path = "/test";
    return IOStatus::OK();
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* result,
                           IODebugContext*) override {
    *result = path;
    return IOStatus::OK();
  }
  IOStatus GetFreeSpace(const std::string&, const IOOptions&, uint64_t* result,
                        IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    const uint64_t used = TreeBytes(*state_->root);
    *result = used < state_->capacity ? state_->capacity - used : 0;
    return state_->Check(state_->generation);
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* result,
                       IODebugContext*) override {
    absl::MutexLock lock(&state_->mutex);
    std::shared_ptr<DiskNode> node;
    IOStatus found = Find(path, node);
    *result = found.ok() && node->is_folder;
    return found;
  }

 private:
  IOStatus Find(const std::string& path, std::shared_ptr<DiskNode>& node) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_->mutex) {
    IOStatus checked = state_->Check(state_->generation);
    if (!checked.ok()) return checked;
    node = state_->Find(path);
    return node == nullptr ? NoFile(path) : IOStatus::OK();
  }
  IOStatus SetName(const std::string& path, std::shared_ptr<DiskNode> node)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_->mutex) {
    std::pair<std::shared_ptr<DiskNode>, std::string> place = state_->Split(path);
    if (place.first == nullptr) return NoFile(path);
    return state_->Change(ChangeKind::kName, state_->generation, [&](Outcome) {
      place.first->SetNames({{place.second, std::move(node)}});
      return IOStatus::OK();
    });
  }
  template <typename File, typename Base>
  IOStatus Open(const std::string& path, std::unique_ptr<Base>* result, bool folder = false) {
    absl::MutexLock lock(&state_->mutex);
    std::shared_ptr<DiskNode> node;
    IOStatus found = Find(path, node);
    if (!found.ok()) return found;
    if (node->is_folder != folder) return IOStatus::IOError(path, folder ? "a file" : "a folder");
    *result = std::make_unique<File>(Handle(state_, std::move(node), path));
    return found;
  }

  const std::shared_ptr<DiskState> state_;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> NewCrashFileSystem(std::shared_ptr<DiskState> state) {
  return std::make_shared<CrashFileSystem>(std::move(state));
}

}  // namespace plenary::testing
