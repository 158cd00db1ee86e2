// RocksDB's settings, with what each is for.
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <cstdarg>
#include <utility>

#include "node/store/engine.h"

namespace plenary::node {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

// How a family is read decides its tables.
struct Shape {
  size_t write_buffer_bytes;
  size_t block_bytes;
  bool compress;
  bool filter;  // keys that are not there are asked for
};

Shape ShapeOf(Family family) {
  switch (family) {
    case Family::kSmall:
      return {4 * kMiB, 16 << 10, true, true};
    case Family::kLeaves:
      return {16 * kMiB, 16 << 10, true, false};
    case Family::kSlots:
      return {32 * kMiB, 16 << 10, true, false};
    // Hashes do not compress, and a proof reads twenty of them, each in a block of its own.
    case Family::kNodes:
      return {8 * kMiB, 4 << 10, false, false};
    // Asked for each commit that arrives; nearly always not there.
    case Family::kCommits:
      return {8 * kMiB, 4 << 10, false, true};
    case Family::kViewRevisions:
    case Family::kViewCurrent:
    case Family::kViewState:
      return {16 * kMiB, 16 << 10, true, true};
    case Family::kViewIndex:
    case Family::kViewVerdicts:
      return {16 * kMiB, 16 << 10, true, false};
  }
  CHECK(false) << "family";
  return {};
}

}  // namespace

rocksdb::DBOptions DatabaseOptions(const StoreOptions& options,
                                   std::shared_ptr<ManifestWatch> manifest) {
  rocksdb::DBOptions db;
  db.listeners.push_back(std::move(manifest));
  db.env = options.disk != nullptr ? options.disk : rocksdb::Env::Default();
  db.create_if_missing = options.create;
  db.create_missing_column_families = options.create;

  // A crash may cut the write-ahead log in its last record, which nobody was told is safe: that is
  // tolerated. A record that is there and damaged was safe: the store refuses to open.
  // Point-in-time recovery, the default, would drop it and all after it, promises included, in
  // silence; absolute consistency would refuse after every power cut. Two holes remain in what this
  // mode sees, and are closed elsewhere: closed log files that are missing or short (the manifest
  // tracks them), and an end of the newest one that is gone (mark.h).
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.track_and_verify_wals_in_manifest = true;
  db.paranoid_checks = true;
  // A failed write is never tried again: the node stops.
  db.max_bgerror_resume_count = 0;

  // One writer: neither pipelining nor concurrent inserts into the memtable gain anything.
  db.allow_concurrent_memtable_write = false;
  db.max_background_jobs = 2;
  db.max_open_files = 512;
  db.bytes_per_sync = kMiB;
  db.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(options.write_buffer_bytes);
  // Families that are seldom written (evidence, cards) would else keep old log files alive for
  // ever; this also bounds the time that a recovery takes, at about 0.4 GB/s.
  db.max_total_wal_size = 4 * options.write_buffer_bytes;

  // Threads on a timer of their own, for statistics that nobody reads.
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  // Deleting large files on the calling thread stalls it; the simulator wants it there.
  db.avoid_unnecessary_blocking_io = options.compact;
  if (!options.compact) db.max_file_opening_threads = 1;
  if (options.info_log) {
    db.max_log_file_size = 16 * kMiB;
    db.keep_log_file_num = 4;
  } else {
    db.info_log = std::make_shared<NoLog>();
  }
  return db;
}

rocksdb::ColumnFamilyOptions FamilyOptions(Family family, const StoreOptions& options,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  const Shape shape = ShapeOf(family);
  rocksdb::ColumnFamilyOptions result;
  result.write_buffer_size = shape.write_buffer_bytes;
  result.max_write_buffer_number = 4;
  result.target_file_size_base = 64 * kMiB;
  result.level_compaction_dynamic_level_bytes = true;
  // Not compression_per_level: with dynamic levels that leaves the last level at LZ4.
  result.compression = shape.compress ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  result.bottommost_compression = shape.compress ? rocksdb::kZSTD : rocksdb::kNoCompression;
  result.disable_auto_compactions = !options.compact;

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = shape.block_bytes;
  table.format_version = 5;
  // In the one cache, so that all memory has one bound.
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  if (shape.filter) table.filter_policy.reset(rocksdb::NewRibbonFilterPolicy(10));
  result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return result;
}

}  // namespace plenary::node
