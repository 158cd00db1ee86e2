#include "ledger/proof_report.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "ledger/commit.h"
#include "ledger/names.h"

namespace plenary {
namespace {

// "1 author key", "2 author keys".
std::string Count(size_t count, absl::string_view noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

// "2026-09-21T14:13:20Z (POSIX second 1790000000)"; beyond the year 9999 the number alone.
std::string TimeText(uint64_t time_seconds) {
  constexpr uint64_t kEndOfYear9999 = 253'402'300'800;
  if (time_seconds >= kEndOfYear9999) return absl::StrCat("POSIX second ", time_seconds);
  return absl::StrCat(absl::FormatTime("%Y-%m-%dT%H:%M:%SZ",
                                       absl::FromUnixSeconds(static_cast<int64_t>(time_seconds)),
                                       absl::UTCTimeZone()),
                      " (POSIX second ", time_seconds, ")");
}

// The cards that the verdict rests on: the leaf's, and of the owner and of each member that
// cosigned the newest.
bool IsNeeded(const Card& card, uint64_t newest, const std::set<std::string>& cosigned,
              const LeafView& leaf, const ProofVerdict& verdict) {
  if (card.member() == verdict.owner) {
    return card.version() == newest || card.digest().view() == leaf.manifest.card.digest;
  }
  return card.version() == newest && cosigned.contains(card.member());
}

void AddCards(const std::vector<Card>& cards, const ShownLog& log, const LeafView& leaf,
              const ProofVerdict& verdict, std::vector<std::string>& surplus) {
  std::set<std::string> cosigned;
  for (const auto& [size, checkpoint] : log.checkpoints) cosigned.merge(CosignedBy(checkpoint));
  std::map<std::string, uint64_t> newest;
  for (const Card& card : cards) {
    uint64_t& version = newest[card.member()];
    version = std::max(version, card.version());
  }
  for (const Card& card : cards) {
    if (IsNeeded(card, newest[card.member()], cosigned, leaf, verdict)) continue;
    surplus.push_back(absl::StrCat("card ", card.version(), " of ", card.member(), ": not needed"));
  }
}

// A step is needed for its leaf (the first, or the last of its checkpoint) and for its checkpoint
// (the record's, or the first that names its roster).
void AddSteps(const ShownLog& log, const std::vector<FinalCheckpoint>& finals,
              std::vector<std::string>& surplus) {
  std::set<uint64_t> last_leaves;
  uint64_t named_before = 0;
  for (const FinalCheckpoint& checkpoint : finals) {
    last_leaves.insert(checkpoint.size - 1);
    const uint64_t named = checkpoint.in_play.end - 1;
    if (named == named_before && checkpoint.size != log.record_size) {
      surplus.push_back(absl::StrCat("checkpoint of size ", checkpoint.size, ": not needed"));
    }
    named_before = named;
  }
  for (const auto& [index, leaf] : log.leaves) {
    if (index == 0 || index == log.record_index || last_leaves.contains(index)) continue;
    surplus.push_back(absl::StrCat("leaf ", index, ": not needed"));
  }
}

}  // namespace

std::string SayRecord(const ProofVerdict& verdict) {
  return absl::StrCat(
      "record ", verdict.record_name, ", revision ", verdict.revision,
      ": its bytes have the SHA-256 ", verdict.record_digest.Hex(), ", which the commit lists",
      verdict.understood ? "" : " (parts of it are not understood by this release)");
}

std::string SaySigned(const ProofVerdict& verdict, const Roster& roster, const Card& card) {
  return absl::StrCat("commit: signed by ", Count(verdict.authors.size(), "author key"), " of ",
                      verdict.owner, " (", absl::StrJoin(verdict.authors, ", "),
                      "), active on card ", card.version(), " of ", card.member(),
                      ", judged by roster ", roster.version());
}

std::string SayIncluded(const ProofVerdict& verdict) {
  return absl::StrCat("log ", verdict.origin, ": the commit is leaf ", verdict.index,
                      " of the checkpoint of size ", verdict.size, ", root ", verdict.root.Hex(),
                      ", signed by the log's key");
}

std::string SayHeld(const HeldBy& held, const Roster& roster) {
  if (held.peers == 0) {
    return absl::StrCat("final by roster ", held.roster_version,
                        ": held by no other member, since the log has no peers");
  }
  return absl::StrCat("final by roster ", held.roster_version, " (", held.roster_digest.Hex(),
                      ", threshold ", roster.payload().threshold(), " of ",
                      roster.FullMembers().size(), "): held by ", held.members.size(), " of ",
                      held.peers, " peers (", absl::StrJoin(held.members, ", "),
                      "); the quorum is ", held.quorum, " of ", held.peers);
}

std::string SayTime(uint64_t time_seconds, int faulty, size_t cosigned) {
  return absl::StrCat("time: no later than ", TimeText(time_seconds), ", number ", faulty + 1,
                      " of ", Count(cosigned, "cosignature time"), " by order; ",
                      faulty == 0
                          ? std::string("no peer's clock may lie")
                          : absl::StrCat(Count(static_cast<size_t>(faulty), "peer"), " may lie"));
}

std::string SayRosters(const RosterChain& rosters) {
  const Roster& newest = rosters.newest();
  return absl::StrCat("rosters of ", rosters.federation(), ": versions 1 to ", newest.version(),
                      ", each signed by the threshold of the one before and its own; the newest ",
                      "asks for ", newest.payload().threshold(), " of ",
                      newest.FullMembers().size(), " full members and has the digest ",
                      newest.digest().Hex());
}

std::string SayAnchored(const Roster& pinned, const ProofVerdict& verdict) {
  std::string text = absl::StrCat("anchor: roster ", pinned.version(), " has the pinned digest ",
                                  pinned.digest().Hex());
  if (!verdict.held.empty() && verdict.held.back().roster_version < pinned.version()) {
    absl::StrAppend(&text, "; all rosters in play here are older than it");
  }
  return text;
}

std::vector<std::string> SayNotProven(const ProofVerdict& verdict) {
  std::vector<std::string> texts = {
      "that the record is still in force",
      "that the record is complete: others may belong to it",
      "that no later revision supersedes it, and that the revision before was the right one",
      "that its bytes may still be shown: a redaction may have come since",
  };
  if (!verdict.no_later_than_seconds.has_value()) {
    texts.push_back("when it was written: no other member has signed a time");
  }
  return texts;
}

std::vector<std::string> SaySurplus(const ProofFile& file, const ShownLog& log,
                                    const std::vector<FinalCheckpoint>& finals,
                                    const std::vector<Card>& cards, const LeafView& leaf,
                                    const ProofVerdict& verdict) {
  std::vector<std::string> surplus;
  for (const auto& [type, content] : file.unknown) {
    surplus.push_back(absl::StrCat("a section of the unknown type ", type, " (", content.size(),
                                   " bytes): not looked at"));
  }
  for (const std::string& token : file.timestamps) {
    surplus.push_back(
        absl::StrCat("a timestamp token (", token.size(), " bytes): not checked by this release"));
  }
  if (log.has_extra) surplus.push_back("extra bytes in a tlog-proof: signed by nobody");
  const bool beyond_every_quorum = std::all_of(
      verdict.held.begin(), verdict.held.end(),
      [](const HeldBy& held) { return static_cast<int>(held.members.size()) > held.quorum; });
  if (beyond_every_quorum) surplus.push_back("more cosignatures than the quorum asks for");
  const uint64_t in_use =
      std::max(finals.back().in_play.end - 1, verdict.pinned_roster.value_or(0));
  for (uint64_t version = in_use + 1; version <= verdict.newest_roster; ++version) {
    surplus.push_back(absl::StrCat("roster ", version, ": neither in play nor pinned"));
  }
  AddCards(cards, log, leaf, verdict, surplus);
  AddSteps(log, finals, surplus);
  return surplus;
}

}  // namespace plenary
