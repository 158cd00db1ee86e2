// plenary record get, history, list: what the register says, whatever the kind of record.
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/commands/records.h"
#include "cli/record_pages.h"
#include "cli/record_show.h"
#include "cli/session.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr char kGetDetails[] =
    "Says what the record says, where it stands and who holds it. Revisions that only this node\n"
    "holds yet (its tail) are shown beside what counts.\n\n"
    "  plenary record get members/br/meetings/mm-11\n"
    "  plenary record get members/br/meetings/mm-11 --revision 1 --output json\n"
    "  plenary record get members/br/meetings/mm-11 --output edit > mm-11.json";

constexpr char kListDetails[] =
    "Lists the newest revision of each record. The filter compares fields of the records; plenary\n"
    "schema KIND lists them. JSON has under \"details\" all that plenary record get shows of "
    "each.\n\n"
    "  plenary record list --parent members/br --collection meetings\n"
    "  plenary record list --collection meetings --filter 'host_country = \"ZA\"'\n"
    "  plenary record list --tail           what this node holds and no quorum does\n"
    "  plenary record list --not-counted    what does not count, and why";

int PrintOne(const v1::GetRecordResponse& response, const std::string& format, Console& console) {
  if (format == "edit") {
    const int last = response.tail_size() - 1;
    console.out << ForEditing(last >= 0 ? response.tail(last) : response.record());
    return kExitDone;
  }
  if (format == "json") {
    Json document = {{"record", response.has_record() ? RevisionJson(response.record()) : nullptr},
                     {"tail", Json::array()}};
    for (const v1::RecordRevision& shown : response.tail()) {
      document["tail"].push_back(RevisionJson(shown));
    }
    PrintJsonDocument(document, console.out);
    return kExitDone;
  }
  if (response.has_record()) PrintRevision(response.record(), console);
  for (const v1::RecordRevision& shown : response.tail()) {
    console.out << (response.has_record() ? "\n" : "") << "in this node's tail, not yet final:\n";
    PrintRevision(shown, console);
  }
  return kExitDone;
}

// The newest of the record's entries, whether it is in the view or not; else `none`.
absl::StatusOr<v1::GetRecordResponse> NewestEntry(Client& client, const std::string& name,
                                                  const absl::Status& none) {
  v1::ListRecordRevisionsRequest request;
  request.set_name(name);
  request.set_page_size(1);
  const auto response = client.Call(request);
  if (!response.ok() || response->revisions().empty()) return none;
  v1::GetRecordResponse found;
  *found.mutable_record() = response->revisions(0);
  *found.mutable_tail() = response->tail();
  return found;
}

absl::StatusOr<int> Get(Session& session, const Invocation& given, Console& console) {
  return GetAndPrint(*session.client, given.Get("NAME"), given, console);
}

absl::StatusOr<int> History(Session& session, const Invocation& given, Console& console) {
  return PrintHistory(*session.client, given.Get("NAME"), given, console);
}

absl::StatusOr<int> List(Session& session, const Invocation& given, Console& console) {
  if (given.Has("--tail") && given.Has("--not-counted")) {
    return MakeError(Reason::BAD_REQUEST, "--tail, --not-counted: expected one of them, got both");
  }
  v1::ListRecordsRequest request;
  request.set_parent(given.Get("--parent"));
  request.set_collection(given.Get("--collection"));
  request.set_filter(given.Get("--filter"));
  request.set_page_token(given.Get("--page-token"));
  if (given.Has("--tail")) request.set_part(v1::REGISTER_PART_TAIL);
  if (given.Has("--not-counted")) request.set_part(v1::REGISTER_PART_NOT_COUNTED);
  ASSIGN_OR_RETURN(const uint64_t limit, CountOf(given, "--limit"));
  Listing listing("records", {{.key = "name", .is_whole = true},
                              {.key = "revision"},
                              {.key = "stage"},
                              {.key = "slot"},
                              {.key = "title"},
                              {.key = "why"},
                              {.key = "details", .json_only = true}});
  ASSIGN_OR_RETURN(
      const ListEnd end,
      ListRecords(
          *session.client, std::move(request), limit, [&listing](const v1::RecordRevision& shown) {
            Json details = RevisionJson(shown);
            listing.Add({details["name"], details["revision"], StageOf(shown), SlotOf(shown),
                         TitleOf(RecordOf(shown)), shown.verdict_sentence(), details});
          }));
  RemarkEnd(end, listing);
  listing.Print(given.Get("--output"), console);
  return kExitDone;
}

}  // namespace

absl::StatusOr<int> GetAndPrint(Client& client, const std::string& name, const Invocation& given,
                                Console& console) {
  v1::GetRecordRequest request;
  request.set_name(name);
  ASSIGN_OR_RETURN(const uint64_t revision, CountOf(given, "--revision"));
  if (revision != 0) request.set_name(absl::StrCat(name, "/revisions/", revision));
  auto found = client.Call(request);
  if (ReasonOf(found.status()) == Reason::NOT_FOUND && revision == 0) {
    // One that is in no view, as restricted ones are, can still be here.
    found = NewestEntry(client, name, found.status());
  }
  ASSIGN_OR_RETURN(v1::GetRecordResponse response, std::move(found));
  if (revision != 0) response.clear_tail();
  if (!response.has_record() && response.tail().empty()) {
    return MakeError(Reason::NOT_FOUND, absl::StrCat("revision ", revision, " of ", name,
                                                     ": expected one that is "
                                                     "here; plenary record history lists them"));
  }
  return PrintOne(response, given.Get("--output"), console);
}

absl::StatusOr<int> PrintHistory(Client& client, const std::string& name, const Invocation& given,
                                 Console& console) {
  std::vector<Listing::Column> columns = {
      {.key = "revision"}, {.key = "stage"},  {.key = "verdict"}, {.key = "author_time"},
      {.key = "slot"},     {.key = "reason"}, {.key = "why"}};
  const auto parsed = RecordName::Parse(name);
  const bool adoptable = parsed.ok() && parsed->collection == "declarations";
  if (adoptable) columns.insert(columns.end(), {{.key = "reported_status"}, {.key = "adoption"}});
  columns.push_back({.key = "digest", .is_whole = true});
  columns.push_back({.key = "details", .json_only = true});
  Listing listing("revisions", std::move(columns));
  const auto add = [&](const v1::RecordRevision& shown) {
    Json details = RevisionJson(shown);
    const v1::Record record = RecordOf(shown);
    std::vector<Json> row = {details["revision"],     StageOf(shown), details["verdict"],
                             details["author_time"],  SlotOf(shown),  record.reason(),
                             shown.verdict_sentence()};
    if (adoptable) {
      row.emplace_back(record.declaration().reported_status());
      row.emplace_back(AdoptionOf(shown));
    }
    row.push_back(details["digest"]);
    row.push_back(std::move(details));
    listing.Add(std::move(row));
  };
  v1::ListRecordRevisionsRequest request;
  request.set_name(name);
  do {
    ASSIGN_OR_RETURN(const auto response, client.Call(request));
    for (auto at = response.tail().rbegin(); at != response.tail().rend(); ++at) add(*at);
    for (const v1::RecordRevision& shown : response.revisions()) add(shown);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  listing.Print(given.Get("--output"), console);
  return kExitDone;
}

Command RecordGetCommand() {
  return NetworkCommand(
      {.path = "record get",
       .summary = "Show one record, what it says and who holds it",
       .details = kGetDetails,
       .arguments = {{.name = "NAME", .help = "members/<member>/<collection>/<id>"}},
       .options = {{.name = "--revision", .value = "N", .help = "this one, not the newest"},
                   OutputOption({"table", "json", "edit"})}},
      Get);
}

Command RecordHistoryCommand() {
  return NetworkCommand(
      {.path = "record history",
       .summary = "List the revisions of a record, newest first, whether they count or not",
       .details = "  plenary record history members/br/meetings/mm-11",
       .arguments = {{.name = "NAME", .help = "members/<member>/<collection>/<id>"}},
       .options = {OutputOption({"table", "json", "csv"})}},
      History);
}

std::vector<Option> PageOptions() {
  return {{.name = "--limit",
           .value = "N",
           .help = "at most so many; what lies beyond is said",
           .fallback = "1000"},
          {.name = "--page-token", .value = "TOKEN", .help = "go on where a list ended"},
          OutputOption({"table", "json", "csv"})};
}

Command RecordListCommand() {
  Command command{
      .path = "record list",
      .summary = "List records of any kind",
      .details = kListDetails,
      .options = {{.name = "--parent",
                   .value = "PARENT",
                   .help = "members/<member>, or members/- for all",
                   .fallback = "members/-"},
                  {.name = "--collection",
                   .value = "COLLECTION",
                   .help = "meetings, projects, …, or - for all",
                   .fallback = "-"},
                  {.name = "--filter", .value = "EXPRESSION", .help = "AIP-160 subset"},
                  {.name = "--tail", .value = "", .help = "what this node holds alone, instead"},
                  {.name = "--not-counted", .value = "", .help = "what does not count, instead"}}};
  for (Option& option : PageOptions()) command.options.push_back(std::move(option));
  return NetworkCommand(std::move(command), List);
}

}  // namespace plenary::cli
