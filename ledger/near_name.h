// Help for error messages: the name that was probably meant, and a value that is safe to show.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace plenary {

// The name among `known` that `text` is a slip of, or empty: at most a third of its letters are
// wrong.
// Looks at the first 64 bytes of `text` only.
std::string NearName(absl::string_view text, const std::vector<std::string>& known);

// `value` in quotation marks, for a message: cut to about 60 bytes between characters, with
// control characters, invisible and direction-changing ones and what is not UTF-8 written as
// escapes, so that it cannot disturb a terminal or a log.
std::string ShownValue(absl::string_view value);

}  // namespace plenary
