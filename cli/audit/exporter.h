// Exports logs of a node into a folder that any web server can serve and any tile client audits.
//
// Layout: docs/FORMATS.md, section 9; export_folder.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/audit/bundle_writer.h"
#include "cli/audit/log_source.h"
#include "cli/command.h"
#include "ledger/trust_book.h"

namespace plenary::cli {

struct ExportOptions {
  std::string folder;
  RecordsToExport records = RecordsToExport::kAll;
  // Ask for every record once more, also for those that were exported before.
  bool refresh = false;
};

// What became of one log.
struct ExportedLog {
  std::string origin;
  absl::Status status;  // why nothing was published
  absl::Status final;   // why the checkpoint cannot be proven final here; published all the same
  uint64_t before = 0;  // leaves that the folder showed until now
  uint64_t size = 0;    // and shows from now on
  uint64_t files = 0;   // written by this run
  uint64_t bytes = 0;
  RecordCounts records;      // in bundles that this run wrote
  uint64_t still_shown = 0;  // entries that redactions name and whose bytes the node still shows
};

// Exports these logs of `source`; `files` are the rosters and cards that `trust` was made of. Fails
// if the folder is another federation's, cannot be written or is in use, or if the source cannot be
// reached; what is wrong with a log is in its result.
absl::StatusOr<std::vector<ExportedLog>> ExportLogs(LogSource& source,
                                                    const certs::TrustFiles& files,
                                                    TrustBook& trust,
                                                    const std::vector<LogHead>& logs,
                                                    const ExportOptions& options, Console& console);

}  // namespace plenary::cli
