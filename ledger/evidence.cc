#include "ledger/evidence.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/card.h"
#include "ledger/checkpoint.h"
#include "ledger/envelope.h"
#include "ledger/limits.h"
#include "ledger/names.h"
#include "ledger/proof.h"
#include "ledger/roster.h"
#include "ledger/scan.h"
#include "ledger/statement.h"
#include "ledger/status.h"

namespace plenary {
namespace {

constexpr Strictness kLoose = Strictness::kEvidence;

absl::Status Bad(absl::string_view what) {
  return MakeError(Reason::BAD_EVIDENCE, absl::StrCat("evidence: expected ", what));
}

absl::Status Different(absl::string_view what) {
  return MakeError(Reason::DIFFERENT_SUBJECT,
                   absl::StrCat("evidence: expected both statements about one ", what));
}

absl::Status NoContradiction(absl::string_view what) {
  return MakeError(Reason::NO_CONTRADICTION, absl::StrCat("evidence: ", what));
}

// Verifies a card's signature by any root key of its member, whatever its status.
absl::Status VerifyAnySigner(const Envelope& envelope, absl::string_view member,
                             const Roster& roster) {
  if (roster.Find(member) == nullptr) {
    return MakeError(
        Reason::NOT_ON_ROSTER,
        absl::StrCat("evidence: card: expected a member of roster ", roster.version()));
  }
  const std::string message = Pae(PayloadKind::kCard, envelope.payload);
  for (const RootKey& root : roster.RootKeysOf(member)) {
    if (root.key.Verify(message, envelope.signatures.front(), kLoose).ok()) return absl::OkStatus();
  }
  return MakeError(
      Reason::BAD_SIGNATURE,
      absl::StrCat("evidence: card of member ", member,
                   ": expected a signature by one of its root keys in roster ", roster.version()),
      {{"member", member}});
}

absl::Status CheckGenesis(absl::string_view genesis, const RosterChain& rosters) {
  if (genesis == rosters.genesis().view()) return absl::OkStatus();
  return MakeError(Reason::WRONG_GENESIS,
                   absl::StrCat("evidence: card: expected genesis ", rosters.genesis().Hex()));
}

// Keys that the cards given name for the log of `origin`. Every card must be good.
absl::StatusOr<std::vector<PublicKey>> LogKeys(const v1::Evidence& evidence,
                                               const RosterChain& rosters,
                                               const std::string& origin) {
  ASSIGN_OR_RETURN(const Origin log, Origin::Parse(origin));
  std::vector<PublicKey> keys;
  for (const std::string& bytes : evidence.cards()) {
    ASSIGN_OR_RETURN(const Card card, Card::Parse(bytes));
    RETURN_IF_ERROR(CheckGenesis(card.genesis().view(), rosters));
    ASSIGN_OR_RETURN(const Envelope envelope, ParseEnvelope(bytes, PayloadKind::kCard));
    RETURN_IF_ERROR(VerifyAnySigner(envelope, card.member(), rosters.newest()));
    const LogKey* named = card.FindEpoch(log.epoch);
    if (card.member() == log.member && named != nullptr) keys.push_back(named->key);
  }
  if (!keys.empty() && log.federation == rosters.federation()) return keys;
  return MakeError(Reason::NO_LOG_KEY,
                   absl::StrCat("evidence: expected a card of this federation that names the key "
                                "of log ",
                                origin),
                   {{"origin", origin}});
}

// That two states of one log cannot both be true: by themselves, or by the proof given.
absl::Status CheckContradiction(const v1::Evidence& evidence, const Checkpoint& first,
                                const Checkpoint& second) {
  if (first.size == second.size) {
    if (!evidence.proof().empty() || !evidence.pinned_root().empty()) {
      return Bad("neither proof nor pinned root with equal sizes");
    }
    if (first.root != second.root) return absl::OkStatus();
    return NoContradiction("both statements have the same size and root");
  }
  if (first.size > second.size) return Bad("the smaller one first");
  if (first.size == 0) return NoContradiction("an empty log is a prefix of every log");
  const auto pinned = Digest::FromBytes(evidence.pinned_root());
  std::vector<Digest> proof;
  for (const std::string& bytes : evidence.proof()) {
    const auto hash = Digest::FromBytes(bytes);
    if (!hash.ok()) return Bad("proof hashes of 32 bytes");
    proof.push_back(*hash);
  }
  if (!pinned.ok()) {
    return MakeError(Reason::BAD_CONSISTENCY,
                     "evidence: expected a pinned root of 32 bytes and a proof from it");
  }
  if (*pinned == first.root) {
    return NoContradiction("the proof leads from the smaller one: it is a prefix of the larger");
  }
  return VerifyConsistency(first.size, *pinned, second.size, second.root, proof);
}

// Both must be by one key that a card names for the log. `verify` checks both with one key.
template <typename VerifyBoth>
absl::Status CheckByLogKey(const std::vector<PublicKey>& keys, VerifyBoth verify) {
  absl::Status first_failure;
  for (const PublicKey& key : keys) {
    const absl::Status status = verify(key);
    if (status.ok()) return status;
    if (first_failure.ok()) first_failure = status;
  }
  return first_failure;
}

absl::StatusOr<Evidence> AboutLog(v1::EvidenceKind kind, const RosterChain& rosters,
                                  const std::string& origin) {
  ASSIGN_OR_RETURN(Origin log, Origin::Parse(origin));
  return Evidence{kind, rosters.genesis(), origin, std::move(log.member), 0};
}

absl::StatusOr<Evidence> VerifyCheckpoints(const v1::Evidence& evidence) {
  ASSIGN_OR_RETURN(const Checkpoint first, ReadUnverifiedCheckpoint(evidence.first()));
  ASSIGN_OR_RETURN(const Checkpoint second, ReadUnverifiedCheckpoint(evidence.second()));
  if (first.origin != second.origin) return Different("log");
  const std::vector<std::string> envelopes(evidence.rosters().begin(), evidence.rosters().end());
  ASSIGN_OR_RETURN(const RosterChain rosters, RosterChain::Verify(envelopes, kLoose));
  ASSIGN_OR_RETURN(const auto keys, LogKeys(evidence, rosters, first.origin));
  const absl::Status by_log = CheckByLogKey(keys, [&evidence](const PublicKey& key) {
    RETURN_IF_ERROR(VerifyCheckpoint(evidence.first(), key, {}, kLoose).status());
    return VerifyCheckpoint(evidence.second(), key, {}, kLoose).status();
  });
  RETURN_IF_ERROR(by_log);
  RETURN_IF_ERROR(CheckContradiction(evidence, first, second));
  return AboutLog(evidence.kind(), rosters, first.origin);
}

absl::StatusOr<Evidence> VerifyProposals(const v1::Evidence& evidence) {
  ASSIGN_OR_RETURN(const Proposal first, ParseProposal(evidence.first()));
  ASSIGN_OR_RETURN(const Proposal second, ParseProposal(evidence.second()));
  if (first.origin != second.origin) return Different("log");
  if (first.incarnation != second.incarnation) return Different("incarnation");
  const std::vector<std::string> envelopes(evidence.rosters().begin(), evidence.rosters().end());
  ASSIGN_OR_RETURN(const RosterChain rosters, RosterChain::Verify(envelopes, kLoose));
  ASSIGN_OR_RETURN(const auto keys, LogKeys(evidence, rosters, first.origin));
  const absl::Status by_log = CheckByLogKey(keys, [&first, &second](const PublicKey& key) {
    RETURN_IF_ERROR(first.Verify(key, kLoose));
    return second.Verify(key, kLoose);
  });
  RETURN_IF_ERROR(by_log);
  RETURN_IF_ERROR(CheckContradiction(evidence, first.Content(), second.Content()));
  return AboutLog(evidence.kind(), rosters, first.origin);
}

// A card in evidence needs scan and signature only: one that breaks a rule was signed all the same.
absl::StatusOr<v1::Card> ReadSignedCard(absl::string_view bytes, const RosterChain& rosters) {
  ASSIGN_OR_RETURN(const Envelope envelope, ParseEnvelope(bytes, PayloadKind::kCard));
  if (envelope.signatures.size() != 1) {
    return MakeError(Reason::SIGNATURE_COUNT, "evidence: card: expected one signature");
  }
  ASSIGN_OR_RETURN(v1::Card card, ScanAndParse<v1::Card>(envelope.payload));
  RETURN_IF_ERROR(CheckGenesis(card.genesis(), rosters));
  RETURN_IF_ERROR(VerifyAnySigner(envelope, card.member(), rosters.newest()));
  return card;
}

absl::Status CheckNothingElse(const v1::Evidence& evidence) {
  if (evidence.pinned_root().empty() && evidence.proof().empty() && evidence.cards().empty()) {
    return absl::OkStatus();
  }
  return Bad("neither pinned root, proof nor further cards with cards or rosters");
}

// The payloads of two envelopes must differ.
absl::Status CheckTwoPayloads(const v1::Evidence& evidence, PayloadKind kind) {
  ASSIGN_OR_RETURN(const Envelope first, ParseEnvelope(evidence.first(), kind));
  ASSIGN_OR_RETURN(const Envelope second, ParseEnvelope(evidence.second(), kind));
  if (first.payload != second.payload) return absl::OkStatus();
  return NoContradiction("both statements have the same payload");
}

absl::StatusOr<Evidence> VerifyCards(const v1::Evidence& evidence) {
  RETURN_IF_ERROR(CheckNothingElse(evidence));
  const std::vector<std::string> envelopes(evidence.rosters().begin(), evidence.rosters().end());
  ASSIGN_OR_RETURN(const RosterChain rosters, RosterChain::Verify(envelopes, kLoose));
  ASSIGN_OR_RETURN(const v1::Card first, ReadSignedCard(evidence.first(), rosters));
  ASSIGN_OR_RETURN(const v1::Card second, ReadSignedCard(evidence.second(), rosters));
  if (first.member() != second.member()) return Different("member");
  if (first.version() != second.version()) return Different("version of a card");
  RETURN_IF_ERROR(CheckTwoPayloads(evidence, PayloadKind::kCard));
  return Evidence{evidence.kind(), rosters.genesis(), "", first.member(), first.version()};
}

absl::StatusOr<Evidence> VerifyRosters(const v1::Evidence& evidence) {
  RETURN_IF_ERROR(CheckNothingElse(evidence));
  const std::vector<std::string> envelopes(evidence.rosters().begin(), evidence.rosters().end());
  ASSIGN_OR_RETURN(const RosterChain rosters, RosterChain::Verify(envelopes, kLoose));
  RETURN_IF_ERROR(CheckTwoPayloads(evidence, PayloadKind::kRoster));
  for (const absl::string_view bytes :
       {absl::string_view(evidence.first()), absl::string_view(evidence.second())}) {
    ASSIGN_OR_RETURN(const Roster roster, Roster::Parse(bytes));
    if (roster.version() != rosters.size() + 1 ||
        roster.payload().previous() != rosters.newest().digest().view()) {
      return Different("version that follows the last roster given");
    }
    RETURN_IF_ERROR(VerifySuccession(rosters.newest(), roster, kLoose));
  }
  return Evidence{evidence.kind(), rosters.genesis(), "", "", rosters.size() + 1};
}

}  // namespace

absl::string_view Evidence::KindName() const {
  switch (kind) {
    case v1::EVIDENCE_KIND_CHECKPOINTS:
      return "checkpoints";
    case v1::EVIDENCE_KIND_CARDS:
      return "cards";
    case v1::EVIDENCE_KIND_ROSTERS:
      return "rosters";
    case v1::EVIDENCE_KIND_PROPOSALS:
      return "proposals";
    default:
      return "unknown";
  }
}

std::string Evidence::Subject() const {
  if (!origin.empty()) return origin;
  return member.empty() ? absl::StrCat(version) : absl::StrCat(member, " ", version);
}

std::string Evidence::KeptUnder() const {
  if (!origin.empty()) return origin;
  return member.empty() ? absl::StrCat(version) : member;
}

absl::StatusOr<Evidence> VerifyEvidence(absl::string_view file) {
  ASSIGN_OR_RETURN(const v1::Evidence evidence, ScanAndParse<v1::Evidence>(file));
  switch (evidence.kind()) {
    case v1::EVIDENCE_KIND_CHECKPOINTS:
      return VerifyCheckpoints(evidence);
    case v1::EVIDENCE_KIND_CARDS:
      return VerifyCards(evidence);
    case v1::EVIDENCE_KIND_ROSTERS:
      return VerifyRosters(evidence);
    case v1::EVIDENCE_KIND_PROPOSALS:
      return VerifyProposals(evidence);
    default:
      return Bad(absl::StrCat("a kind that is known, got ", evidence.kind()));
  }
}

absl::StatusOr<std::string> BuildEvidence(const EvidenceParts& parts) {
  v1::Evidence evidence;
  evidence.set_kind(parts.kind);
  evidence.set_first(parts.first);
  evidence.set_second(parts.second);
  if (parts.divergence.has_value()) {
    evidence.set_pinned_root(parts.divergence->pinned_root.bytes());
    for (const Digest& hash : parts.divergence->proof) evidence.add_proof(hash.bytes());
  }
  for (const std::string& roster : parts.rosters) evidence.add_rosters(roster);
  for (const std::string& card : parts.cards) evidence.add_cards(card);
  std::string file = evidence.SerializeAsString();
  RETURN_IF_ERROR(VerifyEvidence(file).status());
  return file;
}

}  // namespace plenary
