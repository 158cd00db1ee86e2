#include "node/store/changes.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <utility>

#include "node/store/engine.h"

namespace plenary::node {
namespace {

// WriteBatch fails only for comparators with timestamps and for batches beyond 4 GiB.
void Must(const rocksdb::Status& status) { CHECK(status.ok()) << status.ToString(); }

void Put(rocksdb::WriteBatch& batch, const Engine& engine, Family family, const Key& key,
         absl::string_view value) {
  Must(batch.Put(engine.handle(family), ToSlice(key.view()), ToSlice(value)));
}

void Drop(rocksdb::WriteBatch& batch, const Engine& engine, Family family, const Key& key) {
  Must(batch.Delete(engine.handle(family), ToSlice(key.view())));
}

}  // namespace

Changes::Changes(const Store& store)
    : engine_(store.engine_), batch_(std::make_unique<rocksdb::WriteBatch>()) {}
Changes::Changes(Changes&&) noexcept = default;
Changes& Changes::operator=(Changes&&) noexcept = default;
Changes::~Changes() = default;

void Changes::PutIdentity(const nodev1::StoreIdentity& identity) {
  nodev1::StoreIdentity written = identity;
  written.set_format(kStoreFormat);
  Put(*batch_, *engine_, Family::kSmall, SmallKey(Small::kIdentity), written.SerializeAsString());
}

void Changes::PutLog(const nodev1::LogRecord& record) {
  Put(*batch_, *engine_, Family::kSmall, LogKey(record.number()), record.SerializeAsString());
}

void Changes::PutLeaf(BranchLeaf at, absl::string_view envelope) {
  Put(*batch_, *engine_, Family::kLeaves, LeafKey(at), envelope);
}

void Changes::PutSlot(BranchLeaf at, uint32_t entry, plenary::v1::SlotState state,
                      absl::string_view bytes) {
  CHECK(state == plenary::v1::SLOT_STATE_PRESENT || bytes.empty())
      << "bytes in a slot without a record";
  const Key key = SlotKey(at, entry);
  const rocksdb::Slice key_slice = ToSlice(key.view());
  const char state_byte = static_cast<char>(state);
  const std::array<rocksdb::Slice, 2> value = {rocksdb::Slice(&state_byte, 1), ToSlice(bytes)};
  Must(batch_->Put(engine_->handle(Family::kSlots), rocksdb::SliceParts(&key_slice, 1),
                   rocksdb::SliceParts(value.data(), value.size())));
}

void Changes::PutNode(uint32_t log, uint32_t branch, uint32_t level, uint64_t node_index,
                      const Digest& hash) {
  Put(*batch_, *engine_, Family::kNodes, NodeKey(log, branch, level, node_index), hash.view());
}

void Changes::DropBranchFrom(uint32_t log, uint32_t branch, uint64_t from_index) {
  const Key begin = LeafKey({log, branch, from_index});
  const Key end = BranchKey(log, branch).Successor();
  for (const Family family : {Family::kLeaves, Family::kSlots, Family::kNodes}) {
    Must(batch_->DeleteRange(engine_->handle(family), ToSlice(begin.view()), ToSlice(end.view())));
  }
}

void Changes::PutCommitIndex(uint32_t log, const Digest& identity, uint64_t index) {
  Put(*batch_, *engine_, Family::kCommits, CommitKey(log, identity), Key().Big64(index).view());
}

void Changes::DropCommitIndex(uint32_t log, const Digest& identity) {
  Drop(*batch_, *engine_, Family::kCommits, CommitKey(log, identity));
}

void Changes::PutRoster(uint64_t version, absl::string_view envelope) {
  Put(*batch_, *engine_, Family::kSmall, RosterKey(version), envelope);
}

void Changes::PutCard(absl::string_view member, uint64_t version, const Digest& digest,
                      absl::string_view envelope) {
  Put(*batch_, *engine_, Family::kSmall, CardKey(member, version, digest), envelope);
}

void Changes::PutEvidence(absl::string_view key, absl::string_view evidence) {
  Put(*batch_, *engine_, Family::kSmall, EvidenceKey(key), evidence);
}

void Changes::PutWaiting(const nodev1::Waiting& waiting) {
  Put(*batch_, *engine_, Family::kSmall, WaitingKey(Small::kWaiting, waiting.sequence()),
      waiting.SerializeAsString());
}

void Changes::DropWaiting(uint64_t sequence) {
  Drop(*batch_, *engine_, Family::kSmall, WaitingKey(Small::kWaiting, sequence));
}

void Changes::PutAside(const nodev1::Waiting& aside) {
  Put(*batch_, *engine_, Family::kSmall, WaitingKey(Small::kAside, aside.sequence()),
      aside.SerializeAsString());
}

void Changes::DropAside(uint64_t sequence) {
  Drop(*batch_, *engine_, Family::kSmall, WaitingKey(Small::kAside, sequence));
}

void Changes::PutPurge(BranchLeaf at) { Put(*batch_, *engine_, Family::kSmall, PurgeKey(at), {}); }

void Changes::DropPurge(BranchLeaf at) { Drop(*batch_, *engine_, Family::kSmall, PurgeKey(at)); }

void Changes::AddView(ViewFamily family, bool drop, absl::string_view key,
                      absl::string_view value) {
  view_.push_back({.family = static_cast<uint8_t>(FamilyOf(family)),
                   .drop = drop,
                   .key_bytes = static_cast<uint32_t>(key.size()),
                   .value_bytes = static_cast<uint32_t>(value.size()),
                   .offset = arena_.size()});
  arena_.append(key.data(), key.size());
  arena_.append(value.data(), value.size());
}

void Changes::PutView(ViewFamily family, absl::string_view key, absl::string_view value) {
  AddView(family, /*drop=*/false, key, value);
}

void Changes::DropView(ViewFamily family, absl::string_view key) {
  AddView(family, /*drop=*/true, key, {});
}

void Changes::ClearView() {
  CHECK(view_.empty()) << "the view is cleared after changes to it";
  // The view's keys are texts and small numbers: none starts with sixteen bytes ff.
  const std::string end(16, '\xff');
  for (size_t i = 0; i < kViewFamilies; ++i) {
    Must(batch_->DeleteRange(engine_->handle(FamilyOf(static_cast<ViewFamily>(i))),
                             rocksdb::Slice(), ToSlice(end)));
  }
}

bool Changes::empty() const { return batch_->Count() == 0 && view_.empty(); }

size_t Changes::bytes() const {
  // A key in the log is preceded by a type, its family and two lengths.
  constexpr size_t kOverheadBytes = 6;
  return batch_->GetDataSize() + arena_.size() + view_.size() * kOverheadBytes;
}

void Changes::Clear() {
  batch_->Clear();
  view_.clear();
  arena_.clear();
}

rocksdb::WriteBatch& Changes::Finish() {
  const auto key_of = [this](const ViewChange& change) {
    return absl::string_view(arena_).substr(change.offset, change.key_bytes);
  };
  // Stable, so that of two changes to one key the later stays the later.
  std::stable_sort(view_.begin(), view_.end(), [&key_of](const ViewChange& a, const ViewChange& b) {
    if (a.family != b.family) return a.family < b.family;
    return key_of(a) < key_of(b);
  });
  for (const ViewChange& change : view_) {
    rocksdb::ColumnFamilyHandle* handle = engine_->handle(static_cast<Family>(change.family));
    const rocksdb::Slice key = ToSlice(key_of(change));
    if (change.drop) {
      Must(batch_->Delete(handle, key));
      continue;
    }
    const absl::string_view value =
        absl::string_view(arena_).substr(change.offset + change.key_bytes, change.value_bytes);
    Must(batch_->Put(handle, key, ToSlice(value)));
  }
  view_.clear();
  arena_.clear();
  return *batch_;
}

}  // namespace plenary::node
