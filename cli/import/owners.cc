#include "cli/import/owners.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/import/csv.h"
#include "ledger/names.h"
#include "ledger/near_name.h"

namespace plenary {
namespace {

constexpr size_t kYearDigits = 4;

// The texts of a field: itself, or its elements.
std::vector<std::string> TextsIn(const nlohmann::json& row, const std::string& field) {
  std::vector<std::string> texts;
  const auto at = row.find(field);
  if (at == row.end()) return texts;
  const auto add = [&texts](const nlohmann::json& value) {
    if (value.is_string()) texts.push_back(value.get<std::string>());
    if (value.is_number_unsigned()) texts.push_back(absl::StrCat(value.get<uint64_t>()));
  };
  if (at->is_array()) {
    for (const nlohmann::json& value : *at) add(value);
  } else {
    add(*at);
  }
  return texts;
}

std::string TextIn(const nlohmann::json& row, const std::string& field) {
  const std::vector<std::string> texts = TextsIn(row, field);
  return texts.empty() ? "" : texts.front();
}

}  // namespace

std::vector<RowError> Owners::AddFile(absl::string_view file, absl::string_view text) {
  std::vector<RowError> errors;
  const std::string name(file);
  const std::vector<CsvRow> rows = ReadCsv(text);
  const std::vector<std::string> header = {"kind", "id", "owner"};
  if (rows.empty() || rows.front().cells != header) {
    errors.push_back({name, 0, 1, "", "", "the header kind,id,owner"});
    return errors;
  }
  for (size_t i = 1; i < rows.size(); ++i) {
    const CsvRow& row = rows[i];
    const auto bad = [&](const char* field, std::string expected, absl::string_view value) {
      errors.push_back({name, i, row.line, field, ShownValue(value), std::move(expected)});
    };
    if (!row.expected.empty() || row.cells.size() != header.size()) {
      bad("", row.expected.empty() ? "3 cells" : row.expected, row.original);
    } else if (FindSourceKind(row.cells[0]) == nullptr) {
      bad("kind", "a kind of rows such as meetings", row.cells[0]);
    } else if (row.cells[1].empty()) {
      bad("id", "a value", row.cells[1]);
    } else if (!IsMember(row.cells[2])) {
      bad("owner", "the code of a member such as br", row.cells[2]);
    } else if (!decided_.emplace(std::pair(row.cells[0], row.cells[1]), row.cells[2]).second) {
      bad("id", "one owner for each row", row.cells[1]);
    } else {
      members_.insert(row.cells[2]);
    }
  }
  return errors;
}

void Owners::AddChairship(const Row& row) {
  const std::string year = TextIn(row.value, "year");
  const std::string country = TextIn(row.value, "country");
  if (!year.empty() && !country.empty()) chairs_.emplace(year, country);
}

std::string Owners::MemberOf(const std::string& country) const {
  const std::string member = absl::AsciiStrToLower(country);
  return members_.count(member) > 0 ? member : "";
}

std::string Owners::OwnerOf(const SourceKind& kind, const Row& row) const {
  const auto decided = decided_.find(std::pair(kind.name, TextIn(row.value, "id")));
  if (decided != decided_.end()) return decided->second;
  for (const std::string& field : kind.home) {
    for (const std::string& country : TextsIn(row.value, field)) {
      const std::string member = MemberOf(country);
      if (!member.empty()) return member;
    }
  }
  const std::string year = TextIn(row.value, kind.year).substr(0, kYearDigits);
  const auto chair = chairs_.find(year);
  const std::string member = chair == chairs_.end() ? "" : MemberOf(chair->second);
  return member.empty() ? fallback_ : member;
}

}  // namespace plenary
