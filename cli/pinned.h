// Which roster the person at this machine trusts, said on the command line or kept before.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "ledger/digest.h"

namespace plenary::cli {

// --roster-digest and --pins.
std::vector<Option> PinOptions();

// The digest given, else what `plenary roster trust` has kept; none if there is neither. Fails with
// BAD_REQUEST, and as ReadPins.
absl::StatusOr<std::vector<Digest>> PinnedDigests(const Invocation& given);

}  // namespace plenary::cli
