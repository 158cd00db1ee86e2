// Matchers for Status, with the names of Abseil's later absl/status/status_matchers.h.
#pragma once

#include <gmock/gmock.h>

#include "ledger/status.h"

namespace plenary::testing {

inline const absl::Status& GetStatus(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& GetStatus(const absl::StatusOr<T>& status) {
  return status.status();
}

MATCHER(IsOk, "is OK") {
  const absl::Status& status = GetStatus(arg);
  *result_listener << Explain(status);
  return status.ok();
}

// The error carries this reason.
MATCHER_P(HasReason, reason, std::string("has reason ") + RowOf(reason).name) {
  const absl::Status& status = GetStatus(arg);
  *result_listener << Explain(status);
  return ReasonOf(status) == reason;
}

}  // namespace plenary::testing

#define EXPECT_OK(expression) EXPECT_THAT(expression, ::plenary::testing::IsOk())
#define ASSERT_OK(expression) ASSERT_THAT(expression, ::plenary::testing::IsOk())
