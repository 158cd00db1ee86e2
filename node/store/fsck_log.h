// The parts of fsck that walk leaves. Private to node/store.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "ledger/merkle.h"
#include "node/store/fsck.h"
#include "node/store/walk.h"

namespace plenary::node {

// Leaves [begin, end) of a branch.
struct LeafRange {
  uint32_t branch = 0;
  uint64_t begin = 0;
  uint64_t end = 0;
};

// Collects findings up to a bound. One thread at a time.
class Findings {
 public:
  Findings(FsckReport& report, size_t max) : report_(report), max_(max) {}
  void Add(FindingKind kind, BranchLeaf at, std::optional<uint32_t> entry, absl::string_view text);
  bool full() const { return report_.findings.size() >= max_; }
  bool empty() const { return report_.findings.empty(); }

 private:
  // True if the newest finding is the same fault in this leaf or the one before, and now covers it.
  bool ExtendsLast(FindingKind kind, BranchLeaf at);

  FsckReport& report_;
  const size_t max_;
};

// Checks one log. One thread at a time.
class LogCheck {
 public:
  LogCheck(const Reader& reader, const nodev1::LogRecord& log, FsckReport& report,
           Findings& findings);

  // Fails with DISK.
  absl::Status Run();
  // Where the log's leaves may lie.
  const std::vector<LeafRange>& ranges() const { return ranges_; }

  // For LeftoverCheck.
  static const Engine& EngineOf(const Reader& reader) { return *reader.engine_; }
  static const rocksdb::Snapshot* SnapshotOf(const Reader& reader) { return reader.snapshot_; }

 private:
  // What the log record says that the root is at some size.
  struct Claim {
    Digest root;
    std::string by;
  };
  struct Walks;

  void ReadRanges();
  void ReadClaims();
  void AddClaim(uint64_t size, absl::string_view root, absl::string_view by);
  absl::Status WalkRange(const LeafRange& range);
  absl::Status CheckLeaf(Walks& walks, BranchLeaf at);
  // The leaf's hash, out of the leaf or else of the store's nodes; nothing if both are gone.
  absl::StatusOr<std::optional<Digest>> HashOf(Walks& walks, BranchLeaf at);
  absl::Status CheckSlots(Walks& walks, BranchLeaf at, absl::string_view leaf);
  void CheckSlot(BranchLeaf at, uint32_t entry, absl::string_view digest, uint32_t size,
                 absl::string_view value);
  absl::Status CheckNodes(Walks& walks, BranchLeaf at, const Digest& leaf_hash);
  absl::Status CheckIdentity(BranchLeaf at, absl::string_view payload);
  void CheckClaims(uint64_t size);
  void Add(FindingKind kind, BranchLeaf at, absl::string_view text) {
    findings_.Add(kind, at, std::nullopt, text);
  }
  // Notes damage; fails with DISK.
  absl::Status Note(const rocksdb::Status& error, FindingKind kind, BranchLeaf at);

  const Engine& engine_;
  const rocksdb::Snapshot* const snapshot_;
  const Reader& reader_;
  const nodev1::LogRecord& log_;
  FsckReport& report_;
  Findings& findings_;
  std::vector<LeafRange> ranges_;
  std::map<uint64_t, std::vector<Claim>> claims_;
  // Absent once a leaf's hash is lost: nothing behind it can be checked.
  std::optional<Frontier> frontier_ = Frontier();
};

// Looks for leaves, slots and nodes outside every range that is allowed. One thread at a time.
class LeftoverCheck {
 public:
  LeftoverCheck(const Reader& reader, Findings& findings);
  void Allow(uint32_t log, const LeafRange& range);
  // Fails with DISK.
  absl::Status Run();

 private:
  absl::Status RunFamily(Family family, absl::string_view what);
  // The end of the allowed range that holds `at`; nothing if none does.
  std::optional<uint64_t> EndAround(BranchLeaf at) const;
  // Where the next allowed range of the branch begins behind `at`, else nothing.
  std::optional<uint64_t> NextBegin(BranchLeaf at) const;

  const Engine& engine_;
  const rocksdb::Snapshot* const snapshot_;
  Findings& findings_;
  std::map<std::pair<uint32_t, uint32_t>, std::vector<LeafRange>> allowed_;
};

}  // namespace plenary::node
