#include "ledger/card_rules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ledger/limits.h"
#include "ledger/names.h"
#include "ledger/possession.h"
#include "ledger/roster_rules.h"
#include "ledger/status.h"

namespace plenary::card_internal {
namespace {

absl::Status Refuse(Reason reason, const v1::Card& card, absl::string_view what) {
  return MakeError(reason,
                   absl::StrCat("card ", card.version(), " of member ", card.member(), ": ", what),
                   {{"member", card.member()}, {"version", absl::StrCat(card.version())}});
}

absl::Status CheckCounts(const v1::Card& card) {
  if (card.logs_size() > kMaxLogs || card.cosigners_size() > kMaxCosigners ||
      card.authors_size() > kMaxAuthors) {
    return Refuse(
        Reason::TOO_MANY_KEYS, card,
        absl::StrCat("expected at most ", kMaxLogs, " logs, ", kMaxCosigners, " cosigner keys, ",
                     kMaxAuthors, " author keys, got ", card.logs_size(), ", ",
                     card.cosigners_size(), ", ", card.authors_size()));
  }
  if (card.issuers_size() > kMaxIssuers) {
    return Refuse(
        Reason::TOO_MANY_ISSUERS, card,
        absl::StrCat("expected at most ", kMaxIssuers, " issuers, got ", card.issuers_size()));
  }
  return absl::OkStatus();
}

absl::Status CheckLogs(const v1::Card& card) {
  for (int i = 0; i < card.logs_size(); ++i) {
    const uint64_t expected = static_cast<uint64_t>(i) + 1;
    if (card.logs(i).epoch() != expected) {
      return Refuse(Reason::BAD_EPOCHS, card,
                    absl::StrCat("expected epoch ", expected, ", got ", card.logs(i).epoch()));
    }
    if (i + 1 < card.logs_size() && !card.logs(i).closed()) {
      return Refuse(Reason::TWO_OPEN_LOGS, card,
                    absl::StrCat("epoch ", expected, ": expected it closed before the next"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRevoked(const v1::Card& card) {
  const bool sized =
      std::all_of(card.revoked_spki().begin(), card.revoked_spki().end(),
                  [](const std::string& digest) { return digest.size() == Digest::kBytes; });
  if (sized && card.revoked_spki_size() <= kMaxRevoked) return absl::OkStatus();
  return Refuse(Reason::BAD_REVOKED, card,
                absl::StrCat("revoked keys: expected at most ", kMaxRevoked,
                             " digests of 32 bytes, got ", card.revoked_spki_size()));
}

// "host:port" with a name or an IPv4 address, or "[IPv6]:port".
bool IsAddress(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) return false;
  absl::string_view host = text.substr(0, colon);
  const auto port = ParseDecimal(text.substr(colon + 1));
  if (!port.ok() || *port == 0 || *port > 65'535) return false;
  if (absl::StartsWith(host, "[")) return host.size() > 2 && absl::EndsWith(host, "]");
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return c > ' ' && c < 0x7F && c != ':' && c != '/'; });
}

absl::Status CheckEndpoints(const v1::Card& card) {
  for (const v1::Endpoint& endpoint : card.endpoints()) {
    if (IsLabel(endpoint.node()) && IsAddress(endpoint.address())) continue;
    return Refuse(Reason::BAD_ENDPOINT, card,
                  "endpoints: expected a node name [a-z0-9-]{1,63} and an address host:port");
  }
  return absl::OkStatus();
}

absl::Status CheckCollections(const v1::Card& card) {
  for (const v1::Author& author : card.authors()) {
    if (std::all_of(author.collections().begin(), author.collections().end(), IsLabel)) continue;
    return Refuse(Reason::BAD_NAME, card, "authors: expected collections [a-z0-9-]{1,63}");
  }
  return absl::OkStatus();
}

absl::Status CheckDistinct(const v1::Card& card) {
  absl::flat_hash_set<absl::string_view> seen;
  bool distinct = true;
  for (const v1::Log& log : card.logs()) distinct &= seen.insert(log.key().spki()).second;
  for (const v1::Key& key : card.cosigners()) distinct &= seen.insert(key.spki()).second;
  for (const v1::Author& author : card.authors()) {
    distinct &= seen.insert(author.key().spki()).second;
  }
  if (distinct) return absl::OkStatus();
  return Refuse(Reason::DUPLICATE_KEY, card, "expected each key once, in one role and one epoch");
}

// Reads the keys of one card, one role after the other.
class KeyReader {
 public:
  KeyReader(const v1::Card& card, const Digest& genesis) : card_(card), genesis_(genesis) {}

  // Reads a key of a role that is Ed25519 only.
  absl::StatusOr<PublicKey> ReadNodeKey(const v1::Key& key, KeyRole role, uint64_t epoch) const {
    if (key.algorithm() != static_cast<uint32_t>(Algorithm::kEd25519)) {
      return Refuse(Reason::BAD_ALGORITHM, card_,
                    absl::StrCat(RoleName(role), " key: expected algorithm 1 (Ed25519), got ",
                                 key.algorithm()));
    }
    return ReadKnown(key, role, epoch);
  }

  // Nothing if this build lacks the algorithm.
  absl::StatusOr<std::optional<PublicKey>> ReadAuthorKey(const v1::Key& key) const {
    if (key.algorithm() == 0) {
      return Refuse(Reason::BAD_ALGORITHM, card_, "author key: expected an algorithm, got 0");
    }
    if (IsKnownAlgorithm(key.algorithm())) {
      ASSIGN_OR_RETURN(PublicKey known, ReadKnown(key, KeyRole::kAuthor, 0));
      return std::optional<PublicKey>(std::move(known));
    }
    if (!key.spki().empty()) return std::optional<PublicKey>();
    return Refuse(Reason::BAD_KEY, card_, "author key: expected an SPKI, got nothing");
  }

  // All keys of version 1 are new, and a new key is active.
  absl::Status CheckNew(const v1::Key& key, KeyRole role) const {
    if (card_.version() != 1 || key.status() == v1::KEY_STATUS_ACTIVE) return absl::OkStatus();
    return Refuse(Reason::NEW_KEY_NOT_ACTIVE, card_,
                  absl::StrCat(RoleName(role), " key: expected it active when it is new"));
  }

 private:
  absl::StatusOr<PublicKey> ReadKnown(const v1::Key& key, KeyRole role, uint64_t epoch) const {
    auto parsed = PublicKey::FromSpki(key.algorithm(), key.spki());
    if (!parsed.ok()) {
      return Annotate(parsed.status(), absl::StrCat("card ", card_.version(), " of member ",
                                                    card_.member(), ": ", RoleName(role), " key"));
    }
    const Enrolment enrolment{genesis_, card_.member(), role, epoch};
    RETURN_IF_ERROR(VerifyPossession(enrolment, *parsed, key.possession()));
    return *std::move(parsed);
  }

  const v1::Card& card_;
  const Digest& genesis_;
};

bool SameKey(const v1::Key& a, const v1::Key& b) {
  return a.algorithm() == b.algorithm() && a.spki() == b.spki() && a.possession() == b.possession();
}

absl::Status CheckOneActiveCosigner(const v1::Card& card) {
  const auto active =
      std::count_if(card.cosigners().begin(), card.cosigners().end(),
                    [](const v1::Key& key) { return key.status() == v1::KEY_STATUS_ACTIVE; });
  if (active <= 1) return absl::OkStatus();
  return Refuse(Reason::TWO_ACTIVE_COSIGNERS, card,
                absl::StrCat("expected at most one active cosigner key, got ", active));
}

}  // namespace

absl::Status CheckContent(const v1::Card& card) {
  if (!IsMember(card.member())) {
    return MakeError(Reason::BAD_NAME, "card: member: expected [a-z][a-z0-9-]{1,30}, not public");
  }
  if (card.genesis().size() != Digest::kBytes) {
    return Refuse(Reason::WRONG_GENESIS, card,
                  absl::StrCat("genesis: expected 32 bytes, got ", card.genesis().size()));
  }
  RETURN_IF_ERROR(roster_internal::CheckVersion("card", card.version(), card.previous()));
  RETURN_IF_ERROR(CheckCounts(card));
  RETURN_IF_ERROR(CheckLogs(card));
  RETURN_IF_ERROR(CheckRevoked(card));
  RETURN_IF_ERROR(CheckEndpoints(card));
  return CheckCollections(card);
}

absl::StatusOr<Keys> ReadKeys(const v1::Card& card, const Digest& genesis, const Card* before) {
  RETURN_IF_ERROR(CheckDistinct(card));
  RETURN_IF_ERROR(CheckOneActiveCosigner(card));
  if (before != nullptr && (before->genesis() != genesis || before->member() != card.member())) {
    before = nullptr;
  }
  const KeyReader reader(card, genesis);
  Keys keys;
  for (int i = 0; i < card.logs_size(); ++i) {
    const v1::Log& log = card.logs(i);
    RETURN_IF_ERROR(reader.CheckNew(log.key(), KeyRole::kLog));
    const bool known = before != nullptr && i < before->payload().logs_size() &&
                       SameKey(before->payload().logs(i).key(), log.key());
    const auto key = known ? before->logs()[static_cast<size_t>(i)].key
                           : reader.ReadNodeKey(log.key(), KeyRole::kLog, log.epoch());
    if (!key.ok()) return key.status();
    keys.logs.push_back({log.epoch(), *key, CarefulStatus(log.key().status()), log.closed()});
  }
  for (int i = 0; i < card.cosigners_size(); ++i) {
    const v1::Key& cosigner = card.cosigners(i);
    RETURN_IF_ERROR(reader.CheckNew(cosigner, KeyRole::kCosigner));
    const bool known = before != nullptr && i < before->payload().cosigners_size() &&
                       SameKey(before->payload().cosigners(i), cosigner);
    const auto key = known ? before->cosigners()[static_cast<size_t>(i)].key
                           : reader.ReadNodeKey(cosigner, KeyRole::kCosigner, 0);
    if (!key.ok()) return key.status();
    keys.cosigners.push_back({*key, CarefulStatus(cosigner.status())});
  }
  for (int i = 0; i < card.authors_size(); ++i) {
    const v1::Author& author = card.authors(i);
    RETURN_IF_ERROR(reader.CheckNew(author.key(), KeyRole::kAuthor));
    const bool known = before != nullptr && i < before->payload().authors_size() &&
                       SameKey(before->payload().authors(i).key(), author.key());
    const auto key =
        known ? before->authors()[static_cast<size_t>(i)].key : reader.ReadAuthorKey(author.key());
    if (!key.ok()) return key.status();
    keys.authors.push_back({*key,
                            author.key().algorithm(),
                            CarefulStatus(author.key().status()),
                            {author.collections().begin(), author.collections().end()}});
  }
  return keys;
}

}  // namespace plenary::card_internal
