// A federation to test with: keys from labels, a signed roster, a card for every member.
//
// Everything follows from the seed, so two worlds of one seed have equal bytes. A world is a value:
// copy it to let two histories part.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/card.h"
#include "ledger/possession.h"
#include "ledger/roster.h"
#include "ledger/signature.h"

namespace plenary::testing {

// One thread at a time.
class World {
 public:
  // `members` full members (codes: codes()), each with one active root key and a card of version 1
  // that lists one open log, one cosigner key and one author key for all collections. The
  // threshold is the smallest above half.
  explicit World(int members, absl::string_view seed = "world");
  World(const World& other) = default;

  const std::string& federation() const { return rosters_->federation(); }
  const Digest& genesis() const { return rosters_->genesis(); }
  // The founding members in the order of the first roster: br, in, cn, ru, za, …
  const std::vector<std::string>& codes() const { return codes_; }
  // "<federation>/<code>/<epoch>".
  std::string Origin(absl::string_view code, uint64_t epoch = 1) const;

  // The Ed25519 key of that label, the same at every call. Valid as long as any copy of the world.
  const Signer& Key(absl::string_view label) const;
  const Signer& Root(absl::string_view code) const;
  const Signer& Log(absl::string_view code, uint64_t epoch = 1) const;
  const Signer& Cosigner(absl::string_view code) const;
  const Signer& Author(absl::string_view code) const;

  const RosterChain& rosters() const { return *rosters_; }
  const Roster& roster() const { return rosters_->newest(); }
  // The newest roster's content with the next version and the right `previous`: change it, then
  // sign it.
  v1::Roster NextRoster() const;
  // Adds a member with the active root key Root(code).
  v1::Member& AddMember(v1::Roster& roster, absl::string_view code,
                        v1::MemberStatus status = v1::MEMBER_STATUS_FULL) const;
  // An envelope by exactly these keys, in this order.
  std::string SignRoster(const v1::Roster& roster, absl::Span<const Signer* const> keys) const;
  // The same by every root key that `roster` lists.
  std::string SignRoster(const v1::Roster& roster) const;
  // Signs by every root key listed and appends; CHECKs that it is good.
  void Adopt(const v1::Roster& roster);

  const CardChain& cards(absl::string_view code) const;
  const Card& card(absl::string_view code) const { return cards(code).newest(); }
  // The newest card's content with the next version and the right `previous`; a first version, with
  // all its keys, for a member that has no card yet.
  v1::Card NextCard(absl::string_view code) const;
  // An active key of `code` with its proof of possession.
  v1::Key Enrol(absl::string_view code, KeyRole role, uint64_t epoch, const Signer& key) const;
  std::string SignCard(const v1::Card& card, const Signer& root) const;
  // Signs by Root(card.member()) and appends, judged by the newest roster; CHECKs that it is good.
  void AdoptCard(const v1::Card& card);

 private:
  v1::Card FirstCard(absl::string_view code) const;

  std::string seed_;
  std::vector<std::string> codes_;
  // By label; only ever grows.
  mutable std::map<std::string, std::shared_ptr<const Signer>, std::less<>> keys_;
  std::optional<RosterChain> rosters_;  // set by the constructor
  std::map<std::string, CardChain, std::less<>> cards_;
};

}  // namespace plenary::testing
