// Filters over records: a subset of AIP-160.
//
//   host_country = "ZA" AND start_date >= "2015" AND NOT mode = "virtual"
//
// Grammar. An expression is terms joined by AND; a term is alternatives joined by OR, which binds
// tighter than AND, as AIP-160 has it; NOT and brackets as usual. A comparison is a field
// (ledger/fields.h), one of = != < <= > >= : and a value: in quotation marks of either kind, in
// which \ takes the next character as it is, or a bare word of letters, digits and _ - . + : /.
//
// Meaning. A field with many values satisfies a comparison if one of its values does; one that is
// not set satisfies none. `!=` is the negation of `=`. `:` is `=`, and `field:*` asks whether
// anything is there. Numbers and amounts are compared as numbers, dates by what is possible
// (ledger/dates.h), texts byte by byte.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/fields.h"
#include "plenary/v1/record.pb.h"

namespace plenary {

// Longest filter, and how deep brackets and NOT may nest.
inline constexpr size_t kFilterBytes = 4096;
inline constexpr int kFilterDepth = 16;

// A filter, checked when made. Immutable.
class Filter {
 public:
  // Reads `text` for the records of `collection`; empty: for all collections. The empty filter
  // matches every record. Fails with BAD_FILTER; the message and the metadata `column` say at which
  // character, counted from 1.
  static absl::StatusOr<Filter> Parse(absl::string_view text, absl::string_view collection);

  bool Matches(const v1::Record& record) const;

  // How a field is compared with a value.
  enum class Operator {
    kEqual,
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kPresent
  };

 private:
  friend class FilterParser;

  struct Node {
    enum class Kind { kAll, kAny, kNot, kComparison };
    Kind kind = Kind::kAll;
    std::vector<Node> children;  // of kAll, kAny, kNot
    // Of kComparison.
    FieldPath path;
    Operator op = Operator::kEqual;
    std::string value;
  };

  static bool Holds(const Node& node, const v1::Record& record);

  Node root_;
};

}  // namespace plenary
