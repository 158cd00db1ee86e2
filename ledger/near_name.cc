#include "ledger/near_name.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ledger/utf8.h"

namespace plenary {
namespace {

constexpr size_t kLookedAt = 64;
constexpr size_t kShownBytes = 60;

// How many letters must be added, dropped, replaced or swapped with their neighbour.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

// Control characters, and those that are invisible or turn the direction of writing.
bool MustEscape(int32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0xAD || point == 0x061C ||
         (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF || point >= 0xE0000;
}

}  // namespace

std::string NearName(absl::string_view text, const std::vector<std::string>& known) {
  text = text.substr(0, kLookedAt);
  const std::string* best = nullptr;
  size_t best_distance = std::max<size_t>(text.size() / 3, 1);
  for (const std::string& name : known) {
    if (name.size() > kLookedAt) continue;
    const size_t distance = Distance(text, name);
    if (distance <= best_distance && (best == nullptr || distance < best_distance)) {
      best = &name;
      best_distance = distance;
    }
  }
  return best == nullptr ? "" : *best;
}

std::string ShownValue(absl::string_view value) {
  std::string shown = "\"";
  while (!value.empty()) {
    if (shown.size() > kShownBytes) {
      shown += "…";
      break;
    }
    const absl::string_view before = value;
    const int32_t point = ConsumeCodePoint(value);
    if (point < 0) {
      absl::StrAppendFormat(&shown, "\\x%02x", static_cast<unsigned char>(value.front()));
      value.remove_prefix(1);
    } else if (point == '"' || point == '\\') {
      absl::StrAppend(&shown, "\\", before.substr(0, 1));
    } else if (point == '\n') {
      shown += "\\n";
    } else if (MustEscape(point)) {
      absl::StrAppendFormat(&shown, "\\u{%x}", point);
    } else {
      absl::StrAppend(&shown, before.substr(0, before.size() - value.size()));
    }
  }
  return absl::StrCat(shown, "\"");
}

}  // namespace plenary
