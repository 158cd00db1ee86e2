// Dates cut to what is known: 2012, 2012-11, 2012-11-15, or with a time and an offset.
//
// A date covers the whole period that it names, and a date is compared with a bound by what is
// possible: 2012 may be the same day as 2012-11-15, may be before 2012-03, and may be after it. So
// a query over a range never hides a record only because little is known of its date. The bound is
// meant whole: after 2015 is after the last of December.
//
// Source: ISO 8601-1 calendar dates; a date with a time as in RFC 3339.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace plenary {

enum class KnownTo { kYear, kMonth, kDay, kTime };

// The period of a date: seconds since 1970-01-01T00:00:00Z, leap seconds left out. A date without a
// time is taken as one of UTC. Immutable value type.
struct DateSpan {
  int64_t begin_s = 0;
  int64_t end_s = 0;  // not part of the period
  KnownTo known_to = KnownTo::kDay;
};

// What ParseDate takes, for messages.
inline constexpr absl::string_view kDateForms =
    "a date cut to what is known (2012, 2012-11, 2012-11-15)";

// Nothing unless `text` is a date of the years 0001 to 9999 that exists in the Gregorian calendar,
// in one of the forms YYYY, YYYY-MM, YYYY-MM-DD, YYYY-MM-DDThh:mm[:ss] with Z or an offset ±hh:mm.
std::optional<DateSpan> ParseDate(absl::string_view text);

// Can the date be (partly) within the bound?
bool MayEqual(const DateSpan& date, const DateSpan& bound);
// Can the date be before the bound begins?
bool MayBeBefore(const DateSpan& date, const DateSpan& bound);
// Can the date be after the bound has ended?
bool MayBeAfter(const DateSpan& date, const DateSpan& bound);

}  // namespace plenary
