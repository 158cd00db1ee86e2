// What a body's fields must be like, by their formats (proto/plenary/v1/format.proto): the checks
// of an import and of a member's own writes. No verdict on another member's record rests on them.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "plenary/v1/record.pb.h"

namespace plenary {

// Longest text of one field (docs/FORMATS.md, section 6).
inline constexpr size_t kTextBytes = 65'536;

// Empty if `text` is what the text field `field` demands; else what is expected, for a message
// ("a country code of ISO 3166-1 such as BR"). Knows nothing of other fields.
std::string Misfit(const google::protobuf::FieldDescriptor& field, absl::string_view text);

// Checks all texts of the body of `record`, and that no period ends before it begins. Fails with
// BAD_FIELD for the first field, by number, that is wrong. A record without a body passes.
absl::Status CheckBody(const v1::Record& record);

}  // namespace plenary
