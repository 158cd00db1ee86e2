// What is behind a Store: the open RocksDB, its column families, the lock and the mark. Private to
// node/store.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "node/store/mark.h"
#include "node/store/schema.h"
#include "node/store/store.h"

namespace plenary::node {

inline rocksdb::Slice ToSlice(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline absl::string_view ToView(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

// An error of RocksDB in our words: damage is STORE_DAMAGED, everything else DISK. CHECKs that it
// is an error. `what` says what was being done, to which log and index or file.
absl::Status FromRocks(const rocksdb::Status& error, absl::string_view what);
// As FromRocks, with the log and index as metadata.
absl::Status FromRocks(const rocksdb::Status& error, absl::string_view what, BranchLeaf at);

// Makes the entries of the folder that holds `path` durable. Fails with DISK.
absl::Status SyncParentOf(rocksdb::Env* disk, const std::string& path);

// Keeps other processes, and other stores of this one, out of the folder. Immutable.
class FolderLock {
 public:
  // Fails with STORE_LOCKED, STORE_PATH or DISK.
  static absl::StatusOr<std::unique_ptr<FolderLock>> Take(rocksdb::Env* disk,
                                                          const std::string& folder);
  ~FolderLock();

 private:
  FolderLock(rocksdb::Env* disk, rocksdb::FileLock* lock) : disk_(disk), lock_(lock) {}
  rocksdb::Env* const disk_;
  rocksdb::FileLock* const lock_;
};

// Notices that the manifest has grown. Thread-safe.
class ManifestWatch final : public rocksdb::EventListener {
 public:
  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { grown_ = true; }
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override {
    grown_ = true;
  }
  // Whether it has grown since the call before.
  bool TakeGrown() { return grown_.exchange(false); }

 private:
  std::atomic<bool> grown_ = true;
};

// Thread-safe but for failed and mark, which are Store::Write's.
struct Engine {
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles[static_cast<size_t>(family)];
  }

  // After a synced write: brings the mark up to it. Fails with DISK.
  absl::Status SetMark();

  std::string path;
  rocksdb::Env* disk = nullptr;
  std::shared_ptr<rocksdb::Cache> cache;
  std::unique_ptr<FolderLock> lock;
  std::unique_ptr<rocksdb::DB> db;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> handles = {};
  std::shared_ptr<ManifestWatch> manifest = std::make_shared<ManifestWatch>();
  std::unique_ptr<Mark> mark;
  bool opened = false;
  // A write failed: nothing more is written.
  bool failed = false;
};

// Opens everything; failures as Store::Open.
absl::StatusOr<std::unique_ptr<Engine>> OpenEngine(const StoreOptions& options);

// RocksDB's settings for the database and for one column family (options.cc).
rocksdb::DBOptions DatabaseOptions(const StoreOptions& options,
                                   std::shared_ptr<ManifestWatch> manifest);
rocksdb::ColumnFamilyOptions FamilyOptions(Family family, const StoreOptions& options,
                                           const std::shared_ptr<rocksdb::Cache>& cache);

}  // namespace plenary::node
