// What `plenary verify` says of an evidence file.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cli/command.h"
#include "ledger/digest.h"

namespace plenary::cli {

// Judges `bytes` as evidence, prints and returns the exit code: 0 the contradiction is real and the
// file holds a roster with a pinned digest, 1 it is not, 2 it is real by the file's own rosters.
// Nothing, and nothing printed, if the bytes are no evidence file at all.
std::optional<int> ReportEvidence(absl::string_view bytes, absl::Span<const Digest> pinned,
                                  bool json, Console& console);

// {"reason", "message", "remedy"} of an error.
nlohmann::ordered_json ErrorJson(const absl::Status& status);

}  // namespace plenary::cli
