// The store's layout: column families and every key.
//
// Numbers in keys are big-endian, so that keys compare as numbers do. A change here is a new
// kStoreFormat, and a migration or a refusal of the older one.
//
// family          key                                          value
// default         F                                            format, 4 bytes
//                 I                                            StoreIdentity
//                 L log:4                                      LogRecord
//                 R version:8                                  roster envelope
//                 C member 00 version:8 digest:32              card envelope
//                 E key                                        Evidence
//                 W sequence:8                                 Waiting: no index yet
//                 A sequence:8                                 Waiting: set aside by a recovery
//                 P log:4 branch:4 index:8                     empty: erased, not yet purged
// leaves          log:4 branch:4 index:8                       envelope
// slots           log:4 branch:4 index:8 entry:2               state:1 record bytes
// nodes           log:4 branch:4 last leaf:8 level:1           hash, 32 bytes
// commits         log:4 identity:32                            index, 8 bytes
// view_…          the view's own
//
// A branch's leaves, slots and nodes end with its keys' end, so dropping a branch from an index on
// is one range of each of the three families: a Merkle node is completed by its last leaf.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include "absl/strings/string_view.h"
#include "ledger/check.h"
#include "ledger/digest.h"
#include "node/store/changes.h"

namespace plenary::node {

inline constexpr uint32_t kStoreFormat = 1;

// The order is that of Engine's handles.
enum class Family : uint8_t {
  kSmall,
  kLeaves,
  kSlots,
  kNodes,
  kCommits,
  kViewRevisions,
  kViewCurrent,
  kViewIndex,
  kViewVerdicts,
  kViewState,
};
inline constexpr size_t kFamilies = 10;
inline constexpr std::array<const char*, kFamilies> kFamilyNames = {
    "default",        "leaves",       "slots",      "nodes",         "commits",
    "view_revisions", "view_current", "view_index", "view_verdicts", "view_state",
};

inline Family FamilyOf(ViewFamily view) {
  static_assert(static_cast<size_t>(Family::kViewRevisions) + kViewFamilies == kFamilies);
  return static_cast<Family>(static_cast<uint8_t>(Family::kViewRevisions) +
                             static_cast<uint8_t>(view));
}

// First byte of the keys of the default family.
enum class Small : char {
  kFormat = 'F',
  kIdentity = 'I',
  kLog = 'L',
  kRoster = 'R',
  kCard = 'C',
  kEvidence = 'E',
  kWaiting = 'W',
  kAside = 'A',
  kPurge = 'P',
};

// A key built in place. Keys of unbounded parts (member, evidence key) fit kMaxBytes by their
// grammar, else CHECK.
class Key {
 public:
  static constexpr size_t kMaxBytes = 256;

  Key() {}
  Key(const Key& other) : size_(other.size_) {
    std::memcpy(bytes_.data(), other.bytes_.data(), size_);
  }
  Key& operator=(const Key&) = delete;

  Key& Byte(uint8_t value) { return Big(value, 1); }
  Key& Big16(uint16_t value) { return Big(value, 2); }
  Key& Big32(uint32_t value) { return Big(value, 4); }
  Key& Big64(uint64_t value) { return Big(value, 8); }
  Key& Bytes(absl::string_view bytes) {
    CHECK(bytes.size() <= kMaxBytes - size_) << "key of " << size_ + bytes.size() << " bytes";
    std::memcpy(bytes_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
    return *this;
  }
  // The smallest key above every key that starts with this one.
  Key& Successor() {
    while (size_ > 0 && static_cast<uint8_t>(bytes_[size_ - 1]) == 0xff) --size_;
    CHECK(size_ > 0) << "no key above the prefix";
    bytes_[size_ - 1] = static_cast<char>(static_cast<uint8_t>(bytes_[size_ - 1]) + 1);
    return *this;
  }
  // Valid as long as this object, until it changes.
  absl::string_view view() const { return {bytes_.data(), size_}; }

 private:
  Key& Big(uint64_t value, size_t count) {
    CHECK(count <= kMaxBytes - size_) << "key of " << size_ + count << " bytes";
    for (size_t i = 0; i < count; ++i) {
      bytes_[size_ + i] = static_cast<char>(value >> (8 * (count - 1 - i)));
    }
    size_ += count;
    return *this;
  }

  size_t size_ = 0;
  std::array<char, kMaxBytes> bytes_;  // only the first size_ bytes are set
};

inline Key SmallKey(Small kind) { return Key().Byte(static_cast<uint8_t>(kind)); }
inline Key LogKey(uint32_t log) { return SmallKey(Small::kLog).Big32(log); }
inline Key RosterKey(uint64_t version) { return SmallKey(Small::kRoster).Big64(version); }
inline Key CardPrefix(absl::string_view member) {
  return SmallKey(Small::kCard).Bytes(member).Byte(0);
}
inline Key CardKey(absl::string_view member, uint64_t version, const Digest& digest) {
  return CardPrefix(member).Big64(version).Bytes(digest.view());
}
inline Key EvidenceKey(absl::string_view key) { return SmallKey(Small::kEvidence).Bytes(key); }
inline Key WaitingKey(Small kind, uint64_t sequence) { return SmallKey(kind).Big64(sequence); }
inline Key PurgeKey(BranchLeaf at) {
  return SmallKey(Small::kPurge).Big32(at.log).Big32(at.branch).Big64(at.index);
}

inline Key BranchKey(uint32_t log, uint32_t branch) { return Key().Big32(log).Big32(branch); }
inline Key LeafKey(BranchLeaf at) { return BranchKey(at.log, at.branch).Big64(at.index); }
inline Key SlotKey(BranchLeaf at, uint32_t entry) {
  CHECK(entry <= UINT16_MAX) << "entry " << entry;
  return LeafKey(at).Big16(static_cast<uint16_t>(entry));
}
// The leaf that completes the perfect subtree `node_index` of `level`.
inline uint64_t LastLeafOf(uint32_t level, uint64_t node_index) {
  CHECK(level < 64) << "level " << level;
  return ((node_index + 1) << level) - 1;
}
inline Key NodeKey(uint32_t log, uint32_t branch, uint32_t level, uint64_t node_index) {
  return LeafKey({log, branch, LastLeafOf(level, node_index)}).Byte(static_cast<uint8_t>(level));
}
inline Key CommitKey(uint32_t log, const Digest& identity) {
  return Key().Big32(log).Bytes(identity.view());
}

inline constexpr size_t kLeafKeyBytes = 16;
inline constexpr size_t kSlotKeyBytes = 18;
inline constexpr size_t kNodeKeyBytes = 17;
inline constexpr size_t kCommitKeyBytes = 36;

// A leaf's place out of the first bytes of a key of leaves, slots or nodes; nothing if it is short.
std::optional<BranchLeaf> ParseLeafKey(absl::string_view key);

}  // namespace plenary::node
