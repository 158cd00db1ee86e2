// Reads of the view's families.
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "node/store/reader.h"
#include "node/store/walk.h"

namespace plenary::node {
namespace {

const char* NameOf(ViewFamily family) {
  return kFamilyNames[static_cast<size_t>(FamilyOf(family))];
}

}  // namespace

ViewRange PrefixRange(absl::string_view prefix) {
  ViewRange range = {std::string(prefix), std::string(prefix)};
  while (!range.end.empty() && static_cast<uint8_t>(range.end.back()) == 0xff) {
    range.end.pop_back();
  }
  if (!range.end.empty()) {
    range.end.back() = static_cast<char>(static_cast<uint8_t>(range.end.back()) + 1);
  }
  return range;
}

// RocksDB's iterator keeps pointers to its bounds, so they stay in one place.
struct ViewCursor::Bounds {
  ViewFamily family;
  ViewRange range;
  rocksdb::Slice begin;
  rocksdb::Slice end;
};

ViewCursor::ViewCursor(std::unique_ptr<Bounds> bounds, std::unique_ptr<rocksdb::Iterator> iterator,
                       Direction direction)
    : bounds_(std::move(bounds)), iterator_(std::move(iterator)), direction_(direction) {}
ViewCursor::ViewCursor(ViewCursor&&) noexcept = default;
ViewCursor& ViewCursor::operator=(ViewCursor&& other) noexcept {
  iterator_ = std::move(other.iterator_);
  bounds_ = std::move(other.bounds_);
  direction_ = other.direction_;
  return *this;
}
ViewCursor::~ViewCursor() = default;

bool ViewCursor::Valid() const { return iterator_->Valid(); }

absl::Status ViewCursor::status() const {
  const rocksdb::Status status = iterator_->status();
  if (status.ok()) return absl::OkStatus();
  return FromRocks(status, NameOf(bounds_->family));
}

absl::string_view ViewCursor::key() const { return ToView(iterator_->key()); }
absl::string_view ViewCursor::value() const { return ToView(iterator_->value()); }

void ViewCursor::Next() {
  if (direction_ == Direction::kForward) {
    iterator_->Next();
  } else {
    iterator_->Prev();
  }
}

void ViewCursor::Seek(absl::string_view key) {
  if (direction_ == Direction::kForward) {
    iterator_->Seek(ToSlice(key));
  } else {
    iterator_->SeekForPrev(ToSlice(key));
  }
}

absl::StatusOr<std::optional<std::string>> Reader::View(ViewFamily family,
                                                        absl::string_view key) const {
  std::string value;
  const rocksdb::Status got = engine_->db->Get(
      OptionsFor(snapshot_), engine_->handle(FamilyOf(family)), ToSlice(key), &value);
  if (got.IsNotFound()) return std::optional<std::string>();
  if (!got.ok()) return FromRocks(got, absl::StrCat(NameOf(family), " ", HexEncode(key)));
  return std::optional<std::string>(std::move(value));
}

ViewCursor Reader::NewViewCursor(ViewFamily family, ViewRange range, Direction direction) const {
  auto bounds = std::make_unique<ViewCursor::Bounds>();
  bounds->family = family;
  bounds->range = std::move(range);
  bounds->begin = ToSlice(bounds->range.begin);
  bounds->end = ToSlice(bounds->range.end);
  rocksdb::ReadOptions options = OptionsFor(snapshot_);
  options.iterate_lower_bound = &bounds->begin;
  if (!bounds->range.end.empty()) options.iterate_upper_bound = &bounds->end;
  std::unique_ptr<rocksdb::Iterator> iterator(
      engine_->db->NewIterator(options, engine_->handle(FamilyOf(family))));
  if (direction == Direction::kForward) {
    iterator->SeekToFirst();
  } else {
    iterator->SeekToLast();
  }
  return ViewCursor(std::move(bounds), std::move(iterator), direction);
}

}  // namespace plenary::node
