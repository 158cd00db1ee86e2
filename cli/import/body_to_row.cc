#include "cli/import/body_to_row.h"

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "cli/json.h"
#include "ledger/amount.h"
#include "ledger/fields.h"
#include "plenary/v1/value.pb.h"

namespace plenary {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using nlohmann::ordered_json;

// A value that was kept as text with what it was.
ordered_json AnyValue(const std::string& text, int kind) {
  if (kind == v1::VALUE_KIND_UNSPECIFIED) return text;
  const JsonResult result = ReadJson(text);
  return result.ok ? ordered_json(result.value) : ordered_json(text);
}

// An amount as a number if JSON's readers keep it exactly, else as text.
ordered_json AmountValue(const std::string& text) {
  constexpr int64_t kExactInDouble = 1LL << 53;
  const auto amount = Amount::Parse(text);
  if (!amount.has_value()) return text;
  if (amount->nanos() == 0 && amount->units() >= 0) return static_cast<uint64_t>(amount->units());
  const JsonResult result = ReadJson(text);
  const bool exact = result.ok && std::abs(amount->units()) < kExactInDouble &&
                     result.value.dump() == amount->Text();
  return exact ? ordered_json(result.value) : ordered_json(text);
}

class Writer {
 public:
  explicit Writer(const Message& body) : body_(body) {}

  ordered_json Members(const std::vector<SourceField>& fields, const Message& message) const {
    ordered_json row = ordered_json::object();
    for (const SourceField& source : fields) row[source.name] = Value(source, message);
    return row;
  }

 private:
  ordered_json Value(const SourceField& source, const Message& message) const {
    const FieldDescriptor& field = *source.field;
    if (field.message_type() != nullptr) return Parts(field, message);
    std::vector<std::string> texts = TextsOf(message, field);
    for (std::string& text : texts) text = SourceText(field, std::move(text));
    if (field.is_repeated()) {
      if (!source.as_text) return texts;
      if (texts.empty()) return nullptr;
      return absl::StrJoin(texts, ";");
    }
    return texts.empty() ? ordered_json(nullptr) : One(field, texts.front(), message);
  }

  static ordered_json One(const FieldDescriptor& field, const std::string& text,
                          const Message& message) {
    uint64_t number = 0;
    if (KindOf(field) == FieldKind::kNumber && absl::SimpleAtoi(text, &number)) return number;
    if (KindOf(field) == FieldKind::kAmount) return AmountValue(text);
    const FieldDescriptor* kind = message.GetDescriptor()->FindFieldByName("kind");
    if (field.name() == "value" && kind != nullptr &&
        kind->enum_type() == v1::ValueKind_descriptor()) {
      return AnyValue(text, message.GetReflection()->GetEnumValue(message, kind));
    }
    return text;
  }

  std::string SourceText(const FieldDescriptor& field, std::string text) const {
    const v1::Format format = FormatOf(field);
    const bool may_refer =
        format == v1::FORMAT_REFERENCE || format == v1::FORMAT_COUNTRY_OR_REFERENCE;
    return may_refer ? ExternalIdOf(body_, text) : text;
  }

  ordered_json Parts(const FieldDescriptor& field, const Message& message) const {
    const Reflection& in = *message.GetReflection();
    const bool by_language = field.message_type() == v1::Translation::descriptor();
    ordered_json parts = by_language ? ordered_json::object() : ordered_json::array();
    const std::vector<SourceField> fields = PartFields(*field.message_type());
    for (int i = 0; i < in.FieldSize(message, &field); ++i) {
      const Message& part = in.GetRepeatedMessage(message, &field, i);
      if (by_language) {
        const auto& translation = static_cast<const v1::Translation&>(part);
        parts[translation.language()] = translation.text();
        continue;
      }
      ordered_json row = Members(fields, part);
      AddDetails(part, row);
      // Parts have only what they have.
      for (auto at = row.begin(); at != row.end();) {
        if (at->is_null() || (at->is_structured() && at->empty())) {
          at = row.erase(at);
        } else {
          ++at;
        }
      }
      const bool is_code = row.size() == 1 && row.contains("code");
      parts.push_back(is_code ? row["code"] : std::move(row));
    }
    return parts;
  }

  static void AddDetails(const Message& part, ordered_json& row) {
    const FieldDescriptor* list = part.GetDescriptor()->FindFieldByName("details");
    if (list == nullptr) return;
    const Reflection& in = *part.GetReflection();
    for (int i = 0; i < in.FieldSize(part, list); ++i) {
      const auto& detail = static_cast<const v1::Detail&>(in.GetRepeatedMessage(part, list, i));
      row[detail.name()] = AnyValue(detail.value(), detail.kind());
    }
  }

  const Message& body_;
};

}  // namespace

ordered_json BodyToRow(const SourceKind& kind, const Message& body) {
  return Writer(body).Members(kind.fields, body);
}

std::string ExternalIdOf(const Message& body, absl::string_view name) {
  const FieldDescriptor* list = body.GetDescriptor()->FindFieldByName("references");
  if (list == nullptr) return std::string(name);
  const Reflection& in = *body.GetReflection();
  for (int i = 0; i < in.FieldSize(body, list); ++i) {
    const auto& known =
        static_cast<const v1::SourceReference&>(in.GetRepeatedMessage(body, list, i));
    if (known.name() == name) return known.external_id();
  }
  return std::string(name);
}

}  // namespace plenary
