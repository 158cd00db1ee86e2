// Files, whole.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace plenary::cli {

// The bytes of the file at `path`, "-" for the standard input. Fails with NOT_FOUND if it cannot be
// read, TOO_LARGE if it has more than `max_bytes`.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t max_bytes);

}  // namespace plenary::cli
