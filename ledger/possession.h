// Proof of possession: the key that is enrolled signs who enrols it, for which role.
//
// The one payload that is rebuilt by every reader instead of carried: docs/FORMATS.md, section 3.4.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "ledger/digest.h"
#include "ledger/signature.h"

namespace plenary {

// What a key on a card is for. No key has two.
enum class KeyRole { kLog, kCosigner, kAuthor };

// "log", "cosigner", "author".
absl::string_view RoleName(KeyRole role);

// Who enrols a key, for what. `member` must outlive the call that it is passed to.
struct Enrolment {
  Digest genesis;
  absl::string_view member;
  KeyRole role = KeyRole::kAuthor;
  uint64_t epoch = 0;  // of a log key; 0 for the others
};

// The payload: fields in order of number, minimal varints, defaults left out.
std::string PossessionPayload(const Enrolment& enrolment, uint32_t algorithm,
                              absl::string_view spki);

// The bare signature that goes into the card's Key.
std::string SignPossession(const Enrolment& enrolment, const Signer& key);

// OK, or BAD_POSSESSION.
absl::Status VerifyPossession(const Enrolment& enrolment, const PublicKey& key,
                              absl::string_view signature);

}  // namespace plenary
