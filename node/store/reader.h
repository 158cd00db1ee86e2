// Reads of the store: what it holds now (Store), or what it held at one moment (Snapshot).
//
// Every read checks the checksum of the block that it comes from: damage is an error, never other
// bytes. All reads fail with STORE_DAMAGED (the text and metadata name the log and index, or the
// key) or DISK (the disk refused); further failures stand at each read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/digest.h"
#include "node/store/changes.h"

namespace rocksdb {
class Iterator;
class Slice;
class Snapshot;
}  // namespace rocksdb

namespace plenary::node {

// Where one entry's record bytes are; `bytes` is empty unless the state is present.
struct SlotValue {
  plenary::v1::SlotState state = plenary::v1::SLOT_STATE_UNSPECIFIED;
  std::string bytes;
};

// The same in a scan: `bytes` is valid during the call that shows it.
struct SlotView {
  uint32_t entry = 0;
  plenary::v1::SlotState state = plenary::v1::SLOT_STATE_UNSPECIFIED;
  absl::string_view bytes;
};

struct RosterRow {
  uint64_t version = 0;
  std::string envelope;
};

struct CardRow {
  std::string member;
  uint64_t version = 0;
  Digest digest;
  std::string envelope;
};

struct EvidenceRow {
  std::string key;
  std::string evidence;
};

// Where a scan of leaves ends, whichever comes first; the first leaf is always shown.
struct ScanLimits {
  uint64_t max_leaves = UINT64_MAX;
  // Of envelopes and, in ScanCommits, record bytes.
  uint64_t max_bytes = UINT64_MAX;
};

// Keys of a view family in [begin, end); an empty `end` means up to the last key.
struct ViewRange {
  std::string begin;
  std::string end;
};
// The keys that start with `prefix`.
ViewRange PrefixRange(absl::string_view prefix);

enum class Direction { kForward, kReverse };

// Walks the keys of one view family within a range, on one consistent state. Must not outlive its
// store or snapshot. One thread at a time.
class ViewCursor {
 public:
  ~ViewCursor();
  ViewCursor(ViewCursor&&) noexcept;
  ViewCursor& operator=(ViewCursor&&) noexcept;

  // True at a key; false past the range's last key and after an error, so look at status() then.
  bool Valid() const;
  absl::Status status() const;
  // Of the current key; both valid until the cursor moves.
  absl::string_view key() const;
  absl::string_view value() const;
  // To the next key in the cursor's direction.
  void Next();
  // To `key`, or if it is not there to the next one in the cursor's direction.
  void Seek(absl::string_view key);

 private:
  friend class Reader;
  struct Bounds;
  ViewCursor(std::unique_ptr<Bounds> bounds, std::unique_ptr<rocksdb::Iterator> iterator,
             Direction direction);

  std::unique_ptr<Bounds> bounds_;  // what the iterator points to, so it goes last
  std::unique_ptr<rocksdb::Iterator> iterator_;
  Direction direction_;
};

// The reads that Store and Snapshot share. Thread-safe.
class Reader {
 public:
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // NOT_FOUND: the store was not given one.
  absl::StatusOr<nodev1::StoreIdentity> Identity() const;
  // By number.
  absl::StatusOr<std::vector<nodev1::LogRecord>> AllLogs() const;

  // A leaf's envelope; NOT_FOUND.
  absl::StatusOr<std::string> Leaf(BranchLeaf at) const;
  // One entry's slot; NOT_FOUND.
  absl::StatusOr<SlotValue> Slot(BranchLeaf at, uint32_t entry) const;
  // The slots of entries 0 to `entries` - 1; STORE_DAMAGED also if one of them is not there.
  absl::StatusOr<std::vector<SlotValue>> Slots(BranchLeaf at, uint32_t entries) const;
  // A Merkle node by level and node index (see Changes::PutNode); NOT_FOUND.
  absl::StatusOr<Digest> Node(uint32_t log, uint32_t branch, uint32_t level,
                              uint64_t node_index) const;

  // Shows the leaves of one branch from `from` on, in order, until `visit` says false, a limit is
  // reached or the branch ends; returns the index after the last one shown. A leaf that is not
  // there, but later ones of its branch are, is STORE_DAMAGED.
  using VisitLeaf = absl::FunctionRef<bool(uint64_t index, absl::string_view envelope)>;
  absl::StatusOr<uint64_t> ScanLeaves(BranchLeaf from, ScanLimits limits, VisitLeaf visit) const;
  // As ScanLeaves, with the slots that are there, by entry. Whether they are as many as the
  // manifest has entries is for the caller to see.
  using VisitCommit = absl::FunctionRef<bool(uint64_t index, absl::string_view envelope,
                                             absl::Span<const SlotView> slots)>;
  absl::StatusOr<uint64_t> ScanCommits(BranchLeaf from, ScanLimits limits, VisitCommit visit) const;

  // The index of the leaf with a commit identity, if the log has one.
  absl::StatusOr<std::optional<uint64_t>> CommitIndex(uint32_t log, const Digest& identity) const;

  // From version `from` on, in order.
  absl::StatusOr<std::vector<RosterRow>> Rosters(uint64_t from = 1) const;
  // All cards by member, version, digest.
  absl::StatusOr<std::vector<CardRow>> AllCards() const;
  absl::StatusOr<std::vector<CardRow>> Cards(absl::string_view member, uint64_t from = 1) const;
  // By key.
  absl::StatusOr<std::vector<EvidenceRow>> AllEvidence() const;
  absl::StatusOr<std::optional<std::string>> Evidence(absl::string_view key) const;

  // Shows submissions without index, or commits set aside, from a sequence on, until `visit` says
  // false.
  using VisitWaiting = absl::FunctionRef<bool(const nodev1::Waiting& waiting)>;
  absl::Status ScanWaiting(uint64_t from_sequence, VisitWaiting visit) const;
  absl::Status ScanAside(uint64_t from_sequence, VisitWaiting visit) const;

  // Leaves of which erased bytes may still be in a file, by log, branch, index.
  absl::StatusOr<std::vector<BranchLeaf>> Purges() const;

  absl::StatusOr<std::optional<std::string>> View(ViewFamily family, absl::string_view key) const;
  // A cursor at the first key of the range in that direction.
  ViewCursor NewViewCursor(ViewFamily family, ViewRange range,
                           Direction direction = Direction::kForward) const;

 protected:
  Reader(const Engine* engine, const rocksdb::Snapshot* snapshot)
      : engine_(engine), snapshot_(snapshot) {}
  ~Reader() = default;

  friend class LogCheck;  // fsck reads keys that are no place of a leaf, too
  const Engine* engine_;
  const rocksdb::Snapshot* snapshot_;  // null: the newest state
};

// The store as it was when the snapshot was taken: every read of it sees the same state. Holding
// one for long keeps dropped data on disk. Must not outlive the store. Thread-safe.
class Snapshot final : public Reader {
 public:
  explicit Snapshot(const Store& store);
  ~Snapshot();
};

}  // namespace plenary::node
