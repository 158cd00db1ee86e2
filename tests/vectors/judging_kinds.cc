// Kinds about what counts: manifests, records, judging, views.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ledger/card.h"
#include "ledger/commit.h"
#include "ledger/judge_logs.h"
#include "ledger/record.h"
#include "ledger/sight.h"
#include "ledger/status.h"
#include "ledger/trust_book.h"
#include "ledger/view_digest.h"
#include "tests/vectors/vector_runner.h"

namespace plenary::vectors {
namespace {

using nlohmann::json;

std::string Why(const absl::Status& status) { return status.ok() ? "" : Explain(status); }

Verdict Manifests(const json& test_case, const std::string& /*folder*/) {
  const std::string bytes = Bytes(test_case, "leaf_b64");
  const auto leaf = ParseLeaf(bytes);
  const Verdict verdict = Expect(test_case, leaf.ok(), Why(leaf.status()));
  if (!verdict.empty() || !leaf.ok()) return verdict;
  return ExpectField(test_case, "identity_hex", CommitIdentity(leaf->payload).Hex());
}

Verdict Records(const json& test_case, const std::string& /*folder*/) {
  const std::string bytes = Bytes(test_case, "record_b64");
  const auto record = ParseRecord(bytes);
  const Verdict verdict = Expect(test_case, record.ok(), Why(record.status()));
  if (!verdict.empty() || !record.ok()) return verdict;
  const Verdict understood = ExpectField(test_case, "understood", record->understood);
  if (!understood.empty()) return understood;
  return ExpectField(test_case, "record_name", std::string(record->name));
}

absl::StatusOr<TrustBook> TrustOf(const json& test_case) {
  std::vector<std::string> rosters;
  for (const json& roster : test_case.at("rosters_b64")) rosters.push_back(FromBase64(roster));
  ASSIGN_OR_RETURN(RosterChain chain, RosterChain::Verify(rosters));
  TrustBook trust(std::move(chain));
  for (const json& envelope : test_case.at("cards_b64")) {
    ASSIGN_OR_RETURN(Card card, Card::Parse(FromBase64(envelope)));
    trust.AddCard(std::move(card));
  }
  return trust;
}

std::vector<LogToJudge> LogsOf(const json& test_case) {
  std::vector<LogToJudge> logs;
  for (const json& log : test_case.at("logs")) {
    logs.push_back({log.at("origin").get<std::string>(), {}});
    for (const json& leaf : log.at("leaves")) {
      LeafToJudge to_judge{FromBase64(leaf.at("envelope_b64")), {}};
      for (const json& record : leaf.at("records_b64")) {
        to_judge.records.push_back(
            record.is_null() ? std::nullopt : std::optional<std::string>(FromBase64(record)));
      }
      logs.back().leaves.push_back(std::move(to_judge));
    }
  }
  return logs;
}

// The words that a test must tell apart; every reason is one word.
std::string WordOf(const Judgement& judgement) {
  return std::string(VerdictWord(judgement.verdict));
}

std::string WordOf(const std::string& expected) {
  for (const ::plenary::Verdict word :
       {::plenary::Verdict::kCounts, ::plenary::Verdict::kNotUnderstood,
        ::plenary::Verdict::kUnjudged, ::plenary::Verdict::kRedacted,
        ::plenary::Verdict::kRestricted, ::plenary::Verdict::kMissing}) {
    if (VerdictWord(word) == expected) return expected;
  }
  return std::string(VerdictWord(::plenary::Verdict::kDoesNotCount));
}

std::string Compare(const std::string& where, const std::string& expected,
                    const Judgement& judgement) {
  if (WordOf(expected) == WordOf(judgement)) return "";
  return absl::StrCat(where, ": expected ", expected, ", got ", WordOf(judgement), " ",
                      Why(judgement.why));
}

// A leaf without entries here has its own verdict for each that the case lists.
std::string CompareLeaf(const std::string& where, const json& expected, const JudgedLeaf& leaf) {
  std::string wrong = Compare(where, expected.at("verdict"), leaf.judgement);
  const json& entries = expected.at("verdicts");
  if (leaf.judgement.verdict == ::plenary::Verdict::kCounts &&
      entries.size() != leaf.entries.size()) {
    return absl::StrCat(where, ": expected ", entries.size(), " entries, got ",
                        leaf.entries.size());
  }
  for (size_t i = 0; wrong.empty() && i < entries.size(); ++i) {
    const Judgement& judgement =
        i < leaf.entries.size() ? leaf.entries[i].judgement : leaf.judgement;
    wrong = Compare(absl::StrCat(where, ", entry ", i), entries[i], judgement);
  }
  return wrong;
}

Verdict Judging(const json& test_case, const std::string& /*folder*/) {
  auto trust = TrustOf(test_case);
  if (!trust.ok()) return absl::StrCat("rosters and cards: ", Why(trust.status()));
  const auto judged = JudgeLogs(*trust, Sight::Main(), LogsOf(test_case));
  if (!judged.ok()) return absl::StrCat("logs: ", Why(judged.status()));
  for (size_t log = 0; log < judged->size(); ++log) {
    const json& leaves = test_case.at("logs")[log].at("leaves");
    for (size_t leaf = 0; leaf < leaves.size(); ++leaf) {
      const std::string wrong = CompareLeaf(absl::StrCat((*judged)[log].origin, ", leaf ", leaf),
                                            leaves[leaf], (*judged)[log].leaves[leaf]);
      if (!wrong.empty()) return wrong;
    }
  }
  return Expect(test_case, true, "");
}

Sight SightOf(const json& test_case, const TrustBook& trust) {
  const std::string audience = test_case.at("audience");
  if (audience.empty()) return Sight::Main();
  if (audience == "public") return Sight::Public();
  std::vector<std::string> members;
  for (size_t from = 0; from <= audience.size();) {
    const size_t comma = std::min(audience.find(',', from), audience.size());
    members.push_back(audience.substr(from, comma - from));
    from = comma + 1;
  }
  return Sight::List(members, trust.rosters().newest());
}

Verdict Views(const json& test_case, const std::string& /*folder*/) {
  auto trust = TrustOf(test_case);
  if (!trust.ok()) return absl::StrCat("rosters and cards: ", Why(trust.status()));
  const Sight sight = SightOf(test_case, *trust);
  const auto judged = JudgeLogs(*trust, sight, LogsOf(test_case));
  if (!judged.ok()) return absl::StrCat("logs: ", Why(judged.status()));
  std::string text;
  const Digest digest = DigestOf(*judged, sight, &text);
  if (test_case.contains("text_b64") && text != Bytes(test_case, "text_b64")) {
    return absl::StrCat("text: expected\n", Bytes(test_case, "text_b64"), "got\n", text);
  }
  const Verdict verdict = ExpectField(test_case, "digest_hex", digest.Hex());
  return verdict.empty() ? Expect(test_case, true, "") : verdict;
}

}  // namespace

void AddJudgingKinds(KindTable& table) {
  table["plenary-manifests"] = Manifests;
  table["plenary-records"] = Records;
  table["plenary-judging"] = Judging;
  table["plenary-views"] = Views;
}

}  // namespace plenary::vectors
