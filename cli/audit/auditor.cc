#include "cli/audit/auditor.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/audit/held_leaves.h"
#include "cli/audit/log_auditor.h"
#include "cli/client/client.h"
#include "ledger/card.h"
#include "ledger/evidence.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

// More are counted, not kept.
constexpr size_t kMaxFindings = 10'000;

// What the source's evidence says against logs of this federation, by origin. What is no evidence,
// or another federation's, says nothing.
absl::StatusOr<EvidenceByOrigin> ReadEvidence(LogSource& source, const Digest& genesis) {
  EvidenceByOrigin found;
  ASSIGN_OR_RETURN(const std::vector<std::string> files, source.Evidence());
  for (const std::string& file : files) {
    const auto evidence = VerifyEvidence(file);
    if (!evidence.ok() || evidence->genesis != genesis || evidence->origin.empty()) continue;
    found[evidence->origin].push_back(
        MakeError(Reason::INCONSISTENT_CHECKPOINT,
                  absl::StrCat("log ", evidence->origin, ": evidence ", Sha256(file).Hex(),
                               " shows two contradicting ", evidence->KindName()),
                  {{"origin", evidence->origin}}));
  }
  return found;
}

// A log that the rosters say nothing about.
LogVerdict Foreign(const LogHead& log, const std::string& federation) {
  LogVerdict verdict;
  verdict.origin = log.origin;
  verdict.exit = ProofExit::kDisproved;
  verdict.reasons.push_back(
      MakeError(Reason::WRONG_ORIGIN,
                absl::StrCat("log ", log.origin, ": the rosters are those of ", federation),
                {{"origin", log.origin}}));
  return verdict;
}

// The logs of one member, by epoch.
using EpochLogs = std::map<uint64_t, const LogHead*>;

absl::Status AuditMember(const AuditWorld& world, const std::string& member, const EpochLogs& logs,
                         std::vector<LogVerdict>& verdicts) {
  HeldLeaves held(world.source);
  std::optional<LogAudit> audit;
  for (const auto& [epoch, log] : logs) {
    if (!audit.has_value()) {
      audit.emplace(member, world.trust, held,
                    LogAudit::Options{.max_findings = kMaxFindings,
                                      .judge_records = world.options.judge_records});
    }
    ASSIGN_OR_RETURN(LogVerdict verdict, AuditLog(world, *log, epoch, *audit, held));
    // A log that was left half way leads to no next epoch.
    if (verdict.exit != ProofExit::kProven) audit.reset();
    verdicts.push_back(std::move(verdict));
  }
  return absl::OkStatus();
}

}  // namespace

ProofExit ExitForReason(const absl::Status& status) {
  if (status.ok()) return ProofExit::kProven;
  switch (ReasonOf(status).value_or(Reason::PROTOCOL_ERROR)) {
    case Reason::BAD_EXPORT:
    case Reason::FILE_ACCESS:
    case Reason::RULES_TOO_NEW:
    case Reason::ALGORITHM_UNKNOWN:
      return ProofExit::kUnreadable;
    case Reason::NOT_ANCHORED:
      return ProofExit::kNotAnchored;
    default:
      return ProofExit::kDisproved;
  }
}

ProofExit Worse(ProofExit a, ProofExit b) {
  for (const ProofExit exit :
       {ProofExit::kDisproved, ProofExit::kUnreadable, ProofExit::kNotAnchored}) {
    if (a == exit || b == exit) return exit;
  }
  return ProofExit::kProven;
}

absl::StatusOr<TrustBook> MakeTrustBook(const certs::TrustFiles& files) {
  ASSIGN_OR_RETURN(RosterChain rosters, RosterChain::Verify(files.rosters));
  TrustBook book(std::move(rosters));
  for (const auto& [member, envelopes] : files.cards) {
    std::optional<Card> before;
    for (const std::string& envelope : envelopes) {
      auto card = Card::Parse(envelope);
      absl::Status good = card.status();
      if (good.ok() && card->member() != member) {
        good = MakeError(Reason::WRONG_MEMBER, absl::StrCat("it is a card of ", card->member()));
      }
      if (good.ok() && before.has_value()) good = VerifyCardSuccession(*before, *card);
      if (!good.ok()) return Annotate(good, absl::StrCat("cards of ", member));
      before.emplace(*card);
      book.AddCard(*std::move(card));
    }
  }
  return book;
}

absl::Status CheckAnchored(const RosterChain& rosters, absl::Span<const Digest> pinned) {
  for (uint64_t version = 1; version <= rosters.size(); ++version) {
    const Digest& digest = rosters.Find(version)->digest();
    if (std::find(pinned.begin(), pinned.end(), digest) != pinned.end()) return absl::OkStatus();
  }
  const Roster& newest = rosters.newest();
  return MakeError(
      Reason::NOT_ANCHORED,
      absl::StrCat(pinned.empty() ? "no roster is pinned" : "no roster here has the pinned digest",
                   "; the newest here is version ", newest.version(), ", its roster digest is ",
                   newest.digest().Hex()),
      {{"version", absl::StrCat(newest.version())}, {"digest", newest.digest().Hex()}});
}

absl::Status CheckKnown(const RosterChain& rosters) {
  for (uint64_t version = 1; version <= rosters.size(); ++version) {
    const Roster& roster = *rosters.Find(version);
    if (!roster.RulesKnown()) {
      return MakeError(Reason::RULES_TOO_NEW, absl::StrCat("roster ", version, ": its rules are of",
                                                           " level ", roster.payload().rules()));
    }
    if (!roster.AlgorithmsKnown()) {
      return MakeError(
          Reason::ALGORITHM_UNKNOWN,
          absl::StrCat("roster ", version, ": allows an author algorithm unknown here"));
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> LogsNotShown(TrustBook& trust, const std::vector<LogHead>& logs) {
  std::set<std::string> shown;
  for (const LogHead& log : logs) shown.insert(log.origin);
  std::vector<std::string> hidden;
  for (const v1::Member& member : trust.rosters().newest().payload().members()) {
    const Card* card = trust.NewestCard(member.code());
    if (card == nullptr) continue;
    for (const LogKey& log : card->logs()) {
      std::string origin = Origin{trust.rosters().federation(), member.code(), log.epoch}.Text();
      if (!shown.contains(origin)) hidden.push_back(std::move(origin));
    }
  }
  return hidden;
}

absl::StatusOr<std::vector<LogVerdict>> AuditLogs(LogSource& source, TrustBook& trust,
                                                  const std::vector<LogHead>& logs,
                                                  const AuditOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const EvidenceByOrigin evidence,
                   ReadEvidence(source, trust.rosters().genesis()));
  std::map<std::string, EpochLogs> members;
  std::vector<LogVerdict> verdicts;
  for (const LogHead& log : logs) {
    ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(log.origin));
    if (origin.federation == trust.rosters().federation()) {
      members[origin.member][origin.epoch] = &log;
    } else {
      verdicts.push_back(Foreign(log, trust.rosters().federation()));
    }
  }
  const AuditWorld world{source, trust, evidence, options, console};
  for (const auto& [member, epochs] : members) {
    RETURN_IF_ERROR(AuditMember(world, member, epochs, verdicts));
  }
  return verdicts;
}

}  // namespace plenary::cli
