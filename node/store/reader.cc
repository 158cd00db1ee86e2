#include "node/store/reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "node/store/walk.h"

namespace plenary::node {
namespace {

absl::Status NotThere(absl::string_view what, BranchLeaf at) {
  return MakeError(Reason::NOT_FOUND,
                   absl::StrCat(what, " of log ", at.log, " branch ", at.branch, " index ",
                                at.index, ": not in this store"),
                   {{"log", absl::StrCat(at.log)},
                    {"branch", absl::StrCat(at.branch)},
                    {"index", absl::StrCat(at.index)}});
}

absl::Status DamagedAt(absl::string_view what, BranchLeaf at) {
  return MakeError(
      Reason::STORE_DAMAGED,
      absl::StrCat(what, " of log ", at.log, " branch ", at.branch, " index ", at.index),
      {{"log", absl::StrCat(at.log)},
       {"branch", absl::StrCat(at.branch)},
       {"index", absl::StrCat(at.index)}});
}

bool ParseSlot(absl::string_view value, plenary::v1::SlotState& state, absl::string_view& bytes) {
  if (value.empty()) return false;
  const int number = static_cast<uint8_t>(value[0]);
  if (!plenary::v1::SlotState_IsValid(number) || number == plenary::v1::SLOT_STATE_UNSPECIFIED)
    return false;
  state = static_cast<plenary::v1::SlotState>(number);
  bytes = value.substr(1);
  return true;
}

// The slots of a run of leaves, leaf by leaf.
class SlotRun {
 public:
  SlotRun(const Engine& engine, const rocksdb::Snapshot* snapshot, BranchLeaf from)
      : at_(from),
        walk_(engine, snapshot, Family::kSlots, BranchKey(from.log, from.branch), LeafKey(from)) {}

  // Reads the slots of leaf `index`, which is above that of the call before.
  absl::Status Read(uint64_t index) {
    at_.index = index;
    arena_.clear();
    slots_.clear();
    ends_.clear();
    const Key key = LeafKey(at_);
    for (; walk_.Valid(); walk_.Next()) {
      const int order = walk_.key().substr(0, kLeafKeyBytes).compare(key.view());
      if (order > 0) break;
      if (order < 0) continue;
      RETURN_IF_ERROR(Add());
    }
    if (!walk_.status().ok()) return FromRocks(walk_.status(), "slots", at_);
    for (size_t i = 0; i < slots_.size(); ++i) {
      const size_t begin = i == 0 ? 0 : ends_[i - 1];
      slots_[i].bytes = absl::string_view(arena_).substr(begin, ends_[i] - begin);
    }
    return absl::OkStatus();
  }

  // Valid until the next Read.
  absl::Span<const SlotView> slots() const { return slots_; }
  uint64_t bytes() const { return arena_.size(); }

 private:
  absl::Status Add() {
    SlotView slot;
    const absl::string_view key = walk_.key();
    if (key.size() != kSlotKeyBytes || !ParseSlot(walk_.value(), slot.state, slot.bytes)) {
      return DamagedAt("unreadable slot", at_);
    }
    slot.entry = static_cast<uint8_t>(key[kLeafKeyBytes]) * 256u +
                 static_cast<uint8_t>(key[kLeafKeyBytes + 1]);
    // The walk's value goes when it moves on.
    arena_.append(slot.bytes.data(), slot.bytes.size());
    ends_.push_back(arena_.size());
    slots_.push_back(slot);
    return absl::OkStatus();
  }

  BranchLeaf at_;
  PrefixWalk walk_;
  std::string arena_;
  std::vector<size_t> ends_;  // in arena_, of each slot's bytes
  std::vector<SlotView> slots_;
};

}  // namespace

std::optional<BranchLeaf> ParseLeafKey(absl::string_view key) {
  if (key.size() < kLeafKeyBytes) return std::nullopt;
  return BranchLeaf{ReadBigEndian32(key), ReadBigEndian32(key.substr(4)),
                    ReadBigEndian64(key.substr(8))};
}

absl::StatusOr<std::string> Reader::Leaf(BranchLeaf at) const {
  std::string envelope;
  const rocksdb::Status got =
      engine_->db->Get(OptionsFor(snapshot_), engine_->handle(Family::kLeaves),
                       ToSlice(LeafKey(at).view()), &envelope);
  if (got.IsNotFound()) return NotThere("leaf", at);
  if (!got.ok()) return FromRocks(got, "leaf", at);
  return envelope;
}

absl::StatusOr<SlotValue> Reader::Slot(BranchLeaf at, uint32_t entry) const {
  rocksdb::PinnableSlice value;
  const rocksdb::Status got =
      engine_->db->Get(OptionsFor(snapshot_), engine_->handle(Family::kSlots),
                       ToSlice(SlotKey(at, entry).view()), &value);
  if (got.IsNotFound()) return NotThere(absl::StrCat("slot ", entry), at);
  if (!got.ok()) return FromRocks(got, absl::StrCat("slot ", entry), at);
  SlotValue slot;
  absl::string_view bytes;
  if (!ParseSlot(ToView(value), slot.state, bytes)) {
    return DamagedAt(absl::StrCat("unreadable slot ", entry), at);
  }
  slot.bytes.assign(bytes.data(), bytes.size());
  return slot;
}

absl::StatusOr<std::vector<SlotValue>> Reader::Slots(BranchLeaf at, uint32_t entries) const {
  std::vector<SlotValue> slots;
  slots.reserve(entries);
  if (entries == 1) {
    absl::StatusOr<SlotValue> only = Slot(at, 0);
    if (ReasonOf(only.status()) == Reason::NOT_FOUND) return DamagedAt("slot 0 is missing", at);
    if (!only.ok()) return only.status();
    slots.push_back(*std::move(only));
    return slots;
  }
  const Key prefix = LeafKey(at);
  PrefixWalk walk(*engine_, snapshot_, Family::kSlots, prefix, prefix);
  for (; slots.size() < entries && walk.Valid(); walk.Next()) {
    const uint32_t entry = static_cast<uint32_t>(slots.size());
    SlotValue& slot = slots.emplace_back();
    absl::string_view bytes;
    if (walk.key() != SlotKey(at, entry).view() || !ParseSlot(walk.value(), slot.state, bytes)) {
      return DamagedAt(absl::StrCat("slot ", entry, " is missing or unreadable:"), at);
    }
    slot.bytes.assign(bytes.data(), bytes.size());
  }
  if (!walk.status().ok()) return FromRocks(walk.status(), "slots", at);
  if (slots.size() < entries) {
    return DamagedAt(absl::StrCat("slot ", slots.size(), " is missing:"), at);
  }
  return slots;
}

absl::StatusOr<Digest> Reader::Node(uint32_t log, uint32_t branch, uint32_t level,
                                    uint64_t node_index) const {
  const BranchLeaf at = {log, branch, LastLeafOf(level, node_index)};
  rocksdb::PinnableSlice value;
  const rocksdb::Status got =
      engine_->db->Get(OptionsFor(snapshot_), engine_->handle(Family::kNodes),
                       ToSlice(NodeKey(log, branch, level, node_index).view()), &value);
  const auto what = [&] { return absl::StrCat("node of level ", level, " with last leaf"); };
  if (got.IsNotFound()) return NotThere(what(), at);
  if (!got.ok()) return FromRocks(got, what(), at);
  absl::StatusOr<Digest> hash = Digest::FromBytes(ToView(value));
  if (!hash.ok()) return DamagedAt(absl::StrCat("unreadable ", what()), at);
  return hash;
}

absl::StatusOr<uint64_t> Reader::ScanLeaves(BranchLeaf from, ScanLimits limits,
                                            VisitLeaf visit) const {
  PrefixWalk walk(*engine_, snapshot_, Family::kLeaves, BranchKey(from.log, from.branch),
                  LeafKey(from));
  BranchLeaf next = from;
  uint64_t bytes = 0;
  for (; walk.Valid(); walk.Next()) {
    const uint64_t shown = next.index - from.index;
    bytes += walk.value().size();
    if (shown >= limits.max_leaves || (shown > 0 && bytes > limits.max_bytes)) return next.index;
    if (walk.key() != LeafKey(next).view()) return DamagedAt("missing leaf", next);
    ++next.index;
    if (!visit(next.index - 1, walk.value())) return next.index;
  }
  if (!walk.status().ok()) return FromRocks(walk.status(), "leaf", next);
  return next.index;
}

absl::StatusOr<uint64_t> Reader::ScanCommits(BranchLeaf from, ScanLimits limits,
                                             VisitCommit visit) const {
  SlotRun run(*engine_, snapshot_, from);
  uint64_t bytes = 0;
  absl::Status failed;
  const auto show = [&](uint64_t index, absl::string_view envelope) {
    failed = run.Read(index);
    if (!failed.ok()) return false;
    bytes += envelope.size() + run.bytes();
    return visit(index, envelope, run.slots()) && bytes < limits.max_bytes;
  };
  absl::StatusOr<uint64_t> next = ScanLeaves(from, {.max_leaves = limits.max_leaves}, show);
  if (!failed.ok()) return failed;
  return next;
}

Snapshot::Snapshot(const Store& store) : Reader(store.engine_, store.engine_->db->GetSnapshot()) {}
Snapshot::~Snapshot() { engine_->db->ReleaseSnapshot(snapshot_); }

}  // namespace plenary::node
