// CSV by RFC 4180: commas, quotation marks doubled inside quotation marks, CRLF or LF after a row.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace plenary {

// One row of cells, or what is wrong with it.
struct CsvRow {
  std::vector<std::string> cells;  // empty if the row is bad
  absl::string_view original;      // without the line end; points into the text that was read
  size_t line = 0;                 // from 1: where the row begins
  std::string expected;            // empty if the row is good
  size_t bad_cell = 0;             // from 0: the cell that is wrong
};

// Reads all rows; empty lines are none. A bad row ends with its first line, so that what follows is
// read as if nothing had happened. A byte order mark at the front is passed over. Thread-safe.
std::vector<CsvRow> ReadCsv(absl::string_view text);

// One row with CRLF; a cell is quoted if it must be.
std::string CsvLine(const std::vector<std::string>& cells);

}  // namespace plenary
