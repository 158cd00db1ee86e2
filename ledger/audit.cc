#include "ledger/audit.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/commit.h"
#include "ledger/names.h"
#include "ledger/proof.h"
#include "ledger/shared_keys.h"
#include "ledger/status.h"

namespace plenary {
namespace {

absl::Status Audit(Reason reason, absl::string_view origin, absl::string_view what) {
  return MakeError(reason, absl::StrCat("log ", origin, ": ", what), {{"origin", origin}});
}

}  // namespace

// Counts what the judge says, and keeps the verdicts that a redaction may change.
class LogAudit::Sink final : public JudgementSink {
 public:
  explicit Sink(LogAudit& audit) : audit_(audit) {}

  void OnLeaf(LeafPlace place, const LeafView* /*leaf*/, const LeafOutcome& outcome) override {
    leaf_counts_ = outcome.judgement.verdict == Verdict::kCounts;
    if (leaf_counts_) {
      ++audit_.counts_.leaves_counting;
    } else {
      audit_.Find({place.epoch, place.index, std::nullopt, outcome.judgement.why});
    }
  }

  void OnEntry(const EntryReport& report) override {
    ++audit_.counts_.entries;
    verdicts_[report.place.leaf()].push_back(report.judgement.verdict);
    ++CountOf(report.judgement.verdict);
    if (leaf_counts_) FindIfBad(report.place, report.judgement);
  }

  void OnChanged(EntryPlace place, const Judgement& judgement) override {
    // An entry of the leaf at hand is heard of for the first time after this.
    const auto at = verdicts_.find(place.leaf());
    CHECK(at != verdicts_.end() && place.entry < at->second.size());
    --CountOf(at->second[place.entry]);
    at->second[place.entry] = judgement.verdict;
    ++CountOf(judgement.verdict);
    audit_.Forget(place);
    FindIfBad(place, judgement);
  }

  void OnRedacted(EntryPlace /*target*/, EntryPlace /*redaction*/) override {}

 private:
  uint64_t& CountOf(Verdict verdict) {
    return audit_.counts_.verdicts[static_cast<size_t>(verdict)];
  }
  void FindIfBad(EntryPlace place, const Judgement& judgement) {
    if (judgement.verdict != Verdict::kDoesNotCount) return;
    audit_.Find({place.epoch, place.index, place.entry, judgement.why});
  }

  LogAudit& audit_;
  bool leaf_counts_ = false;
  std::map<LeafPlace, std::vector<Verdict>> verdicts_;
};

LogAudit::LogAudit(absl::string_view member, TrustBook& trust, LogBytes& bytes, Options options)
    : member_(member),
      trust_(trust),
      options_(options),
      state_(bytes),
      sink_(std::make_unique<Sink>(*this)) {}

LogAudit::~LogAudit() = default;

void LogAudit::Find(AuditFinding finding) {
  ++findings_seen_;
  if (findings_.size() < options_.max_findings) findings_.push_back(std::move(finding));
}

void LogAudit::Forget(EntryPlace place) {
  const auto at = std::find_if(findings_.begin(), findings_.end(), [&](const AuditFinding& found) {
    return found.epoch == place.epoch && found.index == place.index && found.entry == place.entry;
  });
  if (at == findings_.end()) return;
  findings_.erase(at);
  --findings_seen_;
}

absl::Status LogAudit::Begin(const AuditStart& start) {
  if (start.epoch <= epoch_) {
    return MakeError(Reason::BAD_REQUEST, absl::StrCat("audit: expected an epoch after ", epoch_,
                                                       ", got ", start.epoch));
  }
  const bool from_the_first = start.epoch == epoch_ + 1 && start.frontier.size() == 0 &&
                              (epoch_ == 0 || judge_.has_value());
  if (options_.judge_records && from_the_first) {
    if (!judge_.has_value()) {
      ASSIGN_OR_RETURN(MemberJudge judge,
                       MemberJudge::Open(member_, trust_, Sight::Main(), state_));
      judge_.emplace(std::move(judge));
    }
  } else {
    LeafProgress progress;
    progress.named = start.named;
    if (judge_.has_value() || leaves_.has_value()) {
      const NamedVersions& before =
          judge_.has_value() ? judge_->progress().named : leaves_->progress().named;
      progress.named.roster = std::max(progress.named.roster, before.roster);
      progress.named.card = std::max(progress.named.card, before.card);
    }
    judge_.reset();
    leaves_.emplace(member_, trust_, progress);
  }
  epoch_ = start.epoch;
  origin_ = Origin{trust_.rosters().federation(), member_, start.epoch}.Text();
  frontier_ = start.frontier;
  closed_roster_ = final_roster_;
  final_roster_ = start.final_roster;
  first_roster_ = 0;
  last_roster_ = start.named.roster;
  return absl::OkStatus();
}

absl::Status LogAudit::Add(absl::string_view leaf, absl::Span<const SlotBytes> slots) {
  CHECK(epoch_ != 0) << "no log has begun";
  const LeafPlace place{epoch_, frontier_.size()};
  frontier_.Append(LeafHash(leaf));
  ++counts_.leaves;
  for (const SlotBytes& slot : slots) {
    if (slot.bytes.has_value()) counts_.record_bytes += slot.bytes->size();
  }
  const absl::StatusOr<LeafView> view = ReadLeaf(leaf);
  if (view.ok() && view->manifest.origin == origin_ && view->manifest.roster.version != 0) {
    last_roster_ = view->manifest.roster.version;
    if (first_roster_ == 0) first_roster_ = last_roster_;
  }
  if (judge_.has_value()) return judge_->Add({place, leaf, slots, nullptr}, *sink_);
  ASSIGN_OR_RETURN(const LeafOutcome outcome, leaves_->Judge(place, view, state_));
  sink_->OnLeaf(place, nullptr, outcome);
  if (view.ok()) CheckSlots(place, *view, slots);
  return absl::OkStatus();
}

void LogAudit::CheckSlots(LeafPlace place, const LeafView& leaf,
                          absl::Span<const SlotBytes> slots) {
  counts_.entries += leaf.slots();
  for (uint32_t i = 0; i < leaf.slots() && i < slots.size(); ++i) {
    const ManifestEntry& entry = leaf.manifest.entries[i];
    if (!slots[i].bytes.has_value()) continue;
    if (slots[i].bytes->size() != entry.size) {
      Find({place.epoch, place.index, i,
            Audit(Reason::WRONG_SIZE, origin_,
                  absl::StrCat("expected a record of ", entry.size, " bytes, got ",
                               slots[i].bytes->size()))});
    } else if (!slots[i].verified && Sha256(*slots[i].bytes).view() != entry.digest) {
      Find({place.epoch, place.index, i,
            Audit(Reason::WRONG_DIGEST, origin_, "the bytes are not those of the manifest")});
    }
  }
}

absl::Status LogAudit::CheckTail(const Checkpoint& checkpoint, const AuditTail& tail) const {
  if (checkpoint.size < frontier_.size()) {
    return Audit(Reason::BAD_SIZE, origin_,
                 absl::StrCat("expected a checkpoint of ", frontier_.size(),
                              " leaves or more, got ", checkpoint.size));
  }
  const Digest root = frontier_.Root();
  if (checkpoint.size == frontier_.size()) {
    if (checkpoint.root == root) return absl::OkStatus();
    return Audit(Reason::INCONSISTENT_CHECKPOINT, origin_,
                 absl::StrCat("root of size ", checkpoint.size, " is ", root.Hex(),
                              ", the checkpoint says ", checkpoint.root.Hex()));
  }
  // An empty log is a prefix of every log.
  if (frontier_.size() == 0) return absl::OkStatus();
  return VerifyConsistency(frontier_.size(), root, checkpoint.size, checkpoint.root,
                           tail.consistency);
}

absl::StatusOr<uint64_t> LogAudit::RosterOfLast(const Checkpoint& checkpoint,
                                                const AuditTail& tail) const {
  if (checkpoint.size == 0) return RosterWithoutLeaf();
  if (checkpoint.size == frontier_.size()) {
    return last_roster_ != 0 ? last_roster_ : RosterWithoutLeaf();
  }
  if (!tail.last_leaf.has_value()) {
    return Audit(Reason::LAST_LEAF_MISSING, origin_, "the checkpoint's last leaf is not shown");
  }
  RETURN_IF_ERROR(VerifyInclusion(checkpoint.size - 1, checkpoint.size, LeafHash(*tail.last_leaf),
                                  tail.inclusion, checkpoint.root));
  ASSIGN_OR_RETURN(const LeafView leaf, ReadLeaf(*tail.last_leaf));
  if (leaf.manifest.origin != origin_) {
    return Audit(Reason::LAST_LEAF_MISSING, origin_, "its last leaf is a leaf of another log");
  }
  return leaf.manifest.roster.version;
}

uint64_t LogAudit::RosterWithoutLeaf() const {
  if (closed_roster_ != 0) return closed_roster_;
  for (uint64_t version = 1; version <= trust_.rosters().size(); ++version) {
    if (trust_.rosters().Find(version)->Find(member_) != nullptr) return version;
  }
  return 1;
}

void LogAudit::DecideFinal(uint64_t named, AuditedCheckpoint& audited) {
  const uint64_t first = first_roster_ != 0 ? first_roster_ : named;
  const auto in_play = RostersInPlay(final_roster_ != 0 ? final_roster_ : first, named);
  if (!in_play.ok()) {
    audited.final = in_play.status();
    return;
  }
  std::set<std::string> cosigned;
  for (const auto& [member, time] : audited.checkpoint.times) cosigned.insert(member);
  audited.in_play = *in_play;
  audited.final = CheckFinal(cosigned, member_, trust_.rosters(), *in_play);
  if (const Roster* last = trust_.rosters().Find(named); last != nullptr) {
    audited.peers = CountPeers(cosigned, member_, *last);
  }
  if (audited.final.ok() && audited.checkpoint.checkpoint.size > 0) final_roster_ = named;
}

absl::StatusOr<AuditedCheckpoint> LogAudit::Verify(absl::string_view note, const AuditTail& tail) {
  CHECK(epoch_ != 0) << "no log has begun";
  const Card* card = trust_.NewestCard(member_);
  const LogKey* key = card == nullptr ? nullptr : card->FindEpoch(epoch_);
  if (key == nullptr) {
    return Audit(Reason::NO_LOG_KEY, origin_, "no card here names its key");
  }
  AuditedCheckpoint audited;
  ASSIGN_OR_RETURN(audited.checkpoint,
                   VerifyCheckpoint(note, key->key, OneVoiceEach(trust_.CosignerKeys(), member_)));
  const Checkpoint& checkpoint = audited.checkpoint.checkpoint;
  if (checkpoint.origin != origin_) {
    return Audit(Reason::WRONG_ORIGIN, origin_,
                 absl::StrCat("the checkpoint is of ", checkpoint.origin));
  }
  RETURN_IF_ERROR(CheckTail(checkpoint, tail));
  const absl::StatusOr<uint64_t> named = RosterOfLast(checkpoint, tail);
  if (named.ok()) {
    DecideFinal(*named, audited);
  } else if (ReasonOf(named.status()) == Reason::BAD_INCLUSION) {
    return named.status();
  } else {
    audited.final = named.status();
  }
  return audited;
}

namespace {

// The bytes of the leaves of one segment.
class SegmentBytes final : public LeavesInMemory {
 public:
  SegmentBytes(LeafPlace first, absl::Span<const LeafToJudge> leaves)
      : first_(first), leaves_(leaves) {}

 private:
  const LeafToJudge* Find(LeafPlace place) const override {
    if (place.epoch != first_.epoch || place.index < first_.index ||
        place.index - first_.index >= leaves_.size()) {
      return nullptr;
    }
    return &leaves_[place.index - first_.index];
  }

  const LeafPlace first_;
  const absl::Span<const LeafToJudge> leaves_;
};

}  // namespace

absl::StatusOr<AuditedSegment> AuditSegment(absl::string_view member, TrustBook& trust,
                                            const AuditStart& start,
                                            absl::Span<const LeafToJudge> leaves,
                                            absl::string_view note, const AuditTail& tail) {
  SegmentBytes bytes({start.epoch, start.frontier.size()}, leaves);
  LogAudit audit(member, trust, bytes, {});
  RETURN_IF_ERROR(audit.Begin(start));
  for (const LeafToJudge& leaf : leaves) {
    std::vector<SlotBytes> slots(leaf.records.size());
    for (size_t i = 0; i < slots.size(); ++i) {
      if (leaf.records[i].has_value()) slots[i].bytes = *leaf.records[i];
    }
    RETURN_IF_ERROR(audit.Add(leaf.envelope, slots));
  }
  AuditedSegment segment;
  ASSIGN_OR_RETURN(segment.checkpoint, audit.Verify(note, tail));
  segment.end = audit.frontier();
  segment.counts = audit.counts();
  segment.findings = audit.findings();
  return segment;
}

}  // namespace plenary
