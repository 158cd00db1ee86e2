#include "cli/progress.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace plenary::cli {
namespace {

constexpr size_t kBarCells = 24;
constexpr absl::Duration kFirst = absl::Seconds(1);
constexpr absl::Duration kOnTerminal = absl::Milliseconds(200);
constexpr absl::Duration kElsewhere = absl::Seconds(5);

}  // namespace

Progress::Progress(std::string what, uint64_t total, Console& console)
    : what_(std::move(what)), total_(total), console_(console), next_(absl::Now() + kFirst) {}

Progress::~Progress() {
  if (shown_bytes_ > 0 && console_.err_is_terminal) console_.err << "\n";
}

void Progress::Set(uint64_t done, absl::string_view note) {
  const absl::Time now = absl::Now();
  if (now < next_) return;
  next_ = now + (console_.err_is_terminal ? kOnTerminal : kElsewhere);
  const uint64_t percent = total_ == 0 ? 0 : std::min<uint64_t>(100, done * 100 / total_);
  std::string line = absl::StrCat(what_, ": ");
  if (total_ > 0 && console_.err_is_terminal) {
    const size_t full = percent * kBarCells / 100;
    absl::StrAppend(&line, "[", std::string(full, '#'), std::string(kBarCells - full, '.'), "] ");
  }
  absl::StrAppend(&line, done);
  if (total_ > 0) absl::StrAppend(&line, " of ", total_, " (", percent, " %)");
  if (!note.empty()) absl::StrAppend(&line, ", ", note);
  if (!console_.err_is_terminal) {
    console_.err << line << "\n";
  } else {
    // Spaces over what is left of a longer line.
    const size_t rest = shown_bytes_ > line.size() ? shown_bytes_ - line.size() : 0;
    console_.err << "\r" << line << std::string(rest, ' ');
  }
  shown_bytes_ = line.size();
  console_.err.flush();
}

}  // namespace plenary::cli
