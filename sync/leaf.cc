#include "sync/leaf.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"

namespace plenary::sync {

LeafFacts FactsOf(absl::string_view envelope, absl::string_view origin) {
  LeafFacts facts;
  auto leaf = ReadLeaf(envelope);
  if (!leaf.ok() || leaf->manifest.origin != origin) return facts;
  facts.readable = true;
  facts.leaf = *std::move(leaf);
  return facts;
}

VersionRefs LeafFacts::Refs() const {
  if (!readable) return {};
  const ManifestView& manifest = leaf.manifest;
  return {manifest.roster.version, std::string(manifest.roster.digest), manifest.card.version,
          std::string(manifest.card.digest)};
}

absl::Status CheckSlots(const LeafFacts& facts, const Slots& slots) {
  const size_t expected = facts.slots();
  if (static_cast<size_t>(slots.size()) != expected) {
    return MakeError(Reason::MANIFEST_MISMATCH,
                     absl::StrCat("slots: expected ", expected, ", got ", slots.size()));
  }
  for (size_t i = 0; i < expected; ++i) {
    const v1::Slot& slot = slots[static_cast<int>(i)];
    if (slot.state() != v1::SLOT_STATE_PRESENT) {
      if (slot.record().empty()) continue;
      return MakeError(Reason::MANIFEST_MISMATCH,
                       absl::StrCat("slot ", i, ": bytes beside a state without bytes"));
    }
    const ManifestEntry& entry = facts.leaf.manifest.entries[i];
    if (slot.record().size() != entry.size) {
      return MakeError(Reason::WRONG_SIZE, absl::StrCat("record ", i, ": expected ", entry.size,
                                                        " bytes, got ", slot.record().size()));
    }
    if (Sha256(slot.record()).view() != entry.digest) {
      return MakeError(Reason::WRONG_DIGEST,
                       absl::StrCat("record ", i, ": not the bytes that the manifest lists"));
    }
  }
  return absl::OkStatus();
}

bool IsComplete(const LeafFacts& facts, const Slots& slots) {
  for (size_t i = 0; i < facts.slots(); ++i) {
    if (facts.leaf.manifest.entries[i].audience >= kFirstAudienceList) continue;
    if (i >= static_cast<size_t>(slots.size())) return false;
    const v1::SlotState state = slots[static_cast<int>(i)].state();
    if (state != v1::SLOT_STATE_PRESENT && state != v1::SLOT_STATE_REDACTED) return false;
  }
  return true;
}

}  // namespace plenary::sync
