// JSON, read strictly: RFC 8259, UTF-8, no key twice in one object, at most 32 levels.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace plenary {

inline constexpr size_t kJsonDepth = 32;

// What ReadJson found, and where it stopped if the text is bad.
struct JsonResult {
  bool ok = false;
  nlohmann::json value;  // null unless ok
  size_t offset = 0;     // of the first byte that is wrong
  std::string field;     // the key, of the outermost object, that was being read; may be empty
  std::string expected;  // "JSON", "each field once", …
};

// Reads the whole of `text` as one value. Throws nothing. Thread-safe.
JsonResult ReadJson(absl::string_view text);

// The same; fails with BAD_ENCODING, with line and column (in bytes) from 1.
absl::StatusOr<nlohmann::json> ParseJson(absl::string_view text);

}  // namespace plenary
