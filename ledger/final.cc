#include "ledger/final.h"

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary {

absl::StatusOr<RosterRange> RostersInPlay(uint64_t before, uint64_t named) {
  // The last number has no end behind it; no federation counts that far.
  if (before == 0 || named == 0 || named == UINT64_MAX) {
    return MakeError(Reason::BAD_ROSTER_REFERENCE,
                     absl::StrCat("rosters in play: expected versions from 1 below 2^64 - 1, got ",
                                  before, " and ", named));
  }
  if (named < before) {
    return MakeError(Reason::WENT_BACK,
                     absl::StrCat("rosters in play: expected roster ", before,
                                  " or later at the checkpoint's last leaf, got ", named),
                     {{"before", absl::StrCat(before)}, {"named", absl::StrCat(named)}});
  }
  return RosterRange{before, named + 1};
}

PeerCount CountPeers(const std::set<std::string>& cosigned, absl::string_view owner,
                     const Roster& roster) {
  PeerCount count;
  count.rule = roster.QuorumFor(owner);
  for (const std::string& peer : roster.PeersOf(owner)) {
    if (cosigned.contains(peer)) ++count.held;
  }
  return count;
}

absl::Status CheckFinal(const std::set<std::string>& cosigned, absl::string_view owner,
                        const RosterChain& rosters, RosterRange in_play) {
  CHECK(in_play.begin < in_play.end);
  for (uint64_t version = in_play.begin; version < in_play.end; ++version) {
    const Roster* roster = rosters.Find(version);
    if (roster == nullptr) {
      return MakeError(Reason::ROSTER_MISSING, absl::StrCat("roster ", version, " is not held"),
                       {{"version", absl::StrCat(version)}});
    }
    const PeerCount count = CountPeers(cosigned, owner, *roster);
    if (!count.enough()) {
      return MakeError(
          Reason::NOT_FINAL,
          absl::StrCat("log of ", owner, ": by roster ", version, " expected ", count.rule.quorum,
                       " of ", count.rule.peers, " peers, got ", count.held),
          {{"roster", absl::StrCat(version)},
           {"expected", absl::StrCat(count.rule.quorum)},
           {"peers", absl::StrCat(count.rule.peers)},
           {"got", absl::StrCat(count.held)}});
    }
  }
  return absl::OkStatus();
}

}  // namespace plenary
