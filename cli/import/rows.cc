#include "cli/import/rows.h"

#include "absl/strings/str_cat.h"
#include "ledger/near_name.h"
#include "ledger/status.h"

namespace plenary {

std::string RowError::Text() const {
  std::string text = file;
  if (number > 0) absl::StrAppend(&text, ", row ", number);
  if (line > 0)
    absl::StrAppend(&text, number > 0 ? " (line " : ", line ", line, number > 0 ? ")" : "");
  if (!field.empty()) absl::StrAppend(&text, ", field ", field);
  absl::StrAppend(&text, ": expected ", expected);
  if (!value.empty()) absl::StrAppend(&text, ", got ", value);
  return text;
}

absl::Status RowError::ToStatus() const {
  return MakeError(Reason::BAD_ROW, Text(),
                   {{"file", file},
                    {"row", absl::StrCat(number)},
                    {"line", absl::StrCat(line)},
                    {"field", field},
                    {"value", value},
                    {"expected", expected}});
}

std::string Shown(const nlohmann::json& value) {
  if (value.is_string()) return ShownValue(value.get_ref<const std::string&>());
  const std::string text =
      value.dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
  if (value.is_primitive()) return text;
  return ShownValue(text);
}

}  // namespace plenary
