// The real world: the machine's clocks, randomness and disk.
#pragma once

#include <cstdint>
#include <string>

#include "node/environment.h"

namespace plenary::node {

// The machine's clocks. Thread-safe.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
  // Counts while the machine is suspended too: an answer that dies after a minute must die then.
  int64_t MonotonicMs() const override;
};

// The kernel's random bytes. CHECKs that it gives them. Thread-safe.
class SystemRandom final : public Random {
 public:
  std::string Bytes(size_t count) override;
  uint64_t Uint64() override;
};

// The real parts in one place. Thread-safe as they are.
class SystemEnvironment {
 public:
  SystemEnvironment() = default;
  SystemEnvironment(const SystemEnvironment&) = delete;
  SystemEnvironment& operator=(const SystemEnvironment&) = delete;

  const Clock& clock() const { return clock_; }
  // The five parts, with an executor and a transport over them (which outlive what is made of
  // this).
  Environment With(Executor* executor, Transport* transport);

 private:
  SystemClock clock_;
  SystemRandom random_;
};

}  // namespace plenary::node
