#include "ledger/shared_keys.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "ledger/possession.h"
#include "ledger/status.h"

namespace plenary {
namespace {

struct Place {
  absl::string_view spki;
  KeyRole role = KeyRole::kAuthor;
};

std::vector<Place> PlacesOf(const Card& card) {
  std::vector<Place> places;
  const v1::Card& payload = card.payload();
  for (const v1::Log& log : payload.logs()) places.push_back({log.key().spki(), KeyRole::kLog});
  for (const v1::Key& key : payload.cosigners()) places.push_back({key.spki(), KeyRole::kCosigner});
  for (const v1::Author& author : payload.authors()) {
    places.push_back({author.key().spki(), KeyRole::kAuthor});
  }
  return places;
}

}  // namespace

std::string SharedKey::Text() const {
  return absl::StrCat("its ", role, " key ", fingerprint.Hex(), " is also the ", other_role,
                      " key of ", other_member);
}

std::vector<SharedKey> SharedKeysOf(const Card& card, absl::Span<const Card* const> others) {
  absl::flat_hash_map<absl::string_view, KeyRole> own;
  for (const Place& place : PlacesOf(card)) own.emplace(place.spki, place.role);
  std::vector<SharedKey> shared;
  for (const Card* other : others) {
    if (other->member() == card.member()) continue;
    for (const Place& place : PlacesOf(*other)) {
      const auto at = own.find(place.spki);
      if (at == own.end()) continue;
      shared.push_back({Sha256(place.spki), card.member(), std::string(RoleName(at->second)),
                        other->member(), std::string(RoleName(place.role))});
    }
  }
  return shared;
}

absl::Status CheckKeysUnshared(const Card& card, absl::Span<const Card* const> others) {
  const std::vector<SharedKey> shared = SharedKeysOf(card, others);
  if (shared.empty()) return absl::OkStatus();
  return MakeError(Reason::DUPLICATE_KEY,
                   absl::StrCat("card ", card.version(), " of member ", card.member(), ": ",
                                shared.front().Text()),
                   {{"member", card.member()}, {"other_member", shared.front().other_member}});
}

std::vector<CosignerKey> OneVoiceEach(std::vector<CosignerKey> keys, absl::string_view owner) {
  absl::flat_hash_map<std::string, std::string> speaks_for;
  for (const CosignerKey& key : keys) {
    const auto [at, fresh] = speaks_for.emplace(key.key.spki(), key.member);
    if (fresh || at->second == owner) continue;
    if (key.member == owner || key.member < at->second) at->second = key.member;
  }
  std::erase_if(
      keys, [&](const CosignerKey& key) { return speaks_for.at(key.key.spki()) != key.member; });
  return keys;
}

}  // namespace plenary
