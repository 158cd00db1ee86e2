#include "ledger/amount.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace plenary {
namespace {

constexpr size_t kUnitDigits = 18;
constexpr size_t kNanoDigits = 9;
constexpr int64_t kUnitLimit = 1'000'000'000'000'000'000;
constexpr int32_t kNanosPerUnit = 1'000'000'000;

// Takes the digits off the front of `text`.
absl::string_view TakeDigits(absl::string_view& text) {
  size_t count = 0;
  while (count < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[count]))) {
    ++count;
  }
  const absl::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

int64_t Number(absl::string_view digits) {
  int64_t number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return number;
}

}  // namespace

std::optional<Amount> Amount::Parse(absl::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  const absl::string_view whole = TakeDigits(text);
  if (whole.empty() || whole.size() > kUnitDigits) return std::nullopt;
  if (whole.size() > 1 && whole.front() == '0') return std::nullopt;
  int64_t nanos = 0;
  if (!text.empty()) {
    if (text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
    const absl::string_view fraction = TakeDigits(text);
    if (fraction.empty() || fraction.size() > kNanoDigits || !text.empty()) return std::nullopt;
    nanos = Number(fraction);
    for (size_t i = fraction.size(); i < kNanoDigits; ++i) nanos *= 10;
  }
  const int sign = negative ? -1 : 1;
  return Amount(sign * Number(whole), sign * static_cast<int32_t>(nanos));
}

std::string Amount::Text() const {
  const bool negative = units_ < 0 || nanos_ < 0;
  std::string text = absl::StrCat(negative ? "-" : "", negative ? -units_ : units_);
  if (nanos_ == 0) return text;
  absl::StrAppendFormat(&text, ".%09d", negative ? -nanos_ : nanos_);
  while (text.back() == '0') text.pop_back();
  return text;
}

std::optional<Amount> Amount::Plus(const Amount& other) const {
  int64_t units = units_ + other.units_;
  int32_t nanos = nanos_ + other.nanos_;
  units += nanos / kNanosPerUnit;
  nanos %= kNanosPerUnit;
  if (units > 0 && nanos < 0) {
    --units;
    nanos += kNanosPerUnit;
  } else if (units < 0 && nanos > 0) {
    ++units;
    nanos -= kNanosPerUnit;
  }
  if (units >= kUnitLimit || units <= -kUnitLimit) return std::nullopt;
  return Amount(units, nanos);
}

}  // namespace plenary
