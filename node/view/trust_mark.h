// The trust that judged a member's logs, as a mark that the view keeps: what changed since says
// what is to be judged again.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "ledger/judge.h"
#include "ledger/trust_book.h"
#include "node/store/store.h"
#include "sync/trust.h"

namespace plenary::node {

// Everything that is held: `trust`, and cards in the store beside it (a second one of a version).
// Fails with STORE_DAMAGED if a card in the store cannot be read, and as the store.
absl::StatusOr<TrustBook> BookOf(const sync::Trust& trust, const Reader& reader);

// The newest roster version, then for each version of the member's card that is held what
// FindCard says of it. One trust has one mark.
std::string TrustMark(const TrustBook& book, absl::string_view member);

enum class TrustStep {
  kNone,    // nothing that matters changed
  kResume,  // something was waited for, perhaps
  kAnew,    // a card that leaves name already means something else now
};
// What `now` asks for if `judge` has come as far as it has under the mark `then` (empty: none).
// Fails with STORE_DAMAGED if a mark cannot be read.
absl::StatusOr<TrustStep> StepBetween(absl::string_view then, absl::string_view now,
                                      const MemberJudge& judge);

}  // namespace plenary::node
