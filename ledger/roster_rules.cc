#include "ledger/roster_rules.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "ledger/limits.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary::roster_internal {
namespace {

absl::Status CheckPin(const v1::Member& member) {
  if (!member.has_card()) return absl::OkStatus();
  if (member.card().version() >= 1 && member.card().digest().size() == Digest::kBytes) {
    return absl::OkStatus();
  }
  return MakeError(Reason::BAD_CARD_REFERENCE,
                   absl::StrCat("roster: member ", member.code(),
                                ": expected a card of version 1 or more by 32 bytes of digest"),
                   {{"member", member.code()}});
}

absl::Status CheckMembers(const v1::Roster& roster, int& full) {
  absl::flat_hash_set<absl::string_view> codes;
  int observers = 0;
  for (const v1::Member& member : roster.members()) {
    if (!IsMember(member.code())) {
      return MakeError(
          Reason::BAD_NAME,
          "roster: expected member codes of the form [a-z][a-z0-9-]{1,30}, not public");
    }
    if (!codes.insert(member.code()).second) {
      return MakeError(Reason::DUPLICATE_MEMBER,
                       absl::StrCat("roster: member ", member.code(), ": expected once"),
                       {{"member", member.code()}});
    }
    RETURN_IF_ERROR(CheckPin(member));
    full += CarefulStatus(member.status()) == v1::MEMBER_STATUS_FULL ? 1 : 0;
    observers += CarefulStatus(member.status()) == v1::MEMBER_STATUS_OBSERVER ? 1 : 0;
  }
  if (full >= 1 && full <= kMaxFullMembers && observers <= kMaxObservers) return absl::OkStatus();
  return MakeError(
      Reason::BAD_MEMBER_COUNT,
      absl::StrCat("roster: expected 1 to ", kMaxFullMembers, " full members and at most ",
                   kMaxObservers, " observers, got ", full, " and ", observers));
}

absl::Status CheckCounts(const v1::Roster& roster, int full) {
  const auto members = static_cast<uint64_t>(full);
  if (2 * uint64_t{roster.threshold()} <= members || roster.threshold() > members) {
    return MakeError(Reason::BAD_THRESHOLD,
                     absl::StrCat("roster: threshold: expected more than half of ", full,
                                  " full members and at most all, got ", roster.threshold()));
  }
  if (roster.quorum() > members - 1) {
    return MakeError(Reason::BAD_QUORUM,
                     absl::StrCat("roster: quorum: expected at most ", full - 1, " of ", full,
                                  " full members, got ", roster.quorum()));
  }
  return absl::OkStatus();
}

absl::Status CheckAuthorAlgorithms(const v1::Roster& roster) {
  absl::flat_hash_set<uint32_t> seen;
  for (const uint32_t algorithm : roster.author_algorithms()) {
    if (algorithm == 0 || !seen.insert(algorithm).second) {
      return MakeError(Reason::BAD_AUTHOR_ALGORITHMS,
                       absl::StrCat("roster: author algorithm ", algorithm,
                                    ": expected a code from 1 on, each once"));
    }
  }
  if (!seen.empty()) return absl::OkStatus();
  return MakeError(Reason::BAD_AUTHOR_ALGORITHMS, "roster: expected at least one author algorithm");
}

absl::Status CheckLimits(const v1::Limits& limits) {
  const struct {
    absl::string_view name;
    uint64_t value;
    uint64_t highest;
  } rows[] = {
      {"record_bytes", limits.record_bytes(), kMaxRecordBytes},
      {"entries", limits.entries(), kMaxEntries},
      {"commit_bytes", limits.commit_bytes(), kMaxCommitBytes},
      {"leaf_bytes", limits.leaf_bytes(), kMaxLeafBytes},
      {"text_bytes", limits.text_bytes(), kMaxTextBytes},
      {"attachment_bytes", limits.attachment_bytes(), kMaxAttachmentBytes},
  };
  for (const auto& row : rows) {
    if (row.value <= row.highest) continue;
    return MakeError(Reason::BAD_LIMITS,
                     absl::StrCat("roster: limit ", row.name, ": expected at most ", row.highest,
                                  ", got ", row.value));
  }
  return absl::OkStatus();
}

absl::Status CheckConsents(const v1::Roster& roster) {
  absl::flat_hash_set<absl::string_view> codes;
  for (const v1::Member& member : roster.members()) codes.insert(member.code());
  absl::flat_hash_set<absl::string_view> types;
  for (const v1::Consent& consent : roster.consents()) {
    const auto bad = [](absl::string_view what) {
      return MakeError(Reason::BAD_CONSENTS, absl::StrCat("roster: consents: expected ", what));
    };
    if (consent.type().empty()) return bad("a type");
    if (!types.insert(consent.type()).second) return bad("each type once");
    if (consent.members().empty()) return bad("at least one member for each type");
    absl::flat_hash_set<absl::string_view> named;
    for (const std::string& code : consent.members()) {
      if (!codes.contains(code)) return bad("members of this roster");
      if (!named.insert(code).second) return bad("each member once for a type");
    }
  }
  return absl::OkStatus();
}

// The key as `before` lists it, or null.
const RootKey* KnownKey(const v1::Key& key, const Roster* before) {
  const RootKey* known = before == nullptr ? nullptr : before->FindRootKey(key.spki());
  if (known == nullptr || static_cast<uint32_t>(known->key.algorithm()) != key.algorithm()) {
    return nullptr;
  }
  return known;
}

absl::StatusOr<RootKey> ReadRootKey(const v1::Key& key, const std::string& member,
                                    const RootKey* known) {
  const auto where = absl::StrCat("roster: root key of member ", member);
  if (key.algorithm() != static_cast<uint32_t>(Algorithm::kEd25519) &&
      key.algorithm() != static_cast<uint32_t>(Algorithm::kEcdsaP256)) {
    return MakeError(Reason::BAD_ALGORITHM,
                     absl::StrCat(where, ": expected algorithm 1 or 2, got ", key.algorithm()),
                     {{"member", member}});
  }
  if (!key.possession().empty()) {
    return MakeError(Reason::BAD_POSSESSION,
                     absl::StrCat(where, ": expected no possession; root keys sign the roster"),
                     {{"member", member}});
  }
  const v1::KeyStatus status = CarefulStatus(key.status());
  if (known != nullptr) return RootKey{known->key, status, member};
  auto parsed = PublicKey::FromSpki(key.algorithm(), key.spki());
  if (!parsed.ok()) return Annotate(parsed.status(), where);
  return RootKey{*std::move(parsed), status, member};
}

absl::Status TooFewSignatures(const v1::Roster& roster, size_t signatures) {
  const bool founding = roster.version() == 1;
  return MakeError(
      founding ? Reason::MISSING_ROOT_SIGNATURE : Reason::NEW_KEY_DID_NOT_SIGN,
      absl::StrCat("roster ", roster.version(), ": expected a signature by each new root key, got ",
                   signatures, " signatures for more keys"));
}

}  // namespace

absl::Status CheckVersion(absl::string_view what, uint64_t version, absl::string_view previous) {
  if (version == 0) {
    return MakeError(Reason::BAD_VERSION,
                     absl::StrCat(what, ": expected a version from 1 on, got 0"));
  }
  const size_t expected = version == 1 ? 0 : Digest::kBytes;
  if (previous.size() == expected) return absl::OkStatus();
  return MakeError(Reason::BAD_PREVIOUS, absl::StrCat(what, " ", version, ": previous: expected ",
                                                      expected, " bytes, got ", previous.size()));
}

absl::Status CheckContent(const v1::Roster& roster) {
  if (!IsFederation(roster.federation())) {
    return MakeError(Reason::BAD_NAME,
                     "roster: federation: expected two or more lower-case labels joined by dots");
  }
  RETURN_IF_ERROR(CheckVersion("roster", roster.version(), roster.previous()));
  if (roster.rules() == 0) {
    return MakeError(Reason::BAD_RULES, "roster: rules: expected a level from 1 on, got 0");
  }
  int full = 0;
  RETURN_IF_ERROR(CheckMembers(roster, full));
  RETURN_IF_ERROR(CheckCounts(roster, full));
  RETURN_IF_ERROR(CheckAuthorAlgorithms(roster));
  RETURN_IF_ERROR(CheckLimits(roster.limits()));
  return CheckConsents(roster);
}

absl::StatusOr<std::vector<RootKey>> ReadRootKeys(const v1::Roster& roster, const Roster* before,
                                                  size_t signatures) {
  const bool bounded = roster.version() == 1 || before != nullptr;
  std::vector<RootKey> keys;
  absl::flat_hash_set<absl::string_view> seen;
  size_t fresh = 0;
  for (const v1::Member& member : roster.members()) {
    bool active = false;
    for (const v1::Key& key : member.roots()) {
      if (!seen.insert(key.spki()).second) {
        return MakeError(Reason::DUPLICATE_KEY,
                         absl::StrCat("roster: root key of member ", member.code(),
                                      ": expected once in the whole roster"),
                         {{"member", member.code()}});
      }
      const RootKey* known = KnownKey(key, before);
      if (known == nullptr && ++fresh > signatures && bounded) {
        return TooFewSignatures(roster, signatures);
      }
      ASSIGN_OR_RETURN(RootKey root, ReadRootKey(key, member.code(), known));
      active = active || root.status == v1::KEY_STATUS_ACTIVE;
      keys.push_back(std::move(root));
    }
    if (!active && CarefulStatus(member.status()) == v1::MEMBER_STATUS_FULL) {
      return MakeError(
          Reason::NO_ACTIVE_ROOT_KEY,
          absl::StrCat("roster: full member ", member.code(), ": expected an active root key"),
          {{"member", member.code()}});
    }
  }
  return keys;
}

}  // namespace plenary::roster_internal
