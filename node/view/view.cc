#include "node/view/view.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ledger/names.h"
#include "ledger/record.h"
#include "ledger/status.h"
#include "node/view/row_writer.h"
#include "node/view/rows.h"
#include "node/view/trust_mark.h"

namespace plenary::node {
namespace {

// Leaves judged between two looks at how much has been collected, and rows in one write: a leaf has
// up to 1,024.
constexpr uint64_t kStepLeaves = 64;
constexpr uint64_t kMaxRows = 65'536;

nodev1::ViewLog StateOf(const MemberLog& log) {
  nodev1::ViewLog state;
  state.set_origin(log.origin);
  state.set_number(log.number);
  return state;
}

void SetSegments(const MemberLog& log, nodev1::ViewLog& state) {
  state.clear_segments();
  for (const auto& [from, branch] : log.segments) {
    nodev1::ViewSegment& segment = *state.add_segments();
    segment.set_from(from);
    segment.set_branch(branch);
  }
}

// What an endorsement proves depends on when it first counted: one that came late is a reason to
// judge the logs anew, in order.
bool IsEndorsement(absl::string_view record_bytes) {
  const auto record = ReadRecord(record_bytes);
  return record.ok() && record->parts.has_value() && record->parts->collection == "endorsements";
}

absl::Status ForgetEndorsements(const std::set<uint32_t>& logs, ViewDraft& draft) {
  absl::Status parsed;
  std::vector<std::string> keys;
  RETURN_IF_ERROR(draft.Scan(ViewFamily::kIndex, kEndorsementsPrefix, "",
                             [&](absl::string_view key, absl::string_view value) {
                               const auto row = ParseRow(value);
                               parsed = row.status();
                               if (row.ok() && logs.contains(row->log())) keys.emplace_back(key);
                               return parsed.ok();
                             }));
  for (const std::string& key : keys) draft.Drop(ViewFamily::kIndex, key);
  return parsed;
}

std::vector<SlotBytes> BytesOf(absl::Span<const SlotView> slots) {
  std::vector<SlotBytes> bytes;
  for (const SlotView& slot : slots) {
    if (bytes.size() <= slot.entry) bytes.resize(slot.entry + 1);
    if (slot.state == plenary::v1::SLOT_STATE_PRESENT) bytes[slot.entry].bytes = slot.bytes;
  }
  return bytes;
}

}  // namespace

struct View::Work {
  explicit Work(const Reader& reader) : draft(reader) {}
  ViewDraft draft;
  uint64_t leaves = 0;  // that may still be applied
  uint64_t rows = 0;    // written
  bool more = false;
  std::map<std::string, nodev1::ViewLog> logs;
  std::vector<std::pair<BranchLeaf, uint32_t>> erased;
};

struct View::Member {
  std::string name;
  MemberLogs logs;
  std::map<uint64_t, nodev1::ViewLog> states;  // by epoch

  bool done() const {
    return std::all_of(states.begin(), states.end(), [this](const auto& state) {
      return state.second.applied() == logs.at(state.first).size;
    });
  }
  // The view does not fit the logs: it is of others, or an earlier epoch has grown.
  bool MustForget() const {
    bool later_begun = false;
    for (auto state = states.rbegin(); state != states.rend(); ++state) {
      const MemberLog& log = logs.at(state->first);
      if (state->second.number() != log.number || state->second.applied() > log.size) return true;
      if (later_begun && state->second.applied() < log.size) return true;
      later_begun |= state->second.applied() > 0;
    }
    return false;
  }
  // Back to before `place`.
  void GoBack(LeafPlace place) {
    for (auto& [epoch, state] : states) {
      if (epoch < place.epoch) continue;
      state.set_applied(epoch == place.epoch ? place.index : 0);
    }
  }
};

View::View(Store& store, std::string member) : store_(store), member_(std::move(member)) {}
View::~View() = default;

absl::Status View::Load() {
  logs_.clear();
  sizes_.clear();
  ASSIGN_OR_RETURN(erased_, store_.Purges());
  ASSIGN_OR_RETURN(const auto format_value, store_.View(ViewFamily::kState, kFormatKey));
  fresh_ = !format_value.has_value();
  if (fresh_) return absl::OkStatus();
  ASSIGN_OR_RETURN(const nodev1::ViewFormat format, ParseFormat(*format_value));
  if (format.format() != kViewFormat) return Clear();
  sight_ = format.sight();
  ViewCursor cursor =
      store_.NewViewCursor(ViewFamily::kState, PrefixRange(kLogKeyPrefix), Direction::kForward);
  for (; cursor.Valid(); cursor.Next()) {
    ASSIGN_OR_RETURN(nodev1::ViewLog log, ParseLog(cursor.value()));
    sizes_[log.origin()] = log.applied();
    logs_[log.origin()] = std::move(log);
  }
  return cursor.status();
}

absl::Status View::Clear() {
  Changes changes(store_);
  changes.ClearView();
  RETURN_IF_ERROR(store_.Write(std::move(changes), Sync::kNo));
  logs_.clear();
  sizes_.clear();
  fresh_ = true;
  trust_changed_ = true;
  own_forgotten_ = true;
  return absl::OkStatus();
}

absl::Status View::SetSight(const sync::Trust& trust) {
  const bool observes = trust.newest().StatusOf(member_) == plenary::v1::MEMBER_STATUS_OBSERVER;
  const std::string sight = (observes ? Sight::Public() : Sight::Main()).text();
  if (!fresh_ && sight != sight_) RETURN_IF_ERROR(Clear());
  sight_ = sight;
  return absl::OkStatus();
}

absl::StatusOr<bool> View::Apply(const std::vector<LogExtent>& logs, const sync::Trust& trust,
                                 uint64_t max_leaves) {
  if (trust_changed_ || !book_.has_value()) {
    RETURN_IF_ERROR(SetSight(trust));
    trust_changed_ = true;
    ASSIGN_OR_RETURN(book_, BookOf(trust, store_));
  }
  std::map<std::string, Member> members;
  for (const LogExtent& extent : logs) {
    ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(extent.origin));
    Member& member = members[origin.member];
    member.name = origin.member;
    MemberLog& log = member.logs[origin.epoch];
    log = {extent.origin, extent.number, extent.segments, extent.signed_size};
    const auto known = logs_.find(extent.origin);
    nodev1::ViewLog& state = member.states[origin.epoch];
    state = known != logs_.end() ? known->second : StateOf(log);
  }
  Work work(store_);
  work.leaves = max_leaves;
  for (auto& [name, member] : members) {
    RETURN_IF_ERROR(ApplyMember(member, work));
  }
  RETURN_IF_ERROR(Flush(work));
  trust_changed_ = false;
  slots_changed_ = false;
  return work.more;
}

absl::Status View::ApplyMember(Member& member, Work& work) {
  if (member.done() && !trust_changed_ && !slots_changed_ && !member.MustForget()) {
    return absl::OkStatus();
  }
  bool anew = member.MustForget();
  if (anew) RETURN_IF_ERROR(Forget(member, work.draft));
  StoredBytes bytes(store_, member.logs);
  DraftState state(member.name, work.draft, bytes);
  RowWriter rows(member.name, store_, member.logs, work.draft);
  const auto open = [&] {
    return MemberJudge::Open(member.name, *book_, sight_.empty() ? Sight::Main() : Sight::Public(),
                             state);
  };
  std::optional<MemberJudge> judge;
  const auto reopen = [&]() -> absl::Status {
    auto opened = open();
    if (!opened.ok()) return opened.status();
    judge.emplace(*std::move(opened));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(reopen());
  anew = false;
  if (trust_changed_) {
    RETURN_IF_ERROR(FollowTrust(member, *judge, work.draft, anew));
  }
  if (!anew && slots_changed_) {
    ASSIGN_OR_RETURN(anew, FeedLate(member, *judge, work.draft, rows));
  }
  if (anew) {
    RETURN_IF_ERROR(Forget(member, work.draft));
    RETURN_IF_ERROR(reopen());
  }
  RETURN_IF_ERROR(Feed(member, *judge, rows, work));
  judge->Save();
  RETURN_IF_ERROR(rows.Finish());
  for (const EntryPlace place : rows.TakeErased()) {
    work.erased.emplace_back(member.logs.at(place.epoch).At(place.index), place.entry);
  }
  for (auto& [epoch, log] : member.states) {
    SetSegments(member.logs.at(epoch), log);
    work.logs[log.origin()] = log;
  }
  return absl::OkStatus();
}

absl::Status View::FollowTrust(Member& member, MemberJudge& judge, ViewDraft& draft, bool& anew) {
  const std::string key = TrustMarkKey(member.name);
  ASSIGN_OR_RETURN(const auto then, draft.Find(ViewFamily::kState, key));
  std::string now = TrustMark(*book_, member.name);
  ASSIGN_OR_RETURN(const TrustStep step, StepBetween(then.value_or(""), now, judge));
  if (step == TrustStep::kNone) return absl::OkStatus();
  draft.Put(ViewFamily::kState, key, std::move(now));
  anew = step == TrustStep::kAnew;
  if (!anew && judge.progress().waiting.has_value()) {
    member.GoBack(*judge.progress().waiting);
    judge.Resume();
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> View::FeedLate(Member& member, MemberJudge& judge, ViewDraft& draft,
                                    RowWriter& rows) {
  for (const auto& [epoch, log] : member.logs) {
    std::vector<RowPlace> places;
    absl::Status parsed;
    const std::string prefix = absl::StrCat(kAwaitedPrefix, LogPrefix(log.number));
    RETURN_IF_ERROR(
        draft.Scan(ViewFamily::kState, prefix, "", [&](absl::string_view key, absl::string_view) {
          const auto place = ParseAwaitedKey(key);
          parsed = place.status();
          if (place.ok()) places.push_back(*place);
          return parsed.ok();
        }));
    RETURN_IF_ERROR(parsed);
    for (const RowPlace& place : places) {
      if (place.index >= member.states.at(epoch).applied()) continue;
      ASSIGN_OR_RETURN(const SlotValue slot, store_.Slot(log.At(place.index), place.entry));
      if (slot.state != plenary::v1::SLOT_STATE_PRESENT) continue;
      if (IsEndorsement(slot.bytes)) return true;
      rows.BeginLate();
      ASSIGN_OR_RETURN(
          const MemberJudge::Late late,
          judge.AddLateBytes({epoch, place.index, place.entry}, {slot.bytes, false}, rows));
      RETURN_IF_ERROR(rows.status());
      if (late == MemberJudge::Late::kJudgeAnew) return true;
    }
  }
  return false;
}

absl::Status View::Feed(Member& member, MemberJudge& judge, RowWriter& rows, Work& work) {
  for (const auto& [epoch, log] : member.logs) {
    nodev1::ViewLog& state = member.states.at(epoch);
    while (state.applied() < log.size) {
      if (work.leaves == 0 || work.rows >= kMaxRows) {
        // Later epochs wait for this one.
        work.more = true;
        return absl::OkStatus();
      }
      const uint64_t count = std::min({log.size - state.applied(), work.leaves, kStepLeaves});
      const uint64_t to = state.applied() + count;
      const auto judge_leaf = [&, at_epoch = epoch](
                                  uint64_t index, absl::string_view envelope,
                                  absl::Span<const SlotView> slots) -> absl::Status {
        rows.Begin(slots, index < state.seen());
        const std::vector<SlotBytes> bytes = BytesOf(slots);
        RETURN_IF_ERROR(judge.Add({{at_epoch, index}, envelope, bytes}, rows));
        work.rows += 1 + bytes.size();
        return rows.status();
      };
      RETURN_IF_ERROR(ScanLog(store_, log, state.applied(), to, judge_leaf));
      work.leaves -= count;
      state.set_applied(to);
      state.set_seen(std::max(state.seen(), to));
    }
  }
  return absl::OkStatus();
}

absl::Status View::Forget(Member& member, ViewDraft& draft) {
  std::set<uint32_t> numbers;
  for (auto& [epoch, state] : member.states) {
    numbers.insert(state.number());
    state = StateOf(member.logs.at(epoch));
  }
  absl::Status parsed;
  std::vector<nodev1::ViewRow> rows;
  const auto collect = [&](absl::string_view, absl::string_view value) {
    auto row = ParseRow(value);
    parsed = row.status();
    if (row.ok() && numbers.contains(row->log())) rows.push_back(*std::move(row));
    return parsed.ok();
  };
  // What does not count may have any name; what counts has one of the member's.
  for (const uint32_t number : numbers) {
    RETURN_IF_ERROR(draft.Scan(ViewFamily::kVerdicts, LogPrefix(number), "", collect));
    RETURN_IF_ERROR(draft.DropAll(ViewFamily::kVerdicts, LogPrefix(number)));
    RETURN_IF_ERROR(
        draft.DropAll(ViewFamily::kState, absl::StrCat(kAwaitedPrefix, LogPrefix(number))));
  }
  RETURN_IF_ERROR(
      draft.Scan(ViewFamily::kRevisions, absl::StrCat("members/", member.name, "/"), "", collect));
  RETURN_IF_ERROR(parsed);
  for (const nodev1::ViewRow& row : rows) {
    if (row.whole_leaf()) continue;
    draft.Drop(ViewFamily::kRevisions, RevisionKey(row));
    if (Stands(row)) draft.Drop(ViewFamily::kCurrent, CurrentKey(row.name()));
  }
  RETURN_IF_ERROR(ForgetEndorsements(numbers, draft));
  if (member.name == member_) own_forgotten_ = true;
  return draft.DropAll(ViewFamily::kState, JudgePrefix(member.name));
}

absl::Status View::Flush(Work& work) {
  if (work.logs.empty() && work.draft.empty()) return absl::OkStatus();
  for (const auto& [origin, log] : work.logs) {
    work.draft.Put(ViewFamily::kState, LogStateKey(origin), log.SerializeAsString());
  }
  nodev1::ViewFormat format;
  format.set_format(kViewFormat);
  format.set_sight(sight_);
  work.draft.Put(ViewFamily::kState, kFormatKey, format.SerializeAsString());
  Changes changes(store_);
  for (const auto& [leaf, entry] : work.erased) {
    changes.PutSlot(leaf, entry, plenary::v1::SLOT_STATE_REDACTED, "");
    changes.PutPurge(leaf);
  }
  work.draft.MoveInto(changes);
  RETURN_IF_ERROR(store_.Write(std::move(changes), Sync::kNo));
  fresh_ = false;
  for (auto& [origin, log] : work.logs) {
    sizes_[origin] = log.applied();
    logs_[origin] = std::move(log);
  }
  for (const auto& [leaf, entry] : work.erased) {
    if (erased_.empty() || erased_.back() != leaf) erased_.push_back(leaf);
  }
  return absl::OkStatus();
}

}  // namespace plenary::node
