#include "node/store/fsck.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/envelope.h"
#include "ledger/names.h"
#include "ledger/status.h"
#include "node/store/fsck_log.h"

namespace plenary::node {
namespace {

constexpr std::pair<FindingKind, absl::string_view> kNames[] = {
    {FindingKind::kLogRecord, "log record"},
    {FindingKind::kLeafMissing, "leaf missing"},
    {FindingKind::kLeafDamaged, "leaf damaged"},
    {FindingKind::kSlotMissing, "slot missing"},
    {FindingKind::kSlotDamaged, "slot damaged"},
    {FindingKind::kSlotExtra, "slot without entry"},
    {FindingKind::kNodeMissing, "node missing"},
    {FindingKind::kNodeWrong, "node wrong"},
    {FindingKind::kRootWrong, "root wrong"},
    {FindingKind::kCommitIndex, "commit index"},
    {FindingKind::kLeftover, "leftover"},
    {FindingKind::kRoster, "roster"},
    {FindingKind::kCard, "card"},
};

// DISK ends the check; damage is noted and the check goes on.
absl::Status NoteOrFail(const absl::Status& status, FindingKind kind, Findings& findings) {
  if (status.ok() || ReasonOf(status) != Reason::STORE_DAMAGED) return status;
  findings.Add(kind, {}, std::nullopt, status.message());
  return absl::OkStatus();
}

absl::Status CheckRosters(const Reader& reader, Findings& findings) {
  const absl::StatusOr<std::vector<RosterRow>> rows = reader.Rosters();
  if (!rows.ok()) return NoteOrFail(rows.status(), FindingKind::kRoster, findings);
  uint64_t expected = 1;
  for (const RosterRow& row : *rows) {
    if (row.version != expected) {
      findings.Add(FindingKind::kRoster, {}, std::nullopt,
                   absl::StrCat("expected version ", expected, ", got ", row.version));
    }
    expected = row.version + 1;
    const auto envelope = ParseEnvelope(row.envelope, PayloadKind::kRoster);
    if (!envelope.ok()) {
      findings.Add(FindingKind::kRoster, {}, std::nullopt,
                   absl::StrCat("version ", row.version, ": ", envelope.status().message()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckCards(const Reader& reader, Findings& findings) {
  const absl::StatusOr<std::vector<CardRow>> rows = reader.AllCards();
  if (!rows.ok()) return NoteOrFail(rows.status(), FindingKind::kCard, findings);
  for (const CardRow& row : *rows) {
    const std::string where = absl::StrCat(row.member, " version ", row.version, ": ");
    const auto envelope = ParseEnvelope(row.envelope, PayloadKind::kCard);
    if (!envelope.ok()) {
      findings.Add(FindingKind::kCard, {}, std::nullopt,
                   absl::StrCat(where, envelope.status().message()));
    } else if (Sha256(envelope->payload) != row.digest) {
      findings.Add(FindingKind::kCard, {}, std::nullopt,
                   absl::StrCat(where, "expected digest ", row.digest.Hex(), ", got ",
                                Sha256(envelope->payload).Hex()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::string_view NameOf(FindingKind kind) {
  for (const auto& [known, name] : kNames) {
    if (known == kind) return name;
  }
  CHECK(false) << "finding kind";
  return {};
}

bool Findings::ExtendsLast(FindingKind kind, BranchLeaf at) {
  constexpr FindingKind kOfLeaves[] = {FindingKind::kLeafMissing, FindingKind::kLeafDamaged,
                                       FindingKind::kSlotDamaged, FindingKind::kSlotExtra,
                                       FindingKind::kNodeMissing, FindingKind::kNodeWrong};
  if (report_.findings.empty() ||
      std::count(std::begin(kOfLeaves), std::end(kOfLeaves), kind) == 0) {
    return false;
  }
  Finding& last = report_.findings.back();
  if (last.kind != kind || last.entry.has_value() || last.at.log != at.log ||
      last.at.branch != at.branch) {
    return false;
  }
  const uint64_t end = last.at.index + last.leaves;
  if (at.index == end) ++last.leaves;
  return at.index <= end && at.index >= last.at.index;
}

void Findings::Add(FindingKind kind, BranchLeaf at, std::optional<uint32_t> entry,
                   absl::string_view text) {
  if (!entry.has_value() && ExtendsLast(kind, at)) return;
  if (full()) {
    report_.more = true;
    return;
  }
  report_.findings.push_back({kind, at, 1, entry, std::string(text)});
}

absl::StatusOr<FsckReport> Fsck(const Reader& reader, FsckOptions options) {
  FsckReport report;
  Findings findings(report, options.max_findings);
  const absl::StatusOr<std::vector<nodev1::LogRecord>> logs = reader.AllLogs();
  if (!logs.ok()) {
    RETURN_IF_ERROR(NoteOrFail(logs.status(), FindingKind::kLogRecord, findings));
    return report;
  }
  std::set<std::string> origins;
  LeftoverCheck leftovers(reader, findings);
  for (const nodev1::LogRecord& log : *logs) {
    ++report.logs;
    const BranchLeaf at = {.log = log.number()};
    if (!Origin::Parse(log.origin()).ok()) {
      findings.Add(FindingKind::kLogRecord, at, std::nullopt,
                   absl::StrCat("log ", log.number(), ": its origin is no origin"));
    } else if (!origins.insert(log.origin()).second) {
      findings.Add(FindingKind::kLogRecord, at, std::nullopt,
                   absl::StrCat("log ", log.number(), ": another log has its origin"));
    }
    LogCheck check(reader, log, report, findings);
    RETURN_IF_ERROR(check.Run());
    for (const LeafRange& range : check.ranges()) leftovers.Allow(log.number(), range);
  }
  RETURN_IF_ERROR(leftovers.Run());
  RETURN_IF_ERROR(CheckRosters(reader, findings));
  RETURN_IF_ERROR(CheckCards(reader, findings));
  return report;
}

}  // namespace plenary::node
