// Which of the logs at hand a person means.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/audit/log_source.h"

namespace plenary::cli {

// "br/1" → "sti.brics.example/br/1"; whole origins stay. Fails with BAD_REQUEST for anything else.
absl::StatusOr<std::string> OriginFor(const std::string& name, const std::string& federation);

// The heads with these names; all if none is given. Fails with BAD_REQUEST, or NOT_FOUND for a log
// that is not there.
absl::StatusOr<std::vector<LogHead>> ChooseLogs(std::vector<LogHead> heads,
                                                const std::vector<std::string>& names,
                                                const std::string& federation);

}  // namespace plenary::cli
