// How far a long piece of work is: nothing for the first second, then one line that is rewritten on
// a terminal, and a plain line every few seconds elsewhere.
#pragma once

#include <cstdint>
#include <string>

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

  void Set(uint64_t done);

 private:
  const std::string what_;
  const uint64_t total_;  // 0: not known
  Console& console_;
  absl::Time next_;
  bool shown_ = false;
};

}  // namespace plenary::cli
