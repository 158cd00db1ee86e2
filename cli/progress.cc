#include "cli/progress.h"

#include <utility>

#include "absl/time/clock.h"

namespace plenary::cli {
namespace {

constexpr absl::Duration kFirst = absl::Seconds(1);
constexpr absl::Duration kOnTerminal = absl::Milliseconds(200);
constexpr absl::Duration kElsewhere = absl::Seconds(5);

}  // namespace

Progress::Progress(std::string what, uint64_t total, Console& console)
    : what_(std::move(what)), total_(total), console_(console), next_(absl::Now() + kFirst) {}

Progress::~Progress() {
  if (shown_ && console_.err_is_terminal) console_.err << "\n";
}

void Progress::Set(uint64_t done) {
  const absl::Time now = absl::Now();
  if (now < next_) return;
  next_ = now + (console_.err_is_terminal ? kOnTerminal : kElsewhere);
  shown_ = true;
  if (console_.err_is_terminal) console_.err << "\r";
  console_.err << what_ << ": " << done;
  if (total_ > 0) console_.err << " of " << total_ << " (" << done * 100 / total_ << " %)";
  if (!console_.err_is_terminal) console_.err << "\n";
  console_.err.flush();
}

}  // namespace plenary::cli
