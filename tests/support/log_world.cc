#include "tests/support/log_world.h"

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/checkpoint.h"
#include "ledger/names.h"
#include "ledger/tlog_proof.h"
#include "plenary/v1/record.pb.h"

namespace plenary::testing {

std::string MeetingBytes(absl::string_view member, absl::string_view id, absl::string_view reason,
                         uint64_t revision) {
  v1::Record record;
  record.set_schema(1);
  record.set_name(absl::StrCat("members/", member, "/meetings/", id));
  record.set_revision(revision);
  record.set_salt(Sha256({"salt", id, reason}).bytes().substr(0, 16));
  if (revision > 1) record.set_previous(Sha256("the revision before").bytes());
  record.set_reason(std::string(reason));
  record.mutable_meeting();
  return record.SerializeAsString();
}

CommitDraft LogWorld::Draft(std::vector<std::string> records) const {
  const Roster& roster = world_.roster();
  const Card& card = world_.card(member_);
  CommitDraft draft;
  draft.origin = origin();
  draft.roster = {roster.version(), roster.digest()};
  draft.card = {card.version(), card.digest()};
  for (std::string& record : records) {
    draft.records.push_back({std::move(record), Audience::Members(member_), false});
  }
  return draft;
}

uint64_t LogWorld::Append(const CommitDraft& draft, std::vector<const Signer*> signers) {
  if (signers.empty()) signers = {&world_.Author(member_)};
  const auto commit = MakeCommit(draft, signers);
  CHECK_OK(commit);
  return AppendLeaf(commit->leaf);
}

uint64_t LogWorld::AppendLeaf(const std::string& leaf) {
  frontier_.Append(LeafHash(leaf), [this](NodeId id, const Digest& hash) { nodes_[id] = hash; });
  leaves_.push_back(leaf);
  return leaves_.size() - 1;
}

std::string LogWorld::Note(uint64_t size, const std::vector<std::string>& members) const {
  const auto reader = [this](NodeId id) -> absl::StatusOr<Digest> { return nodes_.at(id); };
  const Checkpoint checkpoint{origin(), size, RootAt(size, reader).value()};
  std::string note = SignCheckpoint(checkpoint, world_.Log(member_, epoch_));
  for (size_t i = 0; i < members.size(); ++i) {
    const std::string name = CosignerName(world_.federation(), members[i]);
    note += Cosign(checkpoint.Text(), name, kFirstTime + i, world_.Cosigner(members[i])).Text();
  }
  return note;
}

std::string LogWorld::TlogProof(uint64_t index, uint64_t size, const std::string& note) const {
  const auto reader = [this](NodeId id) -> absl::StatusOr<Digest> { return nodes_.at(id); };
  plenary::TlogProof proof;
  proof.index = index;
  proof.hashes = InclusionProof(index, size, reader).value();
  proof.checkpoint = note;
  return FormatTlogProof(proof);
}

ProofFile LogWorld::Proof(const std::string& record, uint64_t index, uint64_t size,
                          const std::vector<std::string>& members) const {
  ProofFile file;
  const std::string note = Note(size, members);
  file.record = record;
  file.envelope = leaf(index);
  file.tlog_proof = TlogProof(index, size, note);
  for (uint64_t version = 1; version <= world_.rosters().size(); ++version) {
    file.rosters.emplace_back(world_.rosters().Find(version)->envelope());
  }
  file.cards.emplace_back(world_.card(member_).envelope());
  for (const std::string& member : members) {
    file.cards.emplace_back(world_.card(member).envelope());
  }
  if (index != size - 1) file.steps.push_back(Step(size - 1, size, note));
  return file;
}

}  // namespace plenary::testing
