// Exact decimal numbers: money and the like, without floating point.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace plenary {

// units + nanos / 10^9, both of the same sign. Immutable value type.
class Amount {
 public:
  Amount() = default;

  // Nothing unless `text` is an optional minus, 1 to 18 digits without a needless leading zero, and
  // optionally a point with 1 to 9 digits.
  static std::optional<Amount> Parse(absl::string_view text);

  // The shortest text that Parse reads back: "7200000", "-0.5".
  std::string Text() const;
  // The sum, or nothing if it has more than 18 digits before the point.
  std::optional<Amount> Plus(const Amount& other) const;

  int64_t units() const { return units_; }
  int32_t nanos() const { return nanos_; }

  friend auto operator<=>(const Amount&, const Amount&) = default;

 private:
  Amount(int64_t units, int32_t nanos) : units_(units), nanos_(nanos) {}
  int64_t units_ = 0;
  int32_t nanos_ = 0;
};

}  // namespace plenary
