#include "tests/simulation/timeline.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"

namespace plenary::testing {

std::string Dice::Bytes(size_t count) {
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(Next());
  return bytes;
}

void Trace::Line(int64_t now_ms, const std::string& text) { Line(now_ms, text, ""); }

void Trace::Line(int64_t now_ms, const std::string& text, const std::string& detail) {
  const std::string line = absl::StrCat(now_ms, " ", text);
  digest_ = Sha256({digest_.view(), line});
  ++lines_;
  if (print_) std::printf("%s%s\n", line.c_str(), detail.c_str());
}

void Timeline::At(int64_t at_ms, Task task) {
  tasks_.emplace(std::make_pair(std::max(at_ms, now_ms_), next_++), std::move(task));
}

bool Timeline::RunOne(int64_t until_ms) {
  if (tasks_.empty() || tasks_.begin()->first.first > until_ms) {
    now_ms_ = std::max(now_ms_, until_ms);
    return false;
  }
  now_ms_ = tasks_.begin()->first.first;
  Task task = std::move(tasks_.begin()->second);
  tasks_.erase(tasks_.begin());
  task();
  return true;
}

}  // namespace plenary::testing
