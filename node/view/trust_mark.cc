#include "node/view/trust_mark.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ledger/digest.h"
#include "ledger/status.h"

namespace plenary::node {
namespace {

constexpr size_t kItemBytes = 8 + Digest::kBytes;

absl::StatusOr<std::map<uint64_t, std::string>> ParseMark(absl::string_view mark) {
  std::map<uint64_t, std::string> items;
  if (mark.empty()) return items;
  if (mark.size() % kItemBytes != 8) {
    return MakeError(Reason::STORE_DAMAGED, "view: a mark of trust has the wrong length");
  }
  mark.remove_prefix(8);
  for (; !mark.empty(); mark.remove_prefix(kItemBytes)) {
    items[ReadBigEndian64(mark)] = std::string(mark.substr(8, Digest::kBytes));
  }
  return items;
}

}  // namespace

absl::StatusOr<TrustBook> BookOf(const sync::Trust& trust, const Reader& reader) {
  TrustBook book(trust.rosters());
  for (const auto& [member, chain] : trust.cards()) {
    for (uint64_t version = 1; version <= chain.size(); ++version) {
      book.AddCard(*chain.Find(version));
    }
  }
  ASSIGN_OR_RETURN(const std::vector<CardRow> rows, reader.AllCards());
  for (const CardRow& row : rows) {
    const CardChain* chain = trust.CardsOf(row.member);
    const Card* held = chain != nullptr ? chain->Find(row.version) : nullptr;
    if (held != nullptr && held->digest() == row.digest) continue;
    auto card = Card::Parse(row.envelope);
    if (!card.ok()) {
      return MakeError(Reason::STORE_DAMAGED,
                       absl::StrCat("view: card ", row.version, " of ", row.member,
                                    " in the store: ", card.status().message()));
    }
    book.AddCard(*std::move(card));
  }
  return book;
}

std::string TrustMark(const TrustBook& book, absl::string_view member) {
  std::map<uint64_t, std::vector<std::string>> versions;
  for (const Card& card : book.CardsOf(member)) {
    versions[card.version()].push_back(card.digest().bytes());
  }
  std::string mark;
  AppendBigEndian64(book.rosters().newest().version(), mark);
  for (auto& [version, digests] : versions) {
    // A digest of no card: does a version that is pinned admit others?
    digests.push_back(Digest().bytes());
    std::sort(digests.begin(), digests.end());
    std::string said;
    for (const std::string& digest : digests) {
      said += digest;
      said.push_back(static_cast<char>(book.FindCard(member, {version, digest}).naming));
    }
    AppendBigEndian64(version, mark);
    absl::StrAppend(&mark, Sha256(said).view());
  }
  return mark;
}

absl::StatusOr<TrustStep> StepBetween(absl::string_view then, absl::string_view now,
                                      const MemberJudge& judge) {
  if (then == now) return TrustStep::kNone;
  ASSIGN_OR_RETURN(const auto before, ParseMark(then));
  ASSIGN_OR_RETURN(const auto after, ParseMark(now));
  for (const auto& [version, said] : after) {
    const auto at = before.find(version);
    const bool same = at != before.end() && at->second == said;
    if (!same && judge.JudgedFrom(version)) return TrustStep::kAnew;
  }
  return TrustStep::kResume;
}

}  // namespace plenary::node
