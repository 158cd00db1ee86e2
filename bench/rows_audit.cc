// The audit of whole logs: out of an exported folder, and out of a node on the same machine.
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/federation.h"
#include "bench/limits.h"
#include "bench/load.h"
#include "bench/rows.h"
#include "cli/audit/auditor.h"
#include "cli/audit/exporter.h"
#include "cli/audit/folder_source.h"
#include "cli/audit/node_source.h"

namespace plenary::bench {
namespace {

// Records in a second that an audit verifies; the audit must prove the log.
double Audit(cli::LogSource& source) {
  std::ostringstream quiet;
  cli::Console console{quiet, quiet, absl::Now()};
  uint64_t records = 0;
  const double seconds = SecondsOf([&] {
    TrustBook trust = Must(cli::MakeTrustBook(Must(source.Trust())));
    const auto verdicts = Must(cli::AuditLogs(source, trust, Must(source.Logs()), {}, console));
    for (const cli::LogVerdict& verdict : verdicts) {
      for (const absl::Status& why : verdict.reasons) Must(why);
      records += verdict.counts.entries;
    }
  });
  return static_cast<double>(records) / seconds;
}

void Export(cli::Session& session, const std::string& folder) {
  std::ostringstream quiet;
  cli::Console console{quiet, quiet, absl::Now()};
  cli::NodeSource source(*session.client, session.trust);
  const auto files = Must(source.Trust());
  TrustBook trust = Must(cli::MakeTrustBook(files));
  const cli::ExportOptions options{.folder = folder};
  for (const auto& log :
       Must(cli::ExportLogs(source, files, trust, Must(source.Logs()), options, console))) {
    Must(log.status);
  }
}

struct Rates {
  std::vector<double> folder;
  std::vector<double> node;
};

Rates AuditOf(const Settings& settings, size_t commits, size_t records) {
  Federation alone(settings.folder, {"br"});
  cli::Session session = alone.Open("br");
  SubmitAll(session, MakeCommits(session, commits, records));
  alone.WaitUntil([&] { return alone.LogSizes("br", "br").final_size >= commits; });
  const std::string folder =
      absl::StrCat(settings.folder, "/plenary-bench-export-", getpid(), "-", records);
  Export(session, folder);
  Rates rates;
  for (int i = 0; i < settings.repeats; ++i) {
    cli::FolderSource exported(folder);
    rates.folder.push_back(Audit(exported));
    cli::NodeSource node(*session.client, session.trust);
    rates.node.push_back(Audit(node));
  }
  std::filesystem::remove_all(folder);
  return rates;
}

}  // namespace

std::vector<Row> AuditRows(const Settings& settings) {
  const Rates bulk = AuditOf(settings, settings.Scaled(400), 500);
  const Rates single = AuditOf(settings, settings.Scaled(30'000), 1);
  const double hashes = HashesPerSecond();
  const double checks = SignatureChecksPerSecond();
  return {{"full audit of a log, commits of 500, exported folder", Median(bulk.folder), "records/s",
           true, 300'000, 900'000, hashes},
          {"full audit of a log, one record per commit, exported folder", Median(single.folder),
           "records/s", true, 20'000, 26'000, checks},
          {"full audit of a log, commits of 500, node on the same cores", Median(bulk.node),
           "records/s", true, 150'000, 300'000, hashes},
          {"full audit of a log, one record per commit, node on the same cores",
           Median(single.node), "records/s", true, 15'000, 26'000, checks}};
}

}  // namespace plenary::bench
