#include "cli/held_trust.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "certs/trust_folder.h"
#include "ledger/status.h"

namespace plenary::cli {

absl::StatusOr<HeldTrust> LoadTrust(const std::string& folder) {
  ASSIGN_OR_RETURN(const certs::TrustFiles files, certs::ReadTrustFolder(folder));
  const auto in_folder = [&folder](const absl::Status& status, absl::string_view what) {
    return Annotate(status, absl::StrCat("folder \"", folder, "\", ", what));
  };
  auto rosters = RosterChain::Verify(files.rosters);
  if (!rosters.ok()) return in_folder(rosters.status(), "rosters");
  HeldTrust held{*std::move(rosters), {}};
  for (const auto& [member, envelopes] : files.cards) {
    auto cards = CardChain::Verify(envelopes, held.rosters, held.rosters.newest());
    if (!cards.ok()) return in_folder(cards.status(), absl::StrCat("cards of ", member));
    if (cards->member() != member) {
      return in_folder(
          MakeError(Reason::WRONG_MEMBER,
                    absl::StrCat("expected cards of ", member, ", got cards of ", cards->member())),
          "cards");
    }
    held.cards.emplace(member, *std::move(cards));
  }
  return held;
}

certs::Trust TrustOf(const HeldTrust& held) {
  std::vector<const v1::Card*> cards;
  for (const auto& [member, chain] : held.cards) cards.push_back(&chain.newest().payload());
  return certs::MakeTrust(held.rosters.newest().payload(), cards);
}

}  // namespace plenary::cli
