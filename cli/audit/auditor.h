// Verifies whole logs out of a source that nobody trusts, leaf by leaf, in bounded memory.
//
// Rules: docs/FORMATS.md, sections 3 to 5 and 9; the engine is ledger/audit.h.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "cli/audit/log_source.h"
#include "cli/audit/log_verdict.h"
#include "cli/command.h"
#include "ledger/digest.h"
#include "ledger/trust_book.h"

namespace plenary::cli {

// A trust book of rosters and cards as a source gives them: rosters verified from version 1, cards
// by form and step by step; by whom cards are signed is asked when they are used. Fails as
// RosterChain::Verify, Card::Parse and VerifyCardSuccession.
absl::StatusOr<TrustBook> MakeTrustBook(const certs::TrustFiles& files);

// Fails with NOT_ANCHORED unless one of the rosters has a pinned digest.
absl::Status CheckAnchored(const RosterChain& rosters, absl::Span<const Digest> pinned);
// Fails with RULES_TOO_NEW or ALGORITHM_UNKNOWN if a roster asks for what this build lacks.
absl::Status CheckKnown(const RosterChain& rosters);

struct AuditOptions {
  bool judge_records = false;
  // Checkpoints from elsewhere that the logs must contain: notes, by origin.
  std::map<std::string, std::vector<std::string>> known;
};

// Logs that the newest cards name and that are not among these.
std::vector<std::string> LogsNotShown(TrustBook& trust, const std::vector<LogHead>& logs);

// Audits these logs of `source`, by origin. An error of a log is its verdict; fails only if the
// source cannot be reached any more.
absl::StatusOr<std::vector<LogVerdict>> AuditLogs(LogSource& source, TrustBook& trust,
                                                  const std::vector<LogHead>& logs,
                                                  const AuditOptions& options, Console& console);

}  // namespace plenary::cli
