#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "ledger/envelope.h"
#include "ledger/roster.h"
#include "ledger/status.h"

namespace plenary {
namespace {

std::string Where(const Roster& roster) { return absl::StrCat("roster ", roster.version()); }

absl::Status Refuse(Reason reason, const Roster& roster, absl::string_view what) {
  return MakeError(reason, absl::StrCat(Where(roster), ": ", what),
                   {{"version", absl::StrCat(roster.version())}});
}

// Which root keys of `roster` have signed it, in their order. Every signature must be one of
// theirs, and no key signs twice. BAD_SIGNATURE, DUPLICATE_SIGNATURE.
absl::StatusOr<std::vector<bool>> SignersOf(const Roster& roster, Strictness strictness) {
  ASSIGN_OR_RETURN(const Envelope envelope, ParseEnvelope(roster.envelope(), PayloadKind::kRoster));
  const std::string message = Pae(PayloadKind::kRoster, envelope.payload);
  const auto keys = roster.root_keys();
  std::vector<bool> has_signed(keys.size(), false);
  const auto find = [&](absl::string_view signature, bool among_signers) {
    for (size_t i = 0; i < keys.size(); ++i) {
      if (has_signed[i] == among_signers && keys[i].key.Verify(message, signature, strictness).ok())
        return i;
    }
    return keys.size();
  };
  for (const absl::string_view signature : envelope.signatures) {
    const size_t signer = find(signature, false);
    if (signer < keys.size()) {
      has_signed[signer] = true;
      continue;
    }
    if (find(signature, true) < keys.size()) {
      return Refuse(Reason::DUPLICATE_SIGNATURE, roster, "expected one signature per root key");
    }
    return Refuse(Reason::BAD_SIGNATURE, roster,
                  "expected signatures by root keys of this version or the one before");
  }
  return has_signed;
}

// Did a threshold of `judging`'s full members sign? `signers` are SignersOf(roster).
absl::Status CheckThreshold(const Roster& judging, Reason reason, const Roster& roster,
                            const std::vector<bool>& signers) {
  absl::flat_hash_set<absl::string_view> members;
  for (size_t i = 0; i < signers.size(); ++i) {
    if (!signers[i]) continue;
    const RootKey* key = judging.FindRootKey(roster.root_keys()[i].key.spki());
    if (key != nullptr && key->status == v1::KEY_STATUS_ACTIVE && judging.IsFull(key->member)) {
      members.insert(key->member);
    }
  }
  const uint32_t threshold = judging.payload().threshold();
  if (members.size() >= threshold) return absl::OkStatus();
  return Refuse(reason, roster,
                absl::StrCat("expected signatures of ", threshold, " full members of version ",
                             judging.version(), ", got ", members.size()));
}

absl::Status NotActive(const Roster& roster, const RootKey& key) {
  return Refuse(Reason::NEW_KEY_NOT_ACTIVE, roster,
                absl::StrCat("new root key of member ", key.member, ": expected it active"));
}

absl::Status CheckMembersKept(const Roster& before, const Roster& after) {
  for (const v1::Member& member : before.payload().members()) {
    if (after.Find(member.code()) == nullptr) {
      return Refuse(Reason::MEMBER_DROPPED, after,
                    absl::StrCat("member ", member.code(), ": expected it to stay listed"));
    }
    if (before.StatusOf(member.code()) == v1::MEMBER_STATUS_WITHDRAWN &&
        after.StatusOf(member.code()) != v1::MEMBER_STATUS_WITHDRAWN) {
      return Refuse(Reason::WITHDRAWAL_TAKEN_BACK, after,
                    absl::StrCat("member ", member.code(), ": expected it to stay withdrawn"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckKeysKept(const Roster& before, const Roster& after) {
  for (const RootKey& key : before.root_keys()) {
    const RootKey* kept = after.FindRootKey(key.key.spki());
    if (kept == nullptr || kept->member != key.member) {
      return Refuse(Reason::KEY_DROPPED, after,
                    absl::StrCat("root key of member ", key.member, ": expected it to stay there"));
    }
    if (kept->status < key.status) {
      return Refuse(Reason::KEY_REVIVED, after,
                    absl::StrCat("root key of member ", key.member,
                                 ": expected its status to stay or move on"));
    }
  }
  for (const RootKey& key : after.root_keys()) {
    const bool fresh = before.FindRootKey(key.key.spki()) == nullptr;
    if (fresh && key.status != v1::KEY_STATUS_ACTIVE) return NotActive(after, key);
  }
  return absl::OkStatus();
}

absl::Status CheckStep(const Roster& before, const Roster& after) {
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
  if (after.federation() != before.federation()) {
    return Refuse(
        Reason::BAD_NAME, after,
        absl::StrCat("expected federation ", before.federation(), ", got ", after.federation()));
  }
  if (after.payload().rules() < before.payload().rules()) {
    return Refuse(Reason::RULES_TAKEN_BACK, after,
                  absl::StrCat("rules: expected at least ", before.payload().rules(), ", got ",
                               after.payload().rules()));
  }
  RETURN_IF_ERROR(CheckMembersKept(before, after));
  return CheckKeysKept(before, after);
}

}  // namespace

absl::Status VerifyFounding(const Roster& roster, Strictness strictness) {
  if (roster.version() != 1) return Refuse(Reason::SKIPPED_VERSION, roster, "expected version 1");
  for (const RootKey& key : roster.root_keys()) {
    if (key.status != v1::KEY_STATUS_ACTIVE) return NotActive(roster, key);
  }
  ASSIGN_OR_RETURN(const std::vector<bool> signers, SignersOf(roster, strictness));
  for (size_t i = 0; i < signers.size(); ++i) {
    if (signers[i]) continue;
    return Refuse(Reason::MISSING_ROOT_SIGNATURE, roster,
                  absl::StrCat("expected a signature by every root key, none by one of member ",
                               roster.root_keys()[i].member));
  }
  return absl::OkStatus();
}

absl::Status VerifySuccession(const Roster& before, const Roster& after, Strictness strictness) {
  RETURN_IF_ERROR(CheckStep(before, after));
  // No key was dropped, so the keys of `after` are those of both versions.
  ASSIGN_OR_RETURN(const std::vector<bool> signers, SignersOf(after, strictness));
  RETURN_IF_ERROR(CheckThreshold(before, Reason::THRESHOLD_OF_OLD, after, signers));
  RETURN_IF_ERROR(CheckThreshold(after, Reason::THRESHOLD_OF_NEW, after, signers));
  for (size_t i = 0; i < signers.size(); ++i) {
    const RootKey& key = after.root_keys()[i];
    if (signers[i] || before.FindRootKey(key.key.spki()) != nullptr) continue;
    return Refuse(Reason::NEW_KEY_DID_NOT_SIGN, after,
                  absl::StrCat("expected a signature by the new root key of member ", key.member));
  }
  return absl::OkStatus();
}

absl::StatusOr<RosterChain> RosterChain::Begin(absl::string_view envelope, Strictness strictness) {
  ASSIGN_OR_RETURN(Roster roster, Roster::Parse(envelope));
  RETURN_IF_ERROR(VerifyFounding(roster, strictness));
  RosterChain chain;
  chain.rosters_.push_back(std::move(roster));
  return chain;
}

absl::Status RosterChain::Append(absl::string_view envelope, Strictness strictness) {
  ASSIGN_OR_RETURN(Roster roster, Roster::Parse(envelope, &newest()));
  RETURN_IF_ERROR(VerifySuccession(newest(), roster, strictness));
  rosters_.push_back(std::move(roster));
  return absl::OkStatus();
}

absl::StatusOr<RosterChain> RosterChain::Verify(absl::Span<const std::string> envelopes,
                                                Strictness strictness) {
  if (envelopes.empty()) {
    return MakeError(Reason::ROSTER_MISSING, "rosters: expected version 1, got none");
  }
  ASSIGN_OR_RETURN(RosterChain chain, Begin(envelopes.front(), strictness));
  for (const std::string& envelope : envelopes.subspan(1))
    RETURN_IF_ERROR(chain.Append(envelope, strictness));
  return chain;
}

const Roster* RosterChain::Find(uint64_t version) const {
  if (version == 0 || version > rosters_.size()) return nullptr;
  return &rosters_[version - 1];
}

}  // namespace plenary
