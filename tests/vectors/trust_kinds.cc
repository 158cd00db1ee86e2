// Kinds about who is to be trusted: rosters, cards, statements, evidence.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ledger/card.h"
#include "ledger/evidence.h"
#include "ledger/possession.h"
#include "ledger/roster.h"
#include "ledger/statement.h"
#include "ledger/status.h"
#include "tests/vectors/rotation_kind.h"
#include "tests/vectors/vector_runner.h"

namespace plenary::vectors {
namespace {

using nlohmann::json;

std::vector<std::string> List(const json& test_case, const std::string& field) {
  std::vector<std::string> list;
  for (const json& item : test_case.at(field)) list.push_back(FromBase64(item));
  return list;
}

std::string Why(const absl::Status& status) { return Explain(status); }

template <typename Chain>
std::vector<std::string> DigestsOf(const Chain& chain) {
  std::vector<std::string> digests;
  for (uint64_t version = 1; version <= chain.size(); ++version) {
    digests.push_back(chain.Find(version)->digest().Hex());
  }
  return digests;
}

Verdict Rosters(const json& test_case, const std::string& /*folder*/) {
  const auto chain = RosterChain::Verify(List(test_case, "rosters_b64"));
  const Verdict verdict = Expect(test_case, chain.ok(), Why(chain.status()));
  if (!verdict.empty() || !chain.ok()) return verdict;
  return ExpectField(test_case, "digests_hex", DigestsOf(*chain));
}

Verdict Cards(const json& test_case, const std::string& /*folder*/) {
  const auto rosters = RosterChain::Verify(List(test_case, "rosters_b64"));
  if (!rosters.ok()) return absl::StrCat("rosters: ", Why(rosters.status()));
  const auto chain = CardChain::Verify(List(test_case, "cards_b64"), *rosters, rosters->newest());
  const Verdict verdict = Expect(test_case, chain.ok(), Why(chain.status()));
  if (!verdict.empty() || !chain.ok()) return verdict;
  return ExpectField(test_case, "digests_hex", DigestsOf(*chain));
}

absl::StatusOr<KeyRole> RoleOf(const std::string& name) {
  for (const KeyRole role : {KeyRole::kLog, KeyRole::kCosigner, KeyRole::kAuthor}) {
    if (RoleName(role) == name) return role;
  }
  return MakeError(Reason::BAD_POSSESSION, "no such role");
}

absl::Status CheckPossession(const json& test_case) {
  ASSIGN_OR_RETURN(const KeyRole role, RoleOf(test_case.at("role").get<std::string>()));
  ASSIGN_OR_RETURN(const Digest genesis, Digest::FromBytes(Bytes(test_case, "genesis_hex")));
  ASSIGN_OR_RETURN(
      const PublicKey key,
      PublicKey::FromSpki(test_case.at("algorithm").get<uint32_t>(), Bytes(test_case, "spki_hex")));
  const auto member = test_case.at("member").get<std::string>();
  const Enrolment enrolment{genesis, member, role, test_case.at("epoch").get<uint64_t>()};
  return VerifyPossession(enrolment, key, Bytes(test_case, "possession_b64"));
}

Verdict Possessions(const json& test_case, const std::string& /*folder*/) {
  const absl::Status status = CheckPossession(test_case);
  return Expect(test_case, status.ok(), Why(status));
}

Verdict Quorums(const json& test_case, const std::string& /*folder*/) {
  const QuorumRule rule = QuorumOf(test_case.at("peers").get<int>(), 0);
  const bool right = rule.faulty == test_case.at("faulty") && rule.quorum == test_case.at("quorum");
  return Expect(test_case, right, absl::StrCat("f ", rule.faulty, ", q ", rule.quorum));
}

absl::Status CheckPromised(const json& test_case, const Incarnation& incarnation) {
  const json& promised = test_case.at("promised");
  if (promised.is_null()) return absl::OkStatus();
  return CheckCounterJump(incarnation.counter, promised.get<uint64_t>());
}

absl::Status CheckStatement(const json& test_case) {
  const auto kind = test_case.at("statement").get<std::string>();
  const std::string envelope = Bytes(test_case, "envelope_b64");
  ASSIGN_OR_RETURN(const PublicKey signer,
                   PublicKey::FromSpki(1, Bytes(test_case, "signer_spki_hex")));
  ASSIGN_OR_RETURN(const PublicKey log_key,
                   PublicKey::FromSpki(1, Bytes(test_case, "log_spki_hex")));
  const auto check = [&](const auto& statement) {
    if (!statement.ok()) return statement.status();
    RETURN_IF_ERROR(CheckPromised(test_case, statement->incarnation));
    return statement->Verify(signer);
  };
  if (kind == "inquiry") return check(ParseInquiry(envelope));
  if (kind == "proposal") return check(ParseProposal(envelope));
  if (kind == "acknowledgement") return check(ParseAcknowledgement(envelope));
  const auto answer = ParseAnswer(envelope);
  RETURN_IF_ERROR(check(answer));
  return answer->VerifyContent(log_key);
}

Verdict Statements(const json& test_case, const std::string& /*folder*/) {
  const absl::Status status = CheckStatement(test_case);
  return Expect(test_case, status.ok(), Why(status));
}

Verdict Evidences(const json& test_case, const std::string& /*folder*/) {
  const auto evidence = VerifyEvidence(Bytes(test_case, "evidence_b64"));
  const Verdict verdict = Expect(test_case, evidence.ok(), Why(evidence.status()));
  if (!verdict.empty() || !evidence.ok()) return verdict;
  const Verdict kind = ExpectField(test_case, "evidence_kind", std::string(evidence->KindName()));
  return kind.empty() ? ExpectField(test_case, "subject", evidence->Subject()) : kind;
}

Verdict Rotations(const json& test_case, const std::string& /*folder*/) {
  return PlayRotation(test_case);
}

}  // namespace

void AddTrustKinds(KindTable& table) {
  table["plenary-rosters"] = Rosters;
  table["plenary-cards"] = Cards;
  table["plenary-possession"] = Possessions;
  table["plenary-quorum"] = Quorums;
  table["plenary-evidence"] = Evidences;
  table["plenary-statements"] = Statements;
  table["roster-rotation"] = Rotations;
}

}  // namespace plenary::vectors
