// Keys that stand on the cards of two members, which docs/FORMATS.md, section 3.4, forbids.
//
// No card is refused for it: which of the two came first is known only here, and nodes that saw
// them in another order would hold other cards for ever. So it is shown, a program that makes a
// card refuses to, and it gains nothing: a manifest and a possession name their member, a log key's
// checkpoint names its log, and a cosigner key is one voice (docs/PROTOCOL.md).
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/card.h"
#include "ledger/checkpoint.h"
#include "ledger/digest.h"

namespace plenary {

// One key on two cards, of whatever status there.
struct SharedKey {
  Digest fingerprint;
  std::string member;
  std::string role;  // on that member's card: "log", "cosigner", "author"
  std::string other_member;
  std::string other_role;

  // "its log key 3f… is also the author key of in".
  std::string Text() const;
};

// The keys of `card` that stand on one of `others` too; a card of the same member is passed over.
// Thread-safe.
std::vector<SharedKey> SharedKeysOf(const Card& card, absl::Span<const Card* const> others);

// OK if there is none, else DUPLICATE_KEY: before a card is signed. Thread-safe.
absl::Status CheckKeysUnshared(const Card& card, absl::Span<const Card* const> others);

// The cosigner keys that count on the logs of `owner`: one that two members list speaks for the
// owner if it is one of them, and so for no peer, else for the first of them by code. Thread-safe.
std::vector<CosignerKey> OneVoiceEach(std::vector<CosignerKey> keys, absl::string_view owner);

}  // namespace plenary
