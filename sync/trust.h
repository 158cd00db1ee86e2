// The rosters and cards that this node holds, and which keys they name.
//
// Everything here was verified when it was added. The newest roster judges cards
// (docs/FORMATS.md, section 3.4); a leaf is judged by what it names (section 4), which is the
// view's business.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/card.h"
#include "ledger/checkpoint.h"
#include "ledger/roster.h"

namespace plenary::sync {

// Does the node hold a version that a leaf names?
enum class Held { kHeld, kUnknown, kOtherDigest };

// What came of adding a roster or card.
struct Added {
  bool changed = false;  // a newer version is held now
  // Two contents of one version: the other envelope, for evidence.
  std::optional<std::string> contradicts;
};

// Loop only.
class Trust {
 public:
  explicit Trust(RosterChain rosters) : rosters_(std::move(rosters)) {}

  // Adds the next roster version; one that is held already changes nothing. Fails as
  // RosterChain::Append, with SKIPPED_VERSION if versions before it are missing.
  absl::StatusOr<Added> AddRoster(absl::string_view envelope);
  // Adds a card, likewise. Of two cards of one version the first one stays, and the other is
  // returned as a contradiction: no further acknowledgement for that member until a roster pins
  // one.
  absl::StatusOr<Added> AddCard(absl::string_view envelope);

  const RosterChain& rosters() const { return rosters_; }
  const Roster& newest() const { return rosters_.newest(); }
  const std::map<std::string, CardChain>& cards() const { return cards_; }
  // Null if none is held.
  const Card* NewestCard(absl::string_view member) const;
  const CardChain* CardsOf(absl::string_view member) const;

  Held HoldsRoster(uint64_t version, absl::string_view digest) const;
  Held HoldsCard(absl::string_view member, uint64_t version, absl::string_view digest) const;
  // Two cards of one version are known and no roster pins one of them.
  bool IsDisputed(absl::string_view member) const;

  // The log key of an origin by the member's newest card; null if the origin is of another
  // federation or no card names it.
  const LogKey* FindLog(absl::string_view origin) const;
  // The newest cards of all members, by member. Valid until trust grows.
  std::vector<const Card*> NewestCards() const;
  // The cosigner keys, active or retired, that count on the logs of `owner`: those of its peers by
  // their newest cards.
  std::vector<CosignerKey> CosignersFor(absl::string_view owner) const;

 private:
  RosterChain rosters_;
  std::map<std::string, CardChain> cards_;
  std::map<std::string, std::string> disputed_;  // member → the other card's envelope
};

}  // namespace plenary::sync
