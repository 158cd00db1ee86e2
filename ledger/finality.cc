#include "ledger/finality.h"

#include <algorithm>
#include <set>

#include "ledger/check.h"
#include "ledger/final.h"

namespace plenary::finality {
namespace {

bool Same(const Incarnation& a, const Incarnation& b) {
  return a.counter == b.counter && a.instance == b.instance;
}

// Below the promise, or beside it: same counter, other id.
bool YieldsTo(const Incarnation& incarnation, const std::optional<Incarnation>& promised) {
  if (!promised.has_value() || Same(incarnation, *promised)) return false;
  return incarnation.counter <= promised->counter;
}

void Fork(size_t first, size_t second, Adopted& adopted) {
  adopted.kind = Adopted::Kind::kForked;
  adopted.first = first;
  adopted.second = second;
}

void AdoptCheckpoint(absl::Span<const Found* const> all, Adopted& adopted) {
  for (size_t i = 0; i < all.size(); ++i) {
    const State& checkpoint = all[i]->checkpoint;
    if (checkpoint.size == 0) continue;
    if (checkpoint.size == adopted.checkpoint.size && checkpoint.root != adopted.checkpoint.root) {
      return Fork(adopted.checkpoint_from, i, adopted);
    }
    if (checkpoint.size > adopted.checkpoint.size) {
      adopted.checkpoint = checkpoint;
      adopted.checkpoint_from = i;
    }
  }
}

// Only contents of the highest incarnation matter: what a lower one proposed was never signed.
void AdoptProposal(absl::Span<const Found* const> all, Adopted& adopted) {
  uint64_t highest = 0;
  for (const Found* found : all) {
    if (found->proposal.has_value()) {
      highest = std::max(highest, found->proposal->incarnation.counter);
    }
  }
  for (size_t i = 0; i < all.size(); ++i) {
    if (!all[i]->proposal.has_value()) continue;
    const Proposed& proposal = *all[i]->proposal;
    if (proposal.incarnation.counter != highest) continue;
    if (adopted.proposal.has_value()) {
      const bool two_contents = !Same(proposal.incarnation, adopted.proposal->incarnation) ||
                                (proposal.state.size == adopted.proposal->state.size &&
                                 proposal.state.root != adopted.proposal->state.root);
      if (two_contents) return Fork(adopted.proposal_from, i, adopted);
      if (proposal.state.size <= adopted.proposal->state.size) continue;
    }
    adopted.proposal = proposal;
    adopted.proposal_from = i;
  }
}

}  // namespace

OnInquiry DecideInquiry(const PeerState& peer, const std::optional<Incarnation>& answered,
                        const Incarnation& inquirer) {
  if (answered.has_value() && Same(*answered, inquirer)) return OnInquiry::kRepeat;
  if (peer.promised.has_value() && inquirer.counter <= peer.promised->counter) {
    return OnInquiry::kRefuse;
  }
  return OnInquiry::kAnswer;
}

OnProposal DecideProposal(const PeerState& peer, const Proposed& proposed,
                          const std::optional<Digest>& root_here) {
  if (YieldsTo(proposed.incarnation, peer.promised)) return OnProposal::kYield;
  const bool same = peer.proposal_of.has_value() && Same(*peer.proposal_of, proposed.incarnation);
  const bool agrees = root_here.has_value() && *root_here == proposed.state.root;
  if (proposed.state.size <= peer.checkpoint.size) {
    if (!root_here.has_value()) return OnProposal::kNeedLeaves;
    return agrees ? OnProposal::kAcknowledgeOld : OnProposal::kContradicts;
  }
  if (same && proposed.state.size <= peer.proposal.size) {
    if (!root_here.has_value()) return OnProposal::kNeedLeaves;
    return agrees ? OnProposal::kCovered : OnProposal::kContradicts;
  }
  return agrees ? OnProposal::kAccept : OnProposal::kNeedLeaves;
}

OnCheckpoint DecideCosign(const PeerState& peer, const State& checkpoint) {
  if (checkpoint.size < peer.cosigned.size) return OnCheckpoint::kOlder;
  if (checkpoint.size > peer.cosigned.size || checkpoint.size == 0) return OnCheckpoint::kCosign;
  return checkpoint.root == peer.cosigned.root ? OnCheckpoint::kCosignAgain
                                               : OnCheckpoint::kContradicts;
}

Adopted Adopt(absl::Span<const Found> answers, const Found& own) {
  std::vector<const Found*> all;
  for (const Found& answer : answers) all.push_back(&answer);
  all.push_back(&own);
  Adopted adopted;
  adopted.checkpoint_from = all.size() - 1;
  adopted.proposal_from = all.size() - 1;
  AdoptCheckpoint(all, adopted);
  if (adopted.kind == Adopted::Kind::kAdopt) AdoptProposal(all, adopted);
  return adopted;
}

uint64_t SizeToSign(const std::map<std::string, uint64_t>& acknowledged,
                    absl::Span<const Roster* const> in_play, const std::string& owner) {
  CHECK(!in_play.empty());
  uint64_t size = UINT64_MAX;
  for (const Roster* roster : in_play) {
    const auto quorum = static_cast<size_t>(roster->QuorumFor(owner).quorum);
    if (quorum == 0) continue;
    std::vector<uint64_t> sizes;
    for (const auto& [member, acknowledged_size] : acknowledged) {
      if (member != owner && roster->IsFull(member)) sizes.push_back(acknowledged_size);
    }
    if (sizes.size() < quorum) return 0;
    std::sort(sizes.begin(), sizes.end(), std::greater<>());
    size = std::min(size, sizes[quorum - 1]);
  }
  return size;
}

bool HasQuorum(absl::Span<const std::string> members, absl::Span<const Roster* const> in_play,
               const std::string& owner) {
  const std::set<std::string> counted(members.begin(), members.end());
  return std::all_of(in_play.begin(), in_play.end(), [&](const Roster* roster) {
    return CountPeers(counted, owner, *roster).enough();
  });
}

}  // namespace plenary::finality
