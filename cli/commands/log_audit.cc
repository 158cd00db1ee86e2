// plenary log audit: verify whole logs, a node's or an exported folder's.
#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/audit/audit_report.h"
#include "cli/audit/auditor.h"
#include "cli/audit/choose_logs.h"
#include "cli/audit/folder_source.h"
#include "cli/audit/node_source.h"
#include "cli/commands/commands.h"
#include "cli/file.h"
#include "cli/pinned.h"
#include "cli/session.h"
#include "ledger/checkpoint.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr size_t kMaxNoteBytes = size_t{1} << 20;

constexpr char kDetails[] =
    "Reads every leaf and every record that is shown, and believes nothing: the root is computed\n"
    "anew, authors' signatures, record digests and cosignatures are checked, and finality is\n"
    "counted by the rosters. Records are not kept in memory, whatever the log's size.\n"
    "A folder that plenary log export wrote is audited without any node, tiles included.\n\n"
    "  plenary log audit --all\n"
    "  plenary log audit br/1 --output json\n"
    "  plenary log audit --folder public --roster-digest 3f2a…\n"
    "  plenary log audit br/1 --checkpoint seen-last-year.note\n\n"
    "With --folder a roster is trusted as plenary verify trusts one; a node's rosters must go on\n"
    "from those in the profile's trust folder, unless a digest is given.\n\n"
    "Exit codes: 0 proven; 1 disproved, not final, or a leaf that does not count; 2 consistent\n"
    "with itself, but no roster has the digest that you pin; 3 unreadable: a file is missing or\n"
    "cut short, or a newer release is asked for; 64 bad usage or profile; 69 the node cannot be\n"
    "reached. Of several logs the worst counts.";

// The notes of --checkpoint, by origin.
absl::StatusOr<std::map<std::string, std::vector<std::string>>> KnownCheckpoints(
    const Invocation& given) {
  std::map<std::string, std::vector<std::string>> known;
  for (const std::string& path : given.All("--checkpoint")) {
    auto note = ReadWholeFile(path, kMaxNoteBytes);
    const auto checkpoint =
        note.ok() ? ReadUnverifiedCheckpoint(*note) : absl::StatusOr<Checkpoint>(note.status());
    if (!checkpoint.ok()) {
      return MakeError(Reason::BAD_REQUEST,
                       absl::StrCat("--checkpoint ", path, ": ", checkpoint.status().message()));
    }
    known[checkpoint->origin].push_back(*std::move(note));
  }
  return known;
}

// Every --checkpoint is of a log that is audited.
absl::Status CheckUsed(const AuditOptions& options, const std::vector<LogHead>& heads) {
  for (const auto& [origin, notes] : options.known) {
    const auto same = [&origin = origin](const LogHead& head) { return head.origin == origin; };
    if (std::any_of(heads.begin(), heads.end(), same)) continue;
    return MakeError(Reason::BAD_REQUEST,
                     absl::StrCat("--checkpoint: ", origin, " is not among the logs audited"));
  }
  return absl::OkStatus();
}

// Audits what is asked for. What is wrong with the source as a whole is in the report; fails for
// bad usage, for a log that is not there, and if the source cannot be reached.
absl::StatusOr<AuditReport> Audit(LogSource& source, absl::Span<const Digest> pinned,
                                  const Invocation& given, Console& console) {
  const absl::Time begin = absl::Now();
  AuditOptions options;
  options.judge_records = given.Has("--judge");
  ASSIGN_OR_RETURN(options.known, KnownCheckpoints(given));
  AuditReport report;
  report.source = source.Name();
  const auto wrong = [&report](const absl::Status& why) -> absl::StatusOr<AuditReport> {
    if (IsUnreachable(why)) return why;
    report.reasons.push_back(why);
    return report;
  };
  const auto files = source.Trust();
  if (!files.ok()) return wrong(files.status());
  auto trust = MakeTrustBook(*files);
  if (!trust.ok()) return wrong(trust.status());
  report.roster = trust->rosters().size();
  report.roster_digest = trust->rosters().newest().digest();
  if (const auto known = CheckKnown(trust->rosters()); !known.ok()) return wrong(known);
  auto heads = source.Logs();
  if (!heads.ok()) return wrong(heads.status());
  report.not_shown = LogsNotShown(*trust, *heads);
  if (heads->empty()) {
    return wrong(MakeError(Reason::BAD_EXPORT, absl::StrCat(source.Name(), ": it holds no log")));
  }
  ASSIGN_OR_RETURN(const std::vector<LogHead> chosen,
                   ChooseLogs(*std::move(heads), given.All("LOG"), trust->rosters().federation()));
  RETURN_IF_ERROR(CheckUsed(options, chosen));
  ASSIGN_OR_RETURN(report.logs, AuditLogs(source, *trust, chosen, options, console));
  // Last, so that what is wrong is told apart from what is merely not pinned.
  if (const auto anchor = CheckAnchored(trust->rosters(), pinned); !anchor.ok()) {
    report.reasons.push_back(anchor);
    for (LogVerdict& log : report.logs) log.exit = Worse(log.exit, ProofExit::kNotAnchored);
  }
  report.seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  return report;
}

absl::StatusOr<int> AuditNode(Session& session, const Invocation& given, Console& console) {
  std::vector<Digest> pinned = {session.trust.rosters.newest().digest()};
  if (given.Has("--roster-digest")) {
    ASSIGN_OR_RETURN(pinned, PinnedDigests(given));
  }
  NodeSource source(*session.client, session.trust);
  ASSIGN_OR_RETURN(const AuditReport report, Audit(source, pinned, given, console));
  PrintAudit(report, given.Get("--output"), console);
  return static_cast<int>(report.Exit());
}

absl::StatusOr<int> AuditFolder(const Invocation& given, Console& console) {
  const std::string folder = given.Get("--folder");
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return MakeError(Reason::BAD_REQUEST,
                     absl::StrCat("--folder ", folder, ": expected a folder that is there"));
  }
  ASSIGN_OR_RETURN(const std::vector<Digest> pinned, PinnedDigests(given));
  FolderSource source(folder);
  ASSIGN_OR_RETURN(const AuditReport report, Audit(source, pinned, given, console));
  PrintAudit(report, given.Get("--output"), console);
  return static_cast<int>(report.Exit());
}

int Offline(const Invocation& given, Console& console) {
  const auto exit = AuditFolder(given, console);
  if (exit.ok()) return *exit;
  PrintError(exit.status(), console);
  return ExitOf(exit.status());
}

}  // namespace

Command LogAuditCommand() {
  std::vector<Option> options = {
      {.name = "--all", .value = "", .help = "every log that is there"},
      {.name = "--folder", .value = "DIR", .help = "audit what plenary log export wrote there"},
      {.name = "--checkpoint",
       .value = "FILE",
       .help = "a signed note from elsewhere, or from before, that its log must contain",
       .repeated = true},
      {.name = "--judge",
       .value = "",
       .help = "judge every record as well: which revision counts; takes memory for each record"},
      OutputOption({"table", "json", "csv"})};
  for (Option& option : PinOptions()) options.push_back(std::move(option));
  Command command = NetworkCommand({.path = "log audit",
                                    .summary = "Verify whole logs, of a node or in a folder",
                                    .arguments = {{.name = "LOG",
                                                   .help = "its origin, or br/1 for short",
                                                   .required = false,
                                                   .repeated = true}},
                                    .options = std::move(options)},
                                   AuditNode);
  // Its exit codes are those of plenary verify, and more.
  command.details = kDetails;
  command.run = [online = std::move(command.run)](const Invocation& given, Console& console) {
    const bool named = given.Has("LOG");
    if (named == given.Has("--all") && (named || !given.Has("--folder"))) {
      PrintError(MakeError(Reason::BAD_REQUEST, "log audit: expected names of logs, or --all"),
                 console);
      return kExitUsage;
    }
    return given.Has("--folder") ? Offline(given, console) : online(given, console);
  };
  return command;
}

}  // namespace plenary::cli
