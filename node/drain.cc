#include "node/drain.h"

#include "absl/strings/str_cat.h"
#include "ledger/commit.h"
#include "ledger/status.h"

namespace plenary::node {
namespace {

BranchLeaf At(sync::Place place) { return {place.log, place.branch, place.index}; }

}  // namespace

void Drain::PutLeaf(sync::Place at, absl::string_view envelope) {
  changes_.PutLeaf(At(at), envelope);
  if (at.log != indexed_log_) return;
  const auto leaf = ReadLeaf(envelope);
  if (leaf.ok()) changes_.PutCommitIndex(at.log, CommitIdentity(leaf->payload), at.index);
}

void Drain::PutSlot(sync::Place at, uint32_t entry, const plenary::v1::Slot& slot) {
  changes_.PutSlot(At(at), entry, slot.state(), slot.record());
}

void Drain::PutNode(uint32_t log, uint32_t branch, NodeId node, const Digest& hash) {
  changes_.PutNode(log, branch, node.level, node.index, hash);
}

void Drain::DropBranchFrom(uint32_t log, uint32_t branch, uint64_t from) {
  changes_.DropBranchFrom(log, branch, from);
}

void Drain::PutRoster(uint64_t version, absl::string_view envelope) {
  changes_.PutRoster(version, envelope);
}

void Drain::PutCard(absl::string_view member, uint64_t version, const Digest& digest,
                    absl::string_view envelope) {
  changes_.PutCard(member, version, digest, envelope);
}

void Drain::PutEvidence(absl::string_view key, absl::string_view bytes) {
  changes_.PutEvidence(key, bytes);
}

void Drain::Send(sync::LinkId link, sync::Urgency urgency,
                 std::unique_ptr<plenary::v1::Frame> frame, std::string replaces) {
  outputs_.frames.push_back({link, urgency, std::move(frame), std::move(replaces)});
}

void Drain::Close(sync::LinkId link, absl::Status why) {
  outputs_.closes.emplace_back(link, std::move(why));
}

void Drain::Dial(uint64_t dial, const std::string& member, const std::string& node,
                 const std::string& address) {
  outputs_.dials.push_back({dial, member, node, address});
}

void Drain::Report(sync::Event event) { outputs_.events.push_back(std::move(event)); }

absl::StatusOr<Digest> StoreHoldings::Node(uint32_t log, uint32_t branch, NodeId node) const {
  return reader_.Node(log, branch, node.level, node.index);
}

absl::StatusOr<sync::StoredLeaf> StoreHoldings::Leaf(sync::Place at) const {
  sync::StoredLeaf leaf;
  bool found = false;
  const auto visit = [&](uint64_t index, absl::string_view envelope,
                         absl::Span<const SlotView> slots) {
    found = index == at.index;
    leaf.envelope = std::string(envelope);
    for (const SlotView& slot : slots) {
      plenary::v1::Slot& out = leaf.slots.emplace_back();
      out.set_state(slot.state);
      out.set_record(slot.bytes.data(), slot.bytes.size());
    }
    return false;
  };
  ASSIGN_OR_RETURN(const uint64_t end, reader_.ScanCommits(At(at), ScanLimits{1}, visit));
  if (!found || end != at.index + 1) {
    return MakeError(Reason::STORE_DAMAGED, absl::StrCat("log ", at.log, ": leaf ", at.index,
                                                         " of branch ", at.branch, " is missing"));
  }
  return leaf;
}

}  // namespace plenary::node
