// What `plenary log audit` says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/audit/log_verdict.h"
#include "cli/command.h"
#include "ledger/digest.h"

namespace plenary::cli {

struct AuditReport {
  std::string source;                 // LogSource::Name
  std::vector<absl::Status> reasons;  // about all logs: rosters, cards, the source itself
  std::vector<LogVerdict> logs;
  std::vector<std::string> not_shown;  // logs that cards name and the source does not have
  // The newest roster; version 0: none could be verified.
  uint64_t roster = 0;
  Digest roster_digest;
  double seconds = 0;

  // The worst of all.
  ProofExit Exit() const;
};

// "table", "json" or "csv".
void PrintAudit(const AuditReport& report, const std::string& format, Console& console);

}  // namespace plenary::cli
