// How far a long piece of work is: nothing for the first second, then a bar that is redrawn on a
// terminal, and a plain line every few seconds elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cli/command.h"

namespace plenary::cli {

// One thread at a time. `console` outlives it.
class Progress {
 public:
  // "records sent".
  Progress(std::string what, uint64_t total, Console& console);
  // Ends the line on a terminal.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `note` is a remark behind the numbers: "310,000 records/s".
  void Set(uint64_t done, absl::string_view note = "");

 private:
  const std::string what_;
  const uint64_t total_;  // 0: not known
  Console& console_;
  absl::Time next_;
  size_t shown_bytes_ = 0;  // of the line on the terminal
};

}  // namespace plenary::cli
