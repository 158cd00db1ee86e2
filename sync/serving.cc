// What peers fetch from us: chunks that verify by themselves, cut from durable leaves.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/merkle.h"
#include "sync/leaf.h"
#include "sync/replicator.h"

namespace plenary::sync {
namespace {

// Large enough to amortise a message, small enough for many to be under way.
constexpr uint64_t kChunkBytes = 512 << 10;
// A frame is at most 4 MiB: one commit of 2 MiB and its envelope always fit.
constexpr uint64_t kMaxFrameBytes = 3 << 20;

// Where a run of leaves may end, and what covers it.
struct Cover {
  uint64_t end = 0;
  const std::string* note = nullptr;
  const Proposal* proposal = nullptr;
};

Cover CoverFor(const LogReplica& replica, Serving& serving) {
  Cover cover;
  const SignedState& checkpoint = replica.checkpoint();
  if (serving.next < checkpoint.state.size) {
    serving.covering.reset();
    cover.end = checkpoint.state.size;
    cover.note = &checkpoint.note;
    return cover;
  }
  // A tail that has given way is asked for anew.
  if (serving.content_round != replica.content_round()) {
    if (serving.next > checkpoint.state.size) return cover;
    serving.content_round = replica.content_round();
  }
  // One proposal covers all chunks up to its size, so that a slow reader is never outrun.
  if (!serving.covering.has_value() || serving.covering->size <= serving.next) {
    serving.covering = replica.proposal();
  }
  if (!serving.covering.has_value() || serving.covering->size <= serving.next) return cover;
  cover.end = serving.covering->size;
  cover.proposal = &*serving.covering;
  return cover;
}

void FillSlots(const StoredLeaf& stored, const LeafFacts& facts, const std::string& owner,
               const std::string& peer, const Roster& newest, v1::Commit& commit) {
  for (size_t i = 0; i < facts.slots() && i < stored.slots.size(); ++i) {
    v1::Slot& slot = *commit.add_slots();
    slot = stored.slots[i];
    const ManifestView& manifest = facts.leaf.manifest;
    const auto audience = Audience::Of(manifest, manifest.entries[i].audience, owner);
    if (slot.state() == v1::SLOT_STATE_REDACTED || audience.Includes(peer, newest)) continue;
    // "Not here" and "not for you" are the same answer.
    slot.set_state(v1::SLOT_STATE_WITHHELD);
    slot.clear_record();
  }
}

}  // namespace

void Replicator::Produce(LinkId link, uint64_t room_bytes, Effects& effects) {
  const auto at = sessions_.find(link);
  if (at == sessions_.end() || !at->second.open) return;
  Session& session = at->second;
  for (auto& [origin, serving] : session.serving) {
    const LogReplica* replica = FindLog(origin);
    while (replica != nullptr && serving.credit_bytes > 0 && room_bytes > 0) {
      const Cover cover = CoverFor(*replica, serving);
      if (cover.end <= serving.next) break;
      auto frame = std::make_unique<v1::Frame>();
      v1::Commits& chunk = *frame->mutable_commits();
      chunk.set_log(replica->number());
      chunk.set_fetch(serving.id);
      chunk.set_from(serving.next);
      uint64_t bytes = 0;
      uint64_t next = serving.next;
      while (next < cover.end && bytes < kChunkBytes) {
        auto leaf = holdings_.Leaf(Place{replica->number(), replica->BranchOf(next), next});
        if (!leaf.ok()) {
          effects.Report({"store_damaged", {{"log", origin}, {"index", absl::StrCat(next)}}});
          break;
        }
        uint64_t leaf_bytes = leaf->envelope.size();
        for (const v1::Slot& slot : leaf->slots) leaf_bytes += slot.record().size() + 8;
        if (bytes > 0 && bytes + leaf_bytes > kMaxFrameBytes) break;
        const LeafFacts facts = FactsOf(leaf->envelope, origin);
        v1::Commit& commit = *chunk.add_commits();
        FillSlots(*leaf, facts, replica->member(), session.member, trust_.newest(), commit);
        *commit.mutable_envelope() = std::move(leaf->envelope);
        bytes += leaf_bytes;
        ++next;
      }
      if (chunk.commits().empty()) break;
      if (cover.note != nullptr) chunk.set_checkpoint(*cover.note);
      if (cover.proposal != nullptr) chunk.set_proposal(cover.proposal->envelope);
      if (next < cover.end) {
        const auto proof = ConsistencyProof(
            next, cover.end, [&](NodeId node) { return replica->Node(node, holdings_); });
        if (!proof.ok()) break;
        for (const Digest& hash : *proof) chunk.add_consistency(hash.bytes());
      }
      const bool live = cover.proposal != nullptr;
      serving.next = next;
      const uint64_t sent = chunk.ByteSizeLong();
      serving.credit_bytes -= std::min(serving.credit_bytes, sent);
      room_bytes -= std::min(room_bytes, sent);
      Send(link, live ? Urgency::kLive : Urgency::kBulk, std::move(frame), "", effects);
    }
  }
}

}  // namespace plenary::sync
