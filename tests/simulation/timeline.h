// Simulated time and chance: what happens when, in one order, from one seed.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "ledger/digest.h"

namespace plenary::testing {

// The only randomness of a simulation. One thread at a time.
class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}

  uint64_t Next() { return engine_(); }
  // [0, n); 0 if n is 0.
  uint64_t Below(uint64_t n) { return n == 0 ? 0 : engine_() % n; }
  // [low, high].
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low) + 1));
  }
  bool Percent(uint64_t percent) { return Below(100) < percent; }
  std::string Bytes(size_t count);
  template <typename T>
  const T& Pick(const std::vector<T>& of) {
    return of[Below(of.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// Everything that happened, as text that is printed or only hashed: two runs of one seed have the
// same digest. One thread at a time.
class Trace {
 public:
  explicit Trace(bool print) : print_(print) {}
  void Line(int64_t now_ms, const std::string& text);
  bool prints() const { return print_; }
  // `detail` is printed after it, and not hashed.
  void Line(int64_t now_ms, const std::string& text, const std::string& detail);
  const Digest& digest() const { return digest_; }
  uint64_t lines() const { return lines_; }

 private:
  const bool print_;
  Digest digest_;
  uint64_t lines_ = 0;
};

// What is to happen, by time; equal times in the order of calls. One thread at a time.
class Timeline {
 public:
  using Task = absl::AnyInvocable<void()>;

  int64_t now_ms() const { return now_ms_; }
  // Runs `task` at that time, or now if it is past.
  void At(int64_t at_ms, Task task);
  // Runs the next task that is due by `until_ms`. False: there is none; it is `until_ms` now.
  bool RunOne(int64_t until_ms);

 private:
  int64_t now_ms_ = 0;
  uint64_t next_ = 0;
  std::map<std::pair<int64_t, uint64_t>, Task> tasks_;
};

}  // namespace plenary::testing
