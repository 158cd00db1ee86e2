#include "cli/command.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ledger/status.h"
#include "ledger/utf8.h"

namespace plenary::cli {

Option OutputOption(std::vector<std::string> formats) {
  return {.name = "--output",
          .value = "FORMAT",
          .help = "how to print the result",
          .fallback = "table",
          .choices = std::move(formats)};
}

void PrintError(const absl::Status& status, Console& console) {
  console.err << "plenary: " << Printable(Explain(status)) << "\n";
}

std::string Printable(absl::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const absl::string_view before = text;
    const int32_t code_point = ConsumeCodePoint(text);
    if (code_point < 0) text.remove_prefix(1);
    const absl::string_view taken = before.substr(0, before.size() - text.size());
    // C0, DEL and C1 controls; marks that turn the direction of writing.
    const bool hidden = code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) ||
                        (code_point >= 0x202A && code_point <= 0x202E) ||
                        (code_point >= 0x2066 && code_point <= 0x2069);
    if (!hidden) {
      absl::StrAppend(&shown, taken);
      continue;
    }
    for (const char byte : taken) {
      absl::StrAppendFormat(&shown, "\\x%02x", static_cast<unsigned char>(byte));
    }
  }
  return shown;
}

}  // namespace plenary::cli
