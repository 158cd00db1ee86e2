// Which member's node enters which row: owners.csv decides; what it leaves out, a rule does.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "cli/import/rows.h"
#include "cli/import/source_fields.h"

namespace plenary {

// The owners of rows. Loop only, until all is added.
class Owners {
 public:
  // `members`: who can own rows. `fallback` owns what the rule gives to nobody; it need not be one
  // of `members`.
  Owners(std::set<std::string> members, std::string fallback)
      : members_(std::move(members)), fallback_(std::move(fallback)) {}

  // Takes the decisions of a CSV file with the columns kind, id, owner. Owners are members from
  // then on. Returns what is wrong with it, row by row.
  std::vector<RowError> AddFile(absl::string_view file, absl::string_view text);
  // Takes the chair of a year from a row of chairships.
  void AddChairship(const Row& row);

  // The owner of a row: by decision; else the first of its own country, host, lead or coordinator
  // that is a member; else the chair of its year; else the fallback.
  std::string OwnerOf(const SourceKind& kind, const Row& row) const;

  const std::set<std::string>& members() const { return members_; }

 private:
  std::string MemberOf(const std::string& country) const;

  std::set<std::string> members_;
  std::string fallback_;
  std::map<std::pair<std::string, std::string>, std::string> decided_;  // kind, id → owner
  std::map<std::string, std::string> chairs_;                           // year → country
};

}  // namespace plenary
