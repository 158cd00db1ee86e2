#include "cli/import/csv.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "ledger/utf8.h"

namespace plenary {
namespace {

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Takes rows off the front of a text.
class Reader {
 public:
  explicit Reader(absl::string_view text) : rest_(text) {
    absl::string_view mark = rest_.substr(0, kByteOrderMark.size());
    if (mark == kByteOrderMark) rest_.remove_prefix(mark.size());
  }

  bool AtEnd() const { return rest_.empty(); }

  CsvRow Next() {
    CsvRow row;
    row.line = line_;
    const absl::string_view begin = rest_;
    bool more = true;
    while (more && row.expected.empty()) {
      std::string cell;
      row.expected = AtMark() ? QuotedCell(cell) : PlainCell(cell);
      if (row.expected.empty() && !IsUtf8(cell)) row.expected = "UTF-8";
      if (!row.expected.empty()) {
        row.bad_cell = row.cells.size();
        break;
      }
      row.cells.push_back(std::move(cell));
      more = absl::ConsumePrefix(&rest_, ",");
    }
    if (!row.expected.empty()) return Skip(std::move(row), begin);
    row.original = begin.substr(0, begin.size() - rest_.size());
    TakeLineEnd();
    return row;
  }

 private:
  bool AtMark() const { return !rest_.empty() && rest_.front() == '"'; }
  bool AtLineEnd() const {
    return rest_.empty() || rest_.front() == '\n' || absl::StartsWith(rest_, "\r\n");
  }

  void TakeLineEnd() {
    if (absl::ConsumePrefix(&rest_, "\r\n") || absl::ConsumePrefix(&rest_, "\n")) ++line_;
  }

  std::string PlainCell(std::string& cell) {
    const size_t end = rest_.find_first_of(",\r\n\"");
    const size_t length = end == absl::string_view::npos ? rest_.size() : end;
    cell = std::string(rest_.substr(0, length));
    rest_.remove_prefix(length);
    if (AtMark()) return "a cell with a quotation mark to be quoted as a whole";
    if (AtLineEnd() || rest_.front() == ',') return "";
    return "a line feed after the carriage return";
  }

  std::string QuotedCell(std::string& cell) {
    rest_.remove_prefix(1);
    while (true) {
      const size_t mark = rest_.find('"');
      if (mark == absl::string_view::npos) return "a closing quotation mark";
      for (const char c : rest_.substr(0, mark)) line_ += c == '\n' ? 1 : 0;
      absl::StrAppend(&cell, rest_.substr(0, mark));
      rest_.remove_prefix(mark + 1);
      if (!AtMark()) break;
      cell += '"';
      rest_.remove_prefix(1);
    }
    if (AtLineEnd() || rest_.front() == ',') return "";
    return "a comma or the end of the row after the closing quotation mark";
  }

  // Gives up the row and goes on behind its first line.
  CsvRow Skip(CsvRow row, absl::string_view begin) {
    row.cells.clear();
    const size_t end = begin.find('\n');
    row.original = begin.substr(0, end);
    if (absl::EndsWith(row.original, "\r")) row.original.remove_suffix(1);
    rest_ = end == absl::string_view::npos ? absl::string_view() : begin.substr(end + 1);
    line_ = row.line + 1;
    return row;
  }

  absl::string_view rest_;
  size_t line_ = 1;  // of the front of rest_
};

}  // namespace

std::vector<CsvRow> ReadCsv(absl::string_view text) {
  std::vector<CsvRow> rows;
  for (Reader reader(text); !reader.AtEnd();) {
    CsvRow row = reader.Next();
    if (!row.expected.empty() || !row.original.empty()) rows.push_back(std::move(row));
  }
  return rows;
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ',';
    if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
      line += cells[i];
    } else {
      absl::StrAppend(&line, "\"", absl::StrReplaceAll(cells[i], {{"\"", "\"\""}}), "\"");
    }
  }
  return line + "\r\n";
}

}  // namespace plenary
