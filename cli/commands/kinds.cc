// plenary meeting|project|declaration|… list, get, history: one noun for each kind of record.
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/commands/commands.h"
#include "cli/commands/records.h"
#include "cli/record_pages.h"
#include "cli/record_show.h"
#include "cli/schema.h"
#include "cli/session.h"
#include "ledger/check.h"
#include "ledger/fields.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

// A question that people ask, as an option: records in which one of the fields has the value.
struct Question {
  absl::string_view collection;
  absl::string_view option;  // without --
  absl::string_view fields;  // separated by blanks
  absl::string_view help;
};
constexpr Question kQuestions[] = {
    {"meetings", "host", "host_country", "country that organised it, e.g. ZA"},
    {"meetings", "chair", "chair_country", "country that held the chair"},
    {"meetings", "country", "country", "country where it took place"},
    {"meetings", "year", "start_date", "year in which it began"},
    {"meetings", "series", "series", "ministerial, senior_officials, working_group, …"},
    {"meetings", "body", "working_group", "body that met: name, or the source's id"},
    {"meetings", "mode", "mode", "in_person, virtual, hybrid"},
    {"meetings", "status", "reported_status status", "held, proposed, cancelled, …"},
    {"meetings", "feature", "key_features", "key feature"},
    {"projects", "theme", "thematic_area", "thematic area"},
    {"projects", "kind", "kind", "funded_project, flagship, programme, …"},
    {"projects", "lead", "lead_country", "country that coordinates, e.g. BR"},
    {"projects", "partner", "partners.country countries lead_country", "country that takes part"},
    {"projects", "call", "call", "call that funds it: name, or the source's id"},
    {"projects", "year", "start_date", "year in which it began"},
    {"projects", "status", "reported_status status", "running, completed, …"},
    {"projects", "feature", "key_features", "key feature"},
    {"declarations", "type", "type", "declaration, memorandum, work_plan, …"},
    {"declarations", "year", "adopted_date", "year in which it was adopted"},
    {"declarations", "meeting", "meeting", "meeting that it comes from: name, or the source's id"},
    {"declarations", "language", "languages_found texts.language", "language, e.g. ru"},
    {"declarations", "topic", "topics", "topic"},
    {"declarations", "status", "reported_status status", "in_force, superseded, tabled, …"},
    {"bodies", "country", "coordinating_countries", "country that coordinates it"},
    {"bodies", "track", "track", "track"},
    {"bodies", "status", "reported_status", "status"},
    {"calls", "year", "year", "year of the call"},
    {"calls", "theme", "thematic_areas", "thematic area"},
    {"calls", "kind", "kind", "pilot, thematic, emergency, flagship"},
    {"calls", "agency", "funding_agencies", "agency that pays: name, or the source's id"},
    {"calls", "status", "reported_status status", "status"},
    {"chairships", "year", "year", "year"},
    {"chairships", "country", "country", "country"},
    {"delegations", "meeting", "meeting", "meeting: name, or the source's id"},
    {"delegations", "country", "country", "country"},
    {"actions", "for", "owner", "who is to do it: a country, or a body"},
    {"actions", "meeting", "meeting", "meeting that decided it"},
    {"actions", "status", "reported_status status", "open, done, …"},
    {"funders", "country", "country", "country"},
    {"parties", "status", "membership_status", "member, partner, …"},
    {"endorsements", "position", "position", "endorsed, reserved, …"},
};

const char* ExampleOf(absl::string_view collection) {
  if (collection == "meetings") return "  plenary meeting list --host ZA --year 2015\n";
  if (collection == "projects") return "  plenary project list --theme water --partner ZA\n";
  if (collection == "declarations") return "  plenary declaration list --status in_force\n";
  if (collection == "calls") return "  plenary call list --year 2016\n";
  return "";
}

std::string Comparison(absl::string_view field, absl::string_view value) {
  return absl::StrCat(field, " = \"", absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"\"", "\\\""}}),
                      "\"");
}

// One question as a term of a filter.
std::string TermOf(const Question& question, const std::string& value) {
  std::vector<std::string> terms;
  for (const absl::string_view field : absl::StrSplit(question.fields, ' ')) {
    std::string wanted = value;
    for (const FieldInfo& info : FieldsOf(question.collection)) {
      if (info.path != field) continue;
      const v1::Format format = FormatOf(*info.field);
      const bool refers =
          format == v1::FORMAT_REFERENCE || format == v1::FORMAT_COUNTRY_OR_REFERENCE;
      if (format == v1::FORMAT_COUNTRY) wanted = absl::AsciiStrToUpper(value);
      if (refers) terms.push_back(Comparison("references.external_id", value));
    }
    terms.push_back(Comparison(field, wanted));
  }
  return terms.size() == 1 ? terms[0] : absl::StrCat("(", absl::StrJoin(terms, " OR "), ")");
}

std::string FilterOf(const std::string& collection, const Invocation& given) {
  std::vector<std::string> terms;
  if (given.Has("--filter")) terms.push_back(absl::StrCat("(", given.Get("--filter"), ")"));
  for (const Question& question : kQuestions) {
    const std::string option = absl::StrCat("--", question.option);
    if (question.collection != collection || !given.Has(option)) continue;
    terms.push_back(TermOf(question, given.Get(option)));
  }
  // A filter given alone stays as it is, so that an error names its columns.
  if (terms.size() == 1 && given.Has("--filter")) return given.Get("--filter");
  return absl::StrJoin(terms, " AND ");
}

absl::StatusOr<std::string> ParentOf(const Invocation& given) {
  if (!given.Has("--owner")) return std::string("members/-");
  if (IsMember(given.Get("--owner"))) return absl::StrCat("members/", given.Get("--owner"));
  return MakeError(Reason::BAD_REQUEST, "--owner: expected the code of a member such as br",
                   {{"field", "--owner"}});
}

absl::StatusOr<int> List(Session& session, const std::string& collection, const Invocation& given,
                         Console& console) {
  v1::ListRecordsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), ParentOf(given));
  request.set_collection(collection);
  request.set_filter(FilterOf(collection, given));
  request.set_page_token(given.Get("--page-token"));
  ASSIGN_OR_RETURN(const uint64_t limit, CountOf(given, "--limit"));
  const bool adoptable = collection == "declarations";
  std::vector<Listing::Column> columns = {{.key = "name", .is_whole = true}};
  std::vector<FieldPath> paths;
  for (const std::string& field : TableColumns(collection)) {
    auto path = FieldPath::Parse(field, collection);
    CHECK(path.ok()) << field;
    paths.push_back(*std::move(path));
    columns.push_back({.key = field});
  }
  if (adoptable) columns.push_back({.key = "adoption"});
  columns.push_back({.key = "stage"});
  columns.push_back({.key = "details", .json_only = true});
  Listing listing(collection, std::move(columns));
  const auto add = [&](const v1::RecordRevision& shown) {
    Json details = RevisionJson(shown);
    const v1::Record record = RecordOf(shown);
    std::vector<Json> row = {details["name"]};
    for (const FieldPath& path : paths) {
      std::vector<std::string> texts = path.Texts(record);
      row.push_back(texts.size() == 1 ? Json(texts[0])
                    : texts.empty()   ? Json(nullptr)
                                      : Json(texts));
    }
    if (adoptable) row.emplace_back(AdoptionOf(shown));
    row.emplace_back(StageOf(shown));
    row.push_back(std::move(details));
    listing.Add(std::move(row));
  };
  ASSIGN_OR_RETURN(const ListEnd end, ListRecords(*session.client, std::move(request), limit, add));
  RemarkEnd(end, listing);
  listing.Print(given.Get("--output"), console);
  return kExitDone;
}

// The record that a person means by a whole name, by its id, or by the source's id.
absl::StatusOr<std::string> NameOf(Session& session, const std::string& collection,
                                   const std::string& word) {
  if (word.find('/') != std::string::npos) return word;
  v1::ListRecordsRequest request;
  request.set_parent("members/-");
  request.set_collection(collection);
  const bool has_source_ids = FieldPath::Parse("external_id", collection).ok();
  if (has_source_ids) request.set_filter(Comparison("external_id", word));
  const std::string ending = absl::StrCat("/", collection, "/", absl::AsciiStrToLower(word));
  std::vector<std::string> names;
  const auto consider = [&](const v1::RecordRevision& shown) {
    const auto name = RevisionName::Parse(shown.name());
    if (!name.ok()) return;
    const bool named = absl::EndsWith(name->record.Text(), ending);
    if (named || has_source_ids) names.push_back(name->record.Text());
  };
  RETURN_IF_ERROR(ListRecords(*session.client, request, 0, consider).status());
  if (names.empty()) return absl::StrCat("members/", session.profile.member, ending);
  if (names.size() == 1) return names[0];
  return MakeError(Reason::BAD_REQUEST, absl::StrCat("\"", word, "\": expected one record, got ",
                                                     absl::StrJoin(names, ", ")));
}

void AddKind(const std::string& collection, std::vector<Command>& commands) {
  const std::string noun = NounOf(collection);
  Command list{.path = noun + " list",
               .summary = absl::StrCat("List ", collection, " by what is asked"),
               .details = absl::StrCat(ExampleOf(collection), "  plenary ", noun,
                                       " list --output csv\n"
                                       "Fields for --filter: plenary schema ",
                                       noun)};
  for (const Question& question : kQuestions) {
    if (question.collection != collection) continue;
    list.options.push_back({.name = absl::StrCat("--", question.option),
                            .value = "VALUE",
                            .help = std::string(question.help)});
  }
  list.options.push_back(
      {.name = "--owner", .value = "MEMBER", .help = "whose records, if not all members'"});
  list.options.push_back({.name = "--filter", .value = "EXPRESSION", .help = "AIP-160 subset"});
  for (Option& option : PageOptions()) list.options.push_back(std::move(option));
  commands.push_back(NetworkCommand(
      std::move(list), [collection](Session& session, const Invocation& given, Console& console) {
        return List(session, collection, given, console);
      }));
  const Argument which{.name = "NAME", .help = "its name, its id, or the source's id"};
  commands.push_back(NetworkCommand(
      {.path = noun + " get",
       .summary = absl::StrCat("Show one of the ", collection),
       .arguments = {which},
       .options = {{.name = "--revision", .value = "N", .help = "this one, not the newest"},
                   OutputOption({"table", "json", "edit"})}},
      [collection](Session& session, const Invocation& given,
                   Console& console) -> absl::StatusOr<int> {
        ASSIGN_OR_RETURN(const std::string name, NameOf(session, collection, given.Get("NAME")));
        return GetAndPrint(*session.client, name, given, console);
      }));
  commands.push_back(NetworkCommand(
      {.path = noun + " history",
       .summary = "List its revisions, newest first, whether they count or not",
       .arguments = {which},
       .options = {OutputOption({"table", "json", "csv"})}},
      [collection](Session& session, const Invocation& given,
                   Console& console) -> absl::StatusOr<int> {
        ASSIGN_OR_RETURN(const std::string name, NameOf(session, collection, given.Get("NAME")));
        return PrintHistory(*session.client, name, given, console);
      }));
}

}  // namespace

std::string TitleOf(const v1::Record& record) {
  const google::protobuf::Message* body = BodyOf(record);
  if (body == nullptr) return "";
  for (const char* name : {"title", "name", "text", "key", "position", "code", "year"}) {
    const auto* field = body->GetDescriptor()->FindFieldByName(name);
    if (field == nullptr) continue;
    const std::vector<std::string> texts = TextsOf(*body, *field);
    if (!texts.empty()) return texts[0];
  }
  return "";
}

std::vector<Command> KindCommands() {
  std::vector<Command> commands;
  for (const absl::string_view collection : kCollections) {
    AddKind(std::string(collection), commands);
  }
  return commands;
}

}  // namespace plenary::cli
