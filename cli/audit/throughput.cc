#include "cli/audit/throughput.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace plenary::cli {

std::string GroupedNumber(uint64_t number) {
  if (number < 1000) return absl::StrCat(number);
  return absl::StrFormat("%s,%03d", GroupedNumber(number / 1000), number % 1000);
}

Throughput::Throughput() : begin_(absl::Now()) {}

std::string Throughput::Text(uint64_t records) const {
  return ThroughputText(records, absl::ToDoubleSeconds(absl::Now() - begin_));
}

std::string ThroughputText(uint64_t records, double seconds) {
  constexpr double kShortest = 1e-6;
  const double rate = static_cast<double>(records) / std::max(seconds, kShortest);
  return absl::StrCat(GroupedNumber(static_cast<uint64_t>(rate)), " records/s");
}

}  // namespace plenary::cli
