// The node's disk: one RocksDB, opened once, written by the loop, read by anyone.
//
// One drain of the loop is one Write, which is one batch and one fsync. What Write has answered OK
// to with Sync::kYes is found again after any crash; a batch is there whole or not at all, and
// batches are lost only from the newest backwards. The layout of keys is schema.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/loop_role.h"
#include "node/store/changes.h"
#include "node/store/reader.h"

namespace rocksdb {
class Env;
}

namespace plenary::node {

struct StoreOptions {
  // The folder; made if `create` is set and its parent exists.
  std::string path;
  // The disk; outlives the store. Null: the machine's own.
  rocksdb::Env* disk = nullptr;
  // Makes the store if there is none; else a missing store is an error.
  bool create = false;
  // Blocks of all column families together.
  uint64_t cache_bytes = uint64_t{64} << 20;
  // What is written and not yet in files, of all column families together.
  uint64_t write_buffer_bytes = uint64_t{48} << 20;
  // Off in the simulator: compaction runs on threads of its own, which no seed orders.
  bool compact = true;
  // Off in the simulator, where a hundred stores share a process: RocksDB's own text log.
  bool info_log = true;
};

// Whether Write returns when the batch is on the disk, or when the operating system has it. Use kNo
// only for what can be made again: the view.
enum class Sync { kYes, kNo };

struct StoreUsage {
  uint64_t file_bytes = 0;    // tables on disk
  uint64_t memory_bytes = 0;  // write buffers, cached blocks, indexes of open tables
};

// Thread-safe, but for Write: loop only.
class Store final : public Reader {
 public:
  // Opens the store at `options.path`. Fails with
  //   NO_STORE       nothing there, and `create` is not set;
  //   STORE_PATH     the path is not a folder, or this user may not write there;
  //   STORE_LOCKED   another plenaryd runs on this store;
  //   STORE_FORMAT   another release's layout, or no store of ours;
  //   STORE_DAMAGED  a file is missing or damaged, or the end of what was written is gone;
  //   DISK           the disk refused.
  // A store that was just made has no identity: the caller writes one.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const StoreOptions& options);
  ~Store();

  // Writes `changes` as one batch and leaves them empty, ready for reuse. Fails with DISK; what was
  // in the batch is then on disk or not, nobody knows. The caller stops the node: each later Write
  // fails too, nothing is tried again.
  absl::Status Write(Changes&& changes, Sync sync) ABSL_EXCLUSIVE_LOCKS_REQUIRED(loop_role);

  // Makes a full copy at `directory`, which must not exist and whose parent must, while the store
  // is in use; files are linked where the disk can. Fails with STORE_PATH or DISK.
  absl::Status Checkpoint(const std::string& directory) const;

  // Removes from every file what was overwritten or dropped among a leaf's slots, so that erased
  // bytes are gone from this disk (older checkpoints and live snapshots keep theirs). Writes on
  // until then; takes seconds on a large store. Fails with DISK or STORE_DAMAGED.
  absl::Status PurgeSlots(BranchLeaf at) const;

  // Reads every table file and checks every block; minutes on a large store. STORE_DAMAGED names
  // the first file that fails.
  absl::Status VerifyFiles() const;

  // Bytes that this user may still write on the store's disk. Fails with DISK.
  absl::StatusOr<uint64_t> FreeBytes() const;
  StoreUsage Usage() const;

 private:
  friend class Changes;
  friend class Snapshot;
  explicit Store(std::unique_ptr<Engine> engine);

  const std::unique_ptr<Engine> owned_;
};

}  // namespace plenary::node
