// The digests of the view: from its rows, or by judging the logs anew.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ledger/judge_logs.h"
#include "ledger/manifest.h"
#include "ledger/names.h"
#include "ledger/status.h"
#include "ledger/view_digest.h"
#include "node/view/member_logs.h"
#include "node/view/reader.h"
#include "node/view/trust_mark.h"

namespace plenary::node {
namespace {

// Rows of one name, revision and digest, which the digest has by their verdicts.
class Group {
 public:
  explicit Group(ViewDigest& digest) : digest_(digest) {}

  void Add(const nodev1::ViewRow& row) {
    if (!verdicts_.empty() &&
        (row.name() != name_ || row.revision() != revision_ || row.digest() != bytes_)) {
      Flush();
    }
    if (verdicts_.empty()) {
      name_ = row.name();
      revision_ = row.revision();
      bytes_ = row.digest();
    }
    verdicts_.push_back(VerdictOf(row));
  }
  void Flush() {
    std::sort(verdicts_.begin(), verdicts_.end(),
              [](Verdict a, Verdict b) { return ViewWord(a) < ViewWord(b); });
    for (const Verdict verdict : verdicts_) {
      digest_.AddEntry({name_, revision_, bytes_, verdict});
    }
    verdicts_.clear();
  }

 private:
  ViewDigest& digest_;
  std::string name_;
  uint64_t revision_ = 0;
  std::string bytes_;
  std::vector<Verdict> verdicts_;
};

bool IsListed(const nodev1::ViewRow& row, bool is_public) {
  if (row.redacted() || VerdictOf(row) == Verdict::kRestricted) return false;
  return row.audience() == kAudienceEveryone || (row.audience() == kAudienceMembers && !is_public);
}

absl::StatusOr<LogToJudge> ReadLog(const Reader& reader, const nodev1::ViewLog& log) {
  MemberLog from{log.origin(), log.number(), {}, log.applied()};
  for (const nodev1::ViewSegment& segment : log.segments()) {
    from.segments.emplace_back(segment.from(), segment.branch());
  }
  LogToJudge whole{log.origin(), {}};
  RETURN_IF_ERROR(
      ScanLog(reader, from, 0, log.applied(),
              [&](uint64_t, absl::string_view envelope, absl::Span<const SlotView> slots) {
                LeafToJudge leaf{std::string(envelope), {}};
                for (const SlotView& slot : slots) {
                  leaf.records.resize(slot.entry + 1);
                  if (slot.state == plenary::v1::SLOT_STATE_PRESENT) {
                    leaf.records.back() = std::string(slot.bytes);
                  }
                }
                whole.leaves.push_back(std::move(leaf));
                return absl::OkStatus();
              }));
  return whole;
}

}  // namespace

absl::StatusOr<plenary::Digest> ViewReader::Digest() const {
  ASSIGN_OR_RETURN(const Logs logs, ReadLogs());
  ASSIGN_OR_RETURN(const auto format_value, snapshot_.View(ViewFamily::kState, kFormatKey));
  nodev1::ViewFormat format;
  if (format_value.has_value()) {
    ASSIGN_OR_RETURN(format, ParseFormat(*format_value));
  }
  const Sight sight = format.sight().empty() ? Sight::Main() : Sight::Public();
  ViewDigest digest(sight);
  std::map<std::string, uint64_t> sizes;
  for (const auto& [number, log] : logs) sizes[log.origin()] = log.applied();
  for (const auto& [origin, size] : sizes) digest.AddLog(origin, size);
  Group group(digest);
  ViewCursor cursor =
      snapshot_.NewViewCursor(ViewFamily::kRevisions, ViewRange(), Direction::kForward);
  for (; cursor.Valid(); cursor.Next()) {
    ASSIGN_OR_RETURN(const nodev1::ViewRow row, ParseRow(cursor.value()));
    const auto log = logs.find(row.log());
    // Leaves that are being judged again still have rows.
    if (log == logs.end() || row.index() >= log->second.applied()) continue;
    if (IsListed(row, !format.sight().empty())) group.Add(row);
  }
  RETURN_IF_ERROR(cursor.status());
  group.Flush();
  return digest.Finish();
}

absl::StatusOr<plenary::Digest> ViewReader::DigestOf(const Sight& sight,
                                                     const sync::Trust& trust) const {
  ASSIGN_OR_RETURN(const auto format_value, snapshot_.View(ViewFamily::kState, kFormatKey));
  if (format_value.has_value()) {
    ASSIGN_OR_RETURN(const nodev1::ViewFormat format, ParseFormat(*format_value));
    if (format.sight() == sight.text()) return Digest();
  }
  ASSIGN_OR_RETURN(const Logs logs, ReadLogs());
  ASSIGN_OR_RETURN(TrustBook book, BookOf(trust, snapshot_));
  std::map<std::string, std::vector<const nodev1::ViewLog*>> members;
  for (const auto& [number, log] : logs) {
    ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(log.origin()));
    members[origin.member].push_back(&log);
  }
  // One member's logs in memory at a time.
  std::vector<JudgedLog> judged;
  for (const auto& [member, of] : members) {
    std::vector<LogToJudge> to_judge;
    for (const nodev1::ViewLog* log : of) {
      ASSIGN_OR_RETURN(LogToJudge read, ReadLog(snapshot_, *log));
      to_judge.push_back(std::move(read));
    }
    ASSIGN_OR_RETURN(std::vector<JudgedLog> some, JudgeLogs(book, sight, to_judge));
    std::move(some.begin(), some.end(), std::back_inserter(judged));
  }
  return plenary::DigestOf(judged, sight);
}

}  // namespace plenary::node
