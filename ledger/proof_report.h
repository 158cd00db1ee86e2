// The sentences of a proof's verdict. Part of proof_verdict.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/card.h"
#include "ledger/commit.h"
#include "ledger/proof_file.h"
#include "ledger/proof_steps.h"
#include "ledger/proof_verdict.h"
#include "ledger/roster.h"

namespace plenary {

// Each says one thing that has been checked, out of the facts in the verdict.
std::string SayRecord(const ProofVerdict& verdict);
std::string SaySigned(const ProofVerdict& verdict, const Roster& roster, const Card& card);
std::string SayIncluded(const ProofVerdict& verdict);
std::string SayHeld(const HeldBy& held, const Roster& roster);
// `faulty` of the `cosigned` members may lie.
std::string SayTime(uint64_t time_seconds, int faulty, size_t cosigned);
std::string SayRosters(const RosterChain& rosters);
std::string SayAnchored(const Roster& pinned, const ProofVerdict& verdict);

// What no proof says, and what this one leaves open.
std::vector<std::string> SayNotProven(const ProofVerdict& verdict);

// What the file holds besides: sections of other types, tokens, cards, rosters, steps and
// cosignatures that the verdict does not need.
std::vector<std::string> SaySurplus(const ProofFile& file, const ShownLog& log,
                                    const std::vector<FinalCheckpoint>& finals,
                                    const std::vector<Card>& cards, const LeafView& leaf,
                                    const ProofVerdict& verdict);

}  // namespace plenary
