// plenary log export: logs as static files.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/audit/auditor.h"
#include "cli/audit/choose_logs.h"
#include "cli/audit/exporter.h"
#include "cli/audit/node_source.h"
#include "cli/audit/throughput.h"
#include "cli/commands/commands.h"
#include "cli/evidence_report.h"
#include "cli/output.h"
#include "cli/session.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr char kDetails[] =
    "Writes C2SP tlog-tiles, one folder for each log: any web server can serve them, and any tile\n"
    "client can audit them. Record bytes that the node shows you lie beside the tiles, those that\n"
    "are not for everyone in restricted/, for this user alone; rosters, cards and evidence in\n"
    "trust/ and evidence/. plenary log audit --folder DIR needs nothing else.\n"
    "A second run adds what is new. The checkpoint is written last: whenever a run ends, the\n"
    "folder is a whole export, of then or of now. Bytes that are withheld or redacted are not\n"
    "exported, and those redacted since the last run are taken out.\n\n"
    "  plenary log export --tiles public\n"
    "  plenary log export --tiles public --records everyone br/1 in/1\n"
    "  plenary log export --tiles public --refresh    asks for every record again";

constexpr char kEveryone[] = "everyone";
constexpr char kNone[] = "none";

RecordsToExport WhichRecords(const std::string& text) {
  if (text == kNone) return RecordsToExport::kNone;
  return text == kEveryone ? RecordsToExport::kEveryone : RecordsToExport::kAll;
}

Listing ListingOf(const std::vector<ExportedLog>& logs) {
  Listing listing("logs", {{.key = "log", .is_whole = true},
                           {.key = "before"},
                           {.key = "size"},
                           {.key = "final"},
                           {.key = "everyone"},
                           {.key = "restricted"},
                           {.key = "withheld"},
                           {.key = "redacted"},
                           {.key = "missing"},
                           {.key = "files"},
                           {.key = "bytes"},
                           {.key = "kept_back", .json_only = true},
                           {.key = "still_shown", .json_only = true},
                           {.key = "error", .json_only = true},
                           {.key = "not_final", .json_only = true}});
  for (const ExportedLog& log : logs) {
    const bool done = log.status.ok();
    listing.Add({log.origin, log.before, log.size,
                 done && log.size > 0 ? Json(log.final.ok()) : Json(nullptr), log.records.everyone,
                 log.records.restricted, log.records.withheld, log.records.redacted,
                 log.records.missing, log.files, log.bytes, log.records.kept_back, log.still_shown,
                 done ? Json(nullptr) : ErrorJson(log.status),
                 log.final.ok() ? Json(nullptr) : ErrorJson(log.final)});
  }
  return listing;
}

// What people must know beside the numbers.
void AddRemarks(const std::vector<ExportedLog>& logs, Listing& listing) {
  RecordCounts all;
  uint64_t still_shown = 0;
  for (const ExportedLog& log : logs) {
    all.Add(log.records);
    still_shown += log.still_shown;
  }
  if (all.restricted > 0) {
    listing.Remark("note_restricted", all.restricted,
                   absl::StrCat(GroupedNumber(all.restricted),
                                " records are not for everyone: they lie in restricted/; serve "
                                "that to nobody but their audience"));
  }
  if (all.kept_back + all.withheld + all.redacted + all.missing > 0) {
    listing.Remark("note_not_exported", all.kept_back + all.withheld + all.redacted + all.missing,
                   absl::StrCat("not exported: ", all.kept_back, " that are not for everyone, ",
                                all.withheld, " withheld from you, ", all.redacted, " redacted, ",
                                all.missing, " missing at the node"));
  }
  if (still_shown > 0) {
    listing.Remark("note_still_shown", still_shown,
                   absl::StrCat(still_shown, " records that a redaction names are still shown by ",
                                "the node, and so exported; run again later"));
  }
}

absl::StatusOr<int> Export(Session& session, const Invocation& given, Console& console) {
  NodeSource source(*session.client, session.trust);
  ASSIGN_OR_RETURN(const auto files, source.Trust());
  ASSIGN_OR_RETURN(TrustBook trust, MakeTrustBook(files));
  RETURN_IF_ERROR(CheckKnown(trust.rosters()));
  ASSIGN_OR_RETURN(auto heads, source.Logs());
  ASSIGN_OR_RETURN(const std::vector<LogHead> chosen,
                   ChooseLogs(std::move(heads), given.All("LOG"), trust.rosters().federation()));
  const ExportOptions options{.folder = given.Get("--tiles"),
                              .records = WhichRecords(given.Get("--records")),
                              .refresh = given.Has("--refresh")};
  ASSIGN_OR_RETURN(const std::vector<ExportedLog> logs,
                   ExportLogs(source, files, trust, chosen, options, console));
  Listing listing = ListingOf(logs);
  AddRemarks(logs, listing);
  listing.Print(given.Get("--output"), console);
  int exit = kExitDone;
  for (const ExportedLog& log : logs) {
    if (!log.status.ok()) {
      PrintError(log.status, console);
      exit = std::max(exit, ExitOf(log.status));
    } else if (!log.final.ok()) {
      PrintError(Annotate(log.final, "exported all the same"), console);
    }
  }
  return exit;
}

}  // namespace

Command LogExportCommand() {
  return NetworkCommand(
      {.path = "log export",
       .summary = "Write logs as static files that anybody can audit",
       .details = kDetails,
       .arguments = {{.name = "LOG",
                      .help = "its origin, or br/1 for short; all that the node holds if none is "
                              "given",
                      .required = false,
                      .repeated = true}},
       .options = {{.name = "--tiles",
                    .value = "DIR",
                    .help = "the folder; made if it is missing",
                    .required = true},
                   {.name = "--records",
                    .value = "WHICH",
                    .help = "record bytes to put beside the tiles",
                    .fallback = "all",
                    .choices = {"all", kEveryone, kNone}},
                   {.name = "--refresh",
                    .value = "",
                    .help = "ask for all records again, not only for new ones"},
                   OutputOption({"table", "json", "csv"})}},
      Export);
}

}  // namespace plenary::cli
