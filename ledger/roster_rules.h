// What one version of the roster must satisfy by itself; used by roster.cc, and CheckVersion by
// card_rules.cc, since rosters and cards are versioned alike.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/roster.h"
#include "plenary/v1/roster.pb.h"

namespace plenary::roster_internal {

// Names, versions, members, threshold, quorum, algorithms, limits, consents: everything but keys.
// Reasons as Roster::Parse.
absl::Status CheckContent(const v1::Roster& roster);

// The root keys in the order of the roster. Keys that `before` (or null) lists are taken from there
// and not checked again. Every other key must sign, so more of them than `signatures` are refused
// before they cost anything: MISSING_ROOT_SIGNATURE in version 1, NEW_KEY_DID_NOT_SIGN after
// `before`. Fails with BAD_ALGORITHM, BAD_KEY, BAD_POSSESSION, DUPLICATE_KEY, NO_ACTIVE_ROOT_KEY.
absl::StatusOr<std::vector<RootKey>> ReadRootKeys(const v1::Roster& roster, const Roster* before,
                                                  size_t signatures);

// Fails with BAD_PREVIOUS unless `previous` is empty at version 1 and 32 bytes later; BAD_VERSION
// for version 0. `what` is "roster" or "card".
absl::Status CheckVersion(absl::string_view what, uint64_t version, absl::string_view previous);

}  // namespace plenary::roster_internal
