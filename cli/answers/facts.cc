#include "cli/answers/facts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/answers/answers.h"

namespace plenary {
namespace {

using nlohmann::json;

constexpr size_t kShownBytes = 400;

std::string Show(const json& value) {
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
  if (text.size() > kShownBytes) {
    // Not within a character.
    size_t end = kShownBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text.resize(end);
    text += "…";
  }
  return text;
}

// The answer in the form in which two of them are compared.
json Normal(absl::string_view key, json value) {
  if (value.is_array()) std::sort(value.begin(), value.end());
  if (key != "missing_ordinals" || !value.is_object()) return value;
  json gaps = json::object();
  for (const auto& [numbering, missing] : value.items()) {
    if (!missing.empty()) gaps[numbering] = missing;
  }
  return gaps;
}

}  // namespace

std::string Fact::Text() const {
  return passed ? absl::StrCat("passed  ", key) : absl::StrCat("failed  ", key, ": ", detail);
}

bool Agrees(absl::string_view key, const json& expected, const json& answer) {
  if (key == "counts" && expected.is_object() && answer.is_object()) {
    return std::all_of(expected.items().begin(), expected.items().end(), [&](const auto& item) {
      return answer.contains(item.key()) && answer[item.key()] == item.value();
    });
  }
  return Normal(key, expected) == Normal(key, answer);
}

std::vector<Fact> CompareFacts(const json& expected, absl::Span<const v1::Record> records) {
  std::vector<Fact> facts;
  if (!expected.is_object()) {
    facts.push_back({"expected.json", false, "expected an object"});
    return facts;
  }
  for (const auto& [key, value] : expected.items()) {
    const auto answer = Answer(key, records);
    Fact fact{key, answer.ok() && Agrees(key, value, *answer), ""};
    if (!answer.ok()) {
      fact.detail = std::string(answer.status().message());
    } else if (!fact.passed) {
      fact.detail = absl::StrCat("expected ", Show(value), ", got ", Show(*answer));
    }
    facts.push_back(std::move(fact));
  }
  return facts;
}

std::string Summary(absl::Span<const Fact> facts) {
  const auto passed =
      std::count_if(facts.begin(), facts.end(), [](const Fact& fact) { return fact.passed; });
  return absl::StrCat(passed, " passed, ", facts.size() - static_cast<size_t>(passed), " failed");
}

}  // namespace plenary
