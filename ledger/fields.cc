#include "ledger/fields.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ledger/check.h"
#include "ledger/names.h"
#include "ledger/near_name.h"
#include "ledger/status.h"

namespace plenary {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kMaxSteps = 4;
constexpr absl::string_view kRecordPrefix = "record";

std::string EnumText(const FieldDescriptor& field, int number) {
  const EnumValueDescriptor* value = field.enum_type()->FindValueByNumber(number);
  return value == nullptr ? std::to_string(number) : EnumWord(*value);
}

std::string TextAt(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& in = *message.GetReflection();
  const bool many = field.is_repeated();
  std::string scratch;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return many ? in.GetRepeatedStringReference(message, &field, index, &scratch)
                  : in.GetStringReference(message, &field, &scratch);
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(many ? in.GetRepeatedUInt32(message, &field, index)
                               : in.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(many ? in.GetRepeatedUInt64(message, &field, index)
                               : in.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(many ? in.GetRepeatedInt32(message, &field, index)
                               : in.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(many ? in.GetRepeatedInt64(message, &field, index)
                               : in.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(field, many ? in.GetRepeatedEnumValue(message, &field, index)
                                  : in.GetEnumValue(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return (many ? in.GetRepeatedBool(message, &field, index) : in.GetBool(message, &field))
                 ? "true"
                 : "false";
    default:
      return "";
  }
}

void AppendFields(const Descriptor& type, const std::string& prefix, bool repeated,
                  std::vector<FieldInfo>& out) {
  std::vector<const FieldDescriptor*> fields;
  for (int i = 0; i < type.field_count(); ++i) fields.push_back(type.field(i));
  std::sort(fields.begin(), fields.end(), [](const FieldDescriptor* a, const FieldDescriptor* b) {
    return a->number() < b->number();
  });
  for (const FieldDescriptor* field : fields) {
    const std::string path = absl::StrCat(prefix, field->name());
    const bool many = repeated || field->is_repeated();
    out.push_back({path, KindOf(*field), many, field});
    if (field->message_type() != nullptr) {
      AppendFields(*field->message_type(), absl::StrCat(path, "."), many, out);
    }
  }
}

// The fields from `type` on that `names` names, or how many of the names fit.
std::optional<std::vector<const FieldDescriptor*>> Walk(const Descriptor& type,
                                                        const std::vector<std::string>& names,
                                                        size_t first) {
  std::vector<const FieldDescriptor*> steps;
  const Descriptor* at = &type;
  for (size_t i = first; i < names.size(); ++i) {
    if (at == nullptr) return std::nullopt;
    const FieldDescriptor* field = at->FindFieldByName(names[i]);
    if (field == nullptr ||
        (at == v1::Record::descriptor() && field->containing_oneof() != nullptr)) {
      return std::nullopt;
    }
    steps.push_back(field);
    at = field->message_type();
  }
  if (steps.empty()) return std::nullopt;
  return steps;
}

// The oneof's field for a collection, or null.
const FieldDescriptor* ContentField(absl::string_view collection) {
  const int number = BodyFieldOf(collection);
  return number == 0 ? nullptr : v1::Record::descriptor()->FindFieldByNumber(number);
}

absl::Status UnknownField(absl::string_view text, const std::vector<absl::string_view>& among) {
  std::vector<std::string> known;
  for (const absl::string_view collection : among) {
    for (FieldInfo& info : FieldsOf(collection)) known.push_back(std::move(info.path));
  }
  const std::string near = NearName(text, known);
  const std::string shown = ShownValue(text);
  return MakeError(
      Reason::BAD_FIELD,
      absl::StrCat("expected a field", near.empty() ? "" : " such as ", near, ", got ", shown),
      {{"field", shown}});
}

}  // namespace

std::string EnumWord(const EnumValueDescriptor& value) {
  absl::string_view word = value.name();
  const std::string& zero = value.type()->FindValueByNumber(0)->name();
  constexpr absl::string_view kUnspecified = "UNSPECIFIED";
  if (absl::EndsWith(zero, kUnspecified)) {
    word.remove_prefix(std::min(word.size(), zero.size() - kUnspecified.size()));
  }
  return absl::AsciiStrToLower(word);
}

absl::string_view KindName(FieldKind kind) {
  switch (kind) {
    case FieldKind::kText:
      return "text";
    case FieldKind::kNumber:
      return "number";
    case FieldKind::kDate:
      return "date";
    case FieldKind::kAmount:
      return "amount";
    case FieldKind::kBytes:
      return "bytes";
    case FieldKind::kMessage:
      return "message";
  }
  return "";
}

v1::Format FormatOf(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::format);
}

absl::string_view RefersTo(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::refers_to);
}

FieldKind KindOf(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_MESSAGE:
      return FieldKind::kMessage;
    case FieldDescriptor::TYPE_BYTES:
      return FieldKind::kBytes;
    case FieldDescriptor::TYPE_ENUM:
    case FieldDescriptor::TYPE_BOOL:
      return FieldKind::kText;
    case FieldDescriptor::TYPE_STRING:
      break;
    default:
      return FieldKind::kNumber;
  }
  switch (FormatOf(field)) {
    case v1::FORMAT_DATE:
      return FieldKind::kDate;
    case v1::FORMAT_DECIMAL:
      return FieldKind::kAmount;
    default:
      return FieldKind::kText;
  }
}

const Descriptor* BodyType(absl::string_view collection) {
  const FieldDescriptor* field = ContentField(collection);
  return field == nullptr ? nullptr : field->message_type();
}

const Message* BodyOf(const v1::Record& record) {
  const Reflection& in = *record.GetReflection();
  const FieldDescriptor* field =
      in.GetOneofFieldDescriptor(record, v1::Record::descriptor()->FindOneofByName("content"));
  return field == nullptr ? nullptr : &in.GetMessage(record, field);
}

Message& MakeBody(v1::Record& record, absl::string_view collection) {
  const FieldDescriptor* field = ContentField(collection);
  CHECK(field != nullptr) << "unknown collection " << std::string(collection);
  record.clear_content();
  return *record.GetReflection()->MutableMessage(&record, field);
}

std::vector<FieldInfo> FieldsOf(absl::string_view collection) {
  std::vector<FieldInfo> fields;
  const Descriptor* type = BodyType(collection);
  if (type != nullptr) AppendFields(*type, "", false, fields);
  return fields;
}

std::vector<std::string> TextsOf(const Message& message, const FieldDescriptor& field) {
  std::vector<std::string> texts;
  const FieldKind kind = KindOf(field);
  if (kind == FieldKind::kBytes || kind == FieldKind::kMessage) return texts;
  const Reflection& in = *message.GetReflection();
  if (field.is_repeated()) {
    const int size = in.FieldSize(message, &field);
    for (int i = 0; i < size; ++i) texts.push_back(TextAt(message, field, i));
  } else if (in.HasField(message, &field)) {
    texts.push_back(TextAt(message, field, 0));
  }
  return texts;
}

absl::StatusOr<FieldPath> FieldPath::FromRoutes(std::vector<Route> routes) {
  FieldPath path;
  path.kind_ = KindOf(*routes.front().steps.back());
  for (Route& route : routes) {
    if (KindOf(*route.steps.back()) == path.kind_) path.routes_.push_back(std::move(route));
  }
  return path;
}

absl::StatusOr<FieldPath> FieldPath::Parse(absl::string_view text, absl::string_view collection) {
  const std::vector<std::string> names = absl::StrSplit(text, '.');
  std::vector<absl::string_view> collections(std::begin(kCollections), std::end(kCollections));
  if (!collection.empty()) collections = {collection};
  if (names.size() > kMaxSteps) return UnknownField(text, collections);
  std::vector<Route> routes;
  if (names.front() == kRecordPrefix) {
    const Descriptor* record = v1::Record::descriptor();
    if (auto steps = Walk(*record, names, 1); steps.has_value()) {
      routes.push_back({record, *std::move(steps)});
    }
  }
  for (const absl::string_view name : collections) {
    const FieldDescriptor* content = ContentField(name);
    if (content == nullptr) continue;
    const Descriptor* body = content->message_type();
    auto steps = Walk(*body, names, 0);
    if (!steps.has_value() && names.front() == content->name()) steps = Walk(*body, names, 1);
    if (steps.has_value()) routes.push_back({body, *std::move(steps)});
  }
  if (routes.empty()) return UnknownField(text, collections);
  return FromRoutes(std::move(routes));
}

const FieldPath::Steps* FieldPath::HoldersIn(const v1::Record& record,
                                             std::vector<const Message*>& holders) const {
  const Message* body = BodyOf(record);
  for (const Route& route : routes_) {
    const Message* from = route.from == record.GetDescriptor() ? &record : body;
    if (from == nullptr || from->GetDescriptor() != route.from) continue;
    holders = {from};
    for (size_t i = 0; i + 1 < route.steps.size(); ++i) {
      const FieldDescriptor* step = route.steps[i];
      std::vector<const Message*> inner;
      for (const Message* message : holders) {
        const Reflection& in = *message->GetReflection();
        if (!step->is_repeated()) {
          if (in.HasField(*message, step)) inner.push_back(&in.GetMessage(*message, step));
          continue;
        }
        for (int k = 0; k < in.FieldSize(*message, step); ++k) {
          inner.push_back(&in.GetRepeatedMessage(*message, step, k));
        }
      }
      holders = std::move(inner);
    }
    return &route.steps;
  }
  return nullptr;
}

std::vector<std::string> FieldPath::Texts(const v1::Record& record) const {
  std::vector<std::string> texts;
  std::vector<const Message*> holders;
  const Steps* steps = HoldersIn(record, holders);
  if (steps == nullptr) return texts;
  for (const Message* holder : holders) {
    for (std::string& text : TextsOf(*holder, *steps->back())) texts.push_back(std::move(text));
  }
  return texts;
}

bool FieldPath::IsPresent(const v1::Record& record) const {
  std::vector<const Message*> holders;
  const Steps* steps = HoldersIn(record, holders);
  if (steps == nullptr) return false;
  const FieldDescriptor* last = steps->back();
  return std::any_of(holders.begin(), holders.end(), [last](const Message* holder) {
    const Reflection& in = *holder->GetReflection();
    return last->is_repeated() ? in.FieldSize(*holder, last) > 0 : in.HasField(*holder, last);
  });
}

}  // namespace plenary
