#include "ledger/log_tree.h"

#include <algorithm>

#include "ledger/check.h"

namespace plenary {
namespace {

void StoreNothing(NodeId, const Digest&) {}

}  // namespace

LogTree::LogTree(Frontier signed_part)
    : base_(signed_part.size()), marks_({signed_part}), end_(std::move(signed_part)) {}

Frontier LogTree::FrontierAt(uint64_t size) const {
  CHECK(size >= base_ && size <= end_.size());
  if (size == end_.size()) return end_;
  const auto after =
      std::upper_bound(marks_.begin(), marks_.end(), size,
                       [](uint64_t wanted, const Frontier& mark) { return wanted < mark.size(); });
  CHECK(after != marks_.begin());
  Frontier frontier = *(after - 1);
  while (frontier.size() < size) {
    frontier.Append(leaves_[frontier.size() - base_], StoreNothing);
  }
  return frontier;
}

void LogTree::Append(const Digest& leaf_hash, StoreNode store) {
  if (marks_.empty()) marks_.push_back(end_);
  end_.Append(leaf_hash, store);
  leaves_.push_back(leaf_hash);
  if (end_.size() - marks_.back().size() >= kMarkEvery) marks_.push_back(end_);
}

void LogTree::Sign(uint64_t size) {
  Frontier frontier = FrontierAt(size);
  std::vector<Frontier> kept = {std::move(frontier)};
  for (Frontier& mark : marks_) {
    if (mark.size() > size) kept.push_back(std::move(mark));
  }
  marks_ = std::move(kept);
  leaves_.erase(leaves_.begin(), leaves_.begin() + static_cast<ptrdiff_t>(size - base_));
  base_ = size;
}

void LogTree::CutTail(uint64_t size) {
  end_ = FrontierAt(size);
  leaves_.resize(size - base_);
  while (!marks_.empty() && marks_.back().size() > size) marks_.pop_back();
}

}  // namespace plenary
