// Rows of source files, before they mean anything, and what was wrong with those that are bad.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace plenary {

// Longest source file and row that are read.
inline constexpr size_t kSourceFileBytes = 64U << 20;
inline constexpr size_t kSourceRowBytes = 512U << 10;

// One row of a source file.
struct Row {
  std::string file;        // its name, for messages
  size_t number = 0;       // from 1; a CSV header does not count
  size_t line = 0;         // from 1: where the row begins
  std::string original;    // the bytes of the row, verbatim
  std::string media_type;  // of `original`
  nlohmann::json value;    // an object: field of the source → value
};

// A row, or a whole file, that did not go in; or that did and deserves a look.
struct RowError {
  std::string file;
  size_t number = 0;     // 0: the file as a whole
  size_t line = 0;       // 0: unknown
  std::string field;     // as the source names it; empty: the row as a whole
  std::string value;     // ready to show: quoted, cut, escaped; may be empty
  std::string expected;  // "a country code of ISO 3166-1 such as BR"

  // "meetings.json, row 3 (line 85), field ordinal: expected a number, got "three"".
  std::string Text() const;
  // The same as an error with reason BAD_ROW and the members as metadata.
  absl::Status ToStatus() const;
};

struct RowSet {
  std::vector<Row> rows;
  std::vector<RowError> errors;
};

// What stands in a value, ready to show in a message.
std::string Shown(const nlohmann::json& value);

}  // namespace plenary
