// Errors: absl::Status with a reason from the table in reasons.h.
//
// Three kinds of trouble, three answers (docs/STYLE.md): the caller or peer is wrong → a Status
// made here; the environment failed → the node stops or backs off; we are wrong → CHECK (check.h).
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/reasons.h"

namespace plenary {

// The machine's word for what was wrong; one enumerator per row of PLENARY_REASONS.
enum class Reason {
#define PLENARY_REASON_ENUMERATOR(name, code, remedy) name,
  PLENARY_REASONS(PLENARY_REASON_ENUMERATOR)
#undef PLENARY_REASON_ENUMERATOR
};

// One row of the table. Immutable.
struct ReasonRow {
  Reason reason;
  absl::StatusCode code;
  const char* name;    // UPPER_SNAKE_CASE
  const char* remedy;  // what to do, one clause, no final stop
};

// The row of `reason`. Never fails.
const ReasonRow& RowOf(Reason reason);

// The row whose name is `name`, or nothing.
const ReasonRow* FindReason(absl::string_view name);

// Makes an error with the canonical code of `reason`. `text` says what, where, and what was
// expected
// ("what: expected X, got Y"); it holds no secrets and no record contents. `metadata` repeats each
// variable of the text for programs.
absl::Status MakeError(
    Reason reason, absl::string_view text,
    std::initializer_list<std::pair<absl::string_view, absl::string_view>> metadata = {});

// The reason that `status` carries; nothing for OK and for errors made elsewhere.
std::optional<Reason> ReasonOf(const absl::Status& status);

// What the metadata of `status` say under `key`; empty if nothing.
std::string MetadataOf(const absl::Status& status, absl::string_view key);

// The same error with "`where`: " in front of its text. OK stays OK.
absl::Status Annotate(const absl::Status& status, absl::string_view where);

// For people: text, reason and remedy in one line, e.g. for a terminal or a log.
std::string Explain(const absl::Status& status);

// Where the reason lies in a Status: a serialised google.rpc.ErrorInfo under this URL.
inline constexpr absl::string_view kErrorInfoUrl = "type.googleapis.com/google.rpc.ErrorInfo";

}  // namespace plenary

// Names and meaning of Abseil's later absl/status/status_macros.h.
#define PLENARY_CONCAT_INNER(a, b) a##b
#define PLENARY_CONCAT(a, b) PLENARY_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expression)                                                         \
  do {                                                                                      \
    if (absl::Status return_if_error_status = (expression); !return_if_error_status.ok()) { \
      return return_if_error_status;                                                        \
    }                                                                                       \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expression) \
  ASSIGN_OR_RETURN_INNER(PLENARY_CONCAT(assign_or_return_, __LINE__), lhs, expression)
#define ASSIGN_OR_RETURN_INNER(result, lhs, expression) \
  auto result = (expression);                           \
  if (!result.ok()) return std::move(result).status();  \
  lhs = std::move(result).value()
