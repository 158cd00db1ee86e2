#include "ledger/field_check.h"

#include <google/protobuf/message.h>

#include "absl/strings/str_cat.h"
#include "ledger/amount.h"
#include "ledger/codes.h"
#include "ledger/dates.h"
#include "ledger/fields.h"
#include "ledger/names.h"
#include "ledger/near_name.h"
#include "ledger/status.h"
#include "ledger/utf8.h"

namespace plenary {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsReferenceTo(absl::string_view collection, absl::string_view text) {
  const auto name = RecordName::Parse(text);
  return name.ok() && (collection.empty() || name->collection == collection);
}

std::string ReferenceForm(absl::string_view collection) {
  return absl::StrCat("the name of a record (members/<member>/",
                      collection.empty() ? "<collection>" : collection, "/<id>)");
}

absl::Status BadField(absl::string_view path, absl::string_view expected, absl::string_view value) {
  return MakeError(Reason::BAD_FIELD,
                   absl::StrCat(path, ": expected ", expected, ", got ", ShownValue(value)),
                   {{"field", path}, {"expected", expected}});
}

absl::Status CheckMessage(const Message& message, const std::string& prefix);

absl::Status CheckParts(const Message& message, const FieldDescriptor& field,
                        const std::string& path) {
  const Reflection& in = *message.GetReflection();
  if (!field.is_repeated()) {
    if (!in.HasField(message, &field)) return absl::OkStatus();
    return CheckMessage(in.GetMessage(message, &field), absl::StrCat(path, "."));
  }
  for (int i = 0; i < in.FieldSize(message, &field); ++i) {
    RETURN_IF_ERROR(CheckMessage(in.GetRepeatedMessage(message, &field, i),
                                 absl::StrCat(path, "[", i + 1, "].")));
  }
  return absl::OkStatus();
}

// A period that is given by two dates of one message.
struct Period {
  const char* from;
  const char* to;
};
constexpr Period kPeriods[] = {{"start_date", "end_date"},
                               {"valid_from", "valid_to"},
                               {"active_from", "active_to"},
                               {"joined", "left"},
                               {"opened", "deadline"}};

absl::Status CheckPeriods(const Message& message, const std::string& prefix) {
  for (const Period& period : kPeriods) {
    const FieldDescriptor* from = message.GetDescriptor()->FindFieldByName(period.from);
    const FieldDescriptor* to = message.GetDescriptor()->FindFieldByName(period.to);
    if (from == nullptr || to == nullptr) continue;
    const Reflection& in = *message.GetReflection();
    const std::string to_text = in.GetString(message, to);
    const auto begin = ParseDate(in.GetString(message, from));
    const auto end = ParseDate(to_text);
    if (begin.has_value() && end.has_value() && end->end_s <= begin->begin_s) {
      return BadField(
          absl::StrCat(prefix, period.to),
          absl::StrCat("a date not before ", period.from, " (", in.GetString(message, from), ")"),
          to_text);
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMessage(const Message& message, const std::string& prefix) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    const std::string path = absl::StrCat(prefix, field.name());
    if (field.message_type() != nullptr) {
      RETURN_IF_ERROR(CheckParts(message, field, path));
      continue;
    }
    if (field.type() != FieldDescriptor::TYPE_STRING) continue;
    for (const std::string& text : TextsOf(message, field)) {
      const std::string expected = Misfit(field, text);
      if (!expected.empty()) return BadField(path, expected, text);
    }
  }
  return CheckPeriods(message, prefix);
}

}  // namespace

std::string Misfit(const FieldDescriptor& field, absl::string_view text) {
  if (text.size() > kTextBytes) return absl::StrCat("at most ", kTextBytes, " bytes of text");
  if (!IsUtf8(text)) return "UTF-8";
  switch (FormatOf(field)) {
    case v1::FORMAT_DATE:
      return ParseDate(text).has_value() ? "" : std::string(kDateForms);
    case v1::FORMAT_COUNTRY:
      return IsCountry(text) ? "" : "a country code of ISO 3166-1 such as BR";
    case v1::FORMAT_LANGUAGE:
      return IsLanguage(text) ? "" : "a language tag of BCP 47 such as pt";
    case v1::FORMAT_CURRENCY:
      return IsCurrency(text) ? "" : "a currency code of ISO 4217 such as BRL";
    case v1::FORMAT_DECIMAL:
      return Amount::Parse(text).has_value() ? "" : "a decimal number such as 7200000 or 12.5";
    case v1::FORMAT_REFERENCE:
      return IsReferenceTo(RefersTo(field), text) ? "" : ReferenceForm(RefersTo(field));
    case v1::FORMAT_COUNTRY_OR_REFERENCE:
      if (IsCountry(text) || IsReferenceTo(RefersTo(field), text)) return "";
      return absl::StrCat("a country code, or ", ReferenceForm(RefersTo(field)));
    case v1::FORMAT_MEMBER:
      return IsMember(text) ? "" : "the code of a member such as br";
    default:
      return "";
  }
}

absl::Status CheckBody(const v1::Record& record) {
  const Message* body = BodyOf(record);
  return body == nullptr ? absl::OkStatus() : CheckMessage(*body, "");
}

}  // namespace plenary
