#include "cli/import/references.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "ledger/names.h"

namespace plenary {

std::optional<std::string> RecordIdOf(absl::string_view external_id) {
  std::string id = absl::StrReplaceAll(absl::AsciiStrToLower(external_id), {{"_", "-"}});
  if (!IsLabel(id)) return std::nullopt;
  return id;
}

bool ReferenceIndex::Add(absl::string_view collection, absl::string_view external_id,
                         absl::string_view name) {
  const auto id = RecordIdOf(external_id);
  if (!id.has_value()) return false;
  const auto [at, is_new] = names_.emplace(absl::StrCat(collection, "/", *id), name);
  return is_new || at->second == name;
}

std::optional<std::string> ReferenceIndex::Resolve(absl::string_view collection,
                                                   absl::string_view external_id,
                                                   absl::string_view member) const {
  const auto id = RecordIdOf(external_id);
  if (!id.has_value()) return std::nullopt;
  const auto at = names_.find(absl::StrCat(collection, "/", *id));
  if (at != names_.end()) return at->second;
  return RecordName{std::string(member), std::string(collection), *id}.Text();
}

}  // namespace plenary
