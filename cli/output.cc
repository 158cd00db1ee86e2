#include "cli/output.h"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "ledger/check.h"
#include "ledger/utf8.h"

namespace plenary::cli {
namespace {

constexpr size_t kCellWidth = 60;
constexpr size_t kGap = 2;

// wcwidth goes by the locale of the thread; this one knows all of Unicode, whatever the user's is.
class UnicodeLocale {
 public:
  UnicodeLocale() : before_(Unicode() == nullptr ? nullptr : uselocale(Unicode())) {}
  ~UnicodeLocale() {
    if (before_ != nullptr) uselocale(before_);
  }
  UnicodeLocale(const UnicodeLocale&) = delete;
  UnicodeLocale& operator=(const UnicodeLocale&) = delete;

 private:
  static locale_t Unicode() {
    static const locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return unicode;
  }
  const locale_t before_;
};

size_t WidthOf(int32_t code_point) {
  const int width = wcwidth(static_cast<wchar_t>(code_point));
  return width < 0 ? 1 : static_cast<size_t>(width);
}

std::string Dump(const Json& value, int indent) {
  return value.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

std::string CsvCell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string Padded(const std::string& text, size_t width) {
  const size_t own = DisplayWidth(text);
  return own >= width ? text : text + std::string(width - own, ' ');
}

void PrintLine(const std::vector<std::string>& cells, const std::vector<size_t>& widths,
               std::ostream& out) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    absl::StrAppend(&line, i == 0 ? "" : std::string(kGap, ' '), Padded(cells[i], widths[i]));
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << "\n";
}

bool IsPlain(const Json& value) {
  return !value.is_structured() ||
         (value.is_array() && std::none_of(value.begin(), value.end(), [](const Json& element) {
            return element.is_structured();
          }));
}

}  // namespace

size_t DisplayWidth(absl::string_view text) {
  const UnicodeLocale unicode;
  size_t width = 0;
  while (!text.empty()) {
    const int32_t code_point = ConsumeCodePoint(text);
    if (code_point < 0) text.remove_prefix(1);
    width += code_point < 0 ? 1 : WidthOf(code_point);
  }
  return width;
}

std::string CutTo(absl::string_view text, size_t most) {
  if (DisplayWidth(text) <= most) return std::string(text);
  const UnicodeLocale unicode;
  const absl::string_view whole = text;
  size_t width = 0;
  size_t end = 0;
  while (!text.empty()) {
    const int32_t code_point = ConsumeCodePoint(text);
    if (code_point < 0) text.remove_prefix(1);
    width += code_point < 0 ? 1 : WidthOf(code_point);
    if (width + 1 > most) break;
    end = whole.size() - text.size();
  }
  return absl::StrCat(whole.substr(0, end), "…");
}

std::string CellText(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (!value.is_array() || !IsPlain(value)) return Dump(value, -1);
  std::string text;
  for (const Json& element : value) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", CellText(element));
  }
  return text;
}

void Listing::Add(std::vector<Json> row) {
  CHECK_EQ(row.size(), columns_.size());
  rows_.push_back(std::move(row));
}

void Listing::Remark(const std::string& key, Json value, std::string line) {
  notes_.push_back({key, std::move(value), std::move(line)});
}

void Listing::Print(const std::string& format, Console& console) const {
  if (format == "json") return PrintJson(console);
  if (format == "csv") return PrintCsv(console);
  PrintTable(console);
}

void Listing::PrintTable(Console& console) const {
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : columns_) {
    if (!column.json_only) lines[0].push_back(column.key);
  }
  for (const std::vector<Json>& row : rows_) {
    std::vector<std::string>& line = lines.emplace_back();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].json_only) continue;
      const std::string text = Printable(CellText(row[i]));
      line.push_back(text.empty() ? "-" : columns_[i].is_whole ? text : CutTo(text, kCellWidth));
    }
  }
  std::vector<size_t> widths(lines[0].size(), 0);
  for (const std::vector<std::string>& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(line[i]));
  }
  if (rows_.empty()) {
    console.out << "no " << name_ << "\n";
  } else {
    for (const std::vector<std::string>& line : lines) PrintLine(line, widths, console.out);
  }
  for (const Note& note : notes_) {
    if (!note.line.empty()) console.out << Printable(note.line) << "\n";
  }
}

Json Listing::Rows() const {
  Json list = Json::array();
  for (const std::vector<Json>& row : rows_) {
    Json object = Json::object();
    for (size_t i = 0; i < columns_.size(); ++i) object[columns_[i].key] = row[i];
    list.push_back(std::move(object));
  }
  return list;
}

void Listing::PrintJson(Console& console) const {
  Json document = {{name_, Rows()}};
  for (const Note& note : notes_) document[note.key] = note.value;
  PrintJsonDocument(document, console.out);
}

void Listing::PrintCsv(Console& console) const {
  std::string head;
  for (const Column& column : columns_) {
    if (!column.json_only) absl::StrAppend(&head, head.empty() ? "" : ",", column.key);
  }
  console.out << head << "\r\n";
  for (const std::vector<Json>& row : rows_) {
    bool is_first = true;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].json_only) continue;
      console.out << (is_first ? "" : ",") << CsvCell(CellText(row[i]));
      is_first = false;
    }
    console.out << "\r\n";
  }
  for (const Note& note : notes_) {
    if (!note.line.empty()) console.err << Printable(note.line) << "\n";
  }
}

void PrintJsonDocument(const Json& value, std::ostream& out) { out << Dump(value, 2) << "\n"; }

void PrintObject(const Json& object, int indent, std::ostream& out) {
  const std::string margin(static_cast<size_t>(indent), ' ');
  size_t width = 0;
  for (const auto& [key, value] : object.items()) {
    if (IsPlain(value)) width = std::max(width, DisplayWidth(key));
  }
  for (const auto& [key, value] : object.items()) {
    if (IsPlain(value)) {
      out << margin << Padded(key, width + kGap) << Printable(CellText(value)) << "\n";
    } else if (value.is_object()) {
      out << margin << key << "\n";
      PrintObject(value, indent + 2, out);
    } else {
      for (size_t i = 0; i < value.size(); ++i) {
        out << margin << key << " " << i + 1 << "\n";
        PrintObject(value[i].is_object() ? value[i] : Json{{"value", value[i]}}, indent + 2, out);
      }
    }
  }
}

}  // namespace plenary::cli
