// Records per second since a moment.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace plenary::cli {

// "1,234,567".
std::string GroupedNumber(uint64_t number);

// Begins to count when it is made. Immutable.
class Throughput {
 public:
  Throughput();
  // "310,000 records/s" if `records` have been seen so far.
  std::string Text(uint64_t records) const;

 private:
  const absl::Time begin_;
};

// The same for a time that is over.
std::string ThroughputText(uint64_t records, double seconds);

}  // namespace plenary::cli
