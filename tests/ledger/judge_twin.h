// A slow, obviously right judge: docs/FORMATS.md, section 4, read from top to bottom over whole
// logs, again and again, without any memory between entries. For comparison only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ledger/card.h"
#include "ledger/judge_logs.h"
#include "ledger/roster.h"

namespace plenary::testing {

// Which audiences the twin has in sight: those of the indices 0 and 1, and one list, sorted and
// with its owner, or none.
struct TwinSight {
  bool members = true;
  std::vector<std::string> list;
};

// Judges the logs of one member, given by epoch. `cards` are those held. Gives the words: one for
// each leaf, and for each of its entries.
struct TwinLeaf {
  std::string verdict;
  std::vector<std::string> entries;
};
std::map<uint64_t, std::vector<TwinLeaf>> JudgeSlowly(
    const std::string& member, const std::vector<Roster>& rosters, const std::vector<Card>& cards,
    const TwinSight& sight, const std::map<uint64_t, std::vector<LeafToJudge>>& logs);

}  // namespace plenary::testing
