// plenary verify FILE: an offline verdict about a proof file or an evidence file.
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/evidence_report.h"
#include "cli/file.h"
#include "cli/pinned.h"
#include "ledger/proof_file.h"
#include "ledger/proof_verdict.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr absl::string_view kDetails =
    "Needs no node, no account and no network. Exit codes: 0 proven; 1 disproved, or not final;\n"
    "2 consistent with itself, but no roster in the file has the digest that you pin;\n"
    "3 unreadable, or made for a newer release; 64 bad usage.\n"
    "Evidence files are judged as well: 0 then means that the fork is real.";

// Cosignature times further ahead than this are pointed out; no verdict depends on the clock.
constexpr absl::Duration kAhead = absl::Hours(24);

bool IsAhead(const ProofVerdict& verdict, absl::Time now) {
  return verdict.no_later_than_seconds.has_value() &&
         *verdict.no_later_than_seconds > static_cast<uint64_t>(absl::ToUnixSeconds(now + kAhead));
}

constexpr absl::string_view kAheadSentence =
    "the time of the cosignatures lies more than 24 hours ahead of this computer's clock";

void PrintList(absl::string_view title, const std::vector<std::string>& lines, std::ostream& out) {
  if (lines.empty()) return;
  out << "\n" << title << "\n";
  for (const std::string& line : lines) out << "  - " << Printable(line) << "\n";
}

void PrintTable(const ProofVerdict& verdict, Console& console) {
  std::ostream& out = console.out;
  out << ProofExitWord(verdict.exit);
  if (verdict.exit == ProofExit::kProven || verdict.exit == ProofExit::kNotAnchored) {
    out << ": " << Printable(verdict.record_name) << ", revision " << verdict.revision;
  }
  out << "\n";
  if (!verdict.why.ok()) out << "  " << Printable(Explain(verdict.why)) << "\n";
  PrintList("checked", verdict.checked, out);
  PrintList("not proven by any such file", verdict.not_proven, out);
  PrintList("also in the file, not relied on", verdict.surplus, out);
  if (IsAhead(verdict, console.now)) out << "\nnote: " << kAheadSentence << "\n";
}

Json HeldJson(const ProofVerdict& verdict) {
  Json list = Json::array();
  for (const HeldBy& held : verdict.held) {
    list.push_back({{"roster", held.roster_version},
                    {"roster_digest", held.roster_digest.Hex()},
                    {"members", held.members},
                    {"held", held.members.size()},
                    {"quorum", held.quorum},
                    {"peers", held.peers}});
  }
  return list;
}

Json RostersJson(const ProofVerdict& verdict) {
  Json rosters = {{"newest", verdict.newest_roster},
                  {"newest_digest", verdict.newest_roster_digest.Hex()},
                  {"pinned", nullptr}};
  if (verdict.pinned_roster.has_value()) rosters["pinned"] = *verdict.pinned_roster;
  return rosters;
}

// Facts are given only where the whole file holds together.
void AddFacts(const ProofVerdict& verdict, Json& json) {
  json["record"] = {{"name", verdict.record_name},
                    {"revision", verdict.revision},
                    {"sha256", verdict.record_digest.Hex()},
                    {"understood", verdict.understood}};
  json["log"] = {{"origin", verdict.origin},
                 {"owner", verdict.owner},
                 {"index", verdict.index},
                 {"size", verdict.size},
                 {"root", verdict.root.Hex()}};
  json["authors"] = verdict.authors;
  json["held"] = HeldJson(verdict);
  json["no_later_than"] = nullptr;
  if (verdict.no_later_than_seconds.has_value()) {
    json["no_later_than"] = *verdict.no_later_than_seconds;
  }
}

void PrintJson(const ProofVerdict& verdict, Console& console) {
  Json json = {{"kind", "proof"},
               {"verdict", std::string(ProofExitWord(verdict.exit))},
               {"exit", static_cast<int>(verdict.exit)}};
  if (!verdict.why.ok()) json["error"] = ErrorJson(verdict.why);
  const bool holds = verdict.exit == ProofExit::kProven || verdict.exit == ProofExit::kNotAnchored;
  if (holds) AddFacts(verdict, json);
  if (verdict.newest_roster != 0) json["rosters"] = RostersJson(verdict);
  json["checked"] = verdict.checked;
  json["not_proven"] = verdict.not_proven;
  json["surplus"] = verdict.surplus;
  json["notes"] = Json::array();
  if (IsAhead(verdict, console.now)) json["notes"].push_back(std::string(kAheadSentence));
  console.out << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

int Verify(const Invocation& given, Console& console) {
  const auto pinned = PinnedDigests(given);
  const auto bytes = ReadWholeFile(given.Get("FILE"), kMaxProofFileBytes);
  const bool too_large = ReasonOf(bytes.status()) == Reason::TOO_LARGE;
  if (!pinned.ok() || (!bytes.ok() && !too_large)) {
    PrintError(pinned.ok() ? bytes.status() : pinned.status(), console);
    return kExitUsage;
  }
  const bool json = given.Get("--output") == "json";
  if (bytes.ok() && !absl::StartsWith(*bytes, kProofFileFirstLine)) {
    if (const auto exit = ReportEvidence(*bytes, *pinned, json, console); exit.has_value()) {
      return *exit;
    }
  }
  ProofVerdict verdict;
  if (bytes.ok()) {
    verdict = VerifyProof(*bytes, absl::MakeConstSpan(*pinned));
  } else {
    verdict.why = bytes.status();
  }
  json ? PrintJson(verdict, console) : PrintTable(verdict, console);
  return static_cast<int>(verdict.exit);
}

}  // namespace

Command VerifyCommand() {
  std::vector<Option> options = PinOptions();
  options.push_back(OutputOption({"table", "json"}));
  return {.path = "verify",
          .summary = "Judge a proof file or an evidence file, offline",
          .details = std::string(kDetails),
          .arguments = {{.name = "FILE",
                         .help = "a .plenary-proof or an evidence file; - reads it "
                                 "from the standard input"}},
          .options = std::move(options),
          .run = Verify};
}

}  // namespace plenary::cli
