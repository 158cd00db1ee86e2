// The words of a judgement, and the places that it is about.
//
// Words: docs/FORMATS.md, sections 4 and 7.
#pragma once

#include <compare>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace plenary {

// A leaf of one member's logs. Places compare in the order of judging.
struct LeafPlace {
  uint64_t epoch = 0;
  uint64_t index = 0;
  friend auto operator<=>(const LeafPlace&, const LeafPlace&) = default;
};

// An entry of one member's logs.
struct EntryPlace {
  uint64_t epoch = 0;
  uint64_t index = 0;
  uint32_t entry = 0;
  LeafPlace leaf() const { return {epoch, index}; }
  friend auto operator<=>(const EntryPlace&, const EntryPlace&) = default;
};

// What became of a leaf or an entry.
enum class Verdict : uint8_t {
  kCounts,         // of a leaf: its entries are judged one by one
  kNotUnderstood,  // stands in its chain; holds something that this build does not know
  kUnjudged,       // waits for a roster or card, or for a newer build
  kRedacted,       // a redaction that counts names the entry
  kRestricted,     // for an audience that is not in sight
  kMissing,        // its bytes are not here, though they should be
  kDoesNotCount,   // with the reason
};

// A verdict with its reason: `why` is OK unless it does not count. An unjudged one may say there
// what it waits for.
struct Judgement {
  Verdict verdict = Verdict::kCounts;
  absl::Status why;

  static Judgement Of(Verdict verdict) { return {verdict, absl::OkStatus()}; }
  static Judgement DoesNotCount(absl::Status why) {
    return {Verdict::kDoesNotCount, std::move(why)};
  }
  // Stands in the chain of its name's revisions.
  bool stands() const { return verdict == Verdict::kCounts || verdict == Verdict::kNotUnderstood; }
};

// "counts", "not_understood", "unjudged", "redacted", "restricted", "missing", "does_not_count".
absl::string_view VerdictWord(Verdict verdict);

}  // namespace plenary
