// Which rosters the person at this machine trusts: `plenary verify` goes by them.
//
// A text file, one line per federation: "<federation> <version> <digest in hex>". Lines that begin
// with # are remarks. Only people put a line there: by plenary roster trust, or with an editor.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ledger/digest.h"

namespace plenary::cli {

struct RosterPin {
  std::string federation;
  uint64_t version = 0;
  Digest digest;
  friend bool operator==(const RosterPin&, const RosterPin&) = default;
};

// $XDG_CONFIG_HOME/plenary/rosters, else $HOME/.config/plenary/rosters. Fails with FILE_ACCESS if
// neither variable is set.
absl::StatusOr<std::string> DefaultPinsPath();

// None if there is no such file. Fails with FILE_ACCESS, or BAD_CONFIG with the number of a line
// that is none, or that names a federation a second time.
absl::StatusOr<std::vector<RosterPin>> ReadPins(const std::string& path);

// Adds `pin` in the place of an older version's; makes the folder if it is missing. Fails as
// ReadPins; with SECOND_OF_VERSION if this version is pinned with another digest; with BAD_REQUEST
// if a newer one is pinned: there is no way back but an editor.
absl::Status AddPin(const std::string& path, const RosterPin& pin);

}  // namespace plenary::cli
