// The fields of what records say, by name: for filters, tables and checks.
//
// A path names a field of a body (host_country), a part of one (partners.country), the same with
// the body in front (meeting.host_country), or a field of the record itself (record.revision). A
// path through a repeated field has many values.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "plenary/v1/format.pb.h"
#include "plenary/v1/record.pb.h"

namespace plenary {

// "day" for DATE_PRECISION_DAY: without what all values of its enum begin with, in lower case.
std::string EnumWord(const google::protobuf::EnumValueDescriptor& value);

// What the values of a field are.
enum class FieldKind {
  kText,
  kNumber,   // a whole number
  kDate,     // ledger/dates.h
  kAmount,   // ledger/amount.h
  kBytes,    // shown, never compared
  kMessage,  // has parts; itself only present or not
};

// "text", "number", "date", "amount", "bytes", "message".
absl::string_view KindName(FieldKind kind);

// What a field is, apart from its place.
FieldKind KindOf(const google::protobuf::FieldDescriptor& field);
// The format that the field's text has; FORMAT_UNSPECIFIED for free text.
v1::Format FormatOf(const google::protobuf::FieldDescriptor& field);
// The collection of the records that the field names; empty if it names none.
absl::string_view RefersTo(const google::protobuf::FieldDescriptor& field);

// The type of the bodies of `collection`; null if this build does not know the collection.
const google::protobuf::Descriptor* BodyType(absl::string_view collection);
// The body that `record` has, or null. Lives as long as `record`.
const google::protobuf::Message* BodyOf(const v1::Record& record);
// Gives `record` an empty body of `collection`, in the place of any other, and returns it. CHECKs
// that the collection is known.
google::protobuf::Message& MakeBody(v1::Record& record, absl::string_view collection);

// A field that a filter may name.
struct FieldInfo {
  std::string path;  // without the body in front
  FieldKind kind;
  bool repeated;  // it or what it is a part of
  const google::protobuf::FieldDescriptor* field;
};

// The fields of the bodies of a known collection, in the order of their numbers; the parts of a
// message follow it. Empty for an unknown collection.
std::vector<FieldInfo> FieldsOf(absl::string_view collection);

// A field as the value that one message has for it: the text of a text, decimals for a number,
// "day" for DATE_PRECISION_DAY. Nothing for a message, for bytes and for what is not set.
// Repeated fields give each value.
std::vector<std::string> TextsOf(const google::protobuf::Message& message,
                                 const google::protobuf::FieldDescriptor& field);

// A path, resolved. Immutable.
class FieldPath {
 public:
  // Resolves `text` for the records of `collection`; empty: for all. Then a name means the first
  // body that has it, and all others in which it is of the same kind. Fails with BAD_FIELD, and
  // says what name is near.
  static absl::StatusOr<FieldPath> Parse(absl::string_view text, absl::string_view collection);

  FieldKind kind() const { return kind_; }

  // The values in `record`, as TextsOf gives them; none if the record has no such field.
  std::vector<std::string> Texts(const v1::Record& record) const;
  // Is anything there? For a message: is it set, or not empty?
  bool IsPresent(const v1::Record& record) const;

 private:
  using Steps = std::vector<const google::protobuf::FieldDescriptor*>;
  // By the type of the message that the first step is a field of: the record or a body.
  struct Route {
    const google::protobuf::Descriptor* from;
    Steps steps;
  };

  static absl::StatusOr<FieldPath> FromRoutes(std::vector<Route> routes);
  // The last step's field, and the messages that hold it.
  const Steps* HoldersIn(const v1::Record& record,
                         std::vector<const google::protobuf::Message*>& holders) const;

  FieldKind kind_ = FieldKind::kText;
  std::vector<Route> routes_;
};

}  // namespace plenary
