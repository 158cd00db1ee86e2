// The node's log: one line of JSON per event, fields instead of sentences.
//
//   {"time":"2026-11-24T10:00:00.123Z","level":"info","event":"link_up","member":"br","node":"n1"}
//
// Nothing secret is ever a field. What a peer sent may be: bytes that are not text, or that would
// change how a terminal shows the line, are escaped, so no peer can forge or hide a line.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "node/environment.h"

namespace plenary::node {

enum class LogLevel { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3 };

// "debug", "info", "warning", "error".
absl::string_view LogLevelName(LogLevel level);
// The level of that name; false if there is none.
bool ParseLogLevel(absl::string_view name, LogLevel& level);

// A name and a value. Its views must live until the call that takes it returns.
struct LogField {
  LogField(absl::string_view field, absl::string_view text) : name(field), value(text) {}
  LogField(absl::string_view field, const std::string& text)
      : LogField(field, absl::string_view(text)) {}
  LogField(absl::string_view field, const char* text) : LogField(field, absl::string_view(text)) {}
  LogField(absl::string_view field, uint64_t number) : name(field), value(number) {}
  LogField(absl::string_view field, int64_t number) : name(field), value(number) {}
  LogField(absl::string_view field, uint32_t number) : LogField(field, uint64_t{number}) {}
  LogField(absl::string_view field, int number) : LogField(field, int64_t{number}) {}
  LogField(absl::string_view field, bool truth) : name(field), value(truth) {}

  absl::string_view name;
  std::variant<absl::string_view, uint64_t, int64_t, bool> value;
};

// Appends `text` as a JSON string with its quotes: what is not UTF-8 as U+FFFD; controls, line and
// paragraph separators, marks of direction and invisible marks as \u escapes. Longer texts than
// kLogTextBytes are cut and end in "…".
void AppendJsonText(absl::string_view text, std::string& out);
inline constexpr size_t kLogTextBytes = 2048;

// Where the lines go. Thread-safe.
class LogLines {
 public:
  // Appends to the file at `path` (made with mode 0640), or to standard error if `path` is empty.
  // Lines below `least` are dropped. Fails with BAD_CONFIG if the file cannot be opened. `clock`
  // outlives the log.
  static absl::StatusOr<std::unique_ptr<LogLines>> Open(const std::string& path, LogLevel least,
                                                        const Clock* clock);
  ~LogLines();
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;

  // Writes one line. A line that the system refuses (full disk) is lost and counted: the next one
  // that is written says how many.
  void Write(LogLevel level, absl::string_view event, absl::Span<const LogField> fields = {});
  // As Write, with the reason, text and remedy of `status` as further fields.
  void WriteStatus(LogLevel level, absl::string_view event, const absl::Status& status,
                   absl::Span<const LogField> fields = {});
  // As WriteStatus, but at most kLimitedLines lines of one event in kLimitedMs; the first line
  // after that says how many were left out. For what others can provoke.
  void WriteLimited(LogLevel level, absl::string_view event, const absl::Status& status,
                    absl::Span<const LogField> fields = {});
  static constexpr uint64_t kLimitedLines = 10;
  static constexpr int64_t kLimitedMs = 10'000;

  // Opens the file anew, after a rotation. Fails with BAD_CONFIG and goes on with the old file.
  absl::Status Reopen();

 private:
  struct Limit {
    int64_t begin_ms = 0;
    uint64_t lines = 0;
    uint64_t left_out = 0;
  };

  LogLines(std::string path, LogLevel least, const Clock* clock, int descriptor)
      : path_(std::move(path)), least_(least), clock_(*clock), descriptor_(descriptor) {}
  std::string Begin(LogLevel level, absl::string_view event) const;
  void Finish(std::string line);

  const std::string path_;
  const LogLevel least_;
  const Clock& clock_;
  absl::Mutex mutex_;
  int descriptor_ ABSL_GUARDED_BY(mutex_);
  uint64_t lost_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, Limit> limits_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace plenary::node
