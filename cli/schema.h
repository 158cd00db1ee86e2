// What fields the records of a collection have, in words: from the protos and their comments.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace plenary {

// One field of a body, or of a part of one.
struct SchemaField {
  std::string path;     // "partners.country"
  std::string type;     // "list of country codes"
  std::string comment;  // what the proto says about it; empty if the name says it all
};

// The body's name for a collection ("meeting" for meetings), or empty.
std::string NounOf(absl::string_view collection);

// The collection for a noun: meeting, meetings. Fails with BAD_REQUEST and the nearest noun.
absl::StatusOr<std::string> CollectionOf(absl::string_view noun);

// The fields of the records of `noun`, in the order of their numbers; parts follow what they are a
// part of. Fails like CollectionOf.
absl::StatusOr<std::vector<SchemaField>> SchemaOf(absl::string_view noun);

// What the proto says about the message of `noun` itself. Fails like CollectionOf.
absl::StatusOr<std::string> SchemaComment(absl::string_view noun);

// The fields that a table of the collection's records shows, the most telling first.
std::vector<std::string> TableColumns(absl::string_view collection);

}  // namespace plenary
