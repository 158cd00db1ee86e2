// The keys and values of the notes that a judge keeps in its state; used by the judge alone.
//
// key                                          value
// B digest:32                                  the earliest place of an entry that is redacted or
//                                              out of sight, 20 bytes: its digest is "bare"
// R place:20                                   the entry is redacted; empty
// N epoch:8 index:8                            the leaf does not count; its reason
// P                                            LeafProgress
// W previous:32 name 00 revision:8 place:20    a candidate passed over, until its previous stands
//                                              or is bare; its digest, then 1 if understood
// V previous:32 place:20                       the same candidate by place, unless it is a
//                                              redaction; name, 00, revision:8
// Y name 00 revision:8 place:20                a candidate passed over though its previous will do;
//                                              likewise
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/digest.h"
#include "ledger/verdict.h"

namespace plenary::judging_notes {

inline constexpr absl::string_view kProgressKey = "P";

std::string BareKey(absl::string_view digest);
std::string RedactedKey(EntryPlace place);
std::string IdleLeafKey(LeafPlace place);

// Prefixes of the notes on candidates; a candidate's key is one of these and PlaceBytes.
std::string WaitingPrefix(absl::string_view previous, absl::string_view name, uint64_t revision);
std::string WaitingPlacePrefix(absl::string_view previous);
std::string ReadyPrefix(absl::string_view name, uint64_t revision);

// 20 bytes that compare as places do.
std::string PlaceBytes(EntryPlace place);
// Fails with STORE_DAMAGED for another length.
absl::StatusOr<EntryPlace> ParsePlace(absl::string_view bytes);

// A candidate that does not stand.
struct PassedOver {
  std::string name;
  uint64_t revision = 0;
  EntryPlace place;
  Digest digest;
  bool understood = true;
};

// Name and revision, as the value of a waiting place.
std::string NameAndRevision(absl::string_view name, uint64_t revision);
absl::StatusOr<std::pair<std::string, uint64_t>> ParseNameAndRevision(absl::string_view bytes);

std::string PassedOverValue(const Digest& digest, bool understood);
// Out of a waiting or ready note; STORE_DAMAGED.
absl::StatusOr<PassedOver> ParsePassedOver(absl::string_view key, absl::string_view value);

}  // namespace plenary::judging_notes
