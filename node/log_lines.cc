#include "node/log_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "ledger/status.h"
#include "ledger/utf8.h"

namespace plenary::node {
namespace {

constexpr absl::string_view kLevels[] = {"debug", "info", "warning", "error"};

// Code points that a reader does not see as what they are.
bool IsTreacherous(int32_t point) {
  return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x00ad ||
         (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
         (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
         (point >= 0xfff9 && point <= 0xfffb);
}

void AppendField(const LogField& field, std::string& line) {
  line += ',';
  AppendJsonText(field.name, line);
  line += ':';
  if (const auto* text = std::get_if<absl::string_view>(&field.value)) {
    AppendJsonText(*text, line);
  } else if (const auto* unsigned_number = std::get_if<uint64_t>(&field.value)) {
    absl::StrAppend(&line, *unsigned_number);
  } else if (const auto* number = std::get_if<int64_t>(&field.value)) {
    absl::StrAppend(&line, *number);
  } else {
    line += std::get<bool>(field.value) ? "true" : "false";
  }
}

void AppendFields(absl::Span<const LogField> fields, std::string& line) {
  for (const LogField& field : fields) AppendField(field, line);
}

void AppendStatus(const absl::Status& status, std::string& line) {
  if (status.ok()) return;
  if (const auto reason = ReasonOf(status); reason.has_value()) {
    AppendField({"reason", RowOf(*reason).name}, line);
    AppendField({"text", status.message()}, line);
    AppendField({"remedy", RowOf(*reason).remedy}, line);
  } else {
    AppendField({"text", status.message()}, line);
  }
}

absl::StatusOr<int> OpenForAppending(const std::string& path) {
  if (path.empty()) return STDERR_FILENO;
  const int descriptor = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor >= 0) return descriptor;
  const std::string why = std::strerror(errno);
  return MakeError(Reason::BAD_CONFIG, absl::StrCat("log file \"", path, "\": ", why),
                   {{"path", path}});
}

bool WriteWhole(int descriptor, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

absl::string_view LogLevelName(LogLevel level) { return kLevels[static_cast<size_t>(level)]; }

bool ParseLogLevel(absl::string_view name, LogLevel& level) {
  for (size_t i = 0; i < std::size(kLevels); ++i) {
    if (name != kLevels[i]) continue;
    level = static_cast<LogLevel>(i);
    return true;
  }
  return false;
}

void AppendJsonText(absl::string_view text, std::string& out) {
  out += '"';
  const size_t begin = out.size();
  while (!text.empty()) {
    if (out.size() - begin >= kLogTextBytes) {
      out += "…";
      break;
    }
    const absl::string_view before = text;
    const int32_t point = ConsumeCodePoint(text);
    if (point < 0) {
      out += "\\ufffd";
      text.remove_prefix(1);
    } else if (point >= 0xE0000 && point <= 0xE0FFF) {
      out += "\\ufffd";  // tags and selectors, which show nothing
    } else if (point == '"' || point == '\\') {
      out += '\\';
      out += static_cast<char>(point);
    } else if (IsTreacherous(point)) {
      absl::StrAppendFormat(&out, "\\u%04x", point);
    } else {
      absl::StrAppend(&out, before.substr(0, before.size() - text.size()));
    }
  }
  out += '"';
}

absl::StatusOr<std::unique_ptr<LogLines>> LogLines::Open(const std::string& path, LogLevel least,
                                                         const Clock* clock) {
  ASSIGN_OR_RETURN(const int descriptor, OpenForAppending(path));
  return std::unique_ptr<LogLines>(new LogLines(path, least, clock, descriptor));
}

LogLines::~LogLines() {
  absl::MutexLock lock(&mutex_);
  if (!path_.empty()) close(descriptor_);
}

std::string LogLines::Begin(LogLevel level, absl::string_view event) const {
  std::string line = absl::StrCat(
      R"({"time":")", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", clock_.Now(), absl::UTCTimeZone()),
      R"(","level":")", LogLevelName(level), R"(","event":)");
  AppendJsonText(event, line);
  return line;
}

void LogLines::Finish(std::string line) {
  absl::MutexLock lock(&mutex_);
  if (lost_ > 0) AppendField({"lines_lost_before", lost_}, line);
  line += "}\n";
  if (WriteWhole(descriptor_, line)) {
    lost_ = 0;
  } else {
    ++lost_;
  }
}

void LogLines::Write(LogLevel level, absl::string_view event, absl::Span<const LogField> fields) {
  if (level < least_) return;
  std::string line = Begin(level, event);
  AppendFields(fields, line);
  Finish(std::move(line));
}

void LogLines::WriteStatus(LogLevel level, absl::string_view event, const absl::Status& status,
                           absl::Span<const LogField> fields) {
  if (level < least_) return;
  std::string line = Begin(level, event);
  AppendFields(fields, line);
  AppendStatus(status, line);
  Finish(std::move(line));
}

void LogLines::WriteLimited(LogLevel level, absl::string_view event, const absl::Status& status,
                            absl::Span<const LogField> fields) {
  if (level < least_) return;
  uint64_t left_out = 0;
  {
    const int64_t now_ms = clock_.MonotonicMs();
    absl::MutexLock lock(&mutex_);
    Limit& limit = limits_[event];
    if (limit.lines == 0 || now_ms - limit.begin_ms >= kLimitedMs) {
      left_out = limit.left_out;
      limit = Limit{.begin_ms = now_ms};
    }
    if (limit.lines >= kLimitedLines) {
      ++limit.left_out;
      return;
    }
    ++limit.lines;
  }
  std::string line = Begin(level, event);
  AppendFields(fields, line);
  AppendStatus(status, line);
  if (left_out > 0) AppendField({"left_out_before", left_out}, line);
  Finish(std::move(line));
}

absl::Status LogLines::Reopen() {
  if (path_.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int descriptor, OpenForAppending(path_));
  absl::MutexLock lock(&mutex_);
  close(descriptor_);
  descriptor_ = descriptor;
  return absl::OkStatus();
}

}  // namespace plenary::node
