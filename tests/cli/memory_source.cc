#include "tests/cli/memory_source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/checkpoint.h"
#include "ledger/commit.h"
#include "ledger/merkle.h"
#include "ledger/names.h"
#include "ledger/note.h"
#include "ledger/status.h"

namespace plenary::cli::testing {
namespace {

using plenary::testing::NewLeaf;
using plenary::testing::RecordBytes;

SourceLeaf Show(const MemorySource::Shown& shown) {
  SourceLeaf leaf;
  leaf.envelope = shown.leaf.envelope;
  for (uint32_t i = 0; i < shown.leaf.records.size(); ++i) {
    const auto& record = shown.leaf.records[i];
    const auto state = shown.states.find(i);
    SlotBytes slot;
    if (state != shown.states.end()) {
      leaf.states.push_back(state->second);
    } else {
      leaf.states.push_back(record.has_value() ? v1::SLOT_STATE_PRESENT : v1::SLOT_STATE_MISSING);
      if (record.has_value()) slot.bytes = *record;
    }
    leaf.slots.push_back(slot);
  }
  return leaf;
}

// Three leaves a run, so that runs end anywhere in a bundle.
class MemoryReader final : public LeafReader {
 public:
  MemoryReader(MemorySource& source, const MemorySource::Log& log, uint64_t from, uint64_t to)
      : source_(source), log_(log), next_(from), to_(to) {}

  absl::StatusOr<LeafRun> Next() override {
    LeafRun run;
    while (run.leaves.size() < 3 && next_ < to_) {
      if (source_.fails_at == next_) return MakeError(Reason::STALLED, "nothing comes");
      if (next_ >= log_.leaves.size()) {
        return MakeError(Reason::LOG_SHORTER, absl::StrCat("expected ", to_, " leaves"));
      }
      ++source_.leaves_read;
      run.leaves.push_back(Show(log_.leaves[next_++]));
    }
    return run;
  }

 private:
  MemorySource& source_;
  const MemorySource::Log& log_;
  uint64_t next_;
  const uint64_t to_;
};

}  // namespace

MemorySource::Log& MemorySource::Of(const std::string& member, uint64_t epoch) {
  Log& log = logs_[world_.Origin(member, epoch)];
  log.head.origin = world_.Origin(member, epoch);
  return log;
}

void MemorySource::AddMeeting(const std::string& member, const std::string& id, uint32_t audience) {
  Of(member).leaves.push_back(
      {NewLeaf(world_, member, 1, {{RecordBytes(member, "meetings", id), audience}}), {}});
}

std::string MemorySource::Note(const std::string& member, uint64_t size,
                               const std::vector<std::string>& cosigners, uint64_t epoch) {
  Frontier frontier;
  const Log& log = Of(member, epoch);
  for (uint64_t i = 0; i < size; ++i) frontier.Append(LeafHash(log.leaves[i].leaf.envelope));
  const Checkpoint checkpoint{world_.Origin(member, epoch), size, frontier.Root()};
  std::string note = SignCheckpoint(checkpoint, world_.Log(member, epoch));
  for (const std::string& cosigner : cosigners) {
    note += Cosign(checkpoint.Text(), CosignerName(world_.federation(), cosigner), 1'790'000'000,
                   world_.Cosigner(cosigner))
                .Text();
  }
  return note;
}

void MemorySource::Finish(const std::string& member, const std::vector<std::string>& cosigners,
                          std::optional<uint64_t> size, uint64_t epoch) {
  Log& log = Of(member, epoch);
  log.head.checkpoint = Note(member, size.value_or(log.leaves.size()), cosigners, epoch);
  log.head.newest = log.head.checkpoint;
  log.head.size = log.leaves.size();
}

absl::StatusOr<certs::TrustFiles> MemorySource::Trust() {
  certs::TrustFiles files;
  for (uint64_t version = 1; version <= world_.rosters().size(); ++version) {
    files.rosters.emplace_back(world_.rosters().Find(version)->envelope());
  }
  for (const v1::Member& member : world_.roster().payload().members()) {
    const CardChain& cards = world_.cards(member.code());
    for (uint64_t version = 1; version <= cards.size(); ++version) {
      files.cards[member.code()].emplace_back(cards.Find(version)->envelope());
    }
  }
  return files;
}

absl::StatusOr<std::vector<LogHead>> MemorySource::Logs() {
  std::vector<LogHead> heads;
  for (const auto& [origin, log] : logs_) heads.push_back(log.head);
  return heads;
}

absl::StatusOr<std::unique_ptr<LeafReader>> MemorySource::Open(const LogHead& log, uint64_t from,
                                                               uint64_t to) {
  return std::make_unique<MemoryReader>(*this, logs_.at(log.origin), from, to);
}

absl::StatusOr<std::vector<std::string>> MemorySource::ReadGroup(const LogHead& log, uint64_t group,
                                                                 uint64_t to) {
  std::vector<std::string> leaves;
  for (uint64_t i = group * 256; i < to; ++i) {
    leaves.push_back(logs_.at(log.origin).leaves[i].leaf.envelope);
  }
  return leaves;
}

absl::StatusOr<std::optional<std::string>> MemorySource::ReadRecord(const LogHead& log,
                                                                    uint64_t index,
                                                                    uint32_t entry) {
  const Shown& shown = logs_.at(log.origin).leaves[index];
  if (entry >= shown.leaf.records.size() || shown.states.contains(entry)) return std::nullopt;
  return shown.leaf.records[entry];
}

}  // namespace plenary::cli::testing
