#include "node/process_events.h"

#include <iterator>
#include <vector>

namespace plenary::node {
namespace {

struct EventRow {
  absl::string_view name;
  LogLevel level;
  bool limited;  // others can provoke it at will
};

constexpr EventRow kEvents[] = {
    {"dial_failed", LogLevel::kWarning, true},
    {"evidence", LogLevel::kError, false},
    {"evidence_incomplete", LogLevel::kWarning, true},
    {"fenced", LogLevel::kError, false},
    {"log_forked", LogLevel::kError, false},
    {"not_asked", LogLevel::kWarning, true},
    {"refused", LogLevel::kWarning, true},
    {"shared_key", LogLevel::kWarning, false},
    {"session_down", LogLevel::kInfo, true},
    {"session_refused", LogLevel::kWarning, true},
    {"session_up", LogLevel::kInfo, true},
    {"set_aside", LogLevel::kWarning, false},
    {"statement_dropped", LogLevel::kWarning, true},
    {"store_damaged", LogLevel::kError, true},
};

}  // namespace

void WriteEvent(const sync::Event& event, LogLines& log) {
  EventRow row{event.name, LogLevel::kInfo, false};
  for (const EventRow& known : kEvents) {
    if (known.name == event.name) row = known;
  }
  std::vector<LogField> fields;
  for (const auto& [name, value] : event.fields) fields.emplace_back(name, value);
  if (row.limited) {
    log.WriteLimited(row.level, event.name, absl::OkStatus(), fields);
  } else {
    log.Write(row.level, event.name, fields);
  }
}

}  // namespace plenary::node
