// What one write to the store changes: all of it or nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "ledger/digest.h"
#include "plenary/node/v1/storage.pb.h"
#include "plenary/v1/replication_service.pb.h"

namespace rocksdb {
class WriteBatch;
}

namespace plenary::node {

namespace nodev1 = ::plenary::node::v1;

struct Engine;
class Store;

// Where a leaf lies: a log's number in this store (LogRecord.number), a branch of that log, and the
// leaf's index in the log.
struct BranchLeaf {
  uint32_t log = 0;
  uint32_t branch = 0;
  uint64_t index = 0;
  friend bool operator==(const BranchLeaf&, const BranchLeaf&) = default;
};

// The view's column families, one per access pattern. Keys and values are the view's own; keys are
// compared as bytes, so numbers in them are big-endian.
enum class ViewFamily : uint8_t {
  kRevisions,  // every entry, by (name, revision, digest): history, judging, the view digest
  kCurrent,    // what counts now, by (collection, name): lists and gets
  kIndex,      // questions, by (field, value, date, name), references included; small values
  kVerdicts,   // entries that do not count, are unjudged or not understood, by (log, index, entry)
  kState,      // sizes applied, judging state, counts: few and small
};
inline constexpr size_t kViewFamilies = 5;

// Collects changes; Store::Write makes them durable together. A later change to the same key wins.
// Bytes are copied once, into the batch that is written (those of the view twice). Belongs to the
// store it was made for and must not outlive it. Loop only.
class Changes {
 public:
  explicit Changes(const Store& store);
  Changes(Changes&&) noexcept;
  Changes& operator=(Changes&&) noexcept;
  ~Changes();

  // Replaces the store's identity; `format` is filled in by the store.
  void PutIdentity(const nodev1::StoreIdentity& identity);
  // Replaces the record of log `record.number()`.
  void PutLog(const nodev1::LogRecord& record);

  // A leaf's envelope.
  void PutLeaf(BranchLeaf at, absl::string_view envelope);
  // The slot of one entry (0 to 1,023) of a leaf, with the record's bytes exactly as received if it
  // is present, else empty.
  void PutSlot(BranchLeaf at, uint32_t entry, plenary::v1::SlotState state,
               absl::string_view bytes);
  // The hash of the perfect subtree of 2^level leaves that starts at leaf node_index * 2^level,
  // kept under the branch of its last leaf.
  void PutNode(uint32_t log, uint32_t branch, uint32_t level, uint64_t node_index,
               const Digest& hash);
  // Forgets the branch's leaves from `from_index` on, their slots, and the nodes whose last leaf is
  // one of them. What this batch put there before goes too; what it puts there later stays.
  void DropBranchFrom(uint32_t log, uint32_t branch, uint64_t from_index);

  // Which leaf of the log has a commit identity.
  void PutCommitIndex(uint32_t log, const Digest& identity, uint64_t index);
  void DropCommitIndex(uint32_t log, const Digest& identity);

  void PutRoster(uint64_t version, absl::string_view envelope);
  // Two cards of one version may both be kept: `digest` is that of the payload.
  void PutCard(absl::string_view member, uint64_t version, const Digest& digest,
               absl::string_view envelope);
  // Evidence under a key that the caller makes of its subject and kind: the first one is kept.
  void PutEvidence(absl::string_view key, absl::string_view evidence);

  // Submissions without an index, in the order of their sequence.
  void PutWaiting(const nodev1::Waiting& waiting);
  void DropWaiting(uint64_t sequence);
  // Commits of our own log that a recovery set aside, kept for their owner.
  void PutAside(const nodev1::Waiting& aside);
  void DropAside(uint64_t sequence);

  // A leaf of which an entry's bytes are erased in this batch: until it is dropped, a start finds
  // that they are still to be purged from the files (Store::PurgeSlots).
  void PutPurge(BranchLeaf at);
  void DropPurge(BranchLeaf at);

  void PutView(ViewFamily family, absl::string_view key, absl::string_view value);
  void DropView(ViewFamily family, absl::string_view key);
  // Forgets the whole view, to build it anew. CHECKs that no change to the view came before.
  void ClearView();

  bool empty() const;
  // Bytes that the write takes in the write-ahead log, about.
  size_t bytes() const;
  // Forgets everything collected; keeps the memory for the next use.
  void Clear();

 private:
  friend class Store;

  // One change of the view. The view's keys go into the batch sorted, which is what makes inserting
  // them cheap; so they wait here, their bytes in arena_.
  struct ViewChange {
    uint8_t family = 0;
    bool drop = false;
    uint32_t key_bytes = 0;
    uint32_t value_bytes = 0;
    size_t offset = 0;
  };
  void AddView(ViewFamily family, bool drop, absl::string_view key, absl::string_view value);
  // The finished batch, view changes included.
  rocksdb::WriteBatch& Finish();

  const Engine* engine_;
  std::unique_ptr<rocksdb::WriteBatch> batch_;
  std::vector<ViewChange> view_;
  std::string arena_;
};

}  // namespace plenary::node
