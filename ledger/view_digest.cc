#include "ledger/view_digest.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"

namespace plenary {

absl::string_view ViewWord(Verdict verdict) {
  CHECK(verdict != Verdict::kRedacted && verdict != Verdict::kRestricted);
  return VerdictWord(verdict == Verdict::kMissing ? Verdict::kDoesNotCount : verdict);
}

ViewDigest::ViewDigest(const Sight& sight, std::string* text) : text_(text) {
  Put("plenary-view/v1\n");
  if (!sight.text().empty()) Put(absl::StrCat("audience ", sight.text(), "\n"));
}

void ViewDigest::Put(absl::string_view piece) {
  hash_.Update(piece);
  if (text_ != nullptr) text_->append(piece.data(), piece.size());
}

void ViewDigest::AddLog(absl::string_view origin, uint64_t size) {
  CHECK(!entries_begun_ && last_origin_ < origin) << "logs come first, by origin";
  last_origin_ = std::string(origin);
  Put(absl::StrCat(origin, " ", size, "\n"));
}

void ViewDigest::AddEntry(const ViewLine& line) {
  const absl::string_view word = ViewWord(line.verdict);
  const auto last = std::tuple<absl::string_view, uint64_t, absl::string_view, absl::string_view>(
      last_name_, last_revision_, last_digest_, last_word_);
  CHECK(!entries_begun_ || last <= std::tie(line.name, line.revision, line.digest, word))
      << "entries come by name, revision, digest, verdict";
  entries_begun_ = true;
  last_name_ = std::string(line.name);
  last_revision_ = line.revision;
  last_digest_ = std::string(line.digest);
  last_word_ = word;
  Put(absl::StrCat(line.name, "\n", line.revision, "\n", HexEncode(line.digest), "\n", word, "\n"));
}

Digest DigestOf(absl::Span<const JudgedLog> logs, const Sight& sight, std::string* text) {
  std::vector<const JudgedLog*> by_origin;
  std::vector<ViewLine> lines;
  for (const JudgedLog& log : logs) {
    by_origin.push_back(&log);
    for (const JudgedLeaf& leaf : log.leaves) {
      for (const JudgedEntry& entry : leaf.entries) {
        if (!entry.listed || entry.redacted) continue;
        lines.push_back({entry.name, entry.revision, entry.digest, entry.judgement.verdict});
      }
    }
  }
  std::sort(by_origin.begin(), by_origin.end(),
            [](const JudgedLog* a, const JudgedLog* b) { return a->origin < b->origin; });
  std::sort(lines.begin(), lines.end(), [](const ViewLine& a, const ViewLine& b) {
    const auto key = [](const ViewLine& line) {
      return std::make_tuple(line.name, line.revision, line.digest, ViewWord(line.verdict));
    };
    return key(a) < key(b);
  });
  ViewDigest digest(sight, text);
  for (const JudgedLog* log : by_origin) digest.AddLog(log->origin, log->leaves.size());
  for (const ViewLine& line : lines) digest.AddEntry(line);
  return digest.Finish();
}

}  // namespace plenary
