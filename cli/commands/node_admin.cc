// plenary node tail|join|backup, card import, roster import: what an administrator does.
#include <utility>

#include "absl/strings/str_cat.h"
#include "certs/certificate.h"
#include "cli/author.h"
#include "cli/commands/commands.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cli/session.h"
#include "ledger/commit.h"
#include "ledger/digest.h"
#include "ledger/limits.h"
#include "ledger/record.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

// What the records of a commit are called.
Json NamesOf(const v1::SetAsideCommit& commit) {
  Json names = Json::array();
  for (const std::string& bytes : commit.records()) {
    const auto record = ReadRecord(bytes);
    names.push_back(record.ok() ? absl::StrCat(record->name, "/revisions/", record->revision)
                                : std::string("(cannot be read)"));
  }
  return names;
}

absl::StatusOr<int> TailList(Session& session, const Invocation& given, Console& console) {
  Listing listing("commits", {{.key = "commit", .is_whole = true},
                              {.key = "set_aside"},
                              {.key = "records"},
                              {.key = "why", .is_whole = true}});
  v1::ListTailRequest request;
  do {
    ASSIGN_OR_RETURN(const auto response, session.client->Call(request));
    for (const v1::SetAsideCommit& commit : response.commits()) {
      listing.Add({HexEncode(commit.commit()),
                   certs::TimeText(absl::FromUnixSeconds(commit.set_aside_time().seconds())),
                   NamesOf(commit), absl::StrCat(commit.sentence(), " (", commit.reason(), ")")});
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  listing.Print(given.Get("--output"), console);
  return kExitDone;
}

absl::StatusOr<int> TailResubmit(Session& session, const Invocation& given, Console& console) {
  v1::ResubmitTailRequest request;
  for (const std::string& word : given.All("COMMIT")) {
    const auto commit = Digest::FromHex(word);
    if (!commit.ok()) {
      return MakeError(Reason::BAD_REQUEST,
                       "COMMIT: expected 64 hex digits, as node tail list "
                       "shows them");
    }
    request.add_commits(commit->bytes());
  }
  ASSIGN_OR_RETURN(const auto response, session.client->Call(request));
  ASSIGN_OR_RETURN(const auto status, session.client->Call(v1::GetNodeStatusRequest()));
  for (const v1::Receipt& receipt : response.receipts()) {
    console.out << "taken    " << HexEncode(receipt.commit()) << "  "
                << StageInWords(receipt, status.peers()) << "\n";
  }
  for (const std::string& commit : response.refused()) {
    console.out << "refused  " << HexEncode(commit) << "  plenary node tail list says why\n";
  }
  console.out << response.receipts_size() << " taken, " << response.refused_size() << " refused\n";
  return response.refused().empty() ? kExitDone : kExitFailed;
}

absl::StatusOr<int> Join(Session& session, const Invocation& given, Console& console) {
  if (!given.Has("--no-earlier-store")) {
    return MakeError(
        Reason::BAD_REQUEST,
        "node join: expected --no-earlier-store, your word that no earlier store of this member "
        "ever served the log; a false word counts among the faulty",
        {{"field", "--no-earlier-store"}});
  }
  v1::JoinLogRequest request;
  request.set_origin(given.Get("LOG"));
  RETURN_IF_ERROR(session.client->Call(request).status());
  console.out << "joined: this store takes part in " << Printable(request.origin()) << "\n";
  return kExitDone;
}

absl::StatusOr<int> Backup(Session& session, const Invocation& given, Console& console) {
  v1::CreateBackupRequest request;
  request.set_folder(given.Get("DIR"));
  ASSIGN_OR_RETURN(const auto response, session.client->Call(request));
  console.out << "copied the store to " << Printable(response.folder()) << " (about "
              << response.total_bytes() << " bytes), on the node's machine\n";
  return kExitDone;
}

// Reads each of the files into `envelopes`.
template <typename Request>
absl::Status ReadEnvelopes(const Invocation& given, size_t max_bytes, Request& request) {
  for (const std::string& file : given.All("FILE")) {
    ASSIGN_OR_RETURN(std::string bytes, ReadWholeFile(file, max_bytes));
    request.add_envelopes(std::move(bytes));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> CardImport(Session& session, const Invocation& given, Console& console) {
  v1::ImportCardRequest request;
  RETURN_IF_ERROR(ReadEnvelopes(given, kMaxCardBytes, request));
  ASSIGN_OR_RETURN(const auto response, session.client->Call(request));
  console.out << response.new_versions() << " new; the node holds card "
              << response.card().version() << " of " << Printable(response.member()) << "\n";
  for (const std::string& warning : response.warnings()) {
    console.err << "warning: " << Printable(warning)
                << "; a key serves one member: retire it on one of the two cards\n";
  }
  return kExitDone;
}

absl::StatusOr<int> RosterImport(Session& session, const Invocation& given, Console& console) {
  v1::ImportRosterRequest request;
  RETURN_IF_ERROR(ReadEnvelopes(given, kMaxRosterBytes, request));
  ASSIGN_OR_RETURN(const auto response, session.client->Call(request));
  console.out << response.new_versions() << " new; the node holds roster "
              << response.roster().version() << "\n";
  return kExitDone;
}

Argument Files(const char* example) {
  return {.name = "FILE",
          .help = absl::StrCat("envelopes in order of version, e.g. ", example),
          .required = true,
          .repeated = true};
}

std::vector<Command> TailCommands() {
  return {NetworkCommand({.path = "node tail list",
                          .summary = "List commits of this node that a recovery set aside, and why",
                          .details = "  plenary node tail list --output json",
                          .options = {OutputOption({"table", "json", "csv"})}},
                         TailList),
          NetworkCommand({.path = "node tail resubmit",
                          .summary = "Submit them anew, all or those that are named",
                          .details = "Exit code 1 also if one of them was refused again.\n\n"
                                     "  plenary node tail resubmit",
                          .arguments = {{.name = "COMMIT",
                                         .help = "their identities; none: all",
                                         .required = false,
                                         .repeated = true}}},
                         TailResubmit)};
}

}  // namespace

std::vector<Command> NodeAdminCommands() {
  std::vector<Command> commands = TailCommands();
  commands.push_back(NetworkCommand(
      {.path = "node join",
       .summary = "Let this store take part in a log that no earlier store of it served",
       .details = "  plenary node join sti.brics.example/in/1 --no-earlier-store",
       .arguments = {{.name = "LOG", .help = "its origin, as plenary log list shows it"}},
       .options = {{.name = "--no-earlier-store",
                    .value = "",
                    .help = "your word that it is so; a false one counts among the faulty"}}},
      Join));
  commands.push_back(NetworkCommand(
      {.path = "node backup",
       .summary = "Copy the live store into a new folder on the node's machine",
       .details = "  plenary node backup /var/backups/plenary/2026-11-24",
       .arguments = {{.name = "DIR", .help = "absolute path of a folder that is not there yet"}}},
      Backup));
  commands.push_back(
      NetworkCommand({.path = "card import",
                      .summary = "Give the node a member's new cards; they spread from there",
                      .details = "  plenary card import card-in-2.envelope",
                      .arguments = {Files("card-in-2.envelope")}},
                     CardImport));
  commands.push_back(NetworkCommand({.path = "roster import",
                                     .summary = "Give the node new versions of the roster",
                                     .details = "  plenary roster import roster-2.envelope",
                                     .arguments = {Files("roster-2.envelope")}},
                                    RosterImport));
  return commands;
}

}  // namespace plenary::cli
