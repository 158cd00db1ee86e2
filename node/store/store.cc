#include "node/store/store.h"

#include <rocksdb/convenience.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "node/store/engine.h"

namespace plenary::node {

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Engine> engine, OpenEngine(options));
  return std::unique_ptr<Store>(new Store(std::move(engine)));
}

Store::Store(std::unique_ptr<Engine> engine)
    : Reader(engine.get(), nullptr), owned_(std::move(engine)) {}
Store::~Store() = default;

absl::Status Store::Write(Changes&& changes, Sync sync) {
  loop_role.AssertHeld();
  Engine& engine = *owned_;
  CHECK(changes.engine_ == &engine) << "changes of another store";
  if (engine.failed) {
    return MakeError(Reason::DISK,
                     absl::StrCat("store ", engine.path, ": a write has failed before"));
  }
  rocksdb::WriteOptions options;
  options.sync = sync == Sync::kYes;
  const rocksdb::Status written = engine.db->Write(options, &changes.Finish());
  changes.Clear();
  if (!written.ok()) {
    engine.failed = true;
    return MakeError(Reason::DISK,
                     absl::StrCat("store ", engine.path, ": write: ", written.ToString()));
  }
  if (sync == Sync::kNo) return absl::OkStatus();
  const absl::Status marked = engine.SetMark();
  if (!marked.ok()) engine.failed = true;
  return marked;
}

absl::Status Store::Checkpoint(const std::string& directory) const {
  const Engine& engine = *owned_;
  const std::string what = absl::StrCat("copy of store ", engine.path, " at ", directory);
  if (engine.disk->FileExists(directory).ok()) {
    return MakeError(Reason::STORE_PATH, absl::StrCat(what, ": is there already"),
                     {{"path", directory}});
  }
  rocksdb::Checkpoint* raw = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(engine.db.get(), &raw);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  // 0: what is only in memory is flushed first, so that the copy needs no log files.
  if (status.ok()) status = checkpoint->CreateCheckpoint(directory, /*log_size_for_flush=*/0);
  if (status.IsPathNotFound() || status.IsInvalidArgument()) {
    return MakeError(Reason::STORE_PATH, absl::StrCat(what, ": ", status.ToString()),
                     {{"path", directory}});
  }
  if (!status.ok()) return FromRocks(status, what);
  return SyncParentOf(engine.disk, directory);
}

absl::Status Store::PurgeSlots(BranchLeaf at) const {
  const Engine& engine = *owned_;
  rocksdb::DB& db = *engine.db;
  const std::vector<rocksdb::ColumnFamilyHandle*> all(engine.handles.begin(), engine.handles.end());
  // Old files are deleted by EnableFileDeletions, on this thread: when it returns they are gone.
  rocksdb::Status status = db.DisableFileDeletions();
  if (!status.ok()) return FromRocks(status, "slots to purge", at);
  status = db.Flush(rocksdb::FlushOptions(), all);
  if (status.ok()) {
    const Key begin = LeafKey(at);
    const Key end = LeafKey(at).Successor();
    const rocksdb::Slice begin_slice = ToSlice(begin.view());
    const rocksdb::Slice end_slice = ToSlice(end.view());
    rocksdb::CompactRangeOptions compact;
    compact.exclusive_manual_compaction = false;
    compact.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    status = db.CompactRange(compact, engine.handle(Family::kSlots), &begin_slice, &end_slice);
  }
  const rocksdb::Status deleted = db.EnableFileDeletions(/*force=*/false);
  if (!status.ok()) return FromRocks(status, "slots to purge", at);
  if (!deleted.ok()) return FromRocks(deleted, "slots to purge", at);
  return absl::OkStatus();
}

absl::Status Store::VerifyFiles() const {
  const rocksdb::Status verified = owned_->db->VerifyChecksum();
  if (!verified.ok()) return FromRocks(verified, absl::StrCat("store ", owned_->path));
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Store::FreeBytes() const {
  uint64_t bytes = 0;
  const rocksdb::Status got = owned_->disk->GetFreeSpace(owned_->path, &bytes);
  if (!got.ok()) return FromRocks(got, absl::StrCat("free space of ", owned_->path));
  return bytes;
}

StoreUsage Store::Usage() const {
  StoreUsage usage;
  for (rocksdb::ColumnFamilyHandle* handle : owned_->handles) {
    const auto add = [&](const char* property, uint64_t& sum) {
      uint64_t value = 0;
      if (owned_->db->GetIntProperty(handle, property, &value)) sum += value;
    };
    add("rocksdb.total-sst-files-size", usage.file_bytes);
    add("rocksdb.size-all-mem-tables", usage.memory_bytes);
    add("rocksdb.estimate-table-readers-mem", usage.memory_bytes);
  }
  usage.memory_bytes += owned_->cache->GetUsage();
  return usage;
}

}  // namespace plenary::node
