// The kinds of rows that can be imported, and which field of a body each of their fields becomes.
//
// A field of a row has the name of the body's field, but for the renames in source_fields.cc. Which
// values it takes follows from the body's field (its type and format).
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace plenary {

// One field of a source's row, or of a part of it.
struct SourceField {
  std::string name;  // as the source names it
  const google::protobuf::FieldDescriptor* field;
  // The source writes this list as one text, with ; between the values if there are several.
  bool as_text = false;
};

// One kind of rows, kept in <name>.json or <name>.csv. Immutable.
struct SourceKind {
  std::string name;                   // "working_groups"
  std::string collection;             // "bodies"
  std::vector<SourceField> fields;    // id first
  std::vector<std::string> required;  // fields without which a row does not go in
  std::vector<std::string> home;      // fields whose country owns the row, the first that does
  std::string year;                   // field whose year's chair owns it otherwise; may be empty

  // The field of that name, or null.
  const SourceField* Find(absl::string_view field_name) const;
};

// All kinds, in the order of import: what others refer to comes first.
const std::vector<SourceKind>& SourceKinds();
// The kind of that name, or of that collection; or null.
const SourceKind* FindSourceKind(absl::string_view name);

// The fields of a part: the source's name for each field of a message that bodies hold.
std::vector<SourceField> PartFields(const google::protobuf::Descriptor& type);

}  // namespace plenary
