// The audit of one log. Part of auditor.h.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/audit/auditor.h"
#include "cli/audit/held_leaves.h"
#include "cli/audit/log_source.h"
#include "cli/audit/log_verdict.h"
#include "ledger/audit.h"

namespace plenary::cli {

// What evidence says against a log.
using EvidenceByOrigin = std::map<std::string, std::vector<absl::Status>>;

// What all logs of one run share. All outlive it.
struct AuditWorld {
  LogSource& source;
  TrustBook& trust;
  const EvidenceByOrigin& evidence;
  const AuditOptions& options;
  Console& console;
};

// Audits `log` as the next one of `audit`, whose bytes are `held`. Fails only if the source cannot
// be reached.
absl::StatusOr<LogVerdict> AuditLog(const AuditWorld& world, const LogHead& log, uint64_t epoch,
                                    LogAudit& audit, HeldLeaves& held);

}  // namespace plenary::cli
