// What commands print: lists as table, JSON or CSV, and single things.
//
// A table is for eyes: columns are aligned by display width, long cells are cut. JSON and CSV are
// for programs: nothing is cut, keys and columns stay, and nothing is made "printable".
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "cli/command.h"

namespace plenary::cli {

using Json = nlohmann::ordered_json;

// Columns that `text` takes on a terminal: 2 for wide characters, 0 for combining marks.
size_t DisplayWidth(absl::string_view text);

// At most `most` columns of `text`, with … at the end of what was cut.
std::string CutTo(absl::string_view text, size_t most);

// A value as a cell of a table or of CSV: texts as they are, lists joined by ", ", empty for null.
std::string CellText(const Json& value);

// A list of things, one row each. A value; one thread at a time.
class Listing {
 public:
  struct Column {
    std::string key;         // in JSON, and the head of CSV and table
    bool is_whole = false;   // never cut, as names are
    bool json_only = false;  // too large for a table
  };

  // `name` is the key of the list in JSON: "records".
  Listing(std::string name, std::vector<Column> columns)
      : name_(std::move(name)), columns_(std::move(columns)) {}

  // One value for each column.
  void Add(std::vector<Json> row);
  // A further member of the JSON object, and lines below the table.
  void Remark(const std::string& key, Json value, std::string line = "");

  size_t size() const { return rows_.size(); }
  // The rows as JSON: a list of objects.
  Json Rows() const;
  // "table", "json" or "csv". Remarks' lines go to `console.out` below a table, to `console.err`
  // beside CSV.
  void Print(const std::string& format, Console& console) const;

 private:
  void PrintTable(Console& console) const;
  void PrintJson(Console& console) const;
  void PrintCsv(Console& console) const;

  struct Note {
    std::string key;
    Json value;
    std::string line;
  };
  std::string name_;
  std::vector<Column> columns_;
  std::vector<std::vector<Json>> rows_;
  std::vector<Note> notes_;
};

// One JSON value as a document of two-space indentation.
void PrintJsonDocument(const Json& value, std::ostream& out);

// An object as lines "key  value", its parts indented below it. Bytes and texts are made printable.
void PrintObject(const Json& object, int indent, std::ostream& out);

}  // namespace plenary::cli
