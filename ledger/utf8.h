// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace plenary {

// Takes one code point off the front of `text` (not empty). Returns it, or a negative number, and
// leaves `text` alone, if what stands there is not UTF-8.
int32_t ConsumeCodePoint(absl::string_view& text);

bool IsUtf8(absl::string_view text);

// `text` as valid UTF-8, cut to at most `most_bytes` bytes: what is none becomes U+FFFD.
std::string CleanUtf8(absl::string_view text, size_t most_bytes);

}  // namespace plenary
