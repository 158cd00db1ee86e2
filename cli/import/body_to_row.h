// The way back: the body of a record as a row of a source, field by field.
#pragma once

#include <google/protobuf/message.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/string_view.h"
#include "cli/import/source_fields.h"

namespace plenary {

// The row that RowToBody makes `body` from, with a member for each field of `kind`: null for what
// is not known, an empty list or object for what has no entries. What a body refers to has the
// source's id, or the name of the record where no source named it. Thread-safe.
nlohmann::ordered_json BodyToRow(const SourceKind& kind, const google::protobuf::Message& body);

// What the source of `body` called the record of that name; the name itself if that is not known.
std::string ExternalIdOf(const google::protobuf::Message& body, absl::string_view name);

}  // namespace plenary
