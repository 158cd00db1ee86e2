#include "cli/import/source_fields.h"

#include <algorithm>

#include "ledger/check.h"
#include "ledger/fields.h"

namespace plenary {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

struct Rename {
  absl::string_view type;  // empty: every body
  absl::string_view field;
  absl::string_view source;
  bool as_text = false;
};

constexpr Rename kRenames[] = {
    {"", "external_id", "id"},
    {"", "reported_status", "status"},
    {"", "claims", "disputed"},
    {"Meeting", "working_group", "working_group_id"},
    {"Declaration", "meeting", "meeting_id"},
    {"Declaration", "supersedes", "supersedes", true},
    {"Declaration", "amends", "amends", true},
    {"Declaration", "mandated_by", "mandated_by", true},
    {"Project", "call", "call_id"},
    {"Project", "start_date", "start"},
    {"Project", "end_date", "end"},
    {"Project", "proposed_at_meeting", "proposed_at_meeting_id"},
    {"Project", "mandated_by_document", "mandated_by_document_id"},
    {"NationalWindow", "agencies", "agency", true},
    {"Party", "code", "iso2"},
    {"Party", "ministry_abbreviation", "ministry_abbr"},
    {"MinistryName", "abbreviation", "abbr"},
    {"Body", "abbreviation", "abbr"},
    {"Body", "parent", "parent_id"},
    {"Delegation", "meeting", "meeting_id"},
    {"Delegation", "source_ids", "source_id", true},
    {"Action", "meeting", "meeting_id"},
    {"Action", "source_ids", "source_id", true},
    {"Vocabulary", "external_id", ""},
    {"Vocabulary", "key", "id"},
};

// Fields that a source cannot set: what the owner says, and what the import itself writes.
constexpr absl::string_view kNotFromSources[] = {
    "status", "texts", "endorsers", "references", "original", "original_media_type", "details"};

SourceField Named(const Descriptor& type, const FieldDescriptor& field) {
  SourceField named{field.name(), &field, false};
  const bool is_body = field.containing_type()->FindFieldByName("original") != nullptr;
  for (const Rename& rename : kRenames) {
    if (rename.field != field.name()) continue;
    if (rename.type.empty() ? !is_body : rename.type != type.name()) continue;
    named.name = std::string(rename.source);
    named.as_text = rename.as_text;
  }
  return named;
}

std::vector<SourceField> FieldsFrom(const Descriptor& type) {
  std::vector<SourceField> fields;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const bool excluded = std::find(std::begin(kNotFromSources), std::end(kNotFromSources),
                                    field.name()) != std::end(kNotFromSources);
    // The kind of a value follows from the value.
    const bool is_value_kind =
        field.enum_type() != nullptr && field.enum_type()->name() == "ValueKind";
    if (excluded || is_value_kind) continue;
    SourceField named = Named(type, field);
    if (named.name.empty()) continue;
    const auto at = named.name == "id" ? fields.begin() : fields.end();
    fields.insert(at, std::move(named));
  }
  return fields;
}

SourceKind Kind(absl::string_view name, absl::string_view collection,
                std::vector<std::string> required, std::vector<std::string> home,
                absl::string_view year) {
  const Descriptor* type = BodyType(collection);
  CHECK(type != nullptr);
  return {std::string(name),   std::string(collection), FieldsFrom(*type),
          std::move(required), std::move(home),         std::string(year)};
}

}  // namespace

const SourceField* SourceKind::Find(absl::string_view field_name) const {
  for (const SourceField& field : fields) {
    if (field.name == field_name) return &field;
  }
  return nullptr;
}

const std::vector<SourceKind>& SourceKinds() {
  static const auto* const kinds = new std::vector<SourceKind>{
      Kind("vocabularies", "vocabularies", {"id", "terms"}, {}, ""),
      Kind("members", "parties", {"id", "iso2", "name"}, {"iso2"}, "joined"),
      Kind("funders", "funders", {"id", "name"}, {"country"}, ""),
      Kind("working_groups", "bodies", {"id", "name"}, {"coordinating_countries"}, "established"),
      Kind("chairships", "chairships", {"id", "country", "year"}, {"country"}, ""),
      Kind("meetings", "meetings", {"id", "series", "title"}, {"host_country"}, "start_date"),
      Kind("calls", "calls", {"id", "title"}, {}, "year"),
      Kind("declarations", "declarations", {"id", "type", "title"}, {"place_country"},
           "adopted_date"),
      Kind("projects", "projects", {"id", "kind", "title"}, {"lead_country"}, "start"),
      Kind("delegations", "delegations", {"id", "meeting_id", "country"}, {"country"}, ""),
      Kind("actions", "actions", {"id", "text"}, {"owner"}, ""),
  };
  return *kinds;
}

const SourceKind* FindSourceKind(absl::string_view name) {
  for (const SourceKind& kind : SourceKinds()) {
    if (kind.name == name || kind.collection == name) return &kind;
  }
  return nullptr;
}

std::vector<SourceField> PartFields(const Descriptor& type) { return FieldsFrom(type); }

}  // namespace plenary
