#include "ledger/verdict.h"

namespace plenary {

absl::string_view VerdictWord(Verdict verdict) {
  switch (verdict) {
    case Verdict::kCounts:
      return "counts";
    case Verdict::kNotUnderstood:
      return "not_understood";
    case Verdict::kUnjudged:
      return "unjudged";
    case Verdict::kRedacted:
      return "redacted";
    case Verdict::kRestricted:
      return "restricted";
    case Verdict::kMissing:
      return "missing";
    case Verdict::kDoesNotCount:
      break;
  }
  return "does_not_count";
}

}  // namespace plenary
