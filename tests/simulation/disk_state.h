// What CrashDisk and its file system share: the tree, the power, the faults. Private to the disk.
#pragma once

#include <rocksdb/file_system.h>

#include <limits>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "tests/simulation/crash_disk.h"
#include "tests/simulation/disk_tree.h"

namespace plenary::testing {

// Thread-safe with its mutex held, as each member says.
struct DiskState {
  explicit DiskState(uint64_t seed) : random(seed) {}

  enum class ChangeKind { kWrite, kSync, kName };

  // The node at a path; null if there is none.
  std::shared_ptr<DiskNode> Find(absl::string_view path) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // The folder that holds a path and the path's last part; null if there is no such folder.
  std::pair<std::shared_ptr<DiskNode>, std::string> Split(absl::string_view path) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // OK if the power is on and `opened` (the generation that a handle was opened in) is now.
  rocksdb::IOStatus Check(uint64_t opened) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Counts a change, lets armed faults happen, and else applies it. `apply` is told whether a sync
  // is to fail.
  enum class Outcome { kApply, kFailedSyncLost };
  rocksdb::IOStatus Change(ChangeKind kind, uint64_t opened,
                           absl::FunctionRef<rocksdb::IOStatus(Outcome)> apply)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Writes to a file within the room there is.
  rocksdb::IOStatus Write(DiskNode& file, size_t offset, absl::string_view bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Copies out of a file into `scratch`, with a flipped bit if one is armed.
  rocksdb::Slice Read(const DiskNode& file, const std::string& path, uint64_t offset, size_t n,
                      char* scratch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void Restart() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  mutable absl::Mutex mutex;
  std::mt19937_64 random ABSL_GUARDED_BY(mutex);
  std::shared_ptr<DiskNode> root ABSL_GUARDED_BY(mutex) = std::make_shared<DiskNode>(true);
  uint64_t generation ABSL_GUARDED_BY(mutex) = 1;
  std::set<std::string> locks ABSL_GUARDED_BY(mutex);
  bool off ABSL_GUARDED_BY(mutex) = false;
  uint64_t capacity ABSL_GUARDED_BY(mutex) = CrashDisk::kUnlimited;

  uint64_t changes ABSL_GUARDED_BY(mutex) = 0;
  uint64_t die_at ABSL_GUARDED_BY(mutex) = kNever;
  CrashDisk::When die_when ABSL_GUARDED_BY(mutex) = CrashDisk::When::kBefore;
  // Counted down by each write or sync; the fault happens at 0.
  uint64_t fail_write ABSL_GUARDED_BY(mutex) = kNever;
  uint64_t fail_sync ABSL_GUARDED_BY(mutex) = kNever;
  bool failed_sync_kept ABSL_GUARDED_BY(mutex) = false;

  std::string flip_part ABSL_GUARDED_BY(mutex);
  uint32_t flip_every ABSL_GUARDED_BY(mutex) = 0;
};

// The file system over a state.
std::shared_ptr<rocksdb::FileSystem> NewCrashFileSystem(std::shared_ptr<DiskState> state);

}  // namespace plenary::testing
