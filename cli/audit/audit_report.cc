#include "cli/audit/audit_report.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/audit/throughput.h"
#include "cli/evidence_report.h"
#include "cli/output.h"
#include "ledger/status.h"
#include "plenary/v1/slot.pb.h"

namespace plenary::cli {
namespace {

// People read the first ones; programs get them all.
constexpr size_t kShownLines = 20;

uint64_t SlotsOf(const LogVerdict& log, v1::SlotState state) {
  return log.slots[static_cast<size_t>(state)];
}

Json Reasons(const std::vector<absl::Status>& reasons) {
  Json list = Json::array();
  for (const absl::Status& why : reasons) list.push_back(ErrorJson(why));
  return list;
}

Json Notes(const LogVerdict& log) {
  Json list = Json::array();
  for (const AuditFinding& note : log.notes) {
    Json json = ErrorJson(note.why);
    json["index"] = note.index;
    if (note.entry.has_value()) json["entry"] = *note.entry;
    list.push_back(std::move(json));
  }
  return list;
}

// "final, held by 3 of 4 peers; the quorum is 3".
Json Held(const LogVerdict& log) {
  if (!log.final_checkpoint.has_value()) return nullptr;
  const PeerCount& peers = log.final_checkpoint->peers;
  if (peers.rule.peers == 0) return "no other member";
  return absl::StrCat(peers.held, " of ", peers.rule.peers, " peers");
}

Json FinalSize(const LogVerdict& log) {
  if (!log.final_checkpoint.has_value() || !log.final_checkpoint->final.ok()) return nullptr;
  return log.final_checkpoint->checkpoint.checkpoint.size;
}

Json RootOf(const LogVerdict& log) {
  if (!log.final_checkpoint.has_value()) return nullptr;
  return log.final_checkpoint->checkpoint.checkpoint.root.Hex();
}

Listing Logs(const AuditReport& report) {
  Listing listing("logs", {{.key = "log", .is_whole = true},
                           {.key = "verdict"},
                           {.key = "size"},
                           {.key = "final"},
                           {.key = "held_by"},
                           {.key = "records"},
                           {.key = "present"},
                           {.key = "withheld"},
                           {.key = "redacted"},
                           {.key = "missing"},
                           {.key = "quorum", .json_only = true},
                           {.key = "held", .json_only = true},
                           {.key = "signed", .json_only = true},
                           {.key = "root", .json_only = true},
                           {.key = "record_bytes", .json_only = true},
                           {.key = "judged", .json_only = true},
                           {.key = "counting", .json_only = true},
                           {.key = "seconds", .json_only = true},
                           {.key = "reasons", .json_only = true},
                           {.key = "notes", .json_only = true}});
  for (const LogVerdict& log : report.logs) {
    const auto slots = [&log](v1::SlotState state) {
      return log.has_records ? Json(SlotsOf(log, state)) : Json(nullptr);
    };
    listing.Add({log.origin,
                 std::string(ProofExitWord(log.exit)),
                 log.size,
                 FinalSize(log),
                 Held(log),
                 log.counts.entries,
                 slots(v1::SLOT_STATE_PRESENT),
                 slots(v1::SLOT_STATE_WITHHELD),
                 slots(v1::SLOT_STATE_REDACTED),
                 slots(v1::SLOT_STATE_MISSING),
                 log.final_checkpoint.has_value() ? Json(log.final_checkpoint->peers.rule.quorum)
                                                  : Json(nullptr),
                 log.held,
                 log.signed_size,
                 RootOf(log),
                 log.counts.record_bytes,
                 log.judged,
                 log.judged ? Json(log.counts.of(Verdict::kCounts)) : Json(nullptr),
                 log.seconds,
                 Reasons(log.reasons),
                 Notes(log)});
  }
  return listing;
}

void PrintLines(const std::string& title, const std::vector<std::string>& lines,
                std::ostream& out) {
  if (lines.empty()) return;
  out << "\n" << title << "\n";
  for (size_t i = 0; i < lines.size() && i < kShownLines; ++i) {
    out << "  - " << Printable(lines[i]) << "\n";
  }
  if (lines.size() > kShownLines) {
    out << "  … and " << lines.size() - kShownLines << " more: --output json has them\n";
  }
}

uint64_t Records(const AuditReport& report) {
  uint64_t records = 0;
  for (const LogVerdict& log : report.logs) records += log.counts.entries;
  return records;
}

// What stands above the table.
std::string Headline(const AuditReport& report) {
  uint64_t leaves = 0;
  uint64_t bytes = 0;
  for (const LogVerdict& log : report.logs) {
    leaves += log.size;
    bytes += log.counts.record_bytes;
  }
  return absl::StrCat(ProofExitWord(report.Exit()), ": ", report.logs.size(),
                      report.logs.size() == 1 ? " log" : " logs", " of ", report.source, "; ",
                      GroupedNumber(leaves), " leaves, ", GroupedNumber(Records(report)),
                      " records, ", GroupedNumber(bytes), " bytes of them here, in ",
                      absl::StrFormat("%.2f", report.seconds),
                      " s: ", ThroughputText(Records(report), report.seconds));
}

// What else an auditor wants to know of a log.
std::vector<std::string> Remarks(const AuditReport& report) {
  std::vector<std::string> lines;
  for (const std::string& origin : report.not_shown) {
    lines.push_back(absl::StrCat("log ", origin, ": a card names it, and it is not here"));
  }
  for (const LogVerdict& log : report.logs) {
    if (log.exit != ProofExit::kProven && log.exit != ProofExit::kNotAnchored) continue;
    if (log.held == 0 && !log.final_checkpoint.has_value()) {
      lines.push_back(
          absl::StrCat("log ", log.origin, ": it has no leaf so far, and no checkpoint"));
      continue;
    }
    if (!log.has_records) {
      lines.push_back(absl::StrCat("log ", log.origin, ": no record bytes were looked at"));
    }
    if (log.held > log.signed_size) {
      lines.push_back(absl::StrCat("log ", log.origin, ": ", log.held - log.signed_size,
                                   " leaves beyond the newest checkpoint: nobody has signed them"));
    }
  }
  return lines;
}

void PrintTable(const AuditReport& report, Console& console) {
  console.out << Printable(Headline(report)) << "\n";
  if (report.roster != 0) {
    console.out << "by rosters 1 to " << report.roster << "; the newest has the digest "
                << report.roster_digest.Hex() << "\n";
  }
  if (!report.logs.empty()) {
    console.out << "\n";
    Logs(report).Print("table", console);
  }
  std::vector<std::string> reasons;
  for (const absl::Status& why : report.reasons) reasons.push_back(Explain(why));
  std::vector<std::string> notes;
  for (const LogVerdict& log : report.logs) {
    for (const absl::Status& why : log.reasons) reasons.push_back(Explain(why));
    for (const AuditFinding& note : log.notes) notes.push_back(Explain(note.why));
  }
  PrintLines("why", reasons, console.out);
  PrintLines("records that do not count, which disproves nothing", notes, console.out);
  PrintLines("beside that", Remarks(report), console.out);
}

}  // namespace

ProofExit AuditReport::Exit() const {
  ProofExit exit = ProofExit::kProven;
  for (const absl::Status& why : reasons) exit = Worse(exit, ExitForReason(why));
  for (const LogVerdict& log : logs) exit = Worse(exit, log.exit);
  return exit;
}

void PrintAudit(const AuditReport& report, const std::string& format, Console& console) {
  if (format == "table") return PrintTable(report, console);
  Listing listing = Logs(report);
  if (format == "csv") {
    for (const absl::Status& why : report.reasons) PrintError(why, console);
    return listing.Print(format, console);
  }
  listing.Remark("kind", "audit");
  listing.Remark("verdict", std::string(ProofExitWord(report.Exit())));
  listing.Remark("exit", static_cast<int>(report.Exit()));
  listing.Remark("source", report.source);
  listing.Remark("roster", {{"version", report.roster}, {"digest", report.roster_digest.Hex()}});
  listing.Remark("reasons", Reasons(report.reasons));
  listing.Remark("not_shown", report.not_shown);
  listing.Remark("records", Records(report));
  listing.Remark("seconds", report.seconds);
  listing.Print(format, console);
}

}  // namespace plenary::cli
