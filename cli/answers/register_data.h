// The records of a register, sorted by what they are, for questions.
#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cli/import/source_fields.h"
#include "plenary/v1/record.pb.h"

namespace plenary {

// Borrows the records; they must outlive it. Immutable.
class RegisterData {
 public:
  explicit RegisterData(absl::Span<const v1::Record> records);

  // The records of a kind as questions call it: the name of its files, or documents. Null for a
  // kind that does not exist.
  static const SourceKind* KindOf(absl::string_view noun);

  // Those of a collection that satisfy `condition`.
  using Condition = std::function<bool(const v1::Record&)>;
  std::vector<const v1::Record*> Where(absl::string_view collection,
                                       const Condition& condition) const;
  const std::vector<const v1::Record*>& All(absl::string_view collection) const;

  // The source's id of a record; of one without, the id in its name.
  static std::string IdOf(const v1::Record& record);
  // The source's id of the record that `from` names, whether or not it is here.
  std::string IdOf(const v1::Record& from, const std::string& name) const;

  // The ids of `records`, sorted.
  static nlohmann::json Ids(const std::vector<const v1::Record*>& records);

 private:
  absl::flat_hash_map<std::string, std::vector<const v1::Record*>> by_collection_;
  absl::flat_hash_map<std::string, const v1::Record*> by_name_;
};

// What a meeting, text, project or task is reported to be; where no source says, what its owner
// says.
template <typename BodyMessage>
const std::string& StatusOf(const BodyMessage& body) {
  return body.reported_status().empty() ? body.status() : body.reported_status();
}

}  // namespace plenary
