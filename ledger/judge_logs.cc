#include "ledger/judge_logs.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "ledger/judge.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary {
namespace {

// A log of the member at hand, and where its verdicts go.
struct Work {
  const LogToJudge* log = nullptr;
  JudgedLog* judged = nullptr;
};
using WorkByEpoch = std::map<uint64_t, Work>;

// The bytes of one member's logs.
class WorkBytes final : public LeavesInMemory {
 public:
  explicit WorkBytes(const WorkByEpoch& logs) : logs_(logs) {}

 private:
  const LeafToJudge* Find(LeafPlace place) const override {
    const auto at = logs_.find(place.epoch);
    if (at == logs_.end() || place.index >= at->second.log->leaves.size()) return nullptr;
    return &at->second.log->leaves[place.index];
  }

  const WorkByEpoch& logs_;
};

// Writes down what the judge says.
class Scribe final : public JudgementSink {
 public:
  Scribe(WorkByEpoch& logs, const Sight& sight, absl::string_view member)
      : logs_(logs), sight_(sight), member_(member) {}

  void OnLeaf(LeafPlace place, const LeafView* leaf, const LeafOutcome& outcome) override {
    JudgedLeaf judged;
    judged.judgement = outcome.judgement;
    if (outcome.has_entries) {
      const ManifestView& manifest = leaf->manifest;
      judged.entries.resize(manifest.entries.size());
      for (size_t i = 0; i < manifest.entries.size(); ++i) {
        judged.entries[i].listed = sight_.Lists(manifest, manifest.entries[i].audience, member_);
      }
    }
    logs_.at(place.epoch).judged->leaves.push_back(std::move(judged));
  }

  void OnEntry(const EntryReport& report) override {
    JudgedEntry& entry = At(report.place);
    entry.digest = std::string(report.entry.digest);
    entry.judgement = report.judgement;
    if (report.record == nullptr || !report.record->parts.has_value()) return;
    entry.name = std::string(report.record->name);
    entry.revision = report.record->revision;
  }

  void OnChanged(EntryPlace place, const Judgement& judgement) override {
    At(place).judgement = judgement;
  }

  void OnRedacted(EntryPlace target, EntryPlace /*redaction*/) override {
    At(target).redacted = true;
  }

 private:
  JudgedEntry& At(EntryPlace place) {
    return logs_.at(place.epoch).judged->leaves.at(place.index).entries.at(place.entry);
  }

  WorkByEpoch& logs_;
  const Sight& sight_;
  const std::string member_;
};

absl::Status JudgeMember(absl::string_view member, TrustBook& trust, const Sight& sight,
                         WorkByEpoch& logs) {
  WorkBytes bytes(logs);
  MemoryJudgingState state(bytes);
  Scribe scribe(logs, sight, member);
  ASSIGN_OR_RETURN(MemberJudge judge, MemberJudge::Open(member, trust, sight, state));
  for (const auto& [epoch, work] : logs) {
    for (uint64_t index = 0; index < work.log->leaves.size(); ++index) {
      const LeafToJudge& leaf = work.log->leaves[index];
      std::vector<SlotBytes> slots(leaf.records.size());
      for (size_t i = 0; i < slots.size(); ++i) {
        if (leaf.records[i].has_value()) slots[i].bytes = *leaf.records[i];
      }
      RETURN_IF_ERROR(judge.Add({{epoch, index}, leaf.envelope, slots}, scribe));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<std::string>> LeavesInMemory::Leaf(LeafPlace place) {
  const LeafToJudge* leaf = Find(place);
  if (leaf == nullptr) return std::nullopt;
  return leaf->envelope;
}

absl::StatusOr<std::optional<std::string>> LeavesInMemory::Record(EntryPlace place) {
  const LeafToJudge* leaf = Find(place.leaf());
  if (leaf == nullptr || place.entry >= leaf->records.size()) return std::nullopt;
  return leaf->records[place.entry];
}

absl::StatusOr<std::vector<JudgedLog>> JudgeLogs(TrustBook& trust, const Sight& sight,
                                                 absl::Span<const LogToJudge> logs) {
  std::vector<JudgedLog> judged(logs.size());
  std::map<std::string, WorkByEpoch> members;
  for (size_t i = 0; i < logs.size(); ++i) {
    ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(logs[i].origin));
    judged[i].origin = logs[i].origin;
    Work& work = members[origin.member][origin.epoch];
    if (work.log != nullptr) {
      return MakeError(Reason::WRONG_ORIGIN, absl::StrCat("log ", logs[i].origin, " stands twice"));
    }
    work = {&logs[i], &judged[i]};
  }
  for (auto& [member, work] : members) {
    RETURN_IF_ERROR(JudgeMember(member, trust, sight, work));
  }
  return judged;
}

}  // namespace plenary
