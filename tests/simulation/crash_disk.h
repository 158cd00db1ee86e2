// A disk in memory that forgets what was not synced: a rocksdb::Env for the production store.
//
// Deterministic from its seed as long as one thread at a time changes it; StoreOptions.compact =
// false keeps RocksDB's own threads away.
#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/simulation/disk_tree.h"

namespace plenary::testing {

struct DiskState;

// Everything on a disk at one moment. Immutable, copied freely.
class DiskImage {
 public:
  DiskImage() = default;

 private:
  friend class CrashDisk;
  explicit DiskImage(std::shared_ptr<const DiskNode> root) : root_(std::move(root)) {}
  std::shared_ptr<const DiskNode> root_;
};

// Thread-safe.
class CrashDisk {
 public:
  explicit CrashDisk(uint64_t seed);
  ~CrashDisk();
  CrashDisk(const CrashDisk&) = delete;
  CrashDisk& operator=(const CrashDisk&) = delete;

  // The disk as RocksDB sees it; lives as long as this object.
  rocksdb::Env* env();

  // Stops and restarts the machine (or with kKept the process): what was not synced is gone or not
  // as `unsynced` says, every open file and lock is dead, armed faults and PowerOff are over.
  void Crash(Unsynced unsynced);
  // From now on every operation fails, until Crash.
  void PowerOff();

  // Changes (writes, syncs, new, removed and renamed files) so far.
  uint64_t changes() const;
  // The power goes off right before, or right after, change number changes() + `after` + 1.
  enum class When { kBefore, kAfter };
  void DieAt(uint64_t after, When when);
  // True if an armed DieAt has happened.
  bool dead() const;
  // Write or sync number `after` + 1 from now fails, once. Nothing of a failed write is written.
  // What a failed sync was to make durable is lost for ever at the next Crash (other than kKept),
  // or with `kept` durable all the same.
  void FailWrite(uint64_t after);
  void FailSync(uint64_t after, bool kept = false);

  // Room for all files together. A write that does not fit is cut off where the room ends.
  static constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();
  void SetCapacity(uint64_t bytes);
  uint64_t used_bytes() const;

  // From now on one bit of what is read from files whose path contains `part` is wrong, once in
  // `every` reads, chosen by the seed; 0 ends it.
  void FlipOnRead(absl::string_view part, uint32_t every);
  // Tampering by an outsider: durable at once. False if there is no such file or bit.
  bool FlipBit(const std::string& path, uint64_t bit);
  bool CutTo(const std::string& path, uint64_t bytes);
  bool Remove(const std::string& path);

  // Paths of the files in a folder, sorted; empty if there is none.
  std::vector<std::string> Files(const std::string& folder) const;
  // A file's bytes as a reader sees them now; empty if there is none.
  std::string Contents(const std::string& path) const;

  // What a stop of the machine now would leave (`kKept`: what copying every file now gives).
  DiskImage Image(Unsynced unsynced) const;
  // Becomes that image, as after a Crash.
  void Load(const DiskImage& image);

 private:
  const std::shared_ptr<DiskState> state_;
  const std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace plenary::testing
