// What a judge of leaves knows of rosters and cards, and what a leaf means by naming one.
//
// Rules: docs/FORMATS.md, sections 3.4 ("Whose card") and 4. A version is held if the roster chain
// has it, or if the card that stands for that version is here. Of two cards of one version the one
// that stands is the one that a roster pins; while none does, the version is disputed.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "ledger/card.h"
#include "ledger/checkpoint.h"
#include "ledger/digest.h"
#include "ledger/manifest.h"
#include "ledger/roster.h"

namespace plenary {

// What became of a name.
enum class Naming {
  kHeld,         // that version is here, with that digest
  kNotHeld,      // that version is not here, but may come
  kOtherDigest,  // that version is here and cannot have that digest
  kDisputed,     // several cards of that version are known and no roster pins one
};

template <typename T>
struct Named {
  Naming naming = Naming::kNotHeld;
  const T* value = nullptr;  // set if held; valid until the book changes
};

// Rosters and cards by version and digest. A value; copies share their content. One thread at a
// time.
class TrustBook {
 public:
  explicit TrustBook(RosterChain rosters);

  const RosterChain& rosters() const { return rosters_; }
  // Takes a chain that has grown. CHECKs the genesis and that it is no shorter.
  void SetRosters(RosterChain rosters);
  // Takes a card that is good by form; true if it was not here. Who signed it is asked when a leaf
  // names it, by the roster that the leaf names.
  bool AddCard(Card card);
  // All cards held of that member, by version.
  std::vector<Card> CardsOf(absl::string_view member) const;

  Named<Roster> FindRoster(const VersionRefView& ref) const;
  // The card of that member.
  Named<Card> FindCard(absl::string_view member, const VersionRefView& ref) const;

  // The newest card of that member that stands and verifies by the newest roster, or null: whose
  // keys count today. Valid until the book changes.
  const Card* NewestCard(absl::string_view member);
  // The cosigner keys, active or retired, of the newest cards of all members.
  std::vector<CosignerKey> CosignerKeys();

  // VerifyCard by `judging` among all cards held of that member. Results are kept.
  const absl::Status& CheckCard(const Card& card, const Roster& judging);

 private:
  using Version = std::pair<std::string, uint64_t>;  // member, version

  void ReadPins();

  RosterChain rosters_;
  std::map<Version, std::vector<Card>> cards_;
  std::map<Version, std::set<std::string>> pins_;  // digests that rosters pin
  absl::flat_hash_map<std::pair<uint64_t, Digest>, absl::Status> checked_;
};

}  // namespace plenary
