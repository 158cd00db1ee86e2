#include "sync/effects.h"

#include "ledger/status.h"

namespace plenary::sync {

Event EventBecause(std::string name, std::vector<std::pair<std::string, std::string>> fields,
                   const absl::Status& why) {
  Event event{std::move(name), std::move(fields)};
  if (const auto reason = ReasonOf(why); reason.has_value()) {
    event.fields.emplace_back("reason", RowOf(*reason).name);
  }
  event.fields.emplace_back("why", std::string(why.message()));
  return event;
}

}  // namespace plenary::sync
