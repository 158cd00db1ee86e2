#include "node/store/fsck_log.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "ledger/checkpoint.h"
#include "ledger/commit.h"
#include "ledger/statement.h"
#include "ledger/status.h"

namespace plenary::node {

// The three families of a branch, walked side by side.
struct LogCheck::Walks {
  Walks(const Engine& engine, const rocksdb::Snapshot* snapshot, BranchLeaf from)
      : leaves(engine, snapshot, Family::kLeaves, BranchKey(from.log, from.branch), LeafKey(from)),
        slots(engine, snapshot, Family::kSlots, BranchKey(from.log, from.branch), LeafKey(from)),
        nodes(engine, snapshot, Family::kNodes, BranchKey(from.log, from.branch), LeafKey(from)) {}
  PrefixWalk leaves;
  PrefixWalk slots;
  PrefixWalk nodes;
};

LogCheck::LogCheck(const Reader& reader, const nodev1::LogRecord& log, FsckReport& report,
                   Findings& findings)
    : engine_(EngineOf(reader)),
      snapshot_(SnapshotOf(reader)),
      reader_(reader),
      log_(log),
      report_(report),
      findings_(findings) {}

absl::Status LogCheck::Run() {
  ReadRanges();
  ReadClaims();
  CheckClaims(0);
  for (const LeafRange& range : ranges_) RETURN_IF_ERROR(WalkRange(range));
  for (const auto& [size, claims] : claims_) {
    for (const Claim& claim : claims) {
      if (size > log_.size()) {
        Add(FindingKind::kLogRecord, {.log = log_.number()},
            absl::StrCat(claim.by, " of size ", size, ": expected at most ", log_.size()));
      }
    }
  }
  return absl::OkStatus();
}

void LogCheck::ReadRanges() {
  const BranchLeaf at = {.log = log_.number()};
  const auto bad = [&](absl::string_view text) {
    Add(FindingKind::kLogRecord, at, absl::StrCat("log ", log_.number(), ": ", text));
  };
  if (log_.signed_size() > log_.size()) bad("its signed size is above its size");
  if (log_.size() > 0 && (log_.segments().empty() || log_.segments(0).from() != 0)) {
    bad("no segment begins at 0");
  }
  std::set<uint32_t> branches;
  for (int i = 0; i < log_.segments_size(); ++i) {
    const nodev1::Segment& segment = log_.segments(i);
    const bool last = i + 1 == log_.segments_size();
    const uint64_t end = last ? log_.size() : log_.segments(i + 1).from();
    if (segment.from() > end) {
      bad(absl::StrCat("segment ", i, " from ", segment.from(), " ends at ", end));
    }
    if (segment.branch() >= log_.next_branch() && log_.next_branch() > 0) {
      bad(absl::StrCat("branch ", segment.branch(), " of segment ", i, " is not given out yet"));
    }
    if (!branches.insert(segment.branch()).second) {
      bad(absl::StrCat("branch ", segment.branch(), " has two segments"));
    }
    if (segment.from() < end) ranges_.push_back({segment.branch(), segment.from(), end});
  }
}

void LogCheck::ReadClaims() {
  const auto note = [&](const std::string& bytes, absl::string_view by) {
    if (bytes.empty()) return;
    const absl::StatusOr<Checkpoint> checkpoint = ReadUnverifiedCheckpoint(bytes);
    if (!checkpoint.ok() || checkpoint->origin != log_.origin()) {
      Add(FindingKind::kLogRecord, {.log = log_.number()},
          absl::StrCat("log ", log_.number(), ": its ", by, " is none of this log"));
      return;
    }
    AddClaim(checkpoint->size, checkpoint->root.view(), by);
  };
  note(log_.checkpoint(), "checkpoint");
  note(log_.final_checkpoint(), "final checkpoint");
  if (!log_.proposal().empty()) {
    const absl::StatusOr<Proposal> proposal = ParseProposal(log_.proposal());
    if (!proposal.ok() || proposal->origin != log_.origin()) {
      Add(FindingKind::kLogRecord, {.log = log_.number()},
          absl::StrCat("log ", log_.number(), ": its proposal is none of this log"));
    } else {
      AddClaim(proposal->size, proposal->root.view(), "proposal");
    }
  }
  if (!log_.cosigned_root().empty()) {
    AddClaim(log_.cosigned_size(), log_.cosigned_root(), "cosignature");
  }
}

void LogCheck::AddClaim(uint64_t size, absl::string_view root, absl::string_view by) {
  const absl::StatusOr<Digest> digest = Digest::FromBytes(root);
  if (!digest.ok()) {
    Add(FindingKind::kLogRecord, {.log = log_.number()},
        absl::StrCat("root of its ", by, ": ", digest.status().message()));
    return;
  }
  claims_[size].push_back({*digest, std::string(by)});
}

absl::Status LogCheck::WalkRange(const LeafRange& range) {
  BranchLeaf at = {log_.number(), range.branch, range.begin};
  Walks walks(engine_, snapshot_, at);
  for (; at.index < range.end && !findings_.full(); ++at.index) {
    RETURN_IF_ERROR(CheckLeaf(walks, at));
  }
  return absl::OkStatus();
}

absl::Status LogCheck::CheckLeaf(Walks& walks, BranchLeaf at) {
  ++report_.leaves;
  ASSIGN_OR_RETURN(const std::optional<Digest> hash, HashOf(walks, at));
  if (!hash.has_value()) {
    frontier_.reset();
    return absl::OkStatus();
  }
  if (!frontier_.has_value()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckNodes(walks, at, *hash));
  CheckClaims(at.index + 1);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Digest>> LogCheck::HashOf(Walks& walks, BranchLeaf at) {
  const Key key = LeafKey(at);
  if (walks.leaves.Valid() && walks.leaves.key() == key.view()) {
    const absl::string_view leaf = walks.leaves.value();
    const Digest hash = LeafHash(leaf);
    RETURN_IF_ERROR(CheckSlots(walks, at, leaf));
    walks.leaves.Next();
    return std::optional<Digest>(hash);
  }
  if (!walks.leaves.status().ok()) {
    RETURN_IF_ERROR(Note(walks.leaves.status(), FindingKind::kLeafDamaged, at));
    walks.leaves.Seek(LeafKey({at.log, at.branch, at.index + 1}));
  } else {
    Add(FindingKind::kLeafMissing, at,
        absl::StrCat("log ", at.log, " branch ", at.branch, " index ", at.index));
  }
  // The walk over the nodes stays where it is: CheckNodes compares what it finds there.
  const absl::StatusOr<Digest> node = reader_.Node(at.log, at.branch, 0, at.index);
  if (!node.ok()) return std::optional<Digest>();
  return std::optional<Digest>(*node);
}

absl::Status LogCheck::CheckSlots(Walks& walks, BranchLeaf at, absl::string_view leaf) {
  const absl::StatusOr<LeafView> view = ReadLeaf(leaf);
  const size_t entries = view.ok() ? view->slots() : 0;
  if (!view.ok()) ++report_.unreadable_leaves;
  if (view.ok()) RETURN_IF_ERROR(CheckIdentity(at, view->payload));
  const Key prefix = LeafKey(at);
  // Slots of leaves below this one, which are there no more.
  while (walks.slots.Valid() && walks.slots.key().substr(0, kLeafKeyBytes) < prefix.view()) {
    walks.slots.Next();
  }
  for (uint32_t entry = 0; entry < entries; ++entry) {
    if (walks.slots.Valid() && walks.slots.key() == SlotKey(at, entry).view()) {
      const ManifestEntry& named = view->manifest.entries[entry];
      CheckSlot(at, entry, named.digest, named.size, walks.slots.value());
      walks.slots.Next();
      continue;
    }
    if (!walks.slots.status().ok()) {
      RETURN_IF_ERROR(Note(walks.slots.status(), FindingKind::kSlotDamaged, at));
      walks.slots.Seek(LeafKey({at.log, at.branch, at.index + 1}));
      return absl::OkStatus();
    }
    findings_.Add(FindingKind::kSlotMissing, at, entry,
                  absl::StrCat("log ", at.log, " index ", at.index, " entry ", entry));
  }
  for (; walks.slots.Valid() && walks.slots.key().substr(0, kLeafKeyBytes) == prefix.view();
       walks.slots.Next()) {
    Add(FindingKind::kSlotExtra, at,
        absl::StrCat("log ", at.log, " index ", at.index, ": expected ", entries, " slots"));
  }
  return absl::OkStatus();
}

void LogCheck::CheckSlot(BranchLeaf at, uint32_t entry, absl::string_view digest, uint32_t size,
                         absl::string_view value) {
  const auto damaged = [&](absl::string_view text) {
    findings_.Add(FindingKind::kSlotDamaged, at, entry,
                  absl::StrCat("log ", at.log, " index ", at.index, " entry ", entry, ": ", text));
  };
  const uint8_t state = value.empty() ? uint8_t{0} : static_cast<uint8_t>(value[0]);
  const absl::string_view bytes = value.empty() ? value : value.substr(1);
  switch (state) {
    case plenary::v1::SLOT_STATE_PRESENT:
      ++report_.present;
      report_.record_bytes += bytes.size();
      if (bytes.size() != size) {
        damaged(absl::StrCat("expected ", size, " bytes, got ", bytes.size()));
      } else if (Sha256(bytes).view() != digest) {
        damaged("its bytes are not those of the manifest");
      }
      return;
    case plenary::v1::SLOT_STATE_WITHHELD:
      ++report_.withheld;
      break;
    case plenary::v1::SLOT_STATE_REDACTED:
      ++report_.redacted;
      break;
    case plenary::v1::SLOT_STATE_MISSING:
      ++report_.missing;
      break;
    default:
      damaged(absl::StrCat("state ", state));
      return;
  }
  if (!bytes.empty()) damaged("bytes in a slot without a record");
}

absl::Status LogCheck::CheckNodes(Walks& walks, BranchLeaf at, const Digest& leaf_hash) {
  absl::Status failed;
  const auto check = [&](NodeId node, const Digest& hash) {
    if (!failed.ok()) return;
    const Key key = NodeKey(at.log, at.branch, node.level, node.index);
    const std::string where =
        absl::StrCat("log ", at.log, " level ", node.level, " node ", node.index);
    while (walks.nodes.Valid() && walks.nodes.key() < key.view()) {
      Add(FindingKind::kNodeWrong, at, absl::StrCat(where, ": one before it is too many"));
      walks.nodes.Next();
    }
    if (!walks.nodes.status().ok()) {
      failed = Note(walks.nodes.status(), FindingKind::kNodeMissing, at);
      walks.nodes.Seek(LeafKey({at.log, at.branch, at.index + 1}));
      return;
    }
    if (!walks.nodes.Valid() || walks.nodes.key() != key.view()) {
      Add(FindingKind::kNodeMissing, at, where);
      return;
    }
    if (walks.nodes.value() != hash.view()) {
      Add(FindingKind::kNodeWrong, at, absl::StrCat(where, ": expected ", hash.Hex()));
    }
    walks.nodes.Next();
  };
  frontier_->Append(leaf_hash, check);
  return failed;
}

absl::Status LogCheck::CheckIdentity(BranchLeaf at, absl::string_view payload) {
  // Only logs of our own have identities; what is there must be right.
  const Digest identity = CommitIdentity(payload);
  const absl::StatusOr<std::optional<uint64_t>> index = reader_.CommitIndex(at.log, identity);
  if (!index.ok()) {
    if (ReasonOf(index.status()) != Reason::STORE_DAMAGED) return index.status();
    Add(FindingKind::kCommitIndex, at, index.status().message());
  } else if (index->has_value() && **index > at.index) {
    // An earlier leaf may have the same identity, and takes it; a later one may not.
    Add(FindingKind::kCommitIndex, at,
        absl::StrCat("commit ", identity.Hex(), ": expected index ", at.index, ", got ", **index));
  }
  return absl::OkStatus();
}

void LogCheck::CheckClaims(uint64_t size) {
  const auto claims = claims_.find(size);
  if (claims == claims_.end() || !frontier_.has_value()) return;
  const Digest root = frontier_->Root();
  for (const Claim& claim : claims->second) {
    if (claim.root == root) continue;
    findings_.Add(FindingKind::kRootWrong, {.log = log_.number()}, std::nullopt,
                  absl::StrCat("log ", log_.number(), " size ", size, ": the ", claim.by, " says ",
                               claim.root.Hex(), ", the leaves give ", root.Hex()));
  }
}

absl::Status LogCheck::Note(const rocksdb::Status& error, FindingKind kind, BranchLeaf at) {
  const absl::Status status = FromRocks(error, NameOf(kind), at);
  if (ReasonOf(status) != Reason::STORE_DAMAGED) return status;
  Add(kind, at, status.message());
  return absl::OkStatus();
}

LeftoverCheck::LeftoverCheck(const Reader& reader, Findings& findings)
    : engine_(LogCheck::EngineOf(reader)),
      snapshot_(LogCheck::SnapshotOf(reader)),
      findings_(findings) {}

void LeftoverCheck::Allow(uint32_t log, const LeafRange& range) {
  std::vector<LeafRange>& ranges = allowed_[{log, range.branch}];
  ranges.push_back(range);
  std::sort(ranges.begin(), ranges.end(),
            [](const LeafRange& a, const LeafRange& b) { return a.begin < b.begin; });
}

absl::Status LeftoverCheck::Run() {
  RETURN_IF_ERROR(RunFamily(Family::kLeaves, "leaves"));
  RETURN_IF_ERROR(RunFamily(Family::kSlots, "slots"));
  return RunFamily(Family::kNodes, "nodes");
}

absl::Status LeftoverCheck::RunFamily(Family family, absl::string_view what) {
  rocksdb::ReadOptions options = OptionsFor(snapshot_);
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> walk(
      engine_.db->NewIterator(options, engine_.handle(family)));
  walk->SeekToFirst();
  while (walk->Valid() && !findings_.full()) {
    const std::optional<BranchLeaf> at = ParseLeafKey(ToView(walk->key()));
    if (!at.has_value()) {
      findings_.Add(FindingKind::kLeftover, {}, std::nullopt,
                    absl::StrCat(what, ": a key of ", walk->key().size(), " bytes"));
      walk->Next();
      continue;
    }
    std::optional<uint64_t> next = EndAround(*at);
    if (!next.has_value()) {
      findings_.Add(FindingKind::kLeftover, *at, std::nullopt,
                    absl::StrCat(what, " of log ", at->log, " branch ", at->branch, " from index ",
                                 at->index, " on are in no segment"));
      next = NextBegin(*at);
    }
    const Key target = next.has_value() && *next != UINT64_MAX
                           ? LeafKey({at->log, at->branch, *next})
                           : BranchKey(at->log, at->branch).Successor();
    walk->Seek(ToSlice(target.view()));
  }
  if (walk->status().ok()) return absl::OkStatus();
  const absl::Status status = FromRocks(walk->status(), what);
  if (ReasonOf(status) != Reason::STORE_DAMAGED) return status;
  // What is damaged within a log has been found there, with its place.
  if (findings_.empty()) {
    findings_.Add(FindingKind::kLeftover, {}, std::nullopt, status.message());
  }
  return absl::OkStatus();
}

std::optional<uint64_t> LeftoverCheck::EndAround(BranchLeaf at) const {
  const auto ranges = allowed_.find({at.log, at.branch});
  if (ranges == allowed_.end()) return std::nullopt;
  for (const LeafRange& range : ranges->second) {
    if (at.index >= range.begin && at.index < range.end) return range.end;
  }
  return std::nullopt;
}

std::optional<uint64_t> LeftoverCheck::NextBegin(BranchLeaf at) const {
  const auto ranges = allowed_.find({at.log, at.branch});
  if (ranges == allowed_.end()) return std::nullopt;
  for (const LeafRange& range : ranges->second) {
    if (range.begin > at.index) return range.begin;
  }
  return std::nullopt;
}

}  // namespace plenary::node
