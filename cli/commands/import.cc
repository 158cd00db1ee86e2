// plenary import: files of rows into the register, the rows of one's own member.
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "certs/file.h"
#include "cli/commands/commands.h"
#include "cli/node_import.h"
#include "cli/output.h"
#include "cli/session.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr int64_t kLongestWaitSeconds = 300;
constexpr mode_t kPublicFile = 0644;
constexpr size_t kShownRows = 100;
// Owns what no country does, where it is a member.
constexpr char kUsualOwner[] = "za";

constexpr char kDetails[] =
    "A folder has files named after kinds of rows (meetings.json or meetings.csv, …) and may have\n"
    "owners.csv; a file has one kind of rows. Rows of other members are left to them. A row that\n"
    "the node has already is left alone, one that has changed becomes a new revision, so the same\n"
    "import can be run again at any time. A bad row is reported with row, field, value and what\n"
    "was expected; the others go in, and the exit code is 1.\n\n"
    "  plenary import examples/brics-sti\n"
    "  plenary import meetings.csv --owner br --dry-run\n"
    "  plenary import rows.json --kind projects --wait final --report report.json";

ImportOptions OptionsFor(const Session& session, const RegisterIndex& held) {
  ImportOptions options;
  options.members.clear();
  const Roster& roster = session.trust.rosters.newest();
  for (const v1::Member& member : roster.payload().members()) {
    const auto status = CarefulStatus(member.status());
    const bool writes = status == v1::MEMBER_STATUS_FULL || status == v1::MEMBER_STATUS_OBSERVER;
    if (writes) options.members.insert(member.code());
  }
  options.fallback_owner =
      options.members.count(kUsualOwner) > 0 ? kUsualOwner : roster.FullMembers().front();
  options.known = held.references;
  return options;
}

absl::StatusOr<Import> Load(const Invocation& given, const ImportOptions& options) {
  const std::string path = given.Get("PATH");
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return LoadFile(path, given.Get("--kind"), given.Get("--owner"), options);
  }
  if (given.Has("--kind") || given.Has("--owner")) {
    return MakeError(Reason::BAD_REQUEST,
                     "--kind, --owner: expected a file with them, not a folder");
  }
  return LoadFolder(path, options);
}

Json RowJson(const RowError& row) {
  return {{"file", row.file},   {"row", row.number},  {"line", row.line},
          {"field", row.field}, {"value", row.value}, {"expected", row.expected},
          {"text", row.Text()}};
}

Json ReportJson(const std::string& path, size_t rows, const std::vector<RowError>& warnings,
                const ImportOutcome& outcome, bool dry_run) {
  Json json = {{"path", path}, {"dry_run", dry_run}, {"rows", rows}};
  json["entered"] = Json::array();
  for (const EnteredRecord& record : outcome.entered) {
    json["entered"].push_back(
        {{"name", record.name}, {"revision", record.revision}, {"final", record.is_final}});
  }
  json["unchanged"] = outcome.unchanged;
  json["of_other_members"] = Json::object();
  for (const auto& [member, count] : outcome.others) json["of_other_members"][member] = count;
  json["refused"] = Json::array();
  for (const RefusedRow& refused : outcome.refused) {
    Json row = RowJson(refused.row);
    row["text"] = refused.Text();
    if (const auto reason = ReasonOf(refused.why); reason.has_value()) {
      row["reason"] = RowOf(*reason).name;
    }
    json["refused"].push_back(std::move(row));
  }
  json["warnings"] = Json::array();
  for (const RowError& warning : warnings) json["warnings"].push_back(RowJson(warning));
  return json;
}

void PrintSummary(const Json& report, const ImportOutcome& outcome, bool only_own,
                  Console& console) {
  size_t first = 0;
  for (const EnteredRecord& record : outcome.entered) first += record.revision == 1 ? 1 : 0;
  const size_t changed = outcome.entered.size() - first;
  const bool dry_run = report["dry_run"].get<bool>();
  std::string entered =
      absl::StrCat(outcome.entered.size(), "  (", first, " new, ", changed, " changed)");
  if (!dry_run && !outcome.entered.empty()) {
    absl::StrAppend(&entered,
                    outcome.not_final == 0
                        ? ", all final"
                        : absl::StrCat(", ", outcome.not_final, " stored here and not final yet"));
  }
  Json lines = {{"rows", report["rows"]}, {dry_run ? "would enter" : "entered", entered}};
  lines["unchanged"] = outcome.unchanged;
  if (!only_own) {
    size_t count = 0;
    std::vector<std::string> members;
    for (const auto& [member, rows] : outcome.others) {
      count += rows;
      members.push_back(absl::StrCat(member, " ", rows));
    }
    lines["of another member"] =
        absl::StrCat(count, members.empty() ? "" : "  (", absl::StrJoin(members, ", "),
                     members.empty() ? "" : ")");
  }
  lines["refused"] = outcome.refused.size();
  lines["warnings"] = report["warnings"].size();
  PrintObject(lines, 0, console.out);
  for (size_t i = 0; i < outcome.refused.size() && i < kShownRows; ++i) {
    console.err << "refused: " << Printable(outcome.refused[i].Text()) << "\n";
  }
  if (outcome.refused.size() > kShownRows) {
    console.err << "and " << outcome.refused.size() - kShownRows
                << " more: --report FILE has them all\n";
  }
}

absl::StatusOr<int> RunImport(Session& session, const Invocation& given, Console& console) {
  ImportSettings settings;
  settings.wait_final = given.Get("--wait") == "final";
  ASSIGN_OR_RETURN(settings.wait_seconds, SecondsOf(given, "--timeout", kLongestWaitSeconds));
  settings.dry_run = given.Has("--dry-run");
  ASSIGN_OR_RETURN(const uint64_t commit_records, CountOf(given, "--commit-size"));
  if (commit_records > 0) settings.commit_records = commit_records;
  settings.now = console.now;
  ASSIGN_OR_RETURN(const Audience audience,
                   AudienceOf(given.Get("--audience"), session.profile.member));
  ASSIGN_OR_RETURN(const Author author, OpenAuthor(session, given.Get("--author-key")));
  ASSIGN_OR_RETURN(const RegisterIndex held,
                   ReadRegister(*session.client, session.profile.member, console));
  ASSIGN_OR_RETURN(Import import, Load(given, OptionsFor(session, held)));
  const size_t rows = import.rows;
  const std::vector<RowError> warnings = std::move(import.warnings);
  const ImportOutcome outcome =
      EnterRecords(*session.client, author, audience, std::move(import), held, settings, console);
  const Json report = ReportJson(given.Get("PATH"), rows, warnings, outcome, settings.dry_run);
  if (given.Get("--output") == "json") {
    PrintJsonDocument(report, console.out);
  } else {
    PrintSummary(report, outcome, given.Has("--only-own"), console);
  }
  if (given.Has("--report")) {
    const std::string text = report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    RETURN_IF_ERROR(certs::CreateFile(given.Get("--report"), text, kPublicFile));
  }
  if (!outcome.stopped.ok()) return outcome.stopped;
  const bool all_final = !settings.wait_final || outcome.not_final == 0;
  return outcome.refused.empty() && all_final ? kExitDone : kExitFailed;
}

}  // namespace

Command ImportCommand() {
  return NetworkCommand(
      {.path = "import",
       .summary = "Enter the rows of files that are your own member's",
       .details = kDetails,
       .arguments = {{.name = "PATH", .help = "a folder, or a JSON or CSV file"}},
       .options = {{.name = "--owner", .value = "MEMBER", .help = "whose all rows of a file are"},
                   {.name = "--kind",
                    .value = "KIND",
                    .help = "what the rows of a file are, if its name does not say so"},
                   {.name = "--only-own", .value = "", .help = "say nothing of others' rows"},
                   {.name = "--dry-run", .value = "", .help = "say what would happen, do nothing"},
                   {.name = "--report", .value = "FILE", .help = "write all of it as JSON"},
                   {.name = "--wait",
                    .value = "STAGE",
                    .help = "what to wait for",
                    .fallback = "provisional",
                    .choices = {"provisional", "final"}},
                   {.name = "--timeout",
                    .value = "SECONDS",
                    .help = "how long each commit waits for final, at most 300",
                    .fallback = "30"},
                   {.name = "--commit-size",
                    .value = "RECORDS",
                    .help = "records in one commit, which is in the log whole or not at all",
                    .fallback = "500"},
                   {.name = "--audience",
                    .value = "WHO",
                    .help = "members, public, or codes of members such as br,in",
                    .fallback = "members"},
                   {.name = "--author-key",
                    .value = "FILE",
                    .help = "sign with this key, not the profile's"},
                   OutputOption({"table", "json"})}},
      RunImport);
}

}  // namespace plenary::cli
