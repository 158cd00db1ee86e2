// From a source's ids to the names of records.
#pragma once

#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace plenary {

// The id that a record gets from a source's id: lower case, - for _. Nothing if that is no id of a
// record ([a-z0-9-]{1,63}).
std::optional<std::string> RecordIdOf(absl::string_view external_id);

// Which records there are, by collection and the source's id. Loop only.
class ReferenceIndex {
 public:
  // False if the id is taken by another name, which stays.
  bool Add(absl::string_view collection, absl::string_view external_id, absl::string_view name);

  // The name of the record with that id. If there is none (yet), a name among the records of
  // `member`, which then points nowhere. Nothing if it cannot be an id.
  std::optional<std::string> Resolve(absl::string_view collection, absl::string_view external_id,
                                     absl::string_view member) const;

 private:
  absl::flat_hash_map<std::string, std::string> names_;  // "<collection>/<id>" → name
};

}  // namespace plenary
