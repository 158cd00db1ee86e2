#include "cli/json.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"

namespace plenary {
namespace {

using nlohmann::json;

// Builds a value from the parser's events, and refuses what nlohmann's own builder lets pass.
class Builder final : public nlohmann::json_sax<json> {
 public:
  explicit Builder(JsonResult& result) : result_(result) {}

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override { return Add(value); }
  bool number_unsigned(number_unsigned_t value) override { return Add(value); }
  bool number_float(number_float_t value, const string_t&) override { return Add(value); }
  bool string(string_t& value) override { return Add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(json::object()); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(json::array()); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    if (open_.size() == 1) result_.field = name;
    if (open_.back().value.contains(name)) {
      result_.expected = absl::StrCat("each key once, got ", name, " again");
      return false;
    }
    open_.back().key = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    result_.offset = position > 0 ? position - 1 : 0;
    result_.expected = "JSON";
    return false;
  }

 private:
  struct Level {
    json value;
    std::string key;  // the next member's
  };

  bool Open(json empty) {
    if (open_.size() == kJsonDepth) {
      result_.expected = absl::StrCat("at most ", kJsonDepth, " levels");
      return false;
    }
    open_.push_back({std::move(empty), ""});
    return true;
  }

  bool Close() {
    json value = std::move(open_.back().value);
    open_.pop_back();
    return Add(std::move(value));
  }

  bool Add(json value) {
    if (open_.empty()) {
      result_.value = std::move(value);
      return true;
    }
    Level& level = open_.back();
    if (level.value.is_array()) {
      level.value.push_back(std::move(value));
    } else {
      level.value[level.key] = std::move(value);
    }
    return true;
  }

  JsonResult& result_;
  std::vector<Level> open_;
};

}  // namespace

JsonResult ReadJson(absl::string_view text) {
  JsonResult result;
  Builder builder(result);
  result.ok = json::sax_parse(text.begin(), text.end(), &builder);
  if (!result.ok) {
    result.value = nullptr;
    result.offset = std::min(result.offset, text.size());
  }
  return result;
}

absl::StatusOr<json> ParseJson(absl::string_view text) {
  JsonResult result = ReadJson(text);
  if (result.ok) return std::move(result.value);
  const absl::string_view before = text.substr(0, result.offset);
  const size_t last_break = before.rfind('\n');
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t column =
      1 + (last_break == absl::string_view::npos ? before.size() : before.size() - last_break - 1);
  return MakeError(Reason::BAD_ENCODING,
                   absl::StrCat("line ", line, ", column ", column, ": expected ", result.expected,
                                result.field.empty() ? "" : " near field ", result.field),
                   {{"field", result.field}, {"line", absl::StrCat(line)}});
}

}  // namespace plenary
