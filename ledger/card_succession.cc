#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "ledger/card.h"
#include "ledger/envelope.h"
#include "ledger/names.h"
#include "ledger/note.h"
#include "ledger/status.h"

namespace plenary {
namespace {

absl::Status Refuse(Reason reason, const Card& card, absl::string_view what) {
  return MakeError(reason,
                   absl::StrCat("card ", card.version(), " of member ", card.member(), ": ", what),
                   {{"member", card.member()}, {"version", absl::StrCat(card.version())}});
}

// Is `card` the one that `pin` names, or does the chain of digests lead from that one down to it?
bool IsPinnedOrAncestor(const Card& card, const v1::VersionRef& pin, absl::Span<const Card> held) {
  absl::flat_hash_map<absl::string_view, const Card*> by_digest;
  for (const Card& other : held) by_digest[other.digest().view()] = &other;
  absl::string_view digest = pin.digest();
  for (uint64_t version = pin.version(); version > card.version(); --version) {
    const auto at = by_digest.find(digest);
    if (at == by_digest.end() || at->second->version() != version) return false;
    digest = at->second->payload().previous();
  }
  return pin.version() >= card.version() && digest == card.digest().view();
}

absl::Status CheckSigner(const Card& card, const Roster& judging, const v1::Member& member,
                         absl::Span<const Card> held) {
  ASSIGN_OR_RETURN(const Envelope envelope, ParseEnvelope(card.envelope(), PayloadKind::kCard));
  const std::string message = Pae(PayloadKind::kCard, envelope.payload);
  for (const RootKey& root : judging.RootKeysOf(card.member())) {
    if (!root.key.Verify(message, envelope.signatures.front()).ok()) continue;
    if (root.status != v1::KEY_STATUS_COMPROMISED) return absl::OkStatus();
    if (member.has_card() && IsPinnedOrAncestor(card, member.card(), held)) return absl::OkStatus();
    return Refuse(Reason::ROOT_KEY_COMPROMISED, card,
                  absl::StrCat("signed by a root key that roster ", judging.version(),
                               " calls compromised, and neither pinned by it nor an ancestor of "
                               "the card that is"));
  }
  return Refuse(Reason::BAD_SIGNATURE, card,
                absl::StrCat("expected a signature by a root key of this member in roster ",
                             judging.version()));
}

absl::Status CheckNoRootKeys(const Card& card, const Roster& judging) {
  const auto is_root = [&judging](const v1::Key& key) {
    return judging.FindRootKey(key.spki()) != nullptr;
  };
  const v1::Card& payload = card.payload();
  const bool any = std::any_of(payload.logs().begin(), payload.logs().end(),
                               [&](const v1::Log& log) { return is_root(log.key()); }) ||
                   std::any_of(payload.cosigners().begin(), payload.cosigners().end(), is_root) ||
                   std::any_of(payload.authors().begin(), payload.authors().end(),
                               [&](const v1::Author& author) { return is_root(author.key()); });
  if (!any) return absl::OkStatus();
  return Refuse(Reason::DUPLICATE_KEY, card,
                absl::StrCat("expected no root key of roster ", judging.version()));
}

absl::Status CheckKeyIds(const Card& card, const Roster& judging) {
  const std::string name = CosignerName(judging.federation(), card.member());
  absl::flat_hash_set<uint32_t> ids;
  for (const ListedCosigner& cosigner : card.cosigners()) {
    const auto type = static_cast<uint8_t>(NoteKeyType::kCosignature);
    if (ids.insert(KeyId(name, type, cosigner.key.ed25519())).second) continue;
    return Refuse(Reason::SAME_KEY_ID, card,
                  absl::StrCat("expected each cosigner key of ", name, " to have its own key ID"));
  }
  return absl::OkStatus();
}

// The keys of one role before and after: those before stay in place, statuses move on, new ones are
// active. `key_of` makes the payload's Key of an element.
template <typename Elements, typename KeyOf>
absl::Status CheckKeysKept(absl::string_view role, const Card& card, const Elements& before,
                           const Elements& after, KeyOf key_of) {
  for (int i = 0; i < before.size(); ++i) {
    if (i >= after.size() || key_of(after[i]).spki() != key_of(before[i]).spki() ||
        key_of(after[i]).algorithm() != key_of(before[i]).algorithm()) {
      return Refuse(Reason::KEY_DROPPED, card,
                    absl::StrCat(role, " key ", i + 1, ": expected it to stay in its place"));
    }
    if (CarefulStatus(key_of(after[i]).status()) < CarefulStatus(key_of(before[i]).status())) {
      return Refuse(Reason::KEY_REVIVED, card,
                    absl::StrCat(role, " key ", i + 1, ": expected its status to stay or move on"));
    }
  }
  for (int i = before.size(); i < after.size(); ++i) {
    if (key_of(after[i]).status() != v1::KEY_STATUS_ACTIVE) {
      return Refuse(Reason::NEW_KEY_NOT_ACTIVE, card,
                    absl::StrCat(role, " key ", i + 1, ": expected it active when it is new"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckLogsKept(const Card& before, const Card& after) {
  if (after.logs().size() < before.logs().size()) {
    return Refuse(Reason::LOG_DROPPED, after,
                  absl::StrCat("expected the ", before.logs().size(),
                               " logs of the version before, got ", after.logs().size()));
  }
  for (size_t i = 0; i < before.logs().size(); ++i) {
    if (before.logs()[i].closed && !after.logs()[i].closed) {
      return Refuse(Reason::LOG_REOPENED, after,
                    absl::StrCat("epoch ", i + 1, ": expected it to stay closed"));
    }
  }
  return CheckKeysKept("log", after, before.payload().logs(), after.payload().logs(),
                       [](const v1::Log& log) -> const v1::Key& { return log.key(); });
}

}  // namespace

absl::Status VerifyCard(const Card& card, const Digest& genesis, const Roster& judging,
                        absl::Span<const Card> held) {
  if (card.genesis() != genesis) {
    return Refuse(
        Reason::WRONG_GENESIS, card,
        absl::StrCat("genesis: expected ", genesis.Hex(), ", got ", card.genesis().Hex()));
  }
  const v1::Member* member = judging.Find(card.member());
  if (member == nullptr) {
    return Refuse(Reason::NOT_ON_ROSTER, card,
                  absl::StrCat("expected a member of roster ", judging.version()));
  }
  if (member->has_card() && member->card().version() == card.version() &&
      member->card().digest() != card.digest().view()) {
    return Refuse(Reason::WRONG_CARD_DIGEST, card,
                  absl::StrCat("roster ", judging.version(), " pins another card of this version"));
  }
  RETURN_IF_ERROR(CheckSigner(card, judging, *member, held));
  RETURN_IF_ERROR(CheckNoRootKeys(card, judging));
  return CheckKeyIds(card, judging);
}

absl::Status VerifyCardSuccession(const Card& before, const Card& after) {
  if (after.member() != before.member()) {
    return Refuse(Reason::WRONG_MEMBER, after,
                  absl::StrCat("expected a card of member ", before.member()));
  }
  if (after.genesis() != before.genesis()) {
    return Refuse(Reason::WRONG_GENESIS, after,
                  absl::StrCat("genesis: expected ", before.genesis().Hex()));
  }
  if (after.version() <= before.version()) {
    return Refuse(Reason::SECOND_OF_VERSION, after,
                  absl::StrCat("expected version ", before.version() + 1));
  }
  if (after.version() != before.version() + 1) {
    return Refuse(Reason::SKIPPED_VERSION, after,
                  absl::StrCat("expected version ", before.version() + 1));
  }
  if (after.payload().previous() != before.digest().view()) {
    return Refuse(Reason::WRONG_PREVIOUS, after,
                  absl::StrCat("previous: expected ", before.digest().Hex()));
  }
  RETURN_IF_ERROR(CheckLogsKept(before, after));
  const auto itself = [](const v1::Key& key) -> const v1::Key& { return key; };
  RETURN_IF_ERROR(CheckKeysKept("cosigner", after, before.payload().cosigners(),
                                after.payload().cosigners(), itself));
  return CheckKeysKept("author", after, before.payload().authors(), after.payload().authors(),
                       [](const v1::Author& author) -> const v1::Key& { return author.key(); });
}

absl::StatusOr<CardChain> CardChain::Begin(absl::string_view envelope, const RosterChain& rosters,
                                           const Roster& judging) {
  return Verify({std::string(envelope)}, rosters, judging);
}

absl::Status CardChain::Append(absl::string_view envelope, const RosterChain& rosters,
                               const Roster& judging) {
  return AppendAll({std::string(envelope)}, rosters, judging);
}

absl::Status CardChain::AppendAll(absl::Span<const std::string> envelopes,
                                  const RosterChain& rosters, const Roster& judging) {
  std::vector<Card> added;
  const Card* before = cards_.empty() ? nullptr : &cards_.back();
  added.reserve(envelopes.size());
  for (const std::string& envelope : envelopes) {
    ASSIGN_OR_RETURN(Card card, Card::Parse(envelope, before));
    if (before != nullptr) {
      RETURN_IF_ERROR(VerifyCardSuccession(*before, card));
    } else if (card.version() != 1) {
      return Refuse(Reason::SKIPPED_VERSION, card, "expected version 1");
    }
    added.push_back(std::move(card));
    before = &added.back();
  }
  for (const Card& card : added) {
    RETURN_IF_ERROR(VerifyCard(card, rosters.genesis(), judging, added));
  }
  cards_.insert(cards_.end(), added.begin(), added.end());
  return absl::OkStatus();
}

absl::StatusOr<CardChain> CardChain::Verify(absl::Span<const std::string> envelopes,
                                            const RosterChain& rosters, const Roster& judging) {
  if (envelopes.empty()) {
    return MakeError(Reason::CARD_MISSING, "cards: expected version 1, got none");
  }
  CardChain chain;
  RETURN_IF_ERROR(chain.AppendAll(envelopes, rosters, judging));
  return chain;
}

absl::Status CardChain::VerifyBy(const RosterChain& rosters, const Roster& judging) const {
  for (const Card& card : cards_) {
    RETURN_IF_ERROR(VerifyCard(card, rosters.genesis(), judging, cards_));
  }
  return absl::OkStatus();
}

const Card* CardChain::Find(uint64_t version) const {
  if (version == 0 || version > cards_.size()) return nullptr;
  return &cards_[version - 1];
}

}  // namespace plenary
