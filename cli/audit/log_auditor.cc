#include "cli/audit/log_auditor.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/audit/read_ahead.h"
#include "cli/audit/throughput.h"
#include "cli/client/client.h"
#include "cli/progress.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

// A note, and what it is to show.
struct Stop {
  enum class Kind { kEarlier, kFinal, kNewest, kKnown };
  absl::string_view note;
  uint64_t size = 0;  // as it claims
  Kind kind = Kind::kEarlier;
};

// One run over one log.
class OneLog {
 public:
  OneLog(const AuditWorld& world, const LogHead& log, uint64_t epoch, LogAudit& audit,
         HeldLeaves& held)
      : world_(world), log_(log), epoch_(epoch), audit_(audit), held_(held) {}

  absl::StatusOr<LogVerdict> Run();

 private:
  void Fail(absl::Status why) {
    if (!why.ok()) verdict_.reasons.push_back(std::move(why));
  }
  void AddStop(absl::string_view note, Stop::Kind kind);
  absl::Status ReadLeaves();
  absl::Status Add(const SourceLeaf& leaf);
  void VerifyStops(uint64_t size);
  void Verify(const Stop& stop);
  void TakeCounts(const AuditCounts& before);
  void TakeFindings();
  void TakeEvidence();

  const AuditWorld& world_;
  const LogHead& log_;
  const uint64_t epoch_;
  LogAudit& audit_;
  HeldLeaves& held_;
  LogVerdict verdict_;
  std::vector<Stop> stops_;
  uint64_t end_ = 0;                   // of what the source's own checkpoints cover
  std::vector<absl::Status> shorter_;  // by which checkpoints beyond it
};

// By what a record's bytes are not those that were signed.
bool IsOfBytes(const absl::Status& why) {
  const auto reason = ReasonOf(why);
  return reason == Reason::WRONG_DIGEST || reason == Reason::WRONG_SIZE;
}

void OneLog::AddStop(absl::string_view note, Stop::Kind kind) {
  const auto checkpoint = ReadUnverifiedCheckpoint(note);
  if (!checkpoint.ok()) {
    return Fail(Annotate(checkpoint.status(), absl::StrCat("checkpoint of log ", log_.origin)));
  }
  stops_.push_back({note, checkpoint->size, kind});
  const bool own = kind == Stop::Kind::kFinal || kind == Stop::Kind::kNewest;
  if (own) end_ = std::max(end_, checkpoint->size);
}

void OneLog::Verify(const Stop& stop) {
  auto audited = audit_.Verify(stop.note);
  if (stop.size > end_ && audited.ok()) {
    shorter_.push_back(
        MakeError(Reason::LOG_SHORTER,
                  absl::StrCat("log ", log_.origin, ": a checkpoint of ", stop.size,
                               " leaves is known, ", world_.source.Name(), " shows ", end_),
                  {{"origin", log_.origin}}));
    return;
  }
  if (!audited.ok()) return Fail(audited.status());
  verdict_.signed_size = std::max(verdict_.signed_size, stop.size);
  const bool of_source = stop.kind == Stop::Kind::kFinal || stop.kind == Stop::Kind::kNewest;
  if (!of_source) return;
  const bool better = !verdict_.final_checkpoint.has_value() || audited->final.ok();
  if (better) verdict_.final_checkpoint = *std::move(audited);
}

void OneLog::VerifyStops(uint64_t size) {
  for (const Stop& stop : stops_) {
    if (stop.size == size) Verify(stop);
  }
}

absl::Status OneLog::Add(const SourceLeaf& leaf) {
  for (const v1::SlotState state : leaf.states) {
    ++verdict_.slots[std::min<size_t>(static_cast<size_t>(state), verdict_.slots.size() - 1)];
  }
  RETURN_IF_ERROR(audit_.Add(leaf.envelope, leaf.slots));
  if (audit_.judges_records()) held_.Add(leaf.envelope);
  return absl::OkStatus();
}

absl::Status OneLog::ReadLeaves() {
  RETURN_IF_ERROR(audit_.Begin({.epoch = epoch_, .frontier = {}, .named = {}, .final_roster = 0}));
  held_.Begin(epoch_, log_);
  verdict_.judged = audit_.judges_records();
  Progress progress(absl::StrCat(log_.origin, ": leaves verified"), end_, world_.console);
  const uint64_t entries_before = audit_.counts().entries;
  // Nothing that is read can lead beyond the end.
  for (const Stop& stop : stops_) {
    if (stop.size > end_) Verify(stop);
  }
  VerifyStops(0);
  ASSIGN_OR_RETURN(std::unique_ptr<LeafReader> opened, world_.source.Open(log_, 0, end_));
  ReadAhead reader(std::move(opened));
  const Throughput throughput;
  while (true) {
    ASSIGN_OR_RETURN(const LeafRun run, reader.Next());
    if (run.leaves.empty()) break;
    for (const SourceLeaf& leaf : run.leaves) {
      RETURN_IF_ERROR(Add(leaf));
      VerifyStops(audit_.frontier().size());
    }
    verdict_.size = audit_.frontier().size();
    progress.Set(verdict_.size, throughput.Text(audit_.counts().entries - entries_before));
  }
  // What is wrong with a tile says more than the root that follows from it.
  const std::vector<absl::Status> problems = reader.Problems();
  verdict_.reasons.insert(verdict_.reasons.begin(), problems.begin(), problems.end());
  return absl::OkStatus();
}

void OneLog::TakeCounts(const AuditCounts& before) {
  AuditCounts& counts = verdict_.counts;
  counts = audit_.counts();
  counts.leaves -= before.leaves;
  counts.leaves_counting -= before.leaves_counting;
  counts.entries -= before.entries;
  counts.record_bytes -= before.record_bytes;
  for (size_t i = 0; i < counts.verdicts.size(); ++i) counts.verdicts[i] -= before.verdicts[i];
}

void OneLog::TakeFindings() {
  for (const AuditFinding& finding : audit_.findings()) {
    if (finding.epoch != epoch_) continue;
    std::string where = absl::StrCat("log ", log_.origin, ", leaf ", finding.index);
    if (finding.entry.has_value()) absl::StrAppend(&where, ", entry ", *finding.entry);
    AuditFinding found = finding;
    if (found.why.ok()) {
      found.why = MakeError(Reason::CARD_MISSING, "leaf: a leaf before it cannot be judged");
    }
    found.why = Annotate(found.why, where);
    if (!finding.entry.has_value() || IsOfBytes(finding.why)) {
      Fail(std::move(found.why));
    } else {
      verdict_.notes.push_back(std::move(found));
    }
  }
}

void OneLog::TakeEvidence() {
  const auto evidence = world_.evidence.find(log_.origin);
  if (evidence == world_.evidence.end()) return;
  for (const absl::Status& shown : evidence->second) Fail(shown);
}

absl::StatusOr<LogVerdict> OneLog::Run() {
  const absl::Time begin = absl::Now();
  const AuditCounts before = audit_.counts();
  verdict_.origin = log_.origin;
  verdict_.held = log_.size;
  verdict_.has_records = log_.has_records;
  if (!log_.status.ok()) {
    Fail(log_.status);
  } else {
    if (!log_.checkpoint.empty()) AddStop(log_.checkpoint, Stop::Kind::kFinal);
    if (!log_.newest.empty() && log_.newest != log_.checkpoint) {
      AddStop(log_.newest, Stop::Kind::kNewest);
    }
    for (const std::string& note : log_.earlier) AddStop(note, Stop::Kind::kEarlier);
    const auto known = world_.options.known.find(log_.origin);
    if (known != world_.options.known.end()) {
      for (const std::string& note : known->second) AddStop(note, Stop::Kind::kKnown);
    }
    const absl::Status read = ReadLeaves();
    if (IsUnreachable(read)) return read;
    Fail(read);
    for (const absl::Status& shorter : shorter_) Fail(shorter);
    if (read.ok()) {
      if (verdict_.final_checkpoint.has_value()) {
        Fail(verdict_.final_checkpoint->final);
      } else if (verdict_.reasons.empty() && log_.size > 0) {
        Fail(MakeError(Reason::NOT_FINAL,
                       absl::StrCat("log ", log_.origin, ": ", world_.source.Name(),
                                    " shows no checkpoint so far"),
                       {{"origin", log_.origin}}));
      }
    }
  }
  TakeCounts(before);
  TakeFindings();
  TakeEvidence();
  // First what disproves.
  std::stable_partition(
      verdict_.reasons.begin(), verdict_.reasons.end(),
      [](const absl::Status& why) { return ExitForReason(why) == ProofExit::kDisproved; });
  verdict_.exit = ProofExit::kProven;
  for (const absl::Status& why : verdict_.reasons) {
    verdict_.exit = Worse(verdict_.exit, ExitForReason(why));
  }
  verdict_.seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  return std::move(verdict_);
}

}  // namespace

absl::StatusOr<LogVerdict> AuditLog(const AuditWorld& world, const LogHead& log, uint64_t epoch,
                                    LogAudit& audit, HeldLeaves& held) {
  return OneLog(world, log, epoch, audit, held).Run();
}

}  // namespace plenary::cli
