#include "ledger/codes.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace plenary {
namespace {

// Sorted, two letters each, a space between them.
constexpr absl::string_view kCountries =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
    "BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ "
    "EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW "
    "GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY "
    "KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV "
    "MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY "
    "QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG "
    "TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM "
    "ZW ";
constexpr size_t kCountryStep = 3;

bool IsAlpha(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isalpha(c); });
}

bool IsDigits(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c); });
}

bool IsAlphanumeric(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c); });
}

bool HasLength(absl::string_view text, size_t low, size_t high) {
  return text.size() >= low && text.size() <= high;
}

// The subtags of one tag, taken from the front.
class Subtags {
 public:
  explicit Subtags(absl::string_view tag) : parts_(absl::StrSplit(tag, '-')) {}

  bool AllWellFormed() const {
    return std::all_of(parts_.begin(), parts_.end(), [](absl::string_view part) {
      return HasLength(part, 1, 8) && IsAlphanumeric(part);
    });
  }
  bool AtEnd() const { return next_ == parts_.size(); }
  absl::string_view Front() const { return AtEnd() ? absl::string_view() : parts_[next_]; }
  bool TakeIf(bool condition) {
    if (!condition || AtEnd()) return false;
    ++next_;
    return true;
  }

 private:
  std::vector<absl::string_view> parts_;
  size_t next_ = 0;
};

bool IsVariant(absl::string_view part) {
  return HasLength(part, 5, 8) || (part.size() == 4 && IsDigits(part.substr(0, 1)));
}

// A singleton and at least one subtag of two characters or more (one for private use).
bool TakeExtension(Subtags& tags) {
  const bool is_private = tags.Front() == "x" || tags.Front() == "X";
  if (!tags.TakeIf(tags.Front().size() == 1)) return false;
  const size_t shortest = is_private ? 1 : 2;
  bool any = false;
  while (tags.TakeIf(tags.Front().size() >= shortest)) any = true;
  return any;
}

}  // namespace

bool IsCountry(absl::string_view code) {
  if (code.size() != 2 || !IsAlpha(code)) return false;
  for (size_t at = 0; at < kCountries.size(); at += kCountryStep) {
    if (kCountries.substr(at, 2) == code) return true;
  }
  return false;
}

bool IsLanguage(absl::string_view tag) {
  Subtags tags(tag);
  if (!tags.AllWellFormed()) return false;
  const absl::string_view first = tags.Front();
  if (first == "x" || first == "X") return TakeExtension(tags) && tags.AtEnd();
  if (!tags.TakeIf(HasLength(first, 2, 8) && IsAlpha(first))) return false;
  for (int i = 0; i < 3 && first.size() <= 3; ++i) {
    if (!tags.TakeIf(tags.Front().size() == 3 && IsAlpha(tags.Front()))) break;
  }
  tags.TakeIf(tags.Front().size() == 4 && IsAlpha(tags.Front()));
  tags.TakeIf((tags.Front().size() == 2 && IsAlpha(tags.Front())) ||
              (tags.Front().size() == 3 && IsDigits(tags.Front())));
  while (tags.TakeIf(IsVariant(tags.Front()))) {
  }
  while (!tags.AtEnd()) {
    if (!TakeExtension(tags)) return false;
  }
  return true;
}

bool IsCurrency(absl::string_view code) {
  return code.size() == 3 && std::all_of(code.begin(), code.end(),
                                         [](unsigned char c) { return absl::ascii_isupper(c); });
}

}  // namespace plenary
