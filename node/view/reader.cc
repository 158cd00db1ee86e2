#include "node/view/reader.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ledger/commit.h"
#include "ledger/manifest.h"
#include "ledger/names.h"
#include "ledger/record.h"
#include "ledger/status.h"
#include "node/view/member_logs.h"
#include "plenary/v1/record.pb.h"

namespace plenary::node {
namespace {

absl::Status NotFound(absl::string_view what) {
  return MakeError(Reason::NOT_FOUND, absl::StrCat(what, ": not in the view"));
}

absl::Status CheckToken(absl::string_view token, absl::string_view prefix) {
  if (token.empty() || absl::StartsWith(token, prefix)) return absl::OkStatus();
  return MakeError(Reason::BAD_PAGE_TOKEN, "page token: expected one of the same question");
}

std::string AudienceText(const nodev1::ViewRow& row) {
  if (row.whole_leaf()) return "";
  if (row.audience() == kAudienceMembers) return "members";
  if (row.audience() == kAudienceEveryone) return "everyone";
  return absl::StrJoin(row.audience_members(), ",");
}

// The first row above `after`, or the first of all.
void SeekAfter(ViewCursor& cursor, absl::string_view after) {
  if (after.empty()) return;
  cursor.Seek(after);
  if (cursor.Valid() && cursor.key() == after) cursor.Next();
}

absl::string_view MemberOf(absl::string_view name) {
  const auto parts = ParseRecordName(name);
  return parts.ok() ? parts->member : absl::string_view();
}

// Which of two entries of one revision is shown for it.
int RankOf(const nodev1::ViewRow& row) { return Stands(row) ? 0 : row.redacted() ? 1 : 2; }

}  // namespace

absl::StatusOr<ViewReader::Logs> ViewReader::ReadLogs() const {
  Logs logs;
  ViewCursor cursor =
      snapshot_.NewViewCursor(ViewFamily::kState, PrefixRange(kLogKeyPrefix), Direction::kForward);
  for (; cursor.Valid(); cursor.Next()) {
    ASSIGN_OR_RETURN(nodev1::ViewLog log, ParseLog(cursor.value()));
    logs[log.number()] = std::move(log);
  }
  RETURN_IF_ERROR(cursor.status());
  return logs;
}

absl::StatusOr<std::map<std::string, uint64_t>> ViewReader::Sizes() const {
  ASSIGN_OR_RETURN(const Logs logs, ReadLogs());
  std::map<std::string, uint64_t> sizes;
  for (const auto& [number, log] : logs) sizes[log.origin()] = log.applied();
  return sizes;
}

absl::StatusOr<std::optional<std::string>> ViewReader::RecordOf(const nodev1::ViewRow& row,
                                                                const Logs& logs) const {
  const auto log = logs.find(row.log());
  if (row.whole_leaf() || row.slot() != plenary::v1::SLOT_STATE_PRESENT || log == logs.end()) {
    return std::optional<std::string>();
  }
  ASSIGN_OR_RETURN(
      SlotValue slot,
      snapshot_.Slot({row.log(), BranchOf(log->second, row.index()), row.index()}, row.entry()));
  if (slot.state != plenary::v1::SLOT_STATE_PRESENT) return std::optional<std::string>();
  return std::optional<std::string>(std::move(slot.bytes));
}

absl::StatusOr<ShownEntry> ViewReader::Describe(const nodev1::ViewRow& row,
                                                const Logs& logs) const {
  const auto log = logs.find(row.log());
  if (log == logs.end()) {
    return MakeError(Reason::STORE_DAMAGED,
                     absl::StrCat("view: a row is of log ", row.log(), ", which is not there"));
  }
  ShownEntry shown;
  shown.origin = log->second.origin();
  shown.index = row.index();
  shown.entry = row.entry();
  shown.whole_leaf = row.whole_leaf();
  shown.name = row.name();
  shown.revision = row.revision();
  shown.digest = row.digest();
  shown.size = row.size();
  shown.identity = row.identity();
  shown.verdict = VerdictOf(row);
  shown.reason = row.reason();
  shown.why = row.why();
  shown.audience = AudienceText(row);
  shown.permanent = row.permanent();
  shown.redacted = row.redacted();
  shown.slot = static_cast<plenary::v1::SlotState>(row.slot());
  return shown;
}

absl::StatusOr<ShownEntry> ViewReader::Show(const nodev1::ViewRow& row, const Logs& logs) const {
  ASSIGN_OR_RETURN(ShownEntry shown, Describe(row, logs));
  ASSIGN_OR_RETURN(shown.record, RecordOf(row, logs));
  return shown;
}

absl::StatusOr<ShownEntry> ViewReader::GetRecord(absl::string_view name) const {
  RETURN_IF_ERROR(ParseRecordName(name).status());
  ASSIGN_OR_RETURN(const auto value, snapshot_.View(ViewFamily::kCurrent, CurrentKey(name)));
  if (!value.has_value()) return NotFound(name);
  ASSIGN_OR_RETURN(const nodev1::ViewRow row, ParseRow(*value));
  ASSIGN_OR_RETURN(const Logs logs, ReadLogs());
  return Show(row, logs);
}

absl::StatusOr<ShownEntry> ViewReader::GetRevision(absl::string_view name,
                                                   uint64_t revision) const {
  RETURN_IF_ERROR(ParseRecordName(name).status());
  std::optional<nodev1::ViewRow> best;
  ViewCursor cursor = snapshot_.NewViewCursor(
      ViewFamily::kRevisions, PrefixRange(RevisionPrefix(name, revision)), Direction::kForward);
  for (; cursor.Valid(); cursor.Next()) {
    ASSIGN_OR_RETURN(nodev1::ViewRow row, ParseRow(cursor.value()));
    if (!best.has_value() ||
        std::pair(RankOf(row), PlaceOf(row)) < std::pair(RankOf(*best), PlaceOf(*best))) {
      best = std::move(row);
    }
  }
  RETURN_IF_ERROR(cursor.status());
  if (!best.has_value()) return NotFound(absl::StrCat(name, "/revisions/", revision));
  ASSIGN_OR_RETURN(const Logs logs, ReadLogs());
  return Show(*best, logs);
}

absl::StatusOr<EntryPage> ViewReader::Revisions(absl::string_view name, absl::string_view after,
                                                uint64_t page_size) const {
  RETURN_IF_ERROR(ParseRecordName(name).status());
  const std::string prefix = NamePrefix(name);
  RETURN_IF_ERROR(CheckToken(after, prefix));
  ASSIGN_OR_RETURN(const Logs logs, ReadLogs());
  ViewCursor cursor =
      snapshot_.NewViewCursor(ViewFamily::kRevisions, PrefixRange(prefix), Direction::kReverse);
  SeekAfter(cursor, after);
  EntryPage page;
  std::string last;
  for (; cursor.Valid(); cursor.Next()) {
    if (page.entries.size() >= page_size) {
      page.next = last;
      break;
    }
    ASSIGN_OR_RETURN(const nodev1::ViewRow row, ParseRow(cursor.value()));
    ASSIGN_OR_RETURN(ShownEntry shown, Show(row, logs));
    page.entries.push_back(std::move(shown));
    last = std::string(cursor.key());
  }
  RETURN_IF_ERROR(cursor.status());
  if (page.entries.empty() && page.next.empty() && after.empty()) return NotFound(name);
  return page;
}

absl::StatusOr<bool> ViewReader::Matches(const nodev1::ViewRow& row, const ListQuery& query,
                                         const Logs& logs) const {
  if (!query.member.empty() && MemberOf(row.name()) != query.member) return false;
  if (query.filter == nullptr) return true;
  ASSIGN_OR_RETURN(const auto bytes, RecordOf(row, logs));
  if (!bytes.has_value()) return false;
  plenary::v1::Record record;
  return record.ParseFromString(*bytes) && query.filter->Matches(record);
}

absl::StatusOr<EntryPage> ViewReader::List(const ListQuery& query) const {
  const std::string prefix =
      query.collection.empty() ? std::string() : CollectionPrefix(query.collection);
  RETURN_IF_ERROR(CheckToken(query.after, prefix));
  ASSIGN_OR_RETURN(const Logs logs, ReadLogs());
  ViewCursor cursor =
      snapshot_.NewViewCursor(ViewFamily::kCurrent, PrefixRange(prefix), Direction::kForward);
  SeekAfter(cursor, query.after);
  EntryPage page;
  std::string last;
  for (uint64_t looked = 0; cursor.Valid(); cursor.Next(), ++looked) {
    if (page.entries.size() >= query.page_size || looked == kMaxLooked) {
      page.next = last;
      break;
    }
    last = std::string(cursor.key());
    ASSIGN_OR_RETURN(const nodev1::ViewRow row, ParseRow(cursor.value()));
    ASSIGN_OR_RETURN(const bool matches, Matches(row, query, logs));
    if (!matches) continue;
    ASSIGN_OR_RETURN(ShownEntry shown, Show(row, logs));
    page.entries.push_back(std::move(shown));
  }
  RETURN_IF_ERROR(cursor.status());
  return page;
}

absl::StatusOr<EntryPage> ViewReader::NotCounted(absl::string_view origin, absl::string_view after,
                                                 uint64_t page_size) const {
  ASSIGN_OR_RETURN(const Logs logs, ReadLogs());
  std::string prefix;
  if (!origin.empty()) {
    const auto log = std::find_if(logs.begin(), logs.end(), [origin](const auto& item) {
      return item.second.origin() == origin;
    });
    if (log == logs.end()) return NotFound(absl::StrCat("log ", origin));
    prefix = LogPrefix(log->first);
  }
  RETURN_IF_ERROR(CheckToken(after, prefix));
  ViewCursor cursor =
      snapshot_.NewViewCursor(ViewFamily::kVerdicts, PrefixRange(prefix), Direction::kForward);
  SeekAfter(cursor, after);
  EntryPage page;
  std::string last;
  for (; cursor.Valid(); cursor.Next()) {
    if (page.entries.size() >= page_size) {
      page.next = last;
      break;
    }
    ASSIGN_OR_RETURN(const nodev1::ViewRow row, ParseRow(cursor.value()));
    ASSIGN_OR_RETURN(ShownEntry shown, Show(row, logs));
    page.entries.push_back(std::move(shown));
    last = std::string(cursor.key());
  }
  RETURN_IF_ERROR(cursor.status());
  return page;
}

absl::StatusOr<std::map<Verdict, uint64_t>> ViewReader::CountNotCounted(
    absl::string_view collection) const {
  std::map<Verdict, uint64_t> counts;
  ViewCursor cursor =
      snapshot_.NewViewCursor(ViewFamily::kVerdicts, ViewRange(), Direction::kForward);
  for (; cursor.Valid(); cursor.Next()) {
    ASSIGN_OR_RETURN(const nodev1::ViewRow row, ParseRow(cursor.value()));
    if (row.whole_leaf()) continue;
    if (!collection.empty()) {
      const auto parts = ParseRecordName(row.name());
      if (!parts.ok() || parts->collection != collection) continue;
    }
    ++counts[VerdictOf(row)];
  }
  RETURN_IF_ERROR(cursor.status());
  return counts;
}

absl::StatusOr<std::vector<ShownEndorsement>> ViewReader::Endorsements(
    absl::string_view name, absl::string_view digest) const {
  // Numbers of logs are this store's own, so the order is made of what all nodes have.
  std::map<std::tuple<std::string, uint64_t, uint64_t, uint32_t>, ShownEndorsement> found;
  ASSIGN_OR_RETURN(const Logs logs, ReadLogs());
  ViewCursor cursor = snapshot_.NewViewCursor(
      ViewFamily::kIndex, PrefixRange(EndorsementPrefix(name, digest)), Direction::kForward);
  for (; cursor.Valid(); cursor.Next()) {
    ASSIGN_OR_RETURN(const nodev1::ViewRow row, ParseRow(cursor.value()));
    ShownEndorsement shown{std::string(MemberOf(row.name())), {}, row.roster()};
    ASSIGN_OR_RETURN(shown.entry, Describe(row, logs));
    ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(shown.entry.origin));
    found[{shown.member, origin.epoch, row.index(), row.entry()}] = std::move(shown);
  }
  RETURN_IF_ERROR(cursor.status());
  std::vector<ShownEndorsement> endorsements;
  for (auto& [place, shown] : found) endorsements.push_back(std::move(shown));
  return endorsements;
}

absl::StatusOr<ShownEntry> ViewReader::EntryAt(absl::string_view origin, uint64_t index,
                                               uint32_t entry) const {
  ASSIGN_OR_RETURN(const Logs logs, ReadLogs());
  const auto not_found = [&] {
    return NotFound(absl::StrCat("log ", origin, ", leaf ", index, ", entry ", entry));
  };
  const auto log = std::find_if(logs.begin(), logs.end(), [origin](const auto& item) {
    return item.second.origin() == origin;
  });
  if (log == logs.end() || index >= log->second.applied() || entry > UINT16_MAX) {
    return not_found();
  }
  ASSIGN_OR_RETURN(const auto beside, snapshot_.View(ViewFamily::kVerdicts,
                                                     EntryVerdictKey({log->first, index, entry})));
  if (beside.has_value()) {
    ASSIGN_OR_RETURN(const nodev1::ViewRow row, ParseRow(*beside));
    return Show(row, logs);
  }
  // It counts, or there is no such entry: its bytes say under which key it stands.
  const BranchLeaf at{log->first, BranchOf(log->second, index), index};
  ASSIGN_OR_RETURN(const std::string envelope, snapshot_.Leaf(at));
  const auto leaf = ReadLeaf(envelope);
  if (!leaf.ok() || entry >= leaf->slots()) return not_found();
  ASSIGN_OR_RETURN(const SlotValue slot, snapshot_.Slot(at, entry));
  const auto record = ReadRecord(slot.bytes);
  if (!record.ok()) return not_found();
  nodev1::ViewRow key;
  key.set_log(log->first);
  key.set_index(index);
  key.set_entry(entry);
  key.set_name(std::string(record->name));
  key.set_revision(record->revision);
  key.set_digest(std::string(leaf->manifest.entries[entry].digest));
  ASSIGN_OR_RETURN(const auto value, snapshot_.View(ViewFamily::kRevisions, RevisionKey(key)));
  if (!value.has_value()) return not_found();
  ASSIGN_OR_RETURN(const nodev1::ViewRow row, ParseRow(*value));
  return Show(row, logs);
}

}  // namespace plenary::node
