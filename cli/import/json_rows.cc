#include "cli/import/json_rows.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/json.h"
#include "ledger/near_name.h"

namespace plenary {
namespace {

constexpr absl::string_view kMediaType = "application/json";
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";
// How many places are tried to find the next row after malformed ones, in one file.
constexpr int kRestarts = 4096;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The end of the string that begins at `begin`, behind its mark; nothing if it does not end in its
// line.
std::optional<size_t> StringEnd(absl::string_view text, size_t begin) {
  for (size_t at = begin + 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    } else if (text[at] == '\n') {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

// The end of the array or object that begins at `begin`, by its brackets; nothing if it has none
// within the size of a row.
std::optional<size_t> BracketEnd(absl::string_view text, size_t begin) {
  text = text.substr(0, std::min(text.size(), begin + kSourceRowBytes));
  std::string closing;
  for (size_t at = begin; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      const auto end = StringEnd(text, at);
      if (!end.has_value()) return std::nullopt;
      at = *end;
      continue;
    }
    if (c == '{' || c == '[') {
      if (closing.size() == kJsonDepth) return std::nullopt;
      closing.push_back(c == '{' ? '}' : ']');
    } else if (c == '}' || c == ']') {
      if (closing.empty() || closing.back() != c) return std::nullopt;
      closing.pop_back();
      if (closing.empty()) return at + 1;
    }
    ++at;
  }
  return std::nullopt;
}

size_t ValueEnd(absl::string_view text, size_t begin) {
  if (text[begin] == '{' || text[begin] == '[') return BracketEnd(text, begin).value_or(begin);
  if (text[begin] == '"') return StringEnd(text, begin).value_or(begin);
  size_t at = begin;
  while (at < text.size() && !IsSpace(text[at]) && text[at] != ',' && text[at] != '}') ++at;
  return at;
}

// A file that is read from front to back.
class Reader {
 public:
  Reader(absl::string_view file, absl::string_view text) : file_(file), text_(text) {
    if (absl::StartsWith(text_, kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  RowSet Rows() {
    if (!Accept('[')) return Stop("an array of objects");
    if (Accept(']')) return AtEndOfFile();
    while (true) {
      SkipSpace();
      if (at_ == text_.size()) return Stop("] after the last row");
      ++number_;
      if (!TakeRow() && !SkipToNextRow()) return std::move(set_);
      if (Accept(']')) return AtEndOfFile();
      if (at_ == text_.size()) return Stop("] after the last row");
      if (Accept(',') || restarted_) continue;
      AddError(0, at_, "", "a comma or ] after the row");
      if (text_[at_] != '{' && !SkipToNextRow()) return std::move(set_);
    }
  }

  RowSet Lists() {
    const JsonResult whole = ReadJson(text_.substr(at_));
    if (!whole.ok || !whole.value.is_object()) {
      at_ += whole.offset;
      return Stop(whole.ok ? "an object of lists" : whole.expected);
    }
    Accept('{');
    while (!Accept('}')) {
      SkipSpace();
      const size_t key_end = ValueEnd(text_, at_);
      const std::string key = ReadJson(text_.substr(at_, key_end - at_)).value.get<std::string>();
      at_ = key_end;
      Accept(':');
      SkipSpace();
      const size_t begin = at_;
      at_ = ValueEnd(text_, at_);
      ++number_;
      if (at_ == begin) return Stop(absl::StrCat("a list of at most ", kSourceRowBytes, " bytes"));
      AddRow(begin, {{"id", key}, {"terms", whole.value[key]}});
      Accept(',');
    }
    return std::move(set_);
  }

 private:
  void SkipSpace() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }

  bool Accept(char c) {
    SkipSpace();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // Lines are counted once, on the way.
  size_t LineAt(size_t offset) {
    if (offset < counted_)
      return 1 + static_cast<size_t>(
                     std::count(text_.begin(), text_.begin() + static_cast<long>(offset), '\n'));
    lines_ += static_cast<size_t>(std::count(text_.begin() + static_cast<long>(counted_),
                                             text_.begin() + static_cast<long>(offset), '\n'));
    counted_ = offset;
    return lines_;
  }

  void AddRow(size_t begin, nlohmann::json value) {
    set_.rows.push_back({std::string(file_), number_, LineAt(begin),
                         std::string(text_.substr(begin, at_ - begin)), std::string(kMediaType),
                         std::move(value)});
  }

  // Of the row that begins at at_, or of the file; `offset` is where it is wrong.
  void AddError(size_t number, size_t offset, std::string field, std::string expected) {
    const size_t line = LineAt(at_);
    const size_t wrong_line = LineAt(offset);
    if (wrong_line != line) absl::StrAppend(&expected, " (wrong in line ", wrong_line, ")");
    RowError error{std::string(file_), number, line, std::move(field), "", std::move(expected)};
    const absl::string_view rest = text_.substr(offset);
    error.value = rest.empty() ? "the end of the file" : ShownValue(rest.substr(0, 40));
    set_.errors.push_back(std::move(error));
  }

  RowSet Stop(absl::string_view expected) {
    AddError(0, at_, "", std::string(expected));
    return std::move(set_);
  }

  RowSet AtEndOfFile() {
    SkipSpace();
    if (at_ < text_.size()) return Stop("nothing after the rows");
    return std::move(set_);
  }

  // Takes the row at the front, good or bad, and steps behind it. False, with an error, if where it
  // ends cannot be told.
  bool TakeRow() {
    restarted_ = false;
    if (text_[at_] != '{') {
      AddError(number_, at_, "", "an object: {");
      return false;
    }
    const auto end = BracketEnd(text_, at_);
    const absl::string_view slice =
        end.has_value() ? text_.substr(at_, *end - at_) : text_.substr(at_, kSourceRowBytes);
    JsonResult result = ReadJson(slice);
    if (end.has_value() && result.ok) {
      const size_t begin = at_;
      at_ = *end;
      AddRow(begin, std::move(result.value));
      return true;
    }
    AddError(
        number_, at_ + result.offset, result.field,
        result.ok ? absl::StrCat("a row of at most ", kSourceRowBytes, " bytes") : result.expected);
    // A key twice leaves no doubt about the end; a syntax error does.
    if (!end.has_value() || result.expected == "JSON") return false;
    at_ = *end;
    return true;
  }

  // Steps to the next object that reads well and has an id.
  bool SkipToNextRow() {
    const size_t bad = at_;
    for (at_ = bad + 1; at_ < text_.size(); ++at_) {
      if (text_[at_] != '{') continue;
      if (++restarts_ > kRestarts) {
        AddError(0, at_, "", "rows that can be told apart");
        return false;
      }
      const auto end = BracketEnd(text_, at_);
      if (!end.has_value()) continue;
      const JsonResult result = ReadJson(text_.substr(at_, *end - at_));
      if (result.ok && result.value.is_object() && result.value.contains("id")) {
        restarted_ = true;
        return true;
      }
    }
    // Nothing more: is the closing bracket there?
    const size_t last = text_.find_last_of(']');
    at_ = last == absl::string_view::npos || last < bad ? text_.size() : last;
    return true;
  }

  const absl::string_view file_;
  const absl::string_view text_;
  size_t at_ = 0;
  size_t number_ = 0;
  size_t counted_ = 0;  // lines are counted up to here
  size_t lines_ = 1;
  int restarts_ = 0;
  bool restarted_ = false;
  RowSet set_;
};

}  // namespace

RowSet ReadJsonRows(absl::string_view file, absl::string_view text) {
  return Reader(file, text).Rows();
}

RowSet ReadJsonLists(absl::string_view file, absl::string_view text) {
  return Reader(file, text).Lists();
}

}  // namespace plenary
