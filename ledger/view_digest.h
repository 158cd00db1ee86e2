// The view digest: one hash that two nodes compare to know that they show the same view.
//
// Bytes: docs/FORMATS.md, section 7. There is one of what every full member sees, one of what is
// for everyone, and one for each list.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/digest.h"
#include "ledger/judge_logs.h"
#include "ledger/sight.h"
#include "ledger/verdict.h"

namespace plenary {

// One line of the digest about an entry. Views live as long as what they were made of.
struct ViewLine {
  absl::string_view name;  // empty if the bytes or the name cannot be read
  uint64_t revision = 0;   // 0 then
  absl::string_view digest;
  Verdict verdict = Verdict::kCounts;
};

// The word for a verdict in the digest: a missing entry does not count yet. CHECKs that the verdict
// is not "redacted" or "restricted": such entries are not listed.
absl::string_view ViewWord(Verdict verdict);

// Hashes the text piece by piece, so that a node can feed it from its database in the order of the
// keys. CHECKs that the order is that of the format. One thread at a time.
class ViewDigest {
 public:
  // Appends what is hashed to `text` as well, unless that is null; it outlives this object.
  explicit ViewDigest(const Sight& sight, std::string* text = nullptr);

  // Logs first, by origin; `size` is that of the newest verified checkpoint.
  void AddLog(absl::string_view origin, uint64_t size);
  // Then entries, by name, revision, digest and verdict; equal lines stay.
  void AddEntry(const ViewLine& line);
  // Ends it; no other call may follow.
  Digest Finish() { return hash_.Finish(); }

 private:
  void Put(absl::string_view piece);

  Sha256Stream hash_;
  std::string* text_;
  std::string last_origin_;
  bool entries_begun_ = false;
  std::string last_name_;
  uint64_t last_revision_ = 0;
  std::string last_digest_;
  absl::string_view last_word_;
};

// The digest of logs that were judged with `sight`, whole; sorts. Puts the text that is hashed into
// `text` unless that is null.
Digest DigestOf(absl::Span<const JudgedLog> logs, const Sight& sight, std::string* text = nullptr);

}  // namespace plenary
