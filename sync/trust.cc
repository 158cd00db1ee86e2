#include "sync/trust.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/names.h"
#include "ledger/shared_keys.h"
#include "ledger/status.h"

namespace plenary::sync {

absl::StatusOr<Added> Trust::AddRoster(absl::string_view envelope) {
  ASSIGN_OR_RETURN(const Roster roster, Roster::Parse(envelope));
  if (const Roster* held = rosters_.Find(roster.version()); held != nullptr) {
    if (held->digest() == roster.digest()) return Added{};
    if (roster.version() > 1) {
      RETURN_IF_ERROR(VerifySuccession(*rosters_.Find(roster.version() - 1), roster));
      return Added{false, std::string(held->envelope())};
    }
    return MakeError(Reason::WRONG_GENESIS, "roster: version 1 is that of another federation");
  }
  if (roster.version() != rosters_.size() + 1) {
    return MakeError(
        Reason::SKIPPED_VERSION,
        absl::StrCat("roster: expected version ", rosters_.size() + 1, ", got ", roster.version()));
  }
  RETURN_IF_ERROR(rosters_.Append(envelope));
  return Added{true, std::nullopt};
}

absl::StatusOr<Added> Trust::AddCard(absl::string_view envelope) {
  ASSIGN_OR_RETURN(const Card card, Card::Parse(envelope));
  const auto at = cards_.find(card.member());
  if (at == cards_.end()) {
    ASSIGN_OR_RETURN(CardChain chain, CardChain::Begin(envelope, rosters_, newest()));
    cards_.emplace(card.member(), std::move(chain));
    return Added{true, std::nullopt};
  }
  CardChain& chain = at->second;
  if (const Card* held = chain.Find(card.version()); held != nullptr) {
    if (held->digest() == card.digest()) return Added{};
    RETURN_IF_ERROR(VerifyCard(card, rosters_.genesis(), newest()));
    disputed_[card.member()] = std::string(envelope);
    return Added{false, std::string(held->envelope())};
  }
  RETURN_IF_ERROR(chain.Append(envelope, rosters_, newest()));
  return Added{true, std::nullopt};
}

const CardChain* Trust::CardsOf(absl::string_view member) const {
  const auto at = cards_.find(std::string(member));
  return at == cards_.end() ? nullptr : &at->second;
}

const Card* Trust::NewestCard(absl::string_view member) const {
  const CardChain* chain = CardsOf(member);
  return chain == nullptr ? nullptr : &chain->newest();
}

Held Trust::HoldsRoster(uint64_t version, absl::string_view digest) const {
  const Roster* roster = rosters_.Find(version);
  if (roster == nullptr) return Held::kUnknown;
  return roster->digest().view() == digest ? Held::kHeld : Held::kOtherDigest;
}

Held Trust::HoldsCard(absl::string_view member, uint64_t version, absl::string_view digest) const {
  const CardChain* chain = CardsOf(member);
  const Card* card = chain == nullptr ? nullptr : chain->Find(version);
  if (card == nullptr) return Held::kUnknown;
  return card->digest().view() == digest ? Held::kHeld : Held::kOtherDigest;
}

bool Trust::IsDisputed(absl::string_view member) const {
  const auto at = disputed_.find(std::string(member));
  if (at == disputed_.end()) return false;
  const auto other = Card::Parse(at->second);
  const v1::Member* listed = newest().Find(member);
  const bool pinned = listed != nullptr && listed->has_card() && other.ok() &&
                      listed->card().version() >= other->version();
  return !pinned;
}

const LogKey* Trust::FindLog(absl::string_view origin) const {
  const auto parsed = Origin::Parse(origin);
  if (!parsed.ok() || parsed->federation != rosters_.federation()) return nullptr;
  const Card* card = NewestCard(parsed->member);
  return card == nullptr ? nullptr : card->FindEpoch(parsed->epoch);
}

std::vector<const Card*> Trust::NewestCards() const {
  std::vector<const Card*> newest;
  for (const auto& [member, cards] : cards_) newest.push_back(&cards.newest());
  return newest;
}

std::vector<CosignerKey> Trust::CosignersFor(absl::string_view owner) const {
  std::vector<CosignerKey> keys;
  for (const Card* card : NewestCards()) {
    for (const ListedCosigner& cosigner : card->cosigners()) {
      if (cosigner.status == v1::KEY_STATUS_COMPROMISED) continue;
      keys.push_back(
          {card->member(), CosignerName(rosters_.federation(), card->member()), cosigner.key});
    }
  }
  keys = OneVoiceEach(std::move(keys), owner);
  std::erase_if(keys, [&](const CosignerKey& key) { return key.member == owner; });
  return keys;
}

}  // namespace plenary::sync
