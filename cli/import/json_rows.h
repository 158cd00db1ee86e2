// The rows of a JSON file, each on its own: one that is malformed does not take the others along.
#pragma once

#include "absl/strings/string_view.h"
#include "cli/import/rows.h"

namespace plenary {

// Reads an array of objects; a member "id" tells where the next row begins after one that is
// malformed. `file` is for messages. Thread-safe.
RowSet ReadJsonRows(absl::string_view file, absl::string_view text);

// Reads an object of controlled lists: each member is a row {"id": key, "terms": value}, whose
// original is the value alone. A malformed file has no rows. Thread-safe.
RowSet ReadJsonLists(absl::string_view file, absl::string_view text);

}  // namespace plenary
