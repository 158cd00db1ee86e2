#include "tests/simulation/disk_tree.h"

#include <algorithm>
#include <set>
#include <utility>

namespace plenary::testing {
namespace {

using Copies = std::map<const DiskNode*, std::shared_ptr<DiskNode>>;

std::shared_ptr<DiskNode> Copy(const DiskNode& node, Copies& copies) {
  std::shared_ptr<DiskNode>& copy = copies[&node];
  if (copy != nullptr) return copy;
  copy = std::make_shared<DiskNode>(node.is_folder);
  const std::shared_ptr<DiskNode> made = copy;  // the map may grow below
  made->data = node.data;
  made->undo = node.undo;
  made->sync_failed = node.sync_failed;
  for (const auto& [name, child] : node.names) made->names[name] = Copy(*child, copies);
  for (const DiskNode::NameUndo& change : node.name_undo) {
    DiskNode::NameUndo& copied = made->name_undo.emplace_back();
    for (const auto& [name, child] : change.old) {
      copied.old.emplace_back(name, child == nullptr ? nullptr : Copy(*child, copies));
    }
  }
  return made;
}

void UndoLast(DiskNode& node) {
  DiskNode::Undo& undo = node.undo.back();
  node.data.resize(undo.old_size);
  node.data.replace(undo.offset, undo.old_bytes.size(), undo.old_bytes);
  node.undo.pop_back();
}

void UndoLastNames(DiskNode& node) {
  for (auto& [name, old] : node.name_undo.back().old) {
    if (old == nullptr) {
      node.names.erase(name);
    } else {
      node.names[name] = std::move(old);
    }
  }
  node.name_undo.pop_back();
}

size_t Below(size_t bound, std::mt19937_64& random) { return random() % bound; }

void Crash(DiskNode& node, Unsynced unsynced, std::mt19937_64& random, std::set<DiskNode*>& seen) {
  if (!seen.insert(&node).second) return;
  const bool prefix = unsynced == Unsynced::kPrefix;
  if (unsynced != Unsynced::kKept) {
    const size_t keep = prefix && !node.sync_failed ? Below(node.undo.size() + 1, random) : 0;
    while (node.undo.size() > keep) UndoLast(node);
    // The last change that survives may be an append of which only some bytes do.
    if (!node.undo.empty() && node.undo.back().offset == node.undo.back().old_size) {
      const size_t begin = node.undo.back().old_size;
      node.data.resize(begin + Below(node.data.size() - begin + 1, random));
    }
    const size_t keep_names =
        prefix && !node.sync_failed ? Below(node.name_undo.size() + 1, random) : 0;
    while (node.name_undo.size() > keep_names) UndoLastNames(node);
    node.undo.clear();
    node.name_undo.clear();
    node.sync_failed = false;
  }
  for (const auto& [name, child] : node.names) Crash(*child, unsynced, random, seen);
}

void Collect(const DiskNode& node, std::set<const DiskNode*>& seen) {
  if (!seen.insert(&node).second) return;
  for (const auto& [name, child] : node.names) Collect(*child, seen);
}

}  // namespace

void DiskNode::Write(size_t offset, absl::string_view bytes) {
  Undo change = {data.size(), offset, {}};
  if (offset < data.size()) {
    change.old_bytes = data.substr(offset, bytes.size());
  } else {
    change.offset = data.size();
  }
  undo.push_back(std::move(change));
  if (offset == data.size()) {
    data.append(bytes.data(), bytes.size());
    return;
  }
  data.resize(std::max(data.size(), offset + bytes.size()));
  data.replace(offset, bytes.size(), bytes.data(), bytes.size());
}

void DiskNode::Truncate(size_t size) {
  if (size == data.size()) return;
  undo.push_back({data.size(), std::min(size, data.size()),
                  size < data.size() ? data.substr(size) : std::string()});
  data.resize(size);
}

void DiskNode::SetNames(std::vector<std::pair<std::string, std::shared_ptr<DiskNode>>> changes) {
  NameUndo change;
  for (auto& [name, node] : changes) {
    const auto old = names.find(name);
    change.old.emplace_back(name, old == names.end() ? nullptr : old->second);
    if (node == nullptr) {
      names.erase(name);
    } else {
      names[name] = std::move(node);
    }
  }
  name_undo.push_back(std::move(change));
}

void DiskNode::Sync() {
  if (sync_failed) return;
  undo.clear();
  name_undo.clear();
}

std::shared_ptr<DiskNode> CopyTree(const DiskNode& node) {
  Copies copies;
  return Copy(node, copies);
}

void CrashTree(DiskNode& node, Unsynced unsynced, std::mt19937_64& random) {
  std::set<DiskNode*> seen;
  Crash(node, unsynced, random, seen);
}

uint64_t TreeBytes(const DiskNode& node) {
  std::set<const DiskNode*> seen;
  Collect(node, seen);
  uint64_t bytes = 0;
  for (const DiskNode* found : seen) bytes += found->data.size();
  return bytes;
}

}  // namespace plenary::testing
