#include "cli/audit/choose_logs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/names.h"
#include "ledger/near_name.h"
#include "ledger/status.h"

namespace plenary::cli {

absl::StatusOr<std::string> OriginFor(const std::string& name, const std::string& federation) {
  for (const std::string& origin : {name, absl::StrCat(federation, "/", name)}) {
    if (Origin::Parse(origin).ok()) return origin;
  }
  return MakeError(Reason::BAD_REQUEST,
                   absl::StrCat("log: expected a name such as br/1 or ", federation, "/br/1, got ",
                                ShownValue(name)),
                   {{"log", name}});
}

absl::StatusOr<std::vector<LogHead>> ChooseLogs(std::vector<LogHead> heads,
                                                const std::vector<std::string>& names,
                                                const std::string& federation) {
  if (names.empty()) return heads;
  std::vector<LogHead> chosen;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const std::string origin, OriginFor(name, federation));
    const auto same = [&origin](const LogHead& head) { return head.origin == origin; };
    if (std::any_of(chosen.begin(), chosen.end(), same)) continue;
    const auto at = std::find_if(heads.begin(), heads.end(), same);
    if (at == heads.end()) {
      return MakeError(Reason::NOT_FOUND,
                       absl::StrCat("log ", origin, ": expected one that is here"),
                       {{"origin", origin}});
    }
    chosen.push_back(*at);
  }
  return chosen;
}

}  // namespace plenary::cli
