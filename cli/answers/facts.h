// Compares what a register answers with what it must answer.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "plenary/v1/record.pb.h"

namespace plenary {

// One key of an expected.json.
struct Fact {
  std::string key;
  bool passed = false;
  std::string detail;  // of one that failed: "expected …, got …"

  // "passed  held_virtual" or "failed  held_virtual: expected …, got …".
  std::string Text() const;
};

// Answers every key of the object `expected` from `records`, in the order of the keys. A key that
// no question has is a failure, and so is an `expected` that is no object.
std::vector<Fact> CompareFacts(const nlohmann::json& expected,
                               absl::Span<const v1::Record> records);

// "37 passed, 0 failed".
std::string Summary(absl::Span<const Fact> facts);

// Is `answer` what `expected` says? The order of a list of ids means nothing, a numbering without
// gaps may be left out of missing_ordinals, and counts are asked only for the kinds that `expected`
// names.
bool Agrees(absl::string_view key, const nlohmann::json& expected, const nlohmann::json& answer);

}  // namespace plenary
