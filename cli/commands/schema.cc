// plenary schema: the kinds of records, and the fields of one.
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/schema.h"
#include "cli/session.h"
#include "ledger/names.h"

namespace plenary::cli {
namespace {

constexpr char kDetails[] =
    "Without KIND: the kinds there are. Fields have the same names in record put, in filters, and\n"
    "in the JSON and CSV that commands print.\n\n"
    "  plenary schema\n"
    "  plenary schema meeting --output json\n\n"
    "Exit codes: 0 done, 64 there is no such kind.";

int Schema(const Invocation& given, Console& console) {
  if (!given.Has("KIND")) {
    Listing kinds("kinds", {{.key = "kind"}, {.key = "collection"}, {.key = "what"}});
    for (const absl::string_view collection : kCollections) {
      const std::string noun = NounOf(collection);
      kinds.Add({noun, std::string(collection), *SchemaComment(noun)});
    }
    kinds.Print(given.Get("--output"), console);
    return kExitDone;
  }
  const auto fields = SchemaOf(given.Get("KIND"));
  if (!fields.ok()) {
    PrintError(fields.status(), console);
    return ExitOf(fields.status());
  }
  Listing listing("fields", {{.key = "field", .is_whole = true},
                             {.key = "type", .is_whole = true},
                             {.key = "what", .is_whole = true}});
  for (const SchemaField& field : *fields) listing.Add({field.path, field.type, field.comment});
  listing.Print(given.Get("--output"), console);
  return kExitDone;
}

}  // namespace

Command SchemaCommand() {
  return {.path = "schema",
          .summary = "Say what fields a kind of record has",
          .details = kDetails,
          .arguments = {{.name = "KIND", .help = "meeting, project, …", .required = false}},
          .options = {OutputOption({"table", "json", "csv"})},
          .run = Schema};
}

}  // namespace plenary::cli
