#include "cli/import/row_to_body.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "ledger/codes.h"
#include "ledger/field_check.h"
#include "ledger/fields.h"
#include "ledger/names.h"
#include "ledger/near_name.h"
#include "plenary/v1/value.pb.h"

namespace plenary {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using nlohmann::json;

std::string Dump(const json& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
}

// A value of any kind as text, and what it was.
std::string AnyText(const json& value, v1::ValueKind& kind) {
  kind = v1::VALUE_KIND_UNSPECIFIED;
  if (value.is_string()) return value.get<std::string>();
  kind = value.is_number() ? v1::VALUE_KIND_NUMBER : v1::VALUE_KIND_JSON;
  return Dump(value);
}

class Mapper {
 public:
  Mapper(const Row& row, const ReferenceIndex& index, absl::string_view member, Message& body)
      : row_(row), index_(index), member_(member), body_(body) {}

  std::vector<RowError> Whole(const SourceKind& kind) {
    for (const auto& [name, value] : row_.value.items()) {
      const SourceField* field = kind.Find(name);
      if (field == nullptr) {
        Unknown(kind, name);
      } else if (!IsEmptyValue(value)) {
        Field(*field, name, value, body_);
      }
    }
    for (const std::string& name : kind.required) {
      const auto at = row_.value.find(name);
      if (at == row_.value.end() || IsEmptyValue(*at)) Bad(name, "a value", "");
    }
    Set("original", row_.original);
    Set("original_media_type", row_.media_type);
    return std::move(errors_);
  }

 private:
  void Set(const char* name, const std::string& value) {
    body_.GetReflection()->SetString(&body_, body_.GetDescriptor()->FindFieldByName(name), value);
  }

  void Bad(const std::string& path, std::string expected, std::string shown) {
    errors_.push_back(
        {row_.file, row_.number, row_.line, path, std::move(shown), std::move(expected)});
  }

  void Unknown(const SourceKind& kind, const std::string& name) {
    std::vector<std::string> known;
    for (const SourceField& field : kind.fields) known.push_back(field.name);
    const std::string near = NearName(name, known);
    Bad(name.empty() ? "(no name)" : ShownValue(name),
        absl::StrCat("a field of ", kind.name,
                     near.empty() ? "" : absl::StrCat(", perhaps ", near)),
        "");
  }

  void Field(const SourceField& source, const std::string& path, const json& value, Message& out) {
    const FieldDescriptor& field = *source.field;
    if (field.message_type() != nullptr) {
      Parts(field, path, value, out);
    } else if (field.is_repeated()) {
      List(source, path, value, out);
    } else {
      Single(field, path, value, out);
    }
  }

  void Single(const FieldDescriptor& field, const std::string& path, const json& value,
              Message& out) {
    const Reflection& in = *out.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_UINT32: {
        constexpr uint64_t kMax = std::numeric_limits<uint32_t>::max();
        if (!value.is_number_unsigned() || value.get<uint64_t>() > kMax) {
          return Bad(path, absl::StrCat("a whole number from 0 to ", kMax), Shown(value));
        }
        return in.SetUInt32(&out, &field, value.get<uint32_t>());
      }
      case FieldDescriptor::CPPTYPE_ENUM:
        return Enum(field, path, value, out);
      default:
        break;
    }
    if (field.name() == "value" && ValueKindField(out) != nullptr)
      return AnyValue(field, value, out);
    std::string text;
    if (Text(field, path, value, text)) in.SetString(&out, &field, text);
  }

  static const FieldDescriptor* ValueKindField(const Message& message) {
    const FieldDescriptor* kind = message.GetDescriptor()->FindFieldByName("kind");
    return kind != nullptr && kind->enum_type() == v1::ValueKind_descriptor() ? kind : nullptr;
  }

  static void AnyValue(const FieldDescriptor& field, const json& value, Message& out) {
    v1::ValueKind kind = v1::VALUE_KIND_UNSPECIFIED;
    const Reflection& in = *out.GetReflection();
    in.SetString(&out, &field, AnyText(value, kind));
    in.SetEnumValue(&out, ValueKindField(out), kind);
  }

  // "day" → DATE_PRECISION_DAY.
  void Enum(const FieldDescriptor& field, const std::string& path, const json& value,
            Message& out) {
    std::vector<std::string> words;
    for (int i = 1; i < field.enum_type()->value_count(); ++i) {
      const EnumValueDescriptor* listed = field.enum_type()->value(i);
      words.push_back(EnumWord(*listed));
      if (value.is_string() && value.get_ref<const std::string&>() == words.back()) {
        return out.GetReflection()->SetEnum(&out, &field, listed);
      }
    }
    Bad(path, absl::StrJoin(words, " or "), Shown(value));
  }

  void List(const SourceField& source, const std::string& path, const json& value, Message& out) {
    json list = value;
    if (value.is_string() && source.as_text) {
      list = json::array();
      for (const absl::string_view part :
           absl::StrSplit(value.get_ref<const std::string&>(), ';')) {
        list.push_back(std::string(absl::StripAsciiWhitespace(part)));
      }
    }
    if (!list.is_array()) return Bad(path, "a list", Shown(value));
    for (size_t i = 0; i < list.size(); ++i) {
      const std::string at = absl::StrCat(path, "[", i + 1, "]");
      std::string text;
      if (IsEmptyValue(list[i])) {
        Bad(at, "a value", Shown(list[i]));
      } else if (Text(*source.field, at, list[i], text)) {
        out.GetReflection()->AddString(&out, source.field, text);
      }
    }
  }

  // The text for a field; false, with an error, if the value does not fit it.
  bool Text(const FieldDescriptor& field, const std::string& path, const json& value,
            std::string& text) {
    const v1::Format format = FormatOf(field);
    if (format == v1::FORMAT_DECIMAL && value.is_number()) {
      text = Dump(value);
    } else if (value.is_string()) {
      text = value.get<std::string>();
    } else {
      Bad(path, "a text", Shown(value));
      return false;
    }
    const bool names_record = format == v1::FORMAT_REFERENCE ||
                              (format == v1::FORMAT_COUNTRY_OR_REFERENCE && !IsCountry(text));
    if (names_record) return Reference(field, path, text);
    const std::string expected = Misfit(field, text);
    if (!expected.empty()) Bad(path, expected, Shown(value));
    return expected.empty();
  }

  // Turns the source's id in `text` into the name of a record.
  bool Reference(const FieldDescriptor& field, const std::string& path, std::string& text) {
    if (RecordName::Parse(text).ok()) {
      const std::string expected = Misfit(field, text);
      if (!expected.empty()) Bad(path, expected, ShownValue(text));
      return expected.empty();
    }
    const auto name = index_.Resolve(RefersTo(field), text, member_);
    if (!name.has_value()) {
      Bad(path, absl::StrCat("an id of ", RefersTo(field), ": letters, digits, - and _"),
          ShownValue(text));
      return false;
    }
    Remember(*name, text);
    text = *name;
    return true;
  }

  void Remember(const std::string& name, const std::string& external_id) {
    const FieldDescriptor* list = body_.GetDescriptor()->FindFieldByName("references");
    const Reflection& in = *body_.GetReflection();
    for (int i = 0; i < in.FieldSize(body_, list); ++i) {
      const auto& known =
          static_cast<const v1::SourceReference&>(in.GetRepeatedMessage(body_, list, i));
      if (known.name() == name) return;
    }
    auto& added = static_cast<v1::SourceReference&>(*in.AddMessage(&body_, list));
    added.set_name(name);
    added.set_external_id(external_id);
  }

  // A list of messages.
  void Parts(const FieldDescriptor& field, const std::string& path, const json& value,
             Message& out) {
    if (field.message_type() == v1::Translation::descriptor()) {
      return Translations(field, path, value, out);
    }
    if (!value.is_array()) return Bad(path, "a list of objects", Shown(value));
    for (size_t i = 0; i < value.size(); ++i) {
      const std::string at = absl::StrCat(path, "[", i + 1, "]");
      json part = value[i];
      const bool is_code = part.is_string() && field.message_type()->name() == "Term";
      if (is_code) part = json{{"code", value[i]}};
      if (!part.is_object() || part.empty()) {
        Bad(at, "an object", Shown(value[i]));
      } else {
        Part(at, part, *out.GetReflection()->AddMessage(&out, &field));
      }
    }
  }

  void Part(const std::string& path, const json& value, Message& out) {
    const std::vector<SourceField> fields = PartFields(*out.GetDescriptor());
    for (const auto& [name, member] : value.items()) {
      const auto at = std::find_if(fields.begin(), fields.end(), [&name = name](const auto& field) {
        return field.name == name;
      });
      if (IsEmptyValue(member)) continue;
      if (at != fields.end()) {
        Field(*at, absl::StrCat(path, ".", name), member, out);
      } else {
        AddDetail(name, member, out);
      }
    }
  }

  static void AddDetail(const std::string& name, const json& value, Message& out) {
    const FieldDescriptor* list = out.GetDescriptor()->FindFieldByName("details");
    auto& detail = static_cast<v1::Detail&>(*out.GetReflection()->AddMessage(&out, list));
    v1::ValueKind kind = v1::VALUE_KIND_UNSPECIFIED;
    detail.set_name(name);
    detail.set_value(AnyText(value, kind));
    detail.set_kind(kind);
  }

  // An object: language → text.
  void Translations(const FieldDescriptor& field, const std::string& path, const json& value,
                    Message& out) {
    if (!value.is_object()) return Bad(path, "an object: language, text", Shown(value));
    for (const auto& [language, text] : value.items()) {
      const std::string at = absl::StrCat(path, ".", language);
      if (!IsLanguage(language)) {
        Bad(path, "a language tag of BCP 47 such as pt", ShownValue(language));
      } else if (!text.is_string() || text.get_ref<const std::string&>().size() > kTextBytes) {
        Bad(at, absl::StrCat("a text of at most ", kTextBytes, " bytes"), Shown(text));
      } else if (!IsEmptyValue(text)) {
        auto& added = static_cast<v1::Translation&>(*out.GetReflection()->AddMessage(&out, &field));
        added.set_language(language);
        added.set_text(text.get<std::string>());
      }
    }
  }

  const Row& row_;
  const ReferenceIndex& index_;
  const absl::string_view member_;
  Message& body_;
  std::vector<RowError> errors_;
};

}  // namespace

bool IsEmptyValue(const json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  return value.is_null() || (value.is_structured() && value.empty());
}

std::vector<RowError> RowToBody(const SourceKind& kind, const Row& row, const ReferenceIndex& index,
                                absl::string_view member, Message& body) {
  return Mapper(row, index, member, body).Whole(kind);
}

}  // namespace plenary
