// A row of a source becomes the body of a record: every field, none repaired, none dropped.
#pragma once

#include <google/protobuf/message.h>

#include <vector>

#include "absl/strings/string_view.h"
#include "cli/import/references.h"
#include "cli/import/rows.h"
#include "cli/import/source_fields.h"

namespace plenary {

// Fills `body`, the empty body of a record of `kind` that `member` owns, from `row`: its fields,
// what it called the records that it refers to, and the row itself. Null and empty values leave a
// field unset; parts keep values without a field of their own as details; a reference to a record
// that is not in `index` is kept all the same. Returns what is wrong, field by field; then `body`
// is of no use. Thread-safe.
std::vector<RowError> RowToBody(const SourceKind& kind, const Row& row, const ReferenceIndex& index,
                                absl::string_view member, google::protobuf::Message& body);

// Is there nothing in it: null, an empty text, list or object?
bool IsEmptyValue(const nlohmann::json& value);

}  // namespace plenary
