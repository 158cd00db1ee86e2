#include "cli/record_json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

#include <limits>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/import/rows.h"
#include "cli/json.h"
#include "ledger/check.h"
#include "ledger/digest.h"
#include "ledger/field_check.h"
#include "ledger/fields.h"
#include "ledger/names.h"
#include "ledger/near_name.h"
#include "ledger/status.h"

namespace plenary {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using nlohmann::json;

absl::Status BadField(absl::string_view path, absl::string_view expected, const json& value) {
  return MakeError(Reason::BAD_FIELD,
                   absl::StrCat(path, ": expected ", expected, ", got ", Shown(value)),
                   {{"field", path}, {"expected", expected}});
}

absl::Status UnknownField(const Descriptor& type, absl::string_view prefix,
                          const std::string& name) {
  std::vector<std::string> known;
  for (int i = 0; i < type.field_count(); ++i) known.push_back(type.field(i)->name());
  const std::string near = NearName(name, known);
  const std::string shown = ShownValue(name);
  return MakeError(Reason::BAD_FIELD,
                   absl::StrCat(prefix, shown, ": expected a field of ", type.name(),
                                near.empty() ? "" : absl::StrCat(", perhaps ", near)),
                   {{"field", absl::StrCat(prefix, name)}});
}

absl::Status CheckObject(const Descriptor& type, const std::string& prefix, const json& object);

// A number below 2^64, as JSON number or text.
bool IsUnsigned(const json& value, uint64_t max) {
  if (value.is_number_unsigned()) return value.get<uint64_t>() <= max;
  if (!value.is_string()) return false;
  const auto number = ParseDecimal(value.get_ref<const std::string&>());
  return number.ok() && *number <= max;
}

// A digest as it is shown everywhere, 64 hex digits (as base64 they would be 48 bytes, which is
// none), or in base64.
bool IsDigest(const json& value) {
  if (!value.is_string()) return false;
  const std::string& text = value.get_ref<const std::string&>();
  const auto bytes = Base64Decode(text);
  return Digest::FromHex(text).ok() || (bytes.ok() && bytes->size() == Digest::kBytes);
}

// The JSON mapping knows bytes in base64 only.
void WriteDigestsInBase64(json& value) {
  for (auto& [key, part] : value.items()) {
    if (part.is_structured()) WriteDigestsInBase64(part);
    if (key != "digest" || !part.is_string()) continue;
    const auto digest = Digest::FromHex(part.get_ref<const std::string&>());
    if (digest.ok()) part = Base64Encode(digest->view());
  }
}

absl::Status CheckEnum(const FieldDescriptor& field, const std::string& path, const json& value) {
  std::vector<std::string> names;
  for (int i = 0; i < field.enum_type()->value_count(); ++i) {
    names.push_back(field.enum_type()->value(i)->name());
    if (value.is_string() && value.get_ref<const std::string&>() == names.back()) {
      return absl::OkStatus();
    }
  }
  return BadField(path, absl::StrJoin(names, " or "), value);
}

absl::Status CheckValue(const FieldDescriptor& field, const std::string& path, const json& value) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_MESSAGE:
      if (!value.is_object()) return BadField(path, "an object", value);
      return CheckObject(*field.message_type(), absl::StrCat(path, "."), value);
    case FieldDescriptor::TYPE_STRING:
      return value.is_string() ? absl::OkStatus() : BadField(path, "a text", value);
    case FieldDescriptor::TYPE_BYTES:
      if (field.name() == "digest") {
        return IsDigest(value) ? absl::OkStatus()
                               : BadField(path, "a digest of 64 hex digits", value);
      }
      if (value.is_string() && Base64Decode(value.get_ref<const std::string&>()).ok()) {
        return absl::OkStatus();
      }
      return BadField(path, "base64", value);
    case FieldDescriptor::TYPE_ENUM:
      return CheckEnum(field, path, value);
    case FieldDescriptor::TYPE_BOOL:
      return value.is_boolean() ? absl::OkStatus() : BadField(path, "true or false", value);
    default: {
      const uint64_t max = field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64
                               ? std::numeric_limits<uint64_t>::max()
                               : std::numeric_limits<uint32_t>::max();
      if (IsUnsigned(value, max)) return absl::OkStatus();
      return BadField(path, absl::StrCat("a whole number from 0 to ", max), value);
    }
  }
}

absl::Status CheckObject(const Descriptor& type, const std::string& prefix, const json& object) {
  std::set<const FieldDescriptor*> seen;
  const FieldDescriptor* content = nullptr;
  for (const auto& [name, value] : object.items()) {
    const FieldDescriptor* field = type.FindFieldByName(name);
    if (field == nullptr) field = type.FindFieldByCamelcaseName(name);
    if (field == nullptr) return UnknownField(type, prefix, name);
    const std::string path = absl::StrCat(prefix, field->name());
    if (!seen.insert(field).second) return BadField(path, "each field once", value);
    if (value.is_null()) continue;
    if (field->real_containing_oneof() != nullptr) {
      if (content != nullptr) {
        return MakeError(Reason::TWO_OF_ONEOF,
                         absl::StrCat("record: expected one body, got ", content->name(), " and ",
                                      field->name()),
                         {{"field", field->name()}});
      }
      content = field;
    }
    if (!field->is_repeated()) {
      RETURN_IF_ERROR(CheckValue(*field, path, value));
      continue;
    }
    if (!value.is_array()) return BadField(path, "a list", value);
    for (size_t i = 0; i < value.size(); ++i) {
      RETURN_IF_ERROR(CheckValue(*field, absl::StrCat(path, "[", i + 1, "]"), value[i]));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckNameAndBody(const v1::Record& record) {
  ASSIGN_OR_RETURN(const RecordName name, RecordName::Parse(record.name()));
  const Descriptor* expected = BodyType(name.collection);
  const google::protobuf::Message* body = BodyOf(record);
  if (body == nullptr) {
    return MakeError(Reason::NO_BODY, absl::StrCat(record.name(), ": expected a body"),
                     {{"name", record.name()}});
  }
  if (expected != body->GetDescriptor()) {
    return MakeError(Reason::WRONG_BODY,
                     absl::StrCat(record.name(), ": expected ",
                                  expected == nullptr ? "a known collection" : expected->name(),
                                  ", got ", body->GetDescriptor()->name()),
                     {{"name", record.name()}});
  }
  return CheckBody(record);
}

}  // namespace

std::string RecordToJson(const v1::Record& record) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(record, &text, options);
  CHECK(status.ok()) << std::string(status.message());
  return text;
}

absl::StatusOr<v1::Record> RecordFromJson(absl::string_view text) {
  if (text.size() > kRecordJsonBytes) {
    return MakeError(Reason::TOO_LARGE, absl::StrCat("record: expected at most ", kRecordJsonBytes,
                                                     " bytes of JSON, got ", text.size()));
  }
  ASSIGN_OR_RETURN(json value, ParseJson(text));
  if (!value.is_object()) return BadField("record", "an object", value);
  RETURN_IF_ERROR(CheckObject(*v1::Record::descriptor(), "", value));
  WriteDigestsInBase64(value);
  v1::Record record;
  const auto status = google::protobuf::util::JsonStringToMessage(value.dump(), &record, {});
  if (!status.ok()) {
    return MakeError(Reason::BAD_FIELD, absl::StrCat("record: expected its JSON form: ",
                                                     absl::string_view(status.message().data(),
                                                                       status.message().size())));
  }
  RETURN_IF_ERROR(CheckNameAndBody(record));
  return record;
}

}  // namespace plenary
