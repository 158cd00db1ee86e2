// Rosters and cards as files, for a node that starts and for people offline.
//
//   FOLDER/roster-<version>.envelope          each version from 1
//   FOLDER/card-<member>-<version>.envelope   each version from 1
//
// The bytes are envelopes as they were signed. Nothing is verified here: RosterChain and CardChain
// (ledger) do that.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace plenary::certs {

// Envelopes by version: version v at v - 1.
struct TrustFiles {
  std::vector<std::string> rosters;
  std::map<std::string, std::vector<std::string>> cards;  // by member code
};

std::string RosterFileName(uint64_t version);
std::string CardFileName(absl::string_view member, uint64_t version);

// Reads what `folder` holds. Fails with FILE_ACCESS; BAD_NAME for a name that begins like one of
// these and is none; ROSTER_MISSING or CARD_MISSING if a version below the highest is not there, or
// no roster at all. Other files are ignored.
absl::StatusOr<TrustFiles> ReadTrustFolder(const std::string& folder);

// Adds all of `files` to `folder`, which is made if it is missing. Never replaces a file:
// FILE_EXISTS; else FILE_ACCESS.
absl::Status WriteTrustFolder(const std::string& folder, const TrustFiles& files);

}  // namespace plenary::certs
