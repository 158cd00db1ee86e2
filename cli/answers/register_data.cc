#include "cli/answers/register_data.h"

#include <algorithm>

#include "cli/import/body_to_row.h"
#include "ledger/fields.h"
#include "ledger/names.h"

namespace plenary {

RegisterData::RegisterData(absl::Span<const v1::Record> records) {
  for (const v1::Record& record : records) {
    const auto name = RecordName::Parse(record.name());
    const google::protobuf::Message* body = BodyOf(record);
    // What is not understood answers no question.
    if (!name.ok() || body == nullptr || body->GetDescriptor() != BodyType(name->collection)) {
      continue;
    }
    by_collection_[name->collection].push_back(&record);
    by_name_[record.name()] = &record;
  }
}

const SourceKind* RegisterData::KindOf(absl::string_view noun) {
  return FindSourceKind(noun == "documents" ? "declarations" : noun);
}

const std::vector<const v1::Record*>& RegisterData::All(absl::string_view collection) const {
  static const auto* const none = new std::vector<const v1::Record*>();
  const auto at = by_collection_.find(std::string(collection));
  return at == by_collection_.end() ? *none : at->second;
}

std::vector<const v1::Record*> RegisterData::Where(absl::string_view collection,
                                                   const Condition& condition) const {
  std::vector<const v1::Record*> found;
  for (const v1::Record* record : All(collection)) {
    if (condition(*record)) found.push_back(record);
  }
  return found;
}

std::string RegisterData::IdOf(const v1::Record& record) {
  const google::protobuf::Message* body = BodyOf(record);
  const auto* field =
      body == nullptr ? nullptr : body->GetDescriptor()->FindFieldByName("external_id");
  if (field != nullptr) {
    const std::vector<std::string> ids = TextsOf(*body, *field);
    if (!ids.empty()) return ids.front();
  }
  const auto name = RecordName::Parse(record.name());
  return name.ok() ? name->id : record.name();
}

std::string RegisterData::IdOf(const v1::Record& from, const std::string& name) const {
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? ExternalIdOf(*BodyOf(from), name) : IdOf(*at->second);
}

nlohmann::json RegisterData::Ids(const std::vector<const v1::Record*>& records) {
  std::vector<std::string> ids;
  ids.reserve(records.size());
  for (const v1::Record* record : records) ids.push_back(IdOf(*record));
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace plenary
