// CHECK: a broken invariant of ours stops the process, in release builds too.
//
// The names and meaning are those of absl/log/check.h, which Debian 12's Abseil does not have yet;
// this file goes when it does. CHECK is for our own mistakes only: wrong input gets a Status
// (status.h).
#pragma once

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

namespace plenary::check_internal {

// Collects what is streamed into a failed CHECK, prints it and aborts.
class Failure {
 public:
  Failure(const char* file, int line, const char* condition) {
    stream_ << file << ":" << line << ": check failed: " << condition << " ";
  }
  Failure(const Failure&) = delete;
  Failure& operator=(const Failure&) = delete;
  [[noreturn]] ~Failure() {
    std::fputs((stream_.str() + "\n").c_str(), stderr);
    std::fflush(stderr);
    std::abort();
  }
  std::ostream& stream() { return stream_; }

 private:
  std::ostringstream stream_;
};

// Makes both arms of CHECK's conditional expression void, whatever is streamed.
struct Voidify {
  void operator&(const std::ostream&) const {}
};

}  // namespace plenary::check_internal

#define CHECK(condition)                               \
  (condition) ? (void)0                                \
              : ::plenary::check_internal::Voidify() & \
                    ::plenary::check_internal::Failure(__FILE__, __LINE__, #condition).stream()

#define CHECK_EQ(a, b) CHECK((a) == (b))
#define CHECK_NE(a, b) CHECK((a) != (b))
#define CHECK_LE(a, b) CHECK((a) <= (b))
#define CHECK_LT(a, b) CHECK((a) < (b))
#define CHECK_GE(a, b) CHECK((a) >= (b))
#define CHECK_GT(a, b) CHECK((a) > (b))
#define CHECK_OK(expression)                                                         \
  do {                                                                               \
    const auto& check_ok_status = (expression);                                      \
    CHECK(check_ok_status.ok()) << ::plenary::check_internal::Text(check_ok_status); \
  } while (false)

namespace plenary::check_internal {
template <typename S>
std::string Text(const S& status) {
  if constexpr (requires { status.status(); }) {
    return std::string(status.status().message());
  } else {
    return std::string(status.message());
  }
}
}  // namespace plenary::check_internal
