// The rules of finality as pure decisions: what a peer may promise, acknowledge and cosign, what a
// log's node adopts after a start, and what it may sign.
//
// Rules by number: docs/PROTOCOL.md, "Finality". This is Paxos with the member's node as the only
// proposer and its peers as acceptors. Nothing here reads, writes or verifies: signatures have been
// checked, roots are given. Each decision is safe only if what it says to keep is on disk before
// what it says to send leaves.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "ledger/digest.h"
#include "ledger/roster.h"
#include "ledger/statement.h"

namespace plenary::finality {

// A size with the root that a log has there.
struct State {
  uint64_t size = 0;
  Digest root;
  friend bool operator==(const State&, const State&) = default;
};

// What a peer holds of one log that bears on its promises.
struct PeerState {
  std::optional<Incarnation> promised;
  State checkpoint;  // newest log-signed one whose leaves are held; size 0 if none
  State cosigned;    // newest cosigned; size 0 if none
  std::optional<Incarnation> proposal_of;  // incarnation of the one proposal beyond, if any
  State proposal;
};

// Rule 2: an inquiry reaches a peer that takes part.
enum class OnInquiry {
  kAnswer,  // promise, then answer with what is held
  kRepeat,  // send the kept answer, byte for byte
  kRefuse,  // send the statement that set the promise
};
// `answered` is the incarnation of the kept answer, if there is one.
OnInquiry DecideInquiry(const PeerState& peer, const std::optional<Incarnation>& answered,
                        const Incarnation& inquirer);

// Rule 5: a proposal reaches a peer that takes part.
enum class OnProposal {
  kAcknowledgeOld,  // covered by what is signed and agrees: raise the promise, acknowledge
  kAccept,          // write it in place of what was held beyond the checkpoint, then acknowledge
  kCovered,         // the held proposal of this incarnation is as long or longer: acknowledge that
  kNeedLeaves,      // may be accepted once its leaves are held
  kYield,           // refuse: below the promise, or same counter with another id
  kContradicts,     // refuse and report: against the checkpoint, or two contents of one incarnation
};
struct Proposed {
  Incarnation incarnation;
  State state;
};
// `root_here` is the root that the leaves at hand have at the proposal's size, if as many are held
// (signed ones, those of the held proposal, or those staged for this one).
OnProposal DecideProposal(const PeerState& peer, const Proposed& proposed,
                          const std::optional<Digest>& root_here);

// Rule 7: a log-signed checkpoint whose leaves are all held, the newest of them.
enum class OnCheckpoint {
  kCosign,       // persist, then cosign
  kCosignAgain,  // cosigned before: send the same line again
  kContradicts,  // evidence; cosign neither
  kOlder,        // smaller than what was cosigned: nothing to do
};
OnCheckpoint DecideCosign(const PeerState& peer, const State& checkpoint);

// Rule 3: what a starting owner takes over.
struct Found {
  State checkpoint;
  std::optional<Proposed> proposal;
};
struct Adopted {
  enum class Kind { kAdopt, kForked } kind = Kind::kAdopt;
  State checkpoint;                  // longest; size 0 if none
  std::optional<Proposed> proposal;  // highest incarnation, longest of it
  // Which answer (index into `answers`, or answers.size() for the own disk) held each.
  size_t checkpoint_from = 0;
  size_t proposal_from = 0;
  // If kForked: which two contradict each other.
  size_t first = 0;
  size_t second = 0;
};
// `answers` are a quorum's; `own` is what the own disk holds. Contradictions of unequal sizes are
// found later, when the leaves are here.
Adopted Adopt(absl::Span<const Found> answers, const Found& own);

// Rule 6: the largest size that a quorum of every roster in play has acknowledged in this
// incarnation, 0 if none. `acknowledged` holds each member's newest size, one store per member.
uint64_t SizeToSign(const std::map<std::string, uint64_t>& acknowledged,
                    absl::Span<const Roster* const> in_play, const std::string& owner);

// Is there a quorum of every roster in play among `members` (final.h, CountPeers)? With no peers at
// all there is.
bool HasQuorum(absl::Span<const std::string> members, absl::Span<const Roster* const> in_play,
               const std::string& owner);

}  // namespace plenary::finality
