#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/judge_entry.h"
#include "ledger/names.h"
#include "ledger/status.h"
#include "node/view/rows.h"
#include "node/view/trust_mark.h"
#include "node/view/view.h"

namespace plenary::node {
namespace {

// Leaves between two looks at how far the view has come.
constexpr uint64_t kPruneEvery = 256;

}  // namespace

// The view's state, read only.
class TailJudge::Base final : public JudgingState {
 public:
  explicit Base(DraftState& stored) : stored_(stored) {}

  bool used = true;

  absl::StatusOr<std::optional<LeafPlace>> FindIdentity(const Digest& identity) override {
    if (!used) return std::optional<LeafPlace>();
    return stored_.FindIdentity(identity);
  }
  absl::StatusOr<std::optional<StandingRevision>> FindStanding(absl::string_view name,
                                                               uint64_t revision) override {
    if (!used) return std::optional<StandingRevision>();
    return stored_.FindStanding(name, revision);
  }
  absl::StatusOr<std::optional<std::string>> FindNote(absl::string_view key) override {
    if (!used) return std::optional<std::string>();
    return stored_.FindNote(key);
  }
  absl::StatusOr<std::optional<std::pair<std::string, std::string>>> NextNote(
      absl::string_view prefix, absl::string_view after) override {
    if (!used) return std::optional<std::pair<std::string, std::string>>();
    return stored_.NextNote(prefix, after);
  }
  absl::StatusOr<std::optional<std::string>> Leaf(LeafPlace place) override {
    return stored_.Leaf(place);
  }
  absl::StatusOr<std::optional<std::string>> Record(EntryPlace place) override {
    return stored_.Record(place);
  }
  void PutIdentity(const Digest&, LeafPlace) override { CHECK(false) << "the view is read only"; }
  void PutStanding(absl::string_view, uint64_t, const std::optional<StandingRevision>&) override {
    CHECK(false) << "the view is read only";
  }
  void PutNote(absl::string_view, absl::string_view) override {
    CHECK(false) << "the view is read only";
  }
  void DropNote(absl::string_view) override { CHECK(false) << "the view is read only"; }

 private:
  DraftState& stored_;
};

// The store's bytes, and those of leaves that were taken and may not be written yet.
class TailJudge::TailBytes final : public LogBytes {
 public:
  TailBytes(const Reader& reader, const MemberLogs& logs) : stored_(reader, logs) {}

  void Add(LeafPlace place, absl::string_view envelope, const std::vector<std::string>& records) {
    recent_[place] = {std::string(envelope), records};
  }
  // Forgets what the store has by now.
  absl::Status Prune() {
    while (!recent_.empty()) {
      ASSIGN_OR_RETURN(const auto leaf, stored_.Leaf(recent_.begin()->first));
      if (leaf != recent_.begin()->second.first) break;
      recent_.erase(recent_.begin());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<std::string>> Leaf(LeafPlace place) override {
    const auto at = recent_.find(place);
    if (at != recent_.end()) return std::optional<std::string>(at->second.first);
    return stored_.Leaf(place);
  }
  absl::StatusOr<std::optional<std::string>> Record(EntryPlace place) override {
    const auto at = recent_.find(place.leaf());
    if (at == recent_.end()) return stored_.Record(place);
    const std::vector<std::string>& records = at->second.second;
    if (place.entry >= records.size()) return std::optional<std::string>();
    return std::optional<std::string>(records[place.entry]);
  }

 private:
  StoredBytes stored_;
  std::map<LeafPlace, std::pair<std::string, std::vector<std::string>>> recent_;
};

// Hears whether everything counts.
class TailJudge::Answers final : public JudgementSink {
 public:
  Answers(absl::string_view member, const std::vector<std::string>& records)
      : member_(member), records_(records) {}

  const absl::Status& why() const { return why_; }
  // The revision that does not fit, if that is what is wrong.
  const std::string& stale_name() const { return stale_name_; }
  uint64_t stale_revision() const { return stale_revision_; }

  void OnLeaf(LeafPlace /*place*/, const LeafView* /*leaf*/, const LeafOutcome& outcome) override {
    outcome_ = &outcome;
    if (outcome.judgement.verdict == Verdict::kCounts) return;
    why_ = outcome.judgement.why;
    if (why_.ok()) {
      why_ = MakeError(Reason::CARD_MISSING,
                       "leaf: an earlier leaf of the log waits for a roster or card");
    }
  }

  void OnEntry(const EntryReport& report) override {
    if (!why_.ok() || report.judgement.stands()) return;
    if (report.judgement.verdict == Verdict::kRestricted) {
      const EntryRecord read = ReadEntry(report.entry, records_[report.place.entry], false);
      why_ = read.why.ok() ? CheckEntry(member_, *outcome_, report.entry, *read.record) : read.why;
      return;
    }
    why_ = report.judgement.why;
    if (why_.ok()) why_ = MakeError(Reason::MANIFEST_MISMATCH, "entry: its bytes are not here");
    const auto reason = ReasonOf(why_);
    if (reason == Reason::STALE_REVISION || reason == Reason::REVISION_TAKEN) {
      stale_name_ = std::string(report.record->name);
      stale_revision_ = report.record->revision;
    }
  }

  void OnChanged(EntryPlace, const Judgement&) override {}
  void OnRedacted(EntryPlace, EntryPlace) override {}

 private:
  const std::string member_;
  const std::vector<std::string>& records_;
  const LeafOutcome* outcome_ = nullptr;  // during one call of the judge
  absl::Status why_;
  std::string stale_name_;
  uint64_t stale_revision_ = 0;
};

namespace {

// Judges what is in the log already.
class NoSink final : public JudgementSink {
 public:
  void OnLeaf(LeafPlace, const LeafView*, const LeafOutcome&) override {}
  void OnEntry(const EntryReport&) override {}
  void OnChanged(EntryPlace, const Judgement&) override {}
  void OnRedacted(EntryPlace, EntryPlace) override {}
};

Sight SightOf(const std::string& text) { return text.empty() ? Sight::Main() : Sight::Public(); }

}  // namespace

TailJudge::TailJudge(const Store& store, std::string member)
    : store_(store), member_(std::move(member)) {}
TailJudge::~TailJudge() = default;

absl::StatusOr<std::optional<nodev1::ViewLog>> TailJudge::ViewLogOf(
    const std::string& origin) const {
  ASSIGN_OR_RETURN(const auto value, store_.View(ViewFamily::kState, LogStateKey(origin)));
  if (!value.has_value()) return std::optional<nodev1::ViewLog>();
  ASSIGN_OR_RETURN(nodev1::ViewLog log, ParseLog(*value));
  return std::optional<nodev1::ViewLog>(std::move(log));
}

absl::StatusOr<bool> TailJudge::ViewIsOfThisTrust() const {
  ASSIGN_OR_RETURN(const auto mark, store_.View(ViewFamily::kState, TrustMarkKey(member_)));
  return mark == mark_;
}

absl::Status TailJudge::ReadLogs(const LogExtent& own) {
  ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(own.origin));
  epoch_ = origin.epoch;
  logs_.clear();
  ASSIGN_OR_RETURN(const std::vector<nodev1::LogRecord> records, store_.AllLogs());
  for (const nodev1::LogRecord& record : records) {
    ASSIGN_OR_RETURN(const Origin of, Origin::Parse(record.origin()));
    if (of.federation != origin.federation || of.member != origin.member) continue;
    if (of.epoch >= epoch_) continue;
    MemberLog& log = logs_[of.epoch];
    log = {record.origin(), record.number(), {}, record.signed_size()};
    for (const nodev1::Segment& segment : record.segments()) {
      log.segments.emplace_back(segment.from(), segment.branch());
    }
  }
  logs_[epoch_] = {own.origin, own.number, own.segments, own.size};
  return absl::OkStatus();
}

absl::StatusOr<std::map<uint64_t, uint64_t>> TailJudge::FindStart(
    std::optional<MemberJudge>& judge) {
  std::map<uint64_t, uint64_t> from;
  ASSIGN_OR_RETURN(const auto format_value, store_.View(ViewFamily::kState, kFormatKey));
  bool usable = false;
  if (format_value.has_value()) {
    ASSIGN_OR_RETURN(const nodev1::ViewFormat format, ParseFormat(*format_value));
    usable = format.format() == kViewFormat && format.sight() == sight_;
  }
  bool complete = true;
  for (const auto& [epoch, log] : logs_) {
    ASSIGN_OR_RETURN(const auto state, ViewLogOf(log.origin));
    const uint64_t applied = state.has_value() ? state->applied() : 0;
    usable = usable && (applied == 0 || (complete && state->number() == log.number)) &&
             applied <= log.size;
    complete = applied == log.size;
    from[epoch] = applied;
  }
  const auto open = [&]() -> absl::Status {
    auto opened = MemberJudge::Open(member_, *book_, SightOf(sight_), *newer_);
    if (!opened.ok()) return opened.status();
    judge.emplace(*std::move(opened));
    return absl::OkStatus();
  };
  base_->used = usable;
  RETURN_IF_ERROR(open());
  TrustStep step = TrustStep::kAnew;
  if (usable) {
    ASSIGN_OR_RETURN(const auto mark, store_.View(ViewFamily::kState, TrustMarkKey(member_)));
    ASSIGN_OR_RETURN(step, StepBetween(mark.value_or(""), mark_, *judge));
  }
  if (step == TrustStep::kAnew) {
    base_->used = false;
    for (auto& at : from) at.second = 0;
    RETURN_IF_ERROR(open());
  } else if (step == TrustStep::kResume && judge->progress().waiting.has_value()) {
    const LeafPlace waiting = *judge->progress().waiting;
    for (auto& [epoch, index] : from) {
      if (epoch >= waiting.epoch) index = epoch == waiting.epoch ? waiting.index : 0;
    }
    judge->Resume();
  }
  return from;
}

absl::Status TailJudge::Rebuild(const LogExtent& own, const sync::Trust& trust) {
  ASSIGN_OR_RETURN(book_, BookOf(trust, store_));
  mark_ = TrustMark(*book_, member_);
  const bool observes = trust.newest().StatusOf(member_) == plenary::v1::MEMBER_STATUS_OBSERVER;
  sight_ = (observes ? Sight::Public() : Sight::Main()).text();
  RETURN_IF_ERROR(ReadLogs(own));
  newer_.reset();
  older_.reset();
  bytes_ = std::make_unique<TailBytes>(store_, logs_);
  draft_ = std::make_unique<ViewDraft>(store_);
  stored_ = std::make_unique<DraftState>(member_, *draft_, *bytes_);
  base_ = std::make_unique<Base>(*stored_);
  older_ = std::make_unique<JudgingOverlay>(*base_);
  newer_ = std::make_unique<JudgingOverlay>(static_cast<JudgingState&>(*older_));

  std::optional<MemberJudge> judge;
  ASSIGN_OR_RETURN(const auto from, FindStart(judge));
  NoSink sink;
  for (const auto& [epoch, log] : logs_) {
    const auto add = [&, at_epoch = epoch](uint64_t index, absl::string_view envelope,
                                           absl::Span<const SlotView> slots) {
      std::vector<SlotBytes> bytes;
      for (const SlotView& slot : slots) {
        if (bytes.size() <= slot.entry) bytes.resize(slot.entry + 1);
        if (slot.state == plenary::v1::SLOT_STATE_PRESENT) bytes[slot.entry].bytes = slot.bytes;
      }
      return judge->Add({{at_epoch, index}, envelope, bytes}, sink);
    };
    RETURN_IF_ERROR(ScanLog(store_, log, from.at(epoch), log.size, add));
  }
  judge->Save();
  newer_->MoveInto(*older_);
  older_end_ = own.size;
  older_empty_ = false;
  taken_ = 0;
  return absl::OkStatus();
}

absl::Status TailJudge::Prune() {
  RETURN_IF_ERROR(bytes_->Prune());
  if (!older_empty_) {
    ASSIGN_OR_RETURN(const bool same_trust, ViewIsOfThisTrust());
    ASSIGN_OR_RETURN(const auto state, ViewLogOf(logs_.at(epoch_).origin));
    if (same_trust && state.has_value() && state->applied() >= older_end_) {
      // What is here was judged in the view too, by the same trust; so it is there.
      base_->used = true;
      older_->Clear();
      older_empty_ = true;
    }
  }
  if (older_empty_ && taken_ > 0) {
    newer_->MoveInto(*older_);
    older_end_ = logs_.at(epoch_).size;
    older_empty_ = false;
    taken_ = 0;
  }
  return absl::OkStatus();
}

absl::Status TailJudge::Stale(absl::string_view name, uint64_t asked) {
  uint64_t current = 0;
  if (base_->used) {
    ASSIGN_OR_RETURN(const auto value, store_.View(ViewFamily::kCurrent, CurrentKey(name)));
    if (value.has_value()) {
      ASSIGN_OR_RETURN(const nodev1::ViewRow row, ParseRow(*value));
      current = row.revision();
    }
  }
  while (current < UINT64_MAX) {
    ASSIGN_OR_RETURN(const auto next, newer_->FindStanding(name, current + 1));
    if (!next.has_value()) break;
    ++current;
  }
  const std::string text = absl::StrCat(current);
  return MakeError(
      Reason::STALE_REVISION,
      absl::StrCat(name, ": expected revision ", current + 1, " with the digest of revision ",
                   current, " as previous, got revision ", asked),
      {{"name", name}, {"current", text}});
}

absl::Status TailJudge::Take(absl::string_view origin, uint64_t index, absl::string_view envelope,
                             const std::vector<std::string>& records) {
  CHECK(newer_ != nullptr) << "Rebuild comes first";
  MemberLog& log = logs_.at(epoch_);
  if (origin != log.origin) {
    return MakeError(Reason::WRONG_ORIGIN,
                     absl::StrCat("commit: expected log ", log.origin, ", got ", origin));
  }
  CHECK_EQ(index, log.size);
  const auto leaf = ReadLeaf(envelope);
  if (!leaf.ok()) return leaf.status();
  if (leaf->form.ok() && leaf->slots() != records.size()) {
    return MakeError(Reason::MANIFEST_MISMATCH, absl::StrCat("commit: expected ", leaf->slots(),
                                                             " records, got ", records.size()));
  }
  if (taken_ > 0 && taken_ % kPruneEvery == 0) RETURN_IF_ERROR(Prune());
  JudgingOverlay trial(static_cast<JudgingState&>(*newer_));
  ASSIGN_OR_RETURN(MemberJudge judge, MemberJudge::Open(member_, *book_, SightOf(sight_), trial));
  const std::vector<SlotBytes> slots = [&] {
    std::vector<SlotBytes> bytes(records.size());
    for (size_t i = 0; i < records.size(); ++i) bytes[i].bytes = records[i];
    return bytes;
  }();
  Answers answers(member_, records);
  const LeafPlace place{epoch_, index};
  RETURN_IF_ERROR(judge.Add({place, envelope, slots}, answers));
  if (!answers.stale_name().empty()) return Stale(answers.stale_name(), answers.stale_revision());
  RETURN_IF_ERROR(answers.why());
  judge.Save();
  trial.MoveInto(*newer_);
  bytes_->Add(place, envelope, records);
  log.size = index + 1;
  ++taken_;
  return absl::OkStatus();
}

}  // namespace plenary::node
