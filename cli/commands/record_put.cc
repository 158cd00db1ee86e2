// plenary record put, record receipt: what a clerk enters, and what has become of it.
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/author.h"
#include "cli/commands/commands.h"
#include "cli/file.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/record_json.h"
#include "ledger/limits.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr size_t kMaxInputBytes = size_t{16} << 20;
constexpr int64_t kLongestWaitSeconds = 300;

constexpr char kPutDetails[] =
    "FILE holds one record as a JSON object, or a list of up to 1,024 of them, which then enter\n"
    "together or not at all. plenary schema KIND lists the fields. Salt, revision and previous "
    "are\n"
    "filled in if they are left out, so that the record follows what the node has.\n\n"
    "  plenary record put meeting.json\n"
    "  plenary record get members/br/meetings/mm-11 --output edit > mm-11.json   then correct it:\n"
    "  plenary record put mm-11.json --wait final\n\n"
    "meeting.json:\n"
    "  {\"name\": \"members/br/meetings/mm-13\",\n"
    "   \"meeting\": {\"title\": \"13th ministerial\", \"start_date\": \"2025-06-25\",\n"
    "               \"host_country\": \"BR\"}}\n\n"
    "Exit code 1 also if --wait final was asked for and it is not final in time; the records are\n"
    "stored all the same, and plenary record receipt COMMIT says how far they are.";

absl::StatusOr<std::vector<v1::Record>> ReadRecords(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, kMaxInputBytes));
  const auto value = ParseJson(text);
  if (!value.ok()) return Annotate(value.status(), path);
  std::vector<v1::Record> records;
  if (!value->is_array()) {
    auto record = RecordFromJson(text);
    if (!record.ok()) return Annotate(record.status(), path);
    records.push_back(*std::move(record));
    return records;
  }
  if (value->empty() || value->size() > kMaxEntries) {
    return MakeError(Reason::BAD_ENTRIES, absl::StrCat(path, ": expected 1 to ", kMaxEntries,
                                                       " records, got ", value->size()));
  }
  std::set<std::string> names;
  for (size_t i = 0; i < value->size(); ++i) {
    const std::string where = absl::StrCat(path, ", record ", i + 1);
    auto record = RecordFromJson((*value)[i].dump());
    if (!record.ok()) return Annotate(record.status(), where);
    if (!names.insert(record->name()).second) {
      return MakeError(Reason::BAD_ENTRIES, absl::StrCat(where, ": expected each name once, got ",
                                                         record->name(), " again"));
    }
    records.push_back(*std::move(record));
  }
  return records;
}

// What has become of a commit, and of the records that were put in it.
int PrintReceipt(const v1::Receipt& receipt, uint32_t peers, const std::vector<v1::Record>& records,
                 const Invocation& given, Console& console) {
  const bool wants_final = given.Get("--wait") == "final";
  const bool is_final = receipt.state() == v1::RECEIPT_STATE_FINAL;
  Json json = {{"commit", HexEncode(receipt.commit())},
               {"state", StageInWords(receipt, peers)},
               {"final", is_final},
               {"log", receipt.origin()},
               {"index", receipt.has_index() ? Json(receipt.index()) : Json(nullptr)}};
  json["held_by"] = Json::array();
  for (const std::string& member : receipt.cosigners()) json["held_by"].push_back(member);
  json["needed"] = receipt.quorum();
  json["repeated"] = receipt.repeated_submission();
  Json names = Json::array();
  for (const v1::Record& record : records) {
    names.push_back(absl::StrCat(record.name(), "/revisions/", record.revision()));
  }
  if (!records.empty()) json["records"] = names;
  if (given.Get("--output") == "json") {
    PrintJsonDocument(json, console.out);
  } else {
    json.erase("records");
    if (receipt.cosigners().empty()) json.erase("held_by");
    if (receipt.quorum() == 0) json.erase("needed");
    if (!receipt.has_index()) json.erase("index");
    if (receipt.origin().empty()) json.erase("log");
    PrintObject(json, 0, console.out);
    for (const Json& name : names) console.out << "  " << Printable(CellText(name)) << "\n";
  }
  if (is_final || !wants_final) return kExitDone;
  console.err << "plenary: not final in time; ask again: plenary record receipt "
              << HexEncode(receipt.commit()) << " --wait final\n";
  return kExitFailed;
}

// Sets what a request waits for.
template <typename Request>
absl::Status SetWait(const Invocation& given, Request& request) {
  if (given.Get("--wait") != "final") return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t seconds, SecondsOf(given, "--timeout", kLongestWaitSeconds));
  request.set_wait(v1::SUBMIT_WAIT_FINAL);
  request.mutable_wait_timeout()->set_seconds(seconds);
  return absl::OkStatus();
}

absl::StatusOr<int> Put(Session& session, const Invocation& given, Console& console) {
  ASSIGN_OR_RETURN(std::vector<v1::Record> records, ReadRecords(given.Get("FILE")));
  ASSIGN_OR_RETURN(const Audience audience,
                   AudienceOf(given.Get("--audience"), session.profile.member));
  ASSIGN_OR_RETURN(const Author author, OpenAuthor(session, given.Get("--author-key")));
  for (v1::Record& record : records) {
    ASSIGN_OR_RETURN(const auto newest, FindNewest(*session.client, record.name()));
    CompleteRecord(newest, record);
  }
  ASSIGN_OR_RETURN(v1::SubmitCommitRequest request,
                   SignCommit(author, records, audience, given.Has("--permanent"), console.now));
  RETURN_IF_ERROR(SetWait(given, request));
  ASSIGN_OR_RETURN(const auto response, session.client->Call(request));
  return PrintReceipt(response.receipt(), author.peers, records, given, console);
}

absl::StatusOr<int> Receipt(Session& session, const Invocation& given, Console& console) {
  v1::GetReceiptRequest request;
  const auto commit = Digest::FromHex(given.Get("COMMIT"));
  if (!commit.ok()) {
    return MakeError(Reason::BAD_REQUEST, "COMMIT: expected 64 hex digits, as record put shows it",
                     {{"field", "COMMIT"}});
  }
  request.set_commit(commit->bytes());
  RETURN_IF_ERROR(SetWait(given, request));
  ASSIGN_OR_RETURN(const auto response, session.client->Call(request));
  ASSIGN_OR_RETURN(const auto status, session.client->Call(v1::GetNodeStatusRequest()));
  return PrintReceipt(response.receipt(), status.peers(), {}, given, console);
}

std::vector<Option> WaitOptions() {
  return {{.name = "--wait",
           .value = "STAGE",
           .help = "what to wait for",
           .fallback = "provisional",
           .choices = {"provisional", "final"}},
          {.name = "--timeout",
           .value = "SECONDS",
           .help = "how long to wait for final, at most 300",
           .fallback = "30"}};
}

}  // namespace

Command RecordPutCommand() {
  Command command{
      .path = "record put",
      .summary = "Sign records and enter them at your member's node",
      .details = kPutDetails,
      .arguments = {{.name = "FILE", .help = "JSON; - reads it from the standard input"}},
      .options = WaitOptions()};
  command.options.push_back({.name = "--audience",
                             .value = "WHO",
                             .help = "members, public, or codes of members such as br,in",
                             .fallback = "members"});
  command.options.push_back(
      {.name = "--permanent",
       .value = "",
       .help = "never to be redacted (endorsements and tabled texts are so anyway)"});
  command.options.push_back(
      {.name = "--author-key", .value = "FILE", .help = "sign with this key, not the profile's"});
  command.options.push_back(OutputOption({"table", "json"}));
  return NetworkCommand(std::move(command), Put);
}

Command RecordReceiptCommand() {
  Command command{.path = "record receipt",
                  .summary = "Say what has become of a commit",
                  .details = "  plenary record receipt 8c1f... --wait final",
                  .arguments = {{.name = "COMMIT", .help = "its identity, as record put shows it"}},
                  .options = WaitOptions()};
  command.options.push_back(OutputOption({"table", "json"}));
  return NetworkCommand(std::move(command), Receipt);
}

}  // namespace plenary::cli
