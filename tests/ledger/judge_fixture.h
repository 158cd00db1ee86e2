// What the tests of judging share: a federation, and short words for its leaves and verdicts.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ledger/judge.h"
#include "ledger/judge_logs.h"
#include "tests/support/log_maker.h"
#include "tests/support/status_matchers.h"

namespace plenary {

inline std::string DigestOfBytes(const std::string& bytes) { return Sha256(bytes).bytes(); }

class JudgeTest : public ::testing::Test {
 protected:
  std::vector<JudgedLeaf> Judge(std::vector<LeafToJudge> leaves,
                                const Sight& sight = Sight::Main()) {
    TrustBook trust = testing::TrustOf(world_);
    return JudgeBy(trust, std::move(leaves), sight);
  }
  std::vector<JudgedLeaf> JudgeBy(TrustBook& trust, std::vector<LeafToJudge> leaves,
                                  const Sight& sight = Sight::Main()) {
    auto judged = JudgeLogs(trust, sight, {{world_.Origin("br"), std::move(leaves)}});
    EXPECT_OK(judged);
    return (*judged)[0].leaves;
  }
  static std::string Word(const Judgement& judgement) {
    return judgement.why.ok() ? std::string(VerdictWord(judgement.verdict))
                              : RowOf(*ReasonOf(judgement.why)).name;
  }
  // The verdicts of all entries, leaf by leaf.
  static std::vector<std::string> Words(const std::vector<JudgedLeaf>& leaves) {
    std::vector<std::string> words;
    for (const JudgedLeaf& leaf : leaves) {
      for (const JudgedEntry& entry : leaf.entries) words.push_back(Word(entry.judgement));
    }
    return words;
  }
  LeafToJudge Leaf(const std::vector<testing::RecordToLog>& records) {
    return testing::NewLeaf(world_, "br", 1, records);
  }
  // A leaf with another time, so that it is another commit.
  LeafToJudge LeafAt(int64_t time, const std::vector<testing::RecordToLog>& records) {
    v1::Manifest manifest = testing::NewManifest(world_, "br", 1, records);
    manifest.mutable_author_time()->set_seconds(time);
    return testing::LeafOf(world_, manifest, records);
  }
  std::string Meeting(absl::string_view id, uint64_t revision = 1, absl::string_view previous = "",
                      absl::string_view salt = "") {
    return testing::RecordBytes("br", "meetings", id, revision, previous, salt);
  }
  using List = std::vector<std::string>;

  testing::World world_{4};
};

}  // namespace plenary
