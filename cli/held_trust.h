// The rosters and cards in a folder, verified.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "certs/member_identity.h"
#include "ledger/card.h"
#include "ledger/roster.h"

namespace plenary::cli {

struct HeldTrust {
  RosterChain rosters;
  std::map<std::string, CardChain> cards;  // by member code
};

// Reads and verifies a folder of certs/trust_folder.h: every roster from version 1 on, every card
// by the newest roster. Fails as ReadTrustFolder, RosterChain::Verify and CardChain::Verify, with
// the file that is wrong.
absl::StatusOr<HeldTrust> LoadTrust(const std::string& folder);

// What judging a TLS peer rests on.
certs::Trust TrustOf(const HeldTrust& held);

}  // namespace plenary::cli
