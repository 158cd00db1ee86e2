#include "ledger/trust_book.h"

#include <algorithm>

#include "ledger/check.h"
#include "ledger/names.h"

namespace plenary {

TrustBook::TrustBook(RosterChain rosters) : rosters_(std::move(rosters)) { ReadPins(); }

void TrustBook::SetRosters(RosterChain rosters) {
  CHECK(rosters.genesis() == rosters_.genesis() && rosters.size() >= rosters_.size());
  rosters_ = std::move(rosters);
  ReadPins();
}

void TrustBook::ReadPins() {
  pins_.clear();
  for (uint64_t version = 1; version <= rosters_.size(); ++version) {
    for (const v1::Member& member : rosters_.Find(version)->payload().members()) {
      if (!member.has_card()) continue;
      pins_[{member.code(), member.card().version()}].insert(member.card().digest());
    }
  }
}

bool TrustBook::AddCard(Card card) {
  std::vector<Card>& same_version = cards_[{card.member(), card.version()}];
  const bool here =
      std::any_of(same_version.begin(), same_version.end(),
                  [&card](const Card& other) { return other.digest() == card.digest(); });
  if (here) return false;
  same_version.push_back(std::move(card));
  // A card may be the missing step from a pinned one down to another.
  checked_.clear();
  return true;
}

std::vector<Card> TrustBook::CardsOf(absl::string_view member) const {
  std::vector<Card> cards;
  for (auto at = cards_.lower_bound({std::string(member), 0});
       at != cards_.end() && at->first.first == member; ++at) {
    cards.insert(cards.end(), at->second.begin(), at->second.end());
  }
  return cards;
}

Named<Roster> TrustBook::FindRoster(const VersionRefView& ref) const {
  const Roster* roster = rosters_.Find(ref.version);
  if (roster == nullptr) return {Naming::kNotHeld, nullptr};
  if (roster->digest().view() != ref.digest) return {Naming::kOtherDigest, nullptr};
  return {Naming::kHeld, roster};
}

Named<Card> TrustBook::FindCard(absl::string_view member, const VersionRefView& ref) const {
  const Version version{std::string(member), ref.version};
  const auto held = cards_.find(version);
  const auto pinned = pins_.find(version);
  const bool is_pinned = pinned != pins_.end();
  if (is_pinned && !pinned->second.contains(std::string(ref.digest))) {
    return {Naming::kOtherDigest, nullptr};
  }
  if (held == cards_.end()) return {Naming::kNotHeld, nullptr};
  if (!is_pinned && held->second.size() > 1) return {Naming::kDisputed, nullptr};
  for (const Card& card : held->second) {
    if (card.digest().view() == ref.digest) return {Naming::kHeld, &card};
  }
  return {is_pinned ? Naming::kNotHeld : Naming::kOtherDigest, nullptr};
}

const Card* TrustBook::NewestCard(absl::string_view member) {
  const std::vector<Card> cards = CardsOf(member);
  for (auto at = cards.rbegin(); at != cards.rend(); ++at) {
    const Named<Card> named = FindCard(member, {at->version(), at->digest().view()});
    if (named.value != nullptr && CheckCard(*named.value, rosters_.newest()).ok()) {
      return named.value;
    }
  }
  return nullptr;
}

std::vector<CosignerKey> TrustBook::CosignerKeys() {
  std::vector<CosignerKey> keys;
  for (const v1::Member& member : rosters_.newest().payload().members()) {
    const Card* card = NewestCard(member.code());
    if (card == nullptr) continue;
    const std::string name = CosignerName(rosters_.federation(), member.code());
    for (const ListedCosigner& listed : card->cosigners()) {
      if (listed.status == v1::KEY_STATUS_COMPROMISED) continue;
      keys.push_back({member.code(), name, listed.key});
    }
  }
  return keys;
}

const absl::Status& TrustBook::CheckCard(const Card& card, const Roster& judging) {
  const auto [at, added] =
      checked_.try_emplace({judging.version(), card.digest()}, absl::OkStatus());
  if (added) {
    at->second = VerifyCard(card, rosters_.genesis(), judging, CardsOf(card.member()));
  }
  return at->second;
}

}  // namespace plenary
