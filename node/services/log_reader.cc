#include "node/services/log_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/checkpoint.h"
#include "ledger/status.h"

namespace plenary::node {

absl::StatusOr<LogReader> LogReader::Find(const Reader& snapshot, absl::string_view origin) {
  ASSIGN_OR_RETURN(std::vector<nodev1::LogRecord> logs, snapshot.AllLogs());
  for (nodev1::LogRecord& log : logs) {
    if (log.origin() == origin) return LogReader(snapshot, std::move(log));
  }
  return MakeError(Reason::NOT_FOUND,
                   absl::StrCat("log \"", origin, "\": expected one that this node holds"),
                   {{"origin", origin}});
}

LogReader::LogReader(const Reader& snapshot, nodev1::LogRecord record)
    : snapshot_(&snapshot), record_(std::move(record)) {
  const auto checkpoint = ReadUnverifiedCheckpoint(record_.final_checkpoint());
  if (checkpoint.ok()) final_size_ = checkpoint->size;
}

std::string LogReader::NoteOf(uint64_t size) const {
  if (!record_.final_checkpoint().empty() && size == final_size_) {
    return record_.final_checkpoint();
  }
  return size == record_.signed_size() ? record_.checkpoint() : "";
}

BranchLeaf LogReader::At(uint64_t index) const {
  BranchLeaf at{.log = record_.number(), .branch = 0, .index = index};
  for (const nodev1::Segment& segment : record_.segments()) {
    if (segment.from() > index) break;
    at.branch = segment.branch();
  }
  return at;
}

uint64_t LogReader::BranchEnd(uint64_t index) const {
  for (const nodev1::Segment& segment : record_.segments()) {
    if (segment.from() > index) return segment.from();
  }
  return record_.size();
}

absl::StatusOr<Digest> LogReader::Node(NodeId node) const {
  // A perfect subtree lies in the branch of the leaf that completed it.
  const uint64_t last_leaf = ((node.index + 1) << node.level) - 1;
  return snapshot_->Node(record_.number(), At(last_leaf).branch, node.level, node.index);
}

absl::Status LogReader::CheckSize(uint64_t size) const {
  if (size <= record_.size()) return absl::OkStatus();
  return MakeError(Reason::BAD_REQUEST,
                   absl::StrCat("size of log ", origin(), ": expected at most the ", record_.size(),
                                " leaves held, got ", size),
                   {{"origin", origin()}, {"size", absl::StrCat(size)}});
}

absl::StatusOr<std::string> LogReader::Leaf(uint64_t index) const {
  if (index < record_.size()) return snapshot_->Leaf(At(index));
  return MakeError(
      Reason::NOT_FOUND,
      absl::StrCat("leaf ", index, " of log ", origin(), ": expected below size ", record_.size()),
      {{"origin", origin()}, {"index", absl::StrCat(index)}});
}

absl::StatusOr<Digest> LogReader::Root(uint64_t size) const {
  RETURN_IF_ERROR(CheckSize(size));
  return RootAt(size, [this](NodeId node) { return Node(node); });
}

absl::StatusOr<std::vector<Digest>> LogReader::Inclusion(uint64_t index, uint64_t size) const {
  RETURN_IF_ERROR(CheckSize(size));
  return InclusionProof(index, size, [this](NodeId node) { return Node(node); });
}

absl::StatusOr<std::vector<Digest>> LogReader::Consistency(uint64_t from, uint64_t to) const {
  RETURN_IF_ERROR(CheckSize(to));
  return ConsistencyProof(from, to, [this](NodeId node) { return Node(node); });
}

}  // namespace plenary::node
