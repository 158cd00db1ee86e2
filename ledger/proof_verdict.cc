#include "ledger/proof_verdict.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/card.h"
#include "ledger/commit.h"
#include "ledger/judge_entry.h"
#include "ledger/judge_leaf.h"
#include "ledger/names.h"
#include "ledger/proof_file.h"
#include "ledger/proof_report.h"
#include "ledger/proof_steps.h"
#include "ledger/shared_keys.h"
#include "ledger/status.h"
#include "ledger/trust_book.h"

namespace plenary {
namespace {

// The cards of a file, by member and version.
using Cards = std::map<std::string, std::vector<Card>>;

// Judges one file, step by step; each step fills in facts and sentences, or fails.
class Judge {
 public:
  Judge(const ProofFile& file, ProofVerdict& verdict) : file_(file), verdict_(verdict) {}

  // Rosters first: they say whether this build may judge at all.
  absl::Status ReadRosters();
  // True if a roster here asks for what this build lacks; says what.
  absl::Status CheckKnown() const;
  absl::Status CheckEverythingElse();
  // Finds the pinned roster and says what remains to be said.
  absl::Status CheckAnchor(absl::Span<const Digest> pinned);

  const RosterChain& rosters() const { return trust_->rosters(); }

 private:
  absl::Status ReadCards();
  absl::Status CheckCards();
  absl::Status ReadLog();
  absl::Status CheckLeaf();
  absl::Status CheckRecord();
  absl::Status CheckFinality();
  std::vector<CosignerKey> Cosigners() const;

  const Roster& newest() const { return rosters().newest(); }

  const ProofFile& file_;
  ProofVerdict& verdict_;
  std::optional<TrustBook> trust_;  // set by ReadRosters
  Cards cards_;
  Origin origin_;
  std::optional<LeafView> leaf_;
  std::optional<LeafOutcome> outcome_;
  std::optional<ShownLog> log_;
  std::vector<FinalCheckpoint> finals_;
};

absl::Status Judge::ReadRosters() {
  ASSIGN_OR_RETURN(RosterChain chain, RosterChain::Verify(file_.rosters));
  trust_.emplace(std::move(chain));
  verdict_.newest_roster = newest().version();
  verdict_.newest_roster_digest = newest().digest();
  verdict_.checked.push_back(SayRosters(rosters()));
  return absl::OkStatus();
}

absl::Status Judge::CheckKnown() const {
  for (uint64_t version = 1; version <= rosters().size(); ++version) {
    const Roster& roster = *rosters().Find(version);
    if (!roster.RulesKnown()) {
      return MakeError(
          Reason::RULES_TOO_NEW,
          absl::StrCat("roster ", version, ": its rules are of level ", roster.payload().rules(),
                       ", known here are those up to ", kRulesLevel));
    }
    if (!roster.AlgorithmsKnown()) {
      return MakeError(Reason::ALGORITHM_UNKNOWN,
                       absl::StrCat("roster ", version,
                                    ": allows an author algorithm that this "
                                    "build does not know"));
    }
  }
  return absl::OkStatus();
}

absl::Status Judge::ReadCards() {
  for (const std::string& envelope : file_.cards) {
    ASSIGN_OR_RETURN(Card card, Card::Parse(envelope));
    cards_[card.member()].push_back(card);
    trust_->AddCard(std::move(card));
  }
  for (auto& [member, cards] : cards_) {
    std::sort(cards.begin(), cards.end(),
              [](const Card& a, const Card& b) { return a.version() < b.version(); });
    for (size_t i = 1; i < cards.size(); ++i) {
      if (cards[i].version() == cards[i - 1].version()) {
        return MakeError(Reason::SECOND_OF_VERSION,
                         absl::StrCat("card ", cards[i].version(), " of ", member,
                                      ": expected once, got twice"));
      }
      if (cards[i].version() != cards[i - 1].version() + 1) continue;
      RETURN_IF_ERROR(VerifyCardSuccession(cards[i - 1], cards[i]));
    }
  }
  return absl::OkStatus();
}

// The leaf's card is judged by the roster that the leaf names (CheckLeaf); every other one, and the
// newest of each member, whose keys speak for it, by the newest roster.
absl::Status Judge::CheckCards() {
  for (const auto& [member, cards] : cards_) {
    for (const Card& card : cards) {
      const bool of_leaf = member == origin_.member && &card != &cards.back() &&
                           card.digest().view() == leaf_->manifest.card.digest;
      if (of_leaf) continue;
      const absl::Status good = VerifyCard(card, rosters().genesis(), newest(), cards);
      if (!good.ok()) {
        return Annotate(good, absl::StrCat("card ", card.version(), " of ", member));
      }
    }
  }
  return absl::OkStatus();
}

std::vector<CosignerKey> Judge::Cosigners() const {
  std::vector<CosignerKey> cosigners;
  for (const auto& [member, cards] : cards_) {
    for (const ListedCosigner& listed : cards.back().cosigners()) {
      if (listed.status == v1::KEY_STATUS_COMPROMISED) continue;
      cosigners.push_back({member, CosignerName(rosters().federation(), member), listed.key});
    }
  }
  return OneVoiceEach(std::move(cosigners), origin_.member);
}

absl::Status Judge::ReadLog() {
  ASSIGN_OR_RETURN(const Checkpoint checkpoint, ReadRecordCheckpoint(file_));
  ASSIGN_OR_RETURN(origin_, Origin::Parse(checkpoint.origin));
  verdict_.origin = checkpoint.origin;
  verdict_.owner = origin_.member;
  if (origin_.federation != rosters().federation()) {
    return MakeError(Reason::WRONG_ORIGIN,
                     absl::StrCat("log ", checkpoint.origin, ": the rosters are those of ",
                                  rosters().federation()));
  }
  ASSIGN_OR_RETURN(leaf_, ParseLeaf(file_.envelope));
  if (leaf_->manifest.origin != checkpoint.origin) {
    return MakeError(Reason::WRONG_ORIGIN,
                     absl::StrCat("commit: expected one of log ", checkpoint.origin));
  }
  RETURN_IF_ERROR(CheckCards());
  const auto own = cards_.find(origin_.member);
  if (own == cards_.end()) {
    return MakeError(Reason::CARD_MISSING,
                     absl::StrCat("card of ", origin_.member, ": none in the file"));
  }
  const LogKey* log_key = own->second.back().FindEpoch(origin_.epoch);
  if (log_key == nullptr) {
    return MakeError(Reason::UNKNOWN_EPOCH,
                     absl::StrCat("card ", own->second.back().version(), " of ", origin_.member,
                                  " names no epoch ", origin_.epoch));
  }
  ASSIGN_OR_RETURN(log_, ReadShownLog(file_, checkpoint.origin, log_key->key, Cosigners()));
  verdict_.index = log_->record_index;
  verdict_.size = log_->record_size;
  verdict_.root = log_->newest().checkpoint.root;
  verdict_.checked.push_back(SayIncluded(verdict_));
  return CheckWentBack(*log_);
}

// Does the commit count, by the roster and the card that it names?
absl::Status Judge::CheckLeaf() {
  const ManifestView& manifest = leaf_->manifest;
  const auto roster = trust_->FindRoster(manifest.roster);
  if (roster.naming != Naming::kHeld) {
    return MakeError(
        roster.naming == Naming::kNotHeld ? Reason::ROSTER_MISSING : Reason::WRONG_ROSTER_DIGEST,
        absl::StrCat(
            "commit: names a roster ", manifest.roster.version,
            roster.naming == Naming::kNotHeld ? " that is not in the file" : " of another digest"));
  }
  const auto card = trust_->FindCard(origin_.member, manifest.card);
  if (card.naming != Naming::kHeld) {
    return MakeError(
        card.naming == Naming::kNotHeld ? Reason::CARD_MISSING : Reason::WRONG_CARD_DIGEST,
        absl::StrCat(
            "commit: names a card ", manifest.card.version, " of ", origin_.member,
            card.naming == Naming::kNotHeld ? " that is not in the file" : " of another digest"));
  }
  LeafJudge judge(origin_.member, *trust_, {});
  outcome_ = judge.JudgeByNamed({origin_.epoch, log_->record_index}, *leaf_, nullptr);
  if (outcome_->judgement.verdict != Verdict::kCounts) return outcome_->judgement.why;
  for (const AuthorKey* author : outcome_->authors) {
    verdict_.authors.push_back(author->key->Fingerprint().Hex());
  }
  verdict_.checked.push_back(SaySigned(verdict_, *outcome_->roster, *outcome_->card));
  return absl::OkStatus();
}

// Is the record one that the commit lists, and does it count by itself? Its chain of revisions is
// not in the file.
absl::Status Judge::CheckRecord() {
  verdict_.record_digest = Sha256(file_.record);
  absl::Status why = MakeError(
      Reason::RECORD_NOT_IN_COMMIT,
      absl::StrCat("record: the commit lists none with digest ", verdict_.record_digest.Hex()));
  for (const ManifestEntry& entry : leaf_->manifest.entries) {
    if (entry.digest != verdict_.record_digest.view()) continue;
    const EntryRecord read = ReadEntry(entry, file_.record, /*verified=*/true);
    why = read.why;
    if (!why.ok()) continue;
    why = CheckEntry(origin_.member, *outcome_, entry, *read.record);
    if (!why.ok()) continue;
    if (read.record->parts->collection == "redactions" && entry.audience >= kFirstAudienceList) {
      why = MakeError(Reason::BAD_AUDIENCE, "record: a redaction is for full members or everyone");
      continue;
    }
    verdict_.record_name = std::string(read.record->name);
    verdict_.revision = read.record->revision;
    verdict_.understood = read.record->understood;
    verdict_.checked.insert(verdict_.checked.begin(), SayRecord(verdict_));
    return absl::OkStatus();
  }
  return why;
}

absl::Status Judge::CheckFinality() {
  ASSIGN_OR_RETURN(finals_, CheckAllFinal(*log_, origin_.member, rosters()));
  const std::set<std::string> cosigned = CosignedBy(log_->newest());
  const RosterRange in_play = finals_.back().in_play;
  for (uint64_t version = in_play.begin; version < in_play.end; ++version) {
    const Roster& roster = *rosters().Find(version);
    HeldBy held{version, roster.digest(), {}, 0, 0};
    for (const std::string& peer : roster.PeersOf(origin_.member)) {
      if (cosigned.contains(peer)) held.members.push_back(peer);
    }
    const QuorumRule rule = roster.QuorumFor(origin_.member);
    held.quorum = rule.quorum;
    held.peers = rule.peers;
    verdict_.checked.push_back(SayHeld(held, roster));
    verdict_.held.push_back(std::move(held));
  }
  // Of the members that the last roster counts, at most `faulty` may have lied about the time.
  const HeldBy& last = verdict_.held.back();
  const int faulty = rosters().Find(last.roster_version)->QuorumFor(origin_.member).faulty;
  std::vector<uint64_t> times;
  for (const std::string& member : last.members) times.push_back(log_->newest().times.at(member));
  std::sort(times.begin(), times.end());
  if (static_cast<size_t>(faulty) < times.size()) {
    verdict_.no_later_than_seconds = times[static_cast<size_t>(faulty)];
    verdict_.checked.push_back(SayTime(*verdict_.no_later_than_seconds, faulty, times.size()));
  }
  return absl::OkStatus();
}

absl::Status Judge::CheckEverythingElse() {
  RETURN_IF_ERROR(ReadCards());
  RETURN_IF_ERROR(ReadLog());
  RETURN_IF_ERROR(CheckLeaf());
  RETURN_IF_ERROR(CheckRecord());
  return CheckFinality();
}

absl::Status Judge::CheckAnchor(absl::Span<const Digest> pinned) {
  const Roster* anchor = nullptr;
  for (uint64_t version = 1; version <= rosters().size(); ++version) {
    const Roster* roster = rosters().Find(version);
    if (std::find(pinned.begin(), pinned.end(), roster->digest()) != pinned.end()) anchor = roster;
  }
  if (anchor != nullptr) {
    verdict_.pinned_roster = anchor->version();
    verdict_.checked.push_back(SayAnchored(*anchor, verdict_));
  }
  std::vector<Card> cards;
  for (const auto& [member, held] : cards_) cards.insert(cards.end(), held.begin(), held.end());
  verdict_.surplus = SaySurplus(file_, *log_, finals_, cards, *leaf_, verdict_);
  verdict_.not_proven = SayNotProven(verdict_);
  if (anchor != nullptr) return absl::OkStatus();
  return MakeError(
      Reason::NOT_ANCHORED,
      absl::StrCat(pinned.empty() ? "no roster is pinned" : "no roster here has the pinned digest",
                   "; the newest here is version ", newest().version(), ", its roster digest is ",
                   newest().digest().Hex()),
      {{"version", absl::StrCat(newest().version())}, {"digest", newest().digest().Hex()}});
}

}  // namespace

ProofVerdict VerifyProof(absl::string_view bytes, absl::Span<const Digest> pinned) {
  ProofVerdict verdict;
  const auto end = [&verdict](ProofExit exit, absl::Status why) {
    verdict.exit = exit;
    verdict.why = std::move(why);
    return std::move(verdict);
  };
  const auto file = ParseProofFile(bytes);
  if (!file.ok()) return end(ProofExit::kUnreadable, file.status());
  Judge judge(*file, verdict);
  if (auto status = judge.ReadRosters(); !status.ok()) {
    return end(ProofExit::kDisproved, std::move(status));
  }
  if (auto status = judge.CheckKnown(); !status.ok()) {
    return end(ProofExit::kUnreadable, std::move(status));
  }
  if (auto status = judge.CheckEverythingElse(); !status.ok()) {
    return end(ProofExit::kDisproved, std::move(status));
  }
  if (auto status = judge.CheckAnchor(pinned); !status.ok()) {
    return end(ProofExit::kNotAnchored, std::move(status));
  }
  return end(ProofExit::kProven, absl::OkStatus());
}

ProofVerdict VerifyProof(absl::string_view bytes, const std::optional<Digest>& pinned) {
  return VerifyProof(
      bytes, pinned.has_value() ? absl::MakeConstSpan(&*pinned, 1) : absl::Span<const Digest>());
}

absl::string_view ProofExitWord(ProofExit exit) {
  switch (exit) {
    case ProofExit::kProven:
      return "proven";
    case ProofExit::kDisproved:
      return "disproved";
    case ProofExit::kNotAnchored:
      return "not anchored";
    case ProofExit::kUnreadable:
      break;
  }
  return "unreadable";
}

}  // namespace plenary
