// What replication looks at in a leaf: which records it lists and which versions it names. Whether
// it counts is the view's business.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "ledger/commit.h"
#include "plenary/v1/replication_service.pb.h"

namespace plenary::sync {

// The roster and card that a leaf names. A value.
struct VersionRefs {
  uint64_t roster = 0;  // 0: the leaf names nothing
  std::string roster_digest;
  uint64_t card = 0;
  std::string card_digest;
};

// A leaf as far as replication reads it. Points into the leaf's bytes.
struct LeafFacts {
  // A leaf of this log that passes the strict scan. If not, it has no slots and names no versions.
  bool readable = false;
  LeafView leaf;

  VersionRefs Refs() const;
  // One per entry; none if the manifest's form is bad.
  size_t slots() const { return readable ? leaf.slots() : 0; }
};

LeafFacts FactsOf(absl::string_view envelope, absl::string_view origin);

using Slots = google::protobuf::RepeatedPtrField<v1::Slot>;

// Checks one slot per entry, and of every present record length and digest. Fails with
// MANIFEST_MISMATCH, WRONG_SIZE, WRONG_DIGEST.
absl::Status CheckSlots(const LeafFacts& facts, const Slots& slots);

// Is every record of audience 0 or 1 here, or redacted?
bool IsComplete(const LeafFacts& facts, const Slots& slots);

}  // namespace plenary::sync
