// Bounded walks over a column family. Private to node/store.
#pragma once

#include <rocksdb/iterator.h>
#include <rocksdb/snapshot.h>

#include <memory>

#include "absl/strings/string_view.h"
#include "node/store/engine.h"

namespace plenary::node {

inline rocksdb::ReadOptions OptionsFor(const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  return options;
}

// Walks the keys of a family that start with a prefix, from a key on.
class PrefixWalk {
 public:
  PrefixWalk(const Engine& engine, const rocksdb::Snapshot* snapshot, Family family,
             const Key& prefix, const Key& from)
      : end_(Key(prefix).Successor()), end_slice_(ToSlice(end_.view())) {
    rocksdb::ReadOptions options = OptionsFor(snapshot);
    options.iterate_upper_bound = &end_slice_;
    // A long scan would push everything else out of the cache.
    options.fill_cache = false;
    iterator_.reset(engine.db->NewIterator(options, engine.handle(family)));
    Seek(from);
  }
  PrefixWalk(const PrefixWalk&) = delete;
  PrefixWalk& operator=(const PrefixWalk&) = delete;

  // To the first key from `from` on; an error of before is over.
  void Seek(const Key& from) { iterator_->Seek(ToSlice(from.view())); }
  bool Valid() const { return iterator_->Valid(); }
  void Next() { iterator_->Next(); }
  absl::string_view key() const { return ToView(iterator_->key()); }
  absl::string_view value() const { return ToView(iterator_->value()); }
  rocksdb::Status status() const { return iterator_->status(); }

 private:
  const Key end_;
  const rocksdb::Slice end_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace plenary::node
