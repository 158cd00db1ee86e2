// Rows of a CSV file as rows like those of a JSON file, and back.
//
// Conventions: lists with ; between the values, partners as CC:organisation, disputed values as
// field=value (source) joined by " | ", other parts as JSON in the cell; an empty cell is null.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "cli/import/rows.h"
#include "cli/import/source_fields.h"

namespace plenary {

// Reads the text of a CSV file with a header of fields of `kind`. A header that is wrong refuses
// the file; a bad row itself alone. `file` is for messages. Thread-safe.
RowSet ReadCsvRows(const SourceKind& kind, absl::string_view file, absl::string_view text);

// The header, and the line of a row as BodyToRow makes it, with CRLF.
std::string CsvHeader(const SourceKind& kind);
std::string RowToCsv(const SourceKind& kind, const nlohmann::ordered_json& row);

}  // namespace plenary
