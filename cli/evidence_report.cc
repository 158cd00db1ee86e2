#include "cli/evidence_report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "ledger/envelope.h"
#include "ledger/evidence.h"
#include "ledger/scan.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kNotAnchored = 2;

// Does a roster of the file have one of these digests? The file's rosters have been verified.
bool HasRoster(const v1::Evidence& file, absl::Span<const Digest> digests) {
  for (const std::string& bytes : file.rosters()) {
    const auto envelope = ParseEnvelope(bytes, PayloadKind::kRoster);
    if (!envelope.ok()) continue;
    const Digest digest = Sha256(envelope->payload);
    if (std::find(digests.begin(), digests.end(), digest) != digests.end()) return true;
  }
  return false;
}

absl::Status NotAnchored(const Evidence& evidence, bool is_pinned) {
  return MakeError(
      Reason::NOT_ANCHORED,
      absl::StrCat(is_pinned ? "no roster here has the pinned digest" : "no roster is pinned",
                   "; the roster digest of version 1 here is ", evidence.genesis.Hex()),
      {{"digest", evidence.genesis.Hex()}});
}

void Print(const absl::StatusOr<Evidence>& evidence, int exit, const absl::Status& why, bool json,
           Console& console) {
  const std::string verdict = exit == kExitFailed    ? "disproved"
                              : exit == kNotAnchored ? "not anchored"
                                                     : "proven";
  if (json) {
    Json result = {{"kind", "evidence"}, {"verdict", verdict}, {"exit", exit}};
    if (!why.ok()) result["error"] = ErrorJson(why);
    if (evidence.ok()) {
      result["evidence"] = {{"kind", std::string(evidence->KindName())},
                            {"subject", evidence->Subject()},
                            {"genesis", evidence->genesis.Hex()}};
    }
    console.out << result.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
    return;
  }
  console.out << verdict;
  if (evidence.ok()) {
    console.out << ": two contradicting " << evidence->KindName() << ", "
                << Printable(evidence->Subject());
  }
  console.out << "\n";
  if (!why.ok()) console.out << "  " << Printable(Explain(why)) << "\n";
}

}  // namespace

nlohmann::ordered_json ErrorJson(const absl::Status& status) {
  const std::optional<Reason> reason = ReasonOf(status);
  Json json = {{"reason", nullptr}, {"message", std::string(status.message())}};
  if (reason.has_value()) {
    json["reason"] = RowOf(*reason).name;
    json["remedy"] = RowOf(*reason).remedy;
  }
  return json;
}

std::optional<int> ReportEvidence(absl::string_view bytes, absl::Span<const Digest> pinned,
                                  bool json, Console& console) {
  const auto file = ScanAndParse<v1::Evidence>(bytes);
  if (!file.ok() || file->first().empty() || file->second().empty()) return std::nullopt;
  const auto evidence = VerifyEvidence(bytes);
  int exit = kExitDone;
  absl::Status why = evidence.status();
  if (!evidence.ok()) {
    exit = kExitFailed;
  } else if (!HasRoster(*file, pinned)) {
    exit = kNotAnchored;
    why = NotAnchored(*evidence, !pinned.empty());
  }
  Print(evidence, exit, why, json, console);
  return exit;
}

}  // namespace plenary::cli
