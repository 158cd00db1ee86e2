// plenary facts: does a node answer what the data must answer?
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/answers/facts.h"
#include "cli/commands/commands.h"
#include "cli/file.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "cli/record_pages.h"
#include "cli/record_show.h"
#include "cli/session.h"
#include "ledger/digest.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr size_t kMaxExpectedBytes = size_t{16} << 20;

constexpr char kDetails[] =
    "Reads all records from a node and compares the answers to the questions of DIR/expected.json\n"
    "with it, one line each. With --profiles each of these nodes is asked, and their views must\n"
    "have one digest.\n\n"
    "  plenary facts examples/brics-sti\n"
    "  plenary facts examples/brics-sti --profiles trial/br/profile.toml,trial/in/profile.toml";

absl::StatusOr<std::vector<v1::Record>> AllRecords(Client& client, Console& console) {
  std::vector<v1::Record> records;
  Progress progress("records read", 0, console);
  v1::ListRecordsRequest request;
  request.set_parent("members/-");
  request.set_collection("-");
  RETURN_IF_ERROR(ListRecords(client, std::move(request), 0, [&](const v1::RecordRevision& shown) {
                    records.push_back(RecordOf(shown));
                    progress.Set(records.size());
                  }).status());
  return records;
}

absl::StatusOr<std::vector<Fact>> AskOne(Session& session, const nlohmann::json& expected,
                                         Console& console) {
  ASSIGN_OR_RETURN(const std::vector<v1::Record> records, AllRecords(*session.client, console));
  return CompareFacts(expected, records);
}

// One fact: the view of this node has the digest that the first one's had.
absl::StatusOr<Fact> SameView(Session& session, std::string& first) {
  ASSIGN_OR_RETURN(const auto view, session.client->Call(v1::GetViewDigestRequest()));
  const std::string digest = HexEncode(view.digest());
  if (first.empty()) first = digest;
  return Fact{"view_digest", digest == first, absl::StrCat("expected ", first, ", got ", digest)};
}

absl::StatusOr<int> Facts(const Invocation& given, Console& console) {
  const std::string path = given.Get("DIR") + "/expected.json";
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, kMaxExpectedBytes));
  const auto expected = ParseJson(text);
  if (!expected.ok()) return Annotate(expected.status(), path);
  std::vector<std::string> profiles = {given.Get("--profile")};
  if (given.Has("--profiles")) {
    profiles = absl::StrSplit(given.Get("--profiles"), ',', absl::SkipEmpty());
  }
  std::vector<Fact> all;
  std::string digest;
  for (const std::string& profile : profiles) {
    auto session = OpenSession(profile, "", "", console.now);
    if (!session.ok()) return session.status();
    ASSIGN_OR_RETURN(std::vector<Fact> facts, AskOne(*session, *expected, console));
    if (profiles.size() > 1) {
      ASSIGN_OR_RETURN(Fact same, SameView(*session, digest));
      facts.push_back(std::move(same));
      console.out << "node of " << session->profile.member << "\n";
    }
    for (Fact& fact : facts) {
      console.out << Printable(fact.Text()) << "\n";
      all.push_back(std::move(fact));
    }
  }
  console.out << Summary(all) << "\n";
  for (const Fact& fact : all) {
    if (!fact.passed) return kExitFailed;
  }
  return kExitDone;
}

int Run(const Invocation& given, Console& console) {
  const absl::StatusOr<int> exit = Facts(given, console);
  if (exit.ok()) return *exit;
  PrintError(exit.status(), console);
  return ExitOf(exit.status());
}

}  // namespace

Command FactsCommand() {
  return {.path = "facts",
          .summary = "Compare what nodes answer with what they must answer",
          .details = absl::StrCat(kDetails, "\n\n", kSessionExitCodes),
          .arguments = {{.name = "DIR", .help = "folder with expected.json"}},
          .options = {{.name = "--profile",
                       .value = "FILE",
                       .help = "how to reach the node [$PLENARY_PROFILE, "
                               "~/.config/plenary/profile.toml]"},
                      {.name = "--profiles",
                       .value = "FILES",
                       .help = "several, separated by commas: each of these nodes"}},
          .run = Run};
}

}  // namespace plenary::cli
