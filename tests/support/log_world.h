// One member's log in a test world: commits, checkpoints, cosignatures, proofs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ledger/commit.h"
#include "ledger/merkle.h"
#include "ledger/proof_file.h"
#include "tests/support/world.h"

namespace plenary::testing {

// A meeting of `member`; `reason` tells records of one name apart, the salt follows from both.
std::string MeetingBytes(absl::string_view member, absl::string_view id, absl::string_view reason,
                         uint64_t revision = 1);

// One thread at a time.
class LogWorld {
 public:
  // `world` outlives the log.
  LogWorld(const World& world, std::string member, uint64_t epoch = 1)
      : world_(world), member_(std::move(member)), epoch_(epoch) {}

  std::string origin() const { return world_.Origin(member_, epoch_); }
  uint64_t size() const { return frontier_.size(); }
  const std::string& leaf(uint64_t index) const { return leaves_[index]; }

  // What a commit names: by default the newest roster and card of the world.
  CommitDraft Draft(std::vector<std::string> records) const;
  // Signs by `signers` (by default the member's author) and appends; the leaf's index.
  uint64_t Append(const CommitDraft& draft, std::vector<const Signer*> signers = {});
  // Appends any bytes.
  uint64_t AppendLeaf(const std::string& leaf);

  // The checkpoint of the first `size` leaves, cosigned by each of `members` at kFirstTime plus its
  // position.
  std::string Note(uint64_t size, const std::vector<std::string>& members) const;
  // A tlog-proof of leaf `index` that ends in `note`, a checkpoint of `size`.
  std::string TlogProof(uint64_t index, uint64_t size, const std::string& note) const;
  ProofStep Step(uint64_t index, uint64_t size, const std::string& note) const {
    return {leaf(index), TlogProof(index, size, note)};
  }

  // The whole file for a record of leaf `index`, with the last leaf of the checkpoint, every
  // roster, and the newest cards of the owner and of `members`, who cosigned.
  ProofFile Proof(const std::string& record, uint64_t index, uint64_t size,
                  const std::vector<std::string>& members) const;

  static constexpr uint64_t kFirstTime = 1'790'000'000;

 private:
  const World& world_;
  std::string member_;
  uint64_t epoch_;
  Frontier frontier_;
  std::map<NodeId, Digest> nodes_;
  std::vector<std::string> leaves_;
};

}  // namespace plenary::testing
