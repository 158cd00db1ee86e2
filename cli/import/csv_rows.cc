#include "cli/import/csv_rows.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/import/csv.h"
#include "cli/json.h"
#include "ledger/digest.h"
#include "ledger/fields.h"
#include "ledger/near_name.h"
#include "plenary/v1/project.pb.h"
#include "plenary/v1/value.pb.h"

namespace plenary {
namespace {

using google::protobuf::FieldDescriptor;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr absl::string_view kMediaType = "text/csv; header=absent";
constexpr absl::string_view kClaimForm = "field=value (source), joined by \" | \"";

// What a cell means, or what was expected in it.
struct Cell {
  json value;
  std::string expected;
};

Cell Partners(absl::string_view text) {
  json list = json::array();
  for (const absl::string_view part : absl::StrSplit(text, ';')) {
    const size_t colon = part.find(':');
    if (colon == absl::string_view::npos) return {nullptr, "CC:organisation, joined by ;"};
    list.push_back(
        {{"country", std::string(absl::StripAsciiWhitespace(part.substr(0, colon)))},
         {"organisation", std::string(absl::StripAsciiWhitespace(part.substr(colon + 1)))}});
  }
  return {std::move(list), ""};
}

Cell Claims(absl::string_view text) {
  json list = json::array();
  for (absl::string_view part : absl::StrSplit(text, " | ")) {
    const size_t equals = part.find('=');
    const size_t bracket = part.rfind(" (");
    if (equals == absl::string_view::npos || bracket == absl::string_view::npos ||
        bracket < equals || !absl::ConsumeSuffix(&part, ")")) {
      return {nullptr, std::string(kClaimForm)};
    }
    list.push_back({{"field", std::string(part.substr(0, equals))},
                    {"value", std::string(part.substr(equals + 1, bracket - equals - 1))},
                    {"source_id", std::string(part.substr(bracket + 2))}});
  }
  return {std::move(list), ""};
}

Cell List(absl::string_view text) {
  json list = json::array();
  for (const absl::string_view part : absl::StrSplit(text, ';')) {
    list.push_back(std::string(absl::StripAsciiWhitespace(part)));
  }
  return {std::move(list), ""};
}

Cell Parts(absl::string_view text) {
  JsonResult result = ReadJson(text);
  if (!result.ok) return {nullptr, absl::StrCat("JSON in the cell: ", result.expected)};
  return {std::move(result.value), ""};
}

// Numbers that are not canonical stay text, which the field then refuses.
json Number(const std::string& text) {
  const auto number = ParseDecimal(text);
  return number.ok() ? json(*number) : json(text);
}

Cell CellValue(const FieldDescriptor& field, const std::string& text) {
  if (text.empty()) return {nullptr, ""};
  if (field.message_type() != nullptr) {
    const bool is_json = absl::StartsWith(text, "[") || absl::StartsWith(text, "{");
    if (!is_json && field.message_type() == v1::Partner::descriptor()) return Partners(text);
    if (!is_json && field.message_type() == v1::Claim::descriptor()) return Claims(text);
    return Parts(text);
  }
  if (field.is_repeated()) return List(text);
  if (KindOf(field) == FieldKind::kNumber) return {Number(text), ""};
  return {text, ""};
}

class Table {
 public:
  Table(const SourceKind& kind, absl::string_view file) : kind_(kind), file_(file) {}

  RowSet Read(absl::string_view text) {
    const std::vector<CsvRow> lines = ReadCsv(text);
    if (lines.empty()) {
      Bad(0, 1, "", "a header of fields", "an empty file");
      return std::move(set_);
    }
    Header(lines.front());
    if (!set_.errors.empty()) return std::move(set_);
    for (size_t i = 1; i < lines.size(); ++i) Line(i, lines[i]);
    return std::move(set_);
  }

 private:
  void Bad(size_t number, size_t line, std::string field, std::string expected, std::string value) {
    set_.errors.push_back({std::string(file_), number, line, std::move(field), std::move(value),
                           std::move(expected)});
  }

  void Header(const CsvRow& header) {
    if (!header.expected.empty())
      return Bad(0, 1, "", header.expected, ShownValue(header.original));
    std::vector<std::string> known;
    for (const SourceField& field : kind_.fields) known.push_back(field.name);
    for (const std::string& cell : header.cells) {
      const std::string name(absl::StripAsciiWhitespace(cell));
      const SourceField* field = kind_.Find(name);
      if (field == nullptr) {
        const std::string near = NearName(name, known);
        Bad(0, 1, "",
            absl::StrCat("in the header a field of ", kind_.name,
                         near.empty() ? "" : absl::StrCat(", perhaps ", near)),
            ShownValue(name));
      } else if (std::find(columns_.begin(), columns_.end(), field) != columns_.end()) {
        Bad(0, 1, name, "each column once", "");
      }
      columns_.push_back(field);
    }
    const SourceField* id = kind_.Find("id");
    if (set_.errors.empty() && std::find(columns_.begin(), columns_.end(), id) == columns_.end()) {
      Bad(0, 1, "id", "a column of that name", "");
    }
  }

  void Line(size_t number, const CsvRow& line) {
    if (!line.expected.empty()) {
      const std::string field =
          line.bad_cell < columns_.size() ? columns_[line.bad_cell]->name : "";
      return Bad(number, line.line, field, line.expected, ShownValue(line.original));
    }
    if (line.cells.size() != columns_.size()) {
      return Bad(number, line.line, "", absl::StrCat(columns_.size(), " cells"),
                 absl::StrCat(line.cells.size()));
    }
    if (line.original.size() > kSourceRowBytes) {
      return Bad(number, line.line, "", absl::StrCat("at most ", kSourceRowBytes, " bytes"),
                 absl::StrCat(line.original.size()));
    }
    json row = json::object();
    bool good = true;
    for (size_t i = 0; i < columns_.size(); ++i) {
      Cell cell = CellValue(*columns_[i]->field, line.cells[i]);
      if (!cell.expected.empty()) {
        Bad(number, line.line, columns_[i]->name, cell.expected, ShownValue(line.cells[i]));
        good = false;
      }
      row[columns_[i]->name] = std::move(cell.value);
    }
    if (!good) return;
    set_.rows.push_back({std::string(file_), number, line.line, std::string(line.original),
                         std::string(kMediaType), std::move(row)});
  }

  const SourceKind& kind_;
  const absl::string_view file_;
  std::vector<const SourceField*> columns_;
  RowSet set_;
};

std::string Dump(const ordered_json& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/false, ordered_json::error_handler_t::replace);
}

bool HasTexts(const ordered_json& part, std::initializer_list<const char*> names) {
  return part.size() == names.size() && std::all_of(names.begin(), names.end(), [&](auto name) {
           return part.contains(name) && part[name].is_string();
         });
}

// The short form of a cell, if reading it gives the list back; else JSON.
std::string ShortOrJson(const ordered_json& list, const std::string& text,
                        Cell (*read)(absl::string_view)) {
  return ordered_json(read(text).value) == list ? text : Dump(list);
}

std::string PartnersCell(const ordered_json& list) {
  std::vector<std::string> parts;
  for (const auto& part : list) {
    if (!HasTexts(part, {"country", "organisation"})) return Dump(list);
    parts.push_back(absl::StrCat(part["country"].get<std::string>(), ":",
                                 part["organisation"].get<std::string>()));
  }
  return ShortOrJson(list, absl::StrJoin(parts, ";"), Partners);
}

std::string ClaimsCell(const ordered_json& list) {
  std::vector<std::string> parts;
  for (const auto& part : list) {
    if (!HasTexts(part, {"field", "value", "source_id"})) return Dump(list);
    parts.push_back(absl::StrCat(part["field"].get<std::string>(), "=",
                                 part["value"].get<std::string>(), " (",
                                 part["source_id"].get<std::string>(), ")"));
  }
  return ShortOrJson(list, absl::StrJoin(parts, " | "), Claims);
}

std::string CellText(const FieldDescriptor& field, const ordered_json& value) {
  if (value.is_null() || (value.is_structured() && value.empty())) return "";
  if (field.message_type() == v1::Partner::descriptor()) return PartnersCell(value);
  if (field.message_type() == v1::Claim::descriptor()) return ClaimsCell(value);
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array() && field.message_type() == nullptr) {
    std::vector<std::string> texts;
    for (const auto& text : value) {
      if (text.is_string()) texts.push_back(text.get<std::string>());
    }
    return absl::StrJoin(texts, ";");
  }
  return Dump(value);
}

}  // namespace

RowSet ReadCsvRows(const SourceKind& kind, absl::string_view file, absl::string_view text) {
  return Table(kind, file).Read(text);
}

std::string CsvHeader(const SourceKind& kind) {
  std::vector<std::string> cells;
  for (const SourceField& field : kind.fields) cells.push_back(field.name);
  return CsvLine(cells);
}

std::string RowToCsv(const SourceKind& kind, const ordered_json& row) {
  std::vector<std::string> cells;
  for (const SourceField& field : kind.fields) {
    const auto at = row.find(field.name);
    cells.push_back(at == row.end() ? "" : CellText(*field.field, *at));
  }
  return CsvLine(cells);
}

}  // namespace plenary
