#include "ledger/dates.h"

#include "absl/strings/ascii.h"

namespace plenary {
namespace {

constexpr int64_t kDay_s = 86'400;

bool IsLeapYear(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int64_t DaysInMonth(int64_t year, int64_t month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[month - 1] + (month == 2 && IsLeapYear(year) ? 1 : 0);
}

// Days since 1970-01-01 of a day in the years from 1 on.
int64_t DayNumber(int64_t year, int64_t month, int64_t day) {
  const int64_t before = year - 1;
  int64_t days = before * 365 + before / 4 - before / 100 + before / 400;
  for (int64_t m = 1; m < month; ++m) days += DaysInMonth(year, m);
  constexpr int64_t kDaysTo1970 = 719'162;
  return days + day - 1 - kDaysTo1970;
}

// Takes exactly `digits` digits off the front of `text`; false, and nothing taken, if there are
// fewer or the number is outside [low, high].
bool TakeNumber(absl::string_view& text, size_t digits, int64_t low, int64_t high, int64_t& value) {
  if (text.size() < digits) return false;
  int64_t number = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(text[i]))) return false;
    number = number * 10 + (text[i] - '0');
  }
  if (number < low || number > high) return false;
  text.remove_prefix(digits);
  value = number;
  return true;
}

bool TakeChar(absl::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// "hh:mm[:ss](Z|±hh:mm)", the whole of `text`.
std::optional<DateSpan> WithTime(int64_t day, absl::string_view text) {
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  if (!TakeNumber(text, 2, 0, 23, hour) || !TakeChar(text, ':') ||
      !TakeNumber(text, 2, 0, 59, minute)) {
    return std::nullopt;
  }
  int64_t length_s = 60;
  if (TakeChar(text, ':')) {
    if (!TakeNumber(text, 2, 0, 59, second)) return std::nullopt;
    length_s = 1;
  }
  int64_t offset_s = 0;
  if (!TakeChar(text, 'Z')) {
    const int64_t sign = !text.empty() && text.front() == '-' ? -1 : 1;
    int64_t hours = 0;
    int64_t minutes = 0;
    if ((!TakeChar(text, '+') && !TakeChar(text, '-')) || !TakeNumber(text, 2, 0, 23, hours) ||
        !TakeChar(text, ':') || !TakeNumber(text, 2, 0, 59, minutes)) {
      return std::nullopt;
    }
    offset_s = sign * (hours * 3600 + minutes * 60);
  }
  if (!text.empty()) return std::nullopt;
  const int64_t begin = day * kDay_s + hour * 3600 + minute * 60 + second - offset_s;
  return DateSpan{begin, begin + length_s, KnownTo::kTime};
}

DateSpan Days(int64_t first, int64_t end, KnownTo known_to) {
  return {first * kDay_s, end * kDay_s, known_to};
}

}  // namespace

std::optional<DateSpan> ParseDate(absl::string_view text) {
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
  if (!TakeNumber(text, 4, 1, 9999, year)) return std::nullopt;
  if (text.empty()) {
    return Days(DayNumber(year, 1, 1), DayNumber(year + 1, 1, 1), KnownTo::kYear);
  }
  if (!TakeChar(text, '-') || !TakeNumber(text, 2, 1, 12, month)) return std::nullopt;
  const int64_t month_begin = DayNumber(year, month, 1);
  if (text.empty()) {
    return Days(month_begin, month_begin + DaysInMonth(year, month), KnownTo::kMonth);
  }
  if (!TakeChar(text, '-') || !TakeNumber(text, 2, 1, DaysInMonth(year, month), day)) {
    return std::nullopt;
  }
  const int64_t number = month_begin + day - 1;
  if (text.empty()) return Days(number, number + 1, KnownTo::kDay);
  if (!TakeChar(text, 'T')) return std::nullopt;
  return WithTime(number, text);
}

bool MayEqual(const DateSpan& date, const DateSpan& bound) {
  return date.begin_s < bound.end_s && bound.begin_s < date.end_s;
}

bool MayBeBefore(const DateSpan& date, const DateSpan& bound) {
  return date.begin_s < bound.begin_s;
}

bool MayBeAfter(const DateSpan& date, const DateSpan& bound) { return date.end_s > bound.end_s; }

}  // namespace plenary
