// One log as a snapshot of the store has it: leaves, notes and proofs, all of one moment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/digest.h"
#include "ledger/merkle.h"
#include "node/store/reader.h"
#include "plenary/node/v1/storage.pb.h"

namespace plenary::node {

// Immutable. All reads fail as the store's.
class LogReader {
 public:
  // `snapshot` outlives the reader. Fails with NOT_FOUND if the log is not held.
  static absl::StatusOr<LogReader> Find(const Reader& snapshot, absl::string_view origin);
  LogReader(const Reader& snapshot, nodev1::LogRecord record);

  const nodev1::LogRecord& record() const { return record_; }
  const std::string& origin() const { return record_.origin(); }
  uint64_t size() const { return record_.size(); }
  uint64_t signed_size() const { return record_.signed_size(); }
  uint64_t final_size() const { return final_size_; }
  // The checkpoint of exactly that size, if it is kept, with its cosignature lines; else empty.
  std::string NoteOf(uint64_t size) const;

  // Where leaf `index` lies.
  BranchLeaf At(uint64_t index) const;
  // The first index after `index` that lies in another branch, or the size.
  uint64_t BranchEnd(uint64_t index) const;
  // Fails with NOT_FOUND.
  absl::StatusOr<std::string> Leaf(uint64_t index) const;
  absl::StatusOr<Digest> Root(uint64_t size) const;
  // Fail with BAD_REQUEST if the numbers do not fit the log.
  absl::StatusOr<std::vector<Digest>> Inclusion(uint64_t index, uint64_t size) const;
  absl::StatusOr<std::vector<Digest>> Consistency(uint64_t from, uint64_t to) const;

 private:
  absl::StatusOr<Digest> Node(NodeId node) const;
  absl::Status CheckSize(uint64_t size) const;

  const Reader* snapshot_;
  nodev1::LogRecord record_;
  uint64_t final_size_ = 0;
};

}  // namespace plenary::node
