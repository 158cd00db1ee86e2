#include "cli/schema.h"

#include <google/protobuf/descriptor.pb.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "ledger/check.h"
#include "ledger/fields.h"
#include "ledger/names.h"
#include "ledger/near_name.h"
#include "ledger/status.h"

namespace plenary {

// The descriptors of the protos with their comments, serialised; made by cmake/DescriptorSet.cmake.
extern const unsigned char kSchemaBytes[];
extern const unsigned long kSchemaSize;

namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;

using Comments = std::map<std::string, std::string>;  // full name → comment in one line

std::string OneLine(absl::string_view comment) {
  return absl::StrJoin(absl::StrSplit(comment, absl::ByAnyChar(" \n\t"), absl::SkipEmpty()), " ");
}

// The full name of what a location's path leads to, or empty: a message (4, i) or its field (2, j).
std::string NameAt(const FileDescriptorProto& file,
                   const google::protobuf::RepeatedField<int>& path) {
  const bool is_message =
      path.size() == 2 && path[0] == FileDescriptorProto::kMessageTypeFieldNumber;
  const bool is_field = path.size() == 4 &&
                        path[0] == FileDescriptorProto::kMessageTypeFieldNumber &&
                        path[2] == DescriptorProto::kFieldFieldNumber;
  if (!is_message && !is_field) return "";
  const DescriptorProto& message = file.message_type(path[1]);
  const std::string name = absl::StrCat(file.package(), ".", message.name());
  return is_message ? name : absl::StrCat(name, ".", message.field(path[3]).name());
}

const Comments& AllComments() {
  static const auto* const all = [] {
    FileDescriptorSet set;
    CHECK(set.ParseFromArray(kSchemaBytes, static_cast<int>(kSchemaSize)));
    auto* comments = new Comments();
    for (const FileDescriptorProto& file : set.file()) {
      for (const auto& location : file.source_code_info().location()) {
        const std::string name = NameAt(file, location.path());
        if (!name.empty()) (*comments)[name] = OneLine(location.leading_comments());
      }
    }
    return comments;
  }();
  return *all;
}

std::string CommentOn(const std::string& full_name) {
  const auto at = AllComments().find(full_name);
  return at == AllComments().end() ? "" : at->second;
}

struct TypeWords {
  std::string one;
  std::string many;
};

TypeWords EnumWords(const FieldDescriptor& field) {
  std::vector<std::string> words;
  for (int i = 1; i < field.enum_type()->value_count(); ++i) {
    words.push_back(EnumWord(*field.enum_type()->value(i)));
  }
  const std::string list = absl::StrJoin(words, ", ");
  return {absl::StrCat("one of ", list), absl::StrCat("words from ", list)};
}

TypeWords FormatWords(const FieldDescriptor& field) {
  const absl::string_view collection = RefersTo(field);
  switch (FormatOf(field)) {
    case v1::FORMAT_DATE:
      return {"date", "dates"};
    case v1::FORMAT_COUNTRY:
      return {"country code", "country codes"};
    case v1::FORMAT_LANGUAGE:
      return {"language tag", "language tags"};
    case v1::FORMAT_CURRENCY:
      return {"currency code", "currency codes"};
    case v1::FORMAT_DECIMAL:
      return {"amount", "amounts"};
    case v1::FORMAT_REFERENCE:
      return {absl::StrCat("name of a record of ", collection),
              absl::StrCat("names of records of ", collection)};
    case v1::FORMAT_COUNTRY_OR_REFERENCE:
      return {absl::StrCat("country code, or name of a record of ", collection),
              absl::StrCat("country codes, or names of records of ", collection)};
    case v1::FORMAT_CODE:
      return {"code", "codes"};
    case v1::FORMAT_MEMBER:
      return {"member", "members"};
    default:
      return {"text", "texts"};
  }
}

std::string TypeOf(const FieldDescriptor& field) {
  TypeWords words = FormatWords(field);
  if (field.message_type() != nullptr) words = {"object", "objects"};
  if (field.enum_type() != nullptr) words = EnumWords(field);
  if (KindOf(field) == FieldKind::kNumber) words = {"number", "numbers"};
  if (KindOf(field) == FieldKind::kBytes) words = {"bytes", "bytes"};
  return field.is_repeated() ? absl::StrCat("list of ", words.many) : words.one;
}

struct Columns {
  absl::string_view collection;
  absl::string_view fields;
};
constexpr Columns kColumns[] = {
    {"meetings", "external_id start_date end_date city host_country reported_status status title"},
    {"projects", "external_id kind acronym start_date lead_country reported_status status title"},
    {"declarations",
     "external_id type adopted_date place_city reported_status status languages_found title"},
    {"endorsements", "position text.name text.digest reservation"},
    {"bodies", "external_id abbreviation track coordinating_countries reported_status name"},
    {"calls", "external_id number year kind opened deadline min_countries title"},
    {"chairships", "external_id country year summit_city"},
    {"parties", "external_id code name membership_status joined ministry"},
    {"delegations", "external_id meeting country rank name function"},
    {"actions", "external_id owner due reported_status status text"},
    {"funders", "external_id country active_from active_to name"},
    {"vocabularies", "key terms.code"},
    {"redactions", "entries.origin entries.index entries.entry legal_basis"},
    {"erasures", "redaction.origin redaction.index redaction.entry state legal_basis"},
    {"openings", "origin size"},
};

}  // namespace

std::string NounOf(absl::string_view collection) {
  const int number = BodyFieldOf(collection);
  return number == 0 ? "" : v1::Record::descriptor()->FindFieldByNumber(number)->name();
}

absl::StatusOr<std::string> CollectionOf(absl::string_view noun) {
  std::vector<std::string> nouns;
  for (const absl::string_view collection : kCollections) {
    nouns.push_back(NounOf(collection));
    if (noun == collection || noun == nouns.back()) return std::string(collection);
  }
  const std::string near = NearName(noun, nouns);
  const std::string shown = ShownValue(noun);
  return MakeError(
      Reason::BAD_REQUEST,
      absl::StrCat("kind of record: expected ",
                   near.empty() ? absl::StrCat("one of ", absl::StrJoin(nouns, ", ")) : near,
                   ", got ", shown),
      {{"noun", shown}});
}

absl::StatusOr<std::vector<SchemaField>> SchemaOf(absl::string_view noun) {
  ASSIGN_OR_RETURN(const std::string collection, CollectionOf(noun));
  std::vector<SchemaField> schema;
  for (const FieldInfo& info : FieldsOf(collection)) {
    schema.push_back({info.path, TypeOf(*info.field), CommentOn(info.field->full_name())});
  }
  return schema;
}

absl::StatusOr<std::string> SchemaComment(absl::string_view noun) {
  ASSIGN_OR_RETURN(const std::string collection, CollectionOf(noun));
  return CommentOn(BodyType(collection)->full_name());
}

std::vector<std::string> TableColumns(absl::string_view collection) {
  for (const Columns& columns : kColumns) {
    if (columns.collection == collection) return absl::StrSplit(columns.fields, ' ');
  }
  return {};
}

}  // namespace plenary
