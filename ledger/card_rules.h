// What one version of a card must satisfy by itself; used by card.cc alone.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ledger/card.h"
#include "ledger/digest.h"
#include "plenary/v1/card.pb.h"

namespace plenary::card_internal {

// Names, versions, counts, epochs, issuers, revoked keys, endpoints: everything but keys. Reasons
// as Card::Parse.
absl::Status CheckContent(const v1::Card& card);

// The keys of a card, by role and in its order.
struct Keys {
  std::vector<LogKey> logs;
  std::vector<ListedCosigner> cosigners;
  std::vector<AuthorKey> authors;
};

// Reads the keys of a card that passed CheckContent, and their proofs of possession. Keys that
// `before` (or null) lists in the same place, by the same bytes, for the same member, are taken
// from there and not checked again. Fails with BAD_ALGORITHM, BAD_KEY, BAD_POSSESSION,
// DUPLICATE_KEY, NEW_KEY_NOT_ACTIVE, TWO_ACTIVE_COSIGNERS.
absl::StatusOr<Keys> ReadKeys(const v1::Card& card, const Digest& genesis, const Card* before);

}  // namespace plenary::card_internal
