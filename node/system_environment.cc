#include "node/system_environment.h"

#include <sys/random.h>
#include <time.h>

#include <cerrno>
#include <cstring>

#include "absl/time/clock.h"
#include "ledger/check.h"
#include "node/store/disk.h"

namespace plenary::node {
namespace {

void Fill(void* bytes, size_t count) {
  char* next = static_cast<char*>(bytes);
  while (count > 0) {
    const ssize_t got = getrandom(next, count, 0);
    if (got < 0 && errno == EINTR) continue;
    CHECK(got > 0) << "getrandom: " << std::strerror(errno);
    next += got;
    count -= static_cast<size_t>(got);
  }
}

}  // namespace

absl::Time SystemClock::Now() const { return absl::Now(); }

int64_t SystemClock::MonotonicMs() const {
  timespec now = {};
  CHECK_EQ(clock_gettime(CLOCK_BOOTTIME, &now), 0);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

std::string SystemRandom::Bytes(size_t count) {
  std::string bytes(count, '\0');
  Fill(bytes.data(), bytes.size());
  return bytes;
}

uint64_t SystemRandom::Uint64() {
  uint64_t value = 0;
  Fill(&value, sizeof(value));
  return value;
}

Environment SystemEnvironment::With(Executor* executor, Transport* transport) {
  return {.clock = &clock_,
          .random = &random_,
          .executor = executor,
          .transport = transport,
          .disk = SystemDisk()};
}

}  // namespace plenary::node
