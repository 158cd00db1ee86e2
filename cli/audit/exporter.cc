#include "cli/audit/exporter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "certs/trust_folder.h"
#include "cli/audit/export_folder.h"
#include "cli/audit/log_exporter.h"
#include "cli/client/client.h"
#include "ledger/digest.h"
#include "ledger/evidence.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

// A version that is there already is never replaced: it would be another one.
absl::Status WriteVersion(FolderWriter& writer, const std::string& name,
                          const std::string& envelope) {
  const std::string path = writer.PathOf(name);
  if (!IsThere(path)) return writer.Write(name, envelope);
  ASSIGN_OR_RETURN(const std::string there, certs::ReadFile(path));
  if (there == envelope) return absl::OkStatus();
  return MakeError(Reason::SECOND_OF_VERSION,
                   absl::StrCat("file \"", path, "\": expected what the node shows: the folder is ",
                                "of another federation, or two statements have one version"),
                   {{"path", path}});
}

absl::Status WriteTrust(const std::string& folder, const certs::TrustFiles& files) {
  FolderWriter writer(absl::StrCat(folder, "/", kTrustFolder));
  for (size_t i = 0; i < files.rosters.size(); ++i) {
    RETURN_IF_ERROR(WriteVersion(writer, certs::RosterFileName(i + 1), files.rosters[i]));
  }
  for (const auto& [member, envelopes] : files.cards) {
    for (size_t i = 0; i < envelopes.size(); ++i) {
      RETURN_IF_ERROR(WriteVersion(writer, certs::CardFileName(member, i + 1), envelopes[i]));
    }
  }
  return writer.Sync();
}

absl::Status WriteEvidence(LogSource& source, const std::string& folder, const Digest& genesis) {
  ASSIGN_OR_RETURN(const std::vector<std::string> files, source.Evidence());
  FolderWriter writer(absl::StrCat(folder, "/", kEvidenceFolder));
  for (const std::string& file : files) {
    const auto evidence = VerifyEvidence(file);
    if (!evidence.ok() || evidence->genesis != genesis) continue;
    const std::string name = Sha256(file).Hex();
    if (!IsThere(writer.PathOf(name))) RETURN_IF_ERROR(writer.Write(name, file));
  }
  return writer.Sync();
}

// One run over all logs.
class Run {
 public:
  Run(LogSource& source, TrustBook& trust, const ExportOptions& options, Console& console)
      : source_(source), trust_(trust), options_(options), console_(console) {}

  absl::Status Export(const LogHead& head) {
    LogExporter exporter(source_, trust_, options_, head, console_);
    ASSIGN_OR_RETURN(ExportedLog exported, exporter.Run(targets_));
    results_.push_back(std::move(exported));
    return absl::OkStatus();
  }

  // Bytes that were exported before and are to be seen no more, or can be seen now.
  absl::Status Rewrite(const std::vector<LogHead>& heads) {
    if (options_.records == RecordsToExport::kNone) return absl::OkStatus();
    for (const LogHead& head : heads) {
      ExportedLog* exported = Find(head.origin);
      const auto named = targets_.find(head.origin);
      const bool all = options_.refresh && exported != nullptr && exported->status.ok();
      if (!all && named == targets_.end()) continue;
      if (!IsThere(absl::StrCat(options_.folder, "/", head.origin, "/", kCheckpointFile))) continue;
      if (exported == nullptr) {
        exported = &results_.emplace_back();
        exported->origin = head.origin;
      }
      LogExporter exporter(source_, trust_, options_, head, console_);
      std::set<uint64_t> bundles;
      if (named != targets_.end()) {
        ASSIGN_OR_RETURN(bundles, exporter.BundlesWithBytesOf(named->second));
      }
      if (all) {
        ASSIGN_OR_RETURN(bundles, exporter.AllBundles());
      }
      RETURN_IF_ERROR(exporter.Rewrite(bundles, *exported));
      if (named == targets_.end()) continue;
      for (const EntryPlace place : named->second) {
        ASSIGN_OR_RETURN(const auto left, exporter.BundlesWithBytesOf({place}));
        exported->still_shown += left.size();
      }
    }
    return absl::OkStatus();
  }

  std::vector<ExportedLog> TakeResults() { return std::move(results_); }

 private:
  ExportedLog* Find(const std::string& origin) {
    const auto at = std::find_if(results_.begin(), results_.end(),
                                 [&](const ExportedLog& log) { return log.origin == origin; });
    return at == results_.end() ? nullptr : &*at;
  }

  LogSource& source_;
  TrustBook& trust_;
  const ExportOptions& options_;
  Console& console_;
  std::vector<ExportedLog> results_;
  RedactionTargets targets_;
};

}  // namespace

absl::StatusOr<std::vector<ExportedLog>> ExportLogs(
    LogSource& source, const certs::TrustFiles& files, TrustBook& trust,
    const std::vector<LogHead>& logs, const ExportOptions& options, Console& console) {
  RETURN_IF_ERROR(certs::EnsureFolder(options.folder, kPublicFolder));
  ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Take(options.folder));
  RETURN_IF_ERROR(WriteTrust(options.folder, files));
  RETURN_IF_ERROR(WriteEvidence(source, options.folder, trust.rosters().genesis()));
  Run run(source, trust, options, console);
  for (const LogHead& head : logs) RETURN_IF_ERROR(run.Export(head));
  // Redactions name earlier logs of the same member too.
  ASSIGN_OR_RETURN(const std::vector<LogHead> all, source.Logs());
  RETURN_IF_ERROR(run.Rewrite(all));
  return run.TakeResults();
}

}  // namespace plenary::cli
