// The member card: one member's log, cosigner and author keys, CAs and endpoints.
//
// Bytes and rules: docs/FORMATS.md, sections 3.4 and 6. Card::Parse checks what one version says by
// itself, proofs of possession included; VerifyCard checks it against the roster that judges it;
// VerifyCardSuccession checks the step from one version to the next; CardChain holds one member's
// versions, all verified.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/digest.h"
#include "ledger/roster.h"
#include "ledger/signature.h"
#include "plenary/v1/card.pb.h"

namespace plenary {

// The log key of one epoch.
struct LogKey {
  uint64_t epoch = 0;
  PublicKey key;
  v1::KeyStatus status = v1::KEY_STATUS_COMPROMISED;  // careful
  bool closed = false;
};

// A key that cosigns, acknowledges and answers.
struct ListedCosigner {
  PublicKey key;
  v1::KeyStatus status = v1::KEY_STATUS_COMPROMISED;  // careful
};

// A key that signs manifests.
struct AuthorKey {
  // Nothing if this build lacks the algorithm: it then signs for nobody here.
  std::optional<PublicKey> key;
  uint32_t algorithm = 0;
  v1::KeyStatus status = v1::KEY_STATUS_COMPROMISED;  // careful
  std::vector<std::string> collections;               // empty: all

  bool MayWrite(absl::string_view collection) const;
};

// One version of a card whose own content is good. Says nothing about who signed it: see VerifyCard
// and CardChain. Cheap to copy; views and pointers into it live as long as any copy.
// Immutable.
class Card {
 public:
  // Parses an envelope. Fails with TOO_LARGE (above 256 KiB), NON_CANONICAL, WRONG_TYPE,
  // SIGNATURE_COUNT (not one), a reason of the strict scan, WRONG_GENESIS (not 32 bytes), BAD_NAME,
  // BAD_VERSION, BAD_PREVIOUS, TOO_MANY_KEYS, BAD_EPOCHS, TWO_OPEN_LOGS, TWO_ACTIVE_COSIGNERS,
  // BAD_ALGORITHM, BAD_KEY, BAD_POSSESSION, DUPLICATE_KEY, NEW_KEY_NOT_ACTIVE (version 1),
  // TOO_MANY_ISSUERS, BAD_REVOKED, BAD_ENDPOINT.
  static absl::StatusOr<Card> Parse(absl::string_view envelope);

  const v1::Card& payload() const;
  const std::string& member() const;
  uint64_t version() const;
  const Digest& genesis() const;
  // SHA-256 of the payload.
  const Digest& digest() const;
  // The bytes that were parsed.
  absl::string_view envelope() const;

  // Log keys by epoch: epoch e at e - 1.
  absl::Span<const LogKey> logs() const;
  // The log of that epoch, or null.
  const LogKey* FindEpoch(uint64_t epoch) const;
  // The one log that is not closed, or null.
  const LogKey* OpenLog() const;

  // In the order of the card, of every status.
  absl::Span<const ListedCosigner> cosigners() const;
  // The one that is active, or null.
  const ListedCosigner* ActiveCosigner() const;

  // In the order of the card, of every status.
  absl::Span<const AuthorKey> authors() const;
  // The author key with that fingerprint, or null. A hash lookup.
  const AuthorKey* FindAuthor(const Digest& fingerprint) const;

 private:
  friend class CardChain;
  struct Content;
  explicit Card(std::shared_ptr<const Content> content);
  static absl::StatusOr<Card> Parse(absl::string_view envelope, const Card* before);
  std::shared_ptr<const Content> content_;
};

// Verifies `card` by the roster that judges it: genesis, member on the roster, signed by a root key
// of that member, not barred by the roster's pin, no root key among its keys, no two cosigner keys
// with one key ID. A compromised root key is good only for the pinned card and its ancestors;
// `held` are further cards of the member, in any order, in which to look for the way from the
// pinned card down to this one. Fails with WRONG_GENESIS, NOT_ON_ROSTER, WRONG_CARD_DIGEST (the
// roster pins another card of this version), BAD_SIGNATURE, ROOT_KEY_COMPROMISED, DUPLICATE_KEY,
// SAME_KEY_ID. Costs a signature check or more: keep the result per (roster, card).
absl::Status VerifyCard(const Card& card, const Digest& genesis, const Roster& judging,
                        absl::Span<const Card> held = {});

// Verifies that `after` may follow `before`: SECOND_OF_VERSION, SKIPPED_VERSION, WRONG_MEMBER,
// WRONG_GENESIS, WRONG_PREVIOUS, LOG_DROPPED, LOG_REOPENED, KEY_DROPPED, KEY_REVIVED,
// NEW_KEY_NOT_ACTIVE. Signatures are VerifyCard's.
absl::Status VerifyCardSuccession(const Card& before, const Card& after);

// One member's cards from version 1 on, each verified against the one before and by a roster. A
// value: copies share the cards. One thread at a time; const members are safe from several.
class CardChain {
 public:
  // Starts with version 1, judged by `judging`, a version of `rosters`. Fails as Card::Parse and
  // VerifyCard, and with SKIPPED_VERSION.
  static absl::StatusOr<CardChain> Begin(absl::string_view envelope, const RosterChain& rosters,
                                         const Roster& judging);
  // Adds the next version; the chain is as before on failure. Fails as Card::Parse, VerifyCard and
  // VerifyCardSuccession.
  absl::Status Append(absl::string_view envelope, const RosterChain& rosters,
                      const Roster& judging);
  // Adds several versions, all or none: a card by a compromised root key below the pinned one is
  // good only if the way from the pinned card down to it is at hand. Fails as Append.
  absl::Status AppendAll(absl::Span<const std::string> envelopes, const RosterChain& rosters,
                         const Roster& judging);
  // A chain of all of `envelopes`; CARD_MISSING if there is none, else as Begin and Append.
  static absl::StatusOr<CardChain> Verify(absl::Span<const std::string> envelopes,
                                          const RosterChain& rosters, const Roster& judging);

  // Verifies every card anew by another roster: a newer one may call a root key compromised, or pin
  // another card. Fails as VerifyCard.
  absl::Status VerifyBy(const RosterChain& rosters, const Roster& judging) const;

  const std::string& member() const { return cards_.front().member(); }
  const Card& newest() const { return cards_.back(); }
  // That version, or null. Valid until the next Append.
  const Card* Find(uint64_t version) const;
  // How many versions; the newest one's number.
  uint64_t size() const { return cards_.size(); }

 private:
  CardChain() = default;
  std::vector<Card> cards_;  // version v at v - 1
};

}  // namespace plenary
