#include "tests/simulation/invariants.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "ledger/envelope.h"
#include "ledger/merkle.h"
#include "ledger/names.h"
#include "ledger/note.h"

namespace plenary::testing {
namespace {

// Design section 6, written down a second time: W peers, f faulty, q for a quorum.
uint64_t QuorumOfPeers(uint64_t peers) {
  if (peers == 0) return 0;
  const uint64_t faulty = (peers - 1) / 3;
  return (peers + faulty) / 2 + 1;
}

Digest RootOf(const std::vector<Digest>& leaves) {
  Frontier frontier;
  for (const Digest& leaf : leaves) frontier.Append(leaf);
  return frontier.Root();
}

const node::nodev1::LogRecord* FindRecord(const std::vector<node::nodev1::LogRecord>& logs,
                                          const std::string& origin) {
  for (const auto& log : logs) {
    if (log.origin() == origin) return &log;
  }
  return nullptr;
}

}  // namespace

void Invariants::Violate(const std::string& what) {
  if (violation_.empty()) violation_ = what;
}

uint64_t Invariants::FinalSize(const std::string& origin) const {
  const auto at = truth_.find(origin);
  return at == truth_.end() ? 0 : at->second.final_size;
}

bool Invariants::IsFinal(const std::string& origin, uint64_t index, const Digest& leaf_hash) const {
  const auto at = truth_.find(origin);
  return at != truth_.end() && index < at->second.final_size &&
         at->second.leaves[index] == leaf_hash;
}

std::vector<Digest> Invariants::LeavesOn(const Machine& machine, const std::string& origin,
                                         uint64_t begin, uint64_t end) const {
  std::vector<Digest> leaves;
  const auto logs = machine.store().AllLogs();
  if (!logs.ok()) return leaves;
  const auto* record = FindRecord(*logs, origin);
  if (record == nullptr) return leaves;
  for (uint64_t index = begin; index < end; ++index) {
    uint32_t branch = 0;
    for (const auto& segment : record->segments()) {
      if (segment.from() <= index) branch = segment.branch();
    }
    const auto leaf = machine.store().Leaf({record->number(), branch, index});
    if (!leaf.ok()) break;
    leaves.push_back(LeafHash(*leaf));
  }
  return leaves;
}

void Invariants::OnSend(Machine& machine, const v1::Frame& frame) {
  switch (frame.kind_case()) {
    case v1::Frame::kCheckpoint:
      return SeeNote(machine, frame.checkpoint().note());
    case v1::Frame::kCommits:
      if (!frame.commits().checkpoint().empty()) SeeNote(machine, frame.commits().checkpoint());
      return;
    case v1::Frame::kStatement:
      return SeeStatement(machine, frame.statement());
    case v1::Frame::kEvidence:
      return Violate(
          absl::StrCat(machine.options().id, " shows evidence against an honest member"));
    default:
      return;
  }
}

void Invariants::SeeNote(Machine& machine, const std::string& note) {
  if (!notes_.insert(Sha256(note)).second) return;
  const auto checkpoint = ReadUnverifiedCheckpoint(note);
  if (!checkpoint.ok()) {
    return Violate(absl::StrCat(machine.options().id, " sends a note that is none"));
  }
  const std::string& origin = checkpoint->origin;
  Truth& truth = truth_[origin];
  const auto [known, fresh] = truth.roots.emplace(checkpoint->size, checkpoint->root);
  if (known->second != checkpoint->root) {
    return Violate(absl::StrCat("fork: ", origin, " has two roots at ", checkpoint->size,
                                ", the second from ", machine.options().id));
  }
  if (!fresh) return;
  // Whoever is the first to send it is the log's node, and has all of it.
  const std::vector<Digest> leaves = LeavesOn(machine, origin, 0, checkpoint->size);
  if (leaves.size() != checkpoint->size || RootOf(leaves) != checkpoint->root) {
    return Violate(absl::StrCat(machine.options().id, " sends a checkpoint of ", origin, " at ",
                                checkpoint->size, " that is not on its disk"));
  }
  const size_t common = std::min(leaves.size(), truth.leaves.size());
  if (!std::equal(leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(common),
                  truth.leaves.begin())) {
    return Violate(absl::StrCat("fork: ", origin, " signed two prefixes that contradict, at ",
                                checkpoint->size, " by ", machine.options().id));
  }
  if (leaves.size() > truth.leaves.size()) truth.leaves = leaves;
}

void Invariants::SeeStatement(Machine& machine, const v1::Statement& statement) {
  // Whoever is the first to send it has made it; all others hand it on.
  if (!statements_.insert(Sha256(statement.envelope())).second) return;
  const auto envelope = ParseEnvelope(statement.envelope());
  if (!envelope.ok()) return Violate(absl::StrCat(machine.options().id, " sends no statement"));
  if (envelope->type == PayloadType(PayloadKind::kProposal)) {
    const auto proposal = ParseProposal(statement.envelope());
    if (proposal.ok()) SeeProposal(machine, *proposal);
  } else if (envelope->type == PayloadType(PayloadKind::kAcknowledgement)) {
    const auto acknowledgement = ParseAcknowledgement(statement.envelope());
    if (acknowledgement.ok() && statement.signer() == machine.options().member) {
      SeeAcknowledgement(machine, *acknowledgement);
    }
  } else if (envelope->type == PayloadType(PayloadKind::kAnswer)) {
    const auto answer = ParseAnswer(statement.envelope());
    if (answer.ok() && !answer->checkpoint_note.empty()) SeeNote(machine, answer->checkpoint_note);
  }
}

// One incarnation only lengthens what it proposes.
void Invariants::SeeProposal(Machine& machine, const Proposal& proposal) {
  Contents& contents = proposed_[absl::StrCat(proposal.origin, "#", proposal.incarnation.counter)];
  auto& roots = contents[proposal.incarnation.instance];
  const auto [known, fresh] = roots.emplace(proposal.size, proposal.root);
  if (known->second == proposal.root) return;
  Violate(absl::StrCat("fork: one incarnation of ", proposal.origin, " proposed two contents at ",
                       proposal.size, ", seen from ", machine.options().id));
}

void Invariants::SeeAcknowledgement(Machine& machine, const Acknowledgement& acknowledgement) {
  const std::vector<Digest> leaves =
      LeavesOn(machine, acknowledgement.origin, 0, acknowledgement.size);
  if (leaves.size() != acknowledgement.size || RootOf(leaves) != acknowledgement.root) {
    return Violate(absl::StrCat(machine.options().id, " acknowledges ", acknowledgement.origin,
                                " at ", acknowledgement.size, " and does not hold that"));
  }
  GivenWord& word = machine.lineage().words[acknowledgement.origin];
  const uint64_t counter = acknowledgement.incarnation.counter;
  if (std::tie(counter, acknowledgement.size) <= std::tie(word.incarnation, word.size)) return;
  const node::LogStatus* log = machine.node().Status()->Find(acknowledgement.origin);
  word = {counter, acknowledgement.size, log == nullptr ? 0 : log->signed_size};
}

void Invariants::CheckWords(Machine& machine) {
  const auto logs = machine.store().AllLogs();
  if (!logs.ok()) return;
  for (const auto& [origin, word] : machine.lineage().words) {
    const auto* record = FindRecord(*logs, origin);
    if (record == nullptr) {
      return Violate(absl::StrCat(machine.options().id, " forgot the log ", origin));
    }
    if (record->signed_size() >= word.size || record->signed_size() > word.signed_size ||
        record->promised().counter() > word.incarnation) {
      continue;
    }
    const auto proposal = ParseProposal(record->proposal());
    if (proposal.ok() &&
        (proposal->incarnation.counter > word.incarnation || proposal->size >= word.size)) {
      continue;
    }
    return Violate(absl::StrCat(machine.options().id, " acknowledged ", origin, " at ", word.size,
                                " in incarnation ", word.incarnation, " and keeps less"));
  }
}

void Invariants::OnStart(Machine& machine) {
  seen_[machine.options().id] = {};
  CheckHeld(machine);
  AfterDrain(machine);
}

void Invariants::AfterDrain(Machine& machine) {
  const auto status = machine.node().Status();
  Seen& seen = seen_[machine.options().id];
  for (const node::LogStatus& log : status->logs) {
    if (log.frozen || log.phase == "frozen") {
      Violate(absl::StrCat(machine.options().id, " froze ", log.origin));
    }
    if (log.signed_size != seen.compared[log.origin]) Compare(machine, log);
    uint64_t& final_size = machine.lineage().final_sizes[log.origin];
    if (log.final_size < final_size) {
      Violate(absl::StrCat(machine.options().id, " lost final leaves of ", log.origin, ": had ",
                           final_size, ", has ", log.final_size));
    }
    if (log.final_size > final_size) {
      final_size = log.final_size;
      CheckFinal(machine, log);
    }
    if (!log.own || log.phase == seen.phase) continue;
    seen.phase = log.phase;
    if (log.phase == "active") CheckHeld(machine);
  }
}

void Invariants::Compare(Machine& machine, const node::LogStatus& log) {
  uint64_t& compared = seen_[machine.options().id].compared[log.origin];
  if (log.signed_size < compared) {
    return Violate(absl::StrCat(machine.options().id, " cut the signed part of ", log.origin,
                                " from ", compared, " to ", log.signed_size));
  }
  SeeNote(machine, log.checkpoint);
  const Truth& truth = truth_[log.origin];
  const std::vector<Digest> leaves = LeavesOn(machine, log.origin, compared, log.signed_size);
  for (uint64_t i = 0; i < log.signed_size - compared; ++i) {
    if (i < leaves.size() && compared + i < truth.leaves.size() &&
        leaves[i] == truth.leaves[compared + i]) {
      continue;
    }
    return Violate(absl::StrCat(machine.options().id, " holds another leaf ", compared + i, " of ",
                                log.origin, " below a checkpoint"));
  }
  compared = log.signed_size;
}

void Invariants::CheckFinal(Machine& machine, const node::LogStatus& log) {
  Truth& truth = truth_[log.origin];
  truth.final_size = std::max(truth.final_size, log.final_size);
  const auto checkpoint = ReadUnverifiedCheckpoint(log.final_checkpoint);
  const auto note = ParseNote(log.final_checkpoint);
  if (!checkpoint.ok() || !note.ok() || checkpoint->size != log.final_size) {
    return Violate(absl::StrCat(machine.options().id, " calls final what its note does not say"));
  }
  std::set<std::string> cosigned;
  for (const NoteLine& line : note->lines) {
    const auto member = ParseCosignerName(line.name);
    if (member.ok() && *member != log.member) cosigned.insert(*member);
  }
  const uint64_t quorum = QuorumOfPeers(world_.codes().size() - 1);
  if (cosigned.size() >= quorum) return;
  Violate(absl::StrCat(machine.options().id, " calls ", log.origin, " final at ", log.final_size,
                       " with ", cosigned.size(), " cosignatures of ", quorum));
}

void Invariants::CheckHeld(Machine& machine) {
  const auto held = machine.HeldCommits();
  if (!held.ok()) {
    return Violate(absl::StrCat(machine.options().id, ": ", std::string(held.status().message())));
  }
  for (const Digest& identity : machine.lineage().acknowledged) {
    if (held->contains(identity)) continue;
    return Violate(absl::StrCat(machine.options().id, " lost commit ", identity.Hex(),
                                " that it had acknowledged"));
  }
}

void Invariants::OnAnswer(Machine& machine, const node::CommitState& state) {
  if (!state.set_aside) machine.lineage().acknowledged.insert(state.identity);
  if (state.stage != node::CommitState::Stage::kFinal) return;
  AfterDrain(machine);  // what became final in this very drain
  const bool known =
      state.index.has_value() && IsFinal(state.origin, *state.index, state.leaf_hash);
  if (!known) {
    Violate(absl::StrCat(machine.options().id, " told a clerk that commit ", state.identity.Hex(),
                         " is final, which it is not"));
  }
}

}  // namespace plenary::testing
