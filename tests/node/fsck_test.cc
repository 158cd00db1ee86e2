// An administrator who asks whether the store is whole must hear of every fault, of no other, and
// where it is: the scrub fetches exactly what is named.
#include "node/store/fsck.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/checkpoint.h"
#include "ledger/commit.h"
#include "ledger/merkle.h"
#include "tests/node/store_fixture.h"
#include "tests/support/world.h"

namespace plenary::node {
namespace {

using plenary::testing::World;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "slot damaged 1/0/3 entry 1" for each finding.
std::vector<std::string> Summary(const FsckReport& report) {
  std::vector<std::string> lines;
  for (const Finding& finding : report.findings) {
    std::string line(NameOf(finding.kind));
    absl::StrAppend(&line, " ", finding.at.log, "/", finding.at.branch, "/", finding.at.index);
    if (finding.leaves > 1) absl::StrAppend(&line, "+", finding.leaves);
    if (finding.entry.has_value()) absl::StrAppend(&line, " entry ", *finding.entry);
    lines.push_back(line);
  }
  return lines;
}

class FsckTest : public StoreTest {
 protected:
  static constexpr uint32_t kLog = 1;
  static constexpr uint64_t kSize = 11;
  static constexpr uint64_t kSecondSegment = 6;

  FsckTest() {
    EXPECT_OK(Open(/*create=*/true));
    for (uint64_t i = 0; i < kSize; ++i) commits_.push_back(MakeOne(i));
    EXPECT_OK(Write([this](Changes& changes) { PutEverything(changes); }));
  }

  // A commit of two records; their bytes follow from the number.
  MadeCommit MakeOne(uint64_t number) {
    CommitDraft draft;
    draft.origin = world_.Origin("br");
    draft.roster = {world_.roster().version(), world_.roster().digest()};
    draft.card = {world_.card("br").version(), world_.card("br").digest()};
    for (uint32_t entry = 0; entry < 2; ++entry) {
      draft.records.push_back({RecordOf(number, entry), Audience::Members("br"), false});
    }
    const Signer* author = &world_.Author("br");
    const auto made = MakeCommit(draft, {author});
    EXPECT_OK(made);
    return *made;
  }
  static uint32_t BranchOf(uint64_t index) { return index < kSecondSegment ? 0 : 1; }
  static BranchLeaf At(uint64_t index) { return {kLog, BranchOf(index), index}; }

  void PutEverything(Changes& changes) {
    Frontier frontier;
    for (uint64_t i = 0; i < kSize; ++i) {
      changes.PutLeaf(At(i), commits_[i].leaf);
      changes.PutSlot(At(i), 0, plenary::v1::SLOT_STATE_PRESENT, RecordOf(i, 0));
      changes.PutSlot(At(i), 1, plenary::v1::SLOT_STATE_PRESENT, RecordOf(i, 1));
      frontier.Append(LeafHash(commits_[i].leaf), [&](NodeId node, const Digest& hash) {
        changes.PutNode(kLog, BranchOf(i), node.level, node.index, hash);
      });
      changes.PutCommitIndex(kLog, commits_[i].identity, i);
      if (i + 1 == kSigned) signed_root_ = frontier.Root();
    }
    log_.set_number(kLog);
    log_.set_origin(world_.Origin("br"));
    log_.set_size(kSize);
    log_.set_signed_size(kSigned);
    log_.set_next_branch(2);
    AddSegment(0, 0);
    AddSegment(kSecondSegment, 1);
    log_.set_checkpoint(
        SignCheckpoint({world_.Origin("br"), kSigned, signed_root_}, world_.Log("br")));
    log_.set_cosigned_size(kSigned);
    log_.set_cosigned_root(signed_root_.bytes());
    changes.PutLog(log_);
    changes.PutRoster(1, world_.roster().envelope());
    const Card& card = world_.card("br");
    changes.PutCard("br", 1, card.digest(), card.envelope());
  }
  void AddSegment(uint64_t from, uint32_t branch) {
    nodev1::Segment* segment = log_.add_segments();
    segment->set_from(from);
    segment->set_branch(branch);
  }

  std::vector<std::string> Check() {
    const auto report = Fsck(*store_);
    EXPECT_OK(report);
    return report.ok() ? Summary(*report) : std::vector<std::string>();
  }
  // What the check says after a change to the store.
  template <typename Fill>
  std::vector<std::string> CheckAfter(Fill fill) {
    EXPECT_OK(Write(fill));
    return Check();
  }
  // What the check says when the log record is another.
  template <typename Change>
  std::vector<std::string> CheckWithLog(Change change) {
    nodev1::LogRecord log = log_;
    change(log);
    return CheckAfter([&](Changes& changes) { changes.PutLog(log); });
  }

  static constexpr uint64_t kSigned = 9;

  const World world_{3};
  std::vector<MadeCommit> commits_;
  Digest signed_root_;
  nodev1::LogRecord log_;
};

TEST_F(FsckTest, AWholeStoreHasNoFindings) {
  ASSERT_OK(Write([](Changes& changes) {
    changes.PutSlot(At(2), 0, plenary::v1::SLOT_STATE_WITHHELD, "");
    changes.PutSlot(At(2), 1, plenary::v1::SLOT_STATE_REDACTED, "");
    changes.PutSlot(At(3), 1, plenary::v1::SLOT_STATE_MISSING, "");
  }));
  const auto report = Fsck(*store_);
  ASSERT_OK(report);
  EXPECT_THAT(Summary(*report), IsEmpty());
  EXPECT_EQ(report->logs, 1u);
  EXPECT_EQ(report->leaves, kSize);
  EXPECT_EQ(report->present, 2 * kSize - 3);
  EXPECT_EQ(report->withheld, 1u);
  EXPECT_EQ(report->redacted, 1u);
  EXPECT_EQ(report->missing, 1u);
  EXPECT_GT(report->record_bytes, 0u);
  EXPECT_FALSE(report->more);
}

TEST_F(FsckTest, AnEmptyStoreHasNoFindings) {
  CrashDisk other(2);
  const auto store = Store::Open(OptionsOn(other, true));
  ASSERT_OK(store);
  const auto report = Fsck(**store);
  ASSERT_OK(report);
  EXPECT_THAT(Summary(*report), IsEmpty());
}

TEST_F(FsckTest, AChangedLeafGivesAnotherHashAndRoot) {
  EXPECT_THAT(
      CheckAfter([this](Changes& changes) { changes.PutLeaf(At(4), MakeOne(77).leaf); }),
      ElementsAre("slot damaged 1/0/4 entry 0", "slot damaged 1/0/4 entry 1", "node wrong 1/0/4+2",
                  "node wrong 1/1/7", "root wrong 1/0/0", "root wrong 1/0/0"));
}

TEST_F(FsckTest, AnUnreadableLeafIsAllowedIfItIsTheOneThatWasSigned) {
  const auto lines = CheckAfter([](Changes& changes) {
    changes.PutLeaf(At(10), "no envelope");
    changes.PutNode(kLog, 1, 0, 10, LeafHash("no envelope"));
  });
  EXPECT_THAT(lines, ElementsAre("slot without entry 1/1/10")) << "it has no slots";
}

TEST_F(FsckTest, MissingLeavesAreOneFindingAndNothingBehindThemIsAccused) {
  EXPECT_THAT(CheckAfter([](Changes& changes) { changes.DropBranchFrom(kLog, 0, 3); }),
              ElementsAre("leaf missing 1/0/3+3"));
}

TEST_F(FsckTest, BehindAMissingLeafTheCheckGoesOnByItsStoredHash) {
  log_.set_cosigned_root(Sha256("wrong").bytes());
  EXPECT_THAT(CheckAfter([this](Changes& changes) {
                changes.DropBranchFrom(kLog, 0, 3);
                Frontier frontier;
                for (uint64_t i = 0; i < kSecondSegment; ++i) {
                  frontier.Append(LeafHash(commits_[i].leaf), [&](NodeId node, const Digest& hash) {
                    changes.PutNode(kLog, 0, node.level, node.index, hash);
                  });
                }
                changes.PutLog(log_);
              }),
              ElementsAre("leaf missing 1/0/3+3", "root wrong 1/0/0"));
}

TEST_F(FsckTest, SlotsAreCheckedAgainstTheManifest) {
  EXPECT_THAT(CheckAfter([](Changes& changes) {
                const auto present = plenary::v1::SLOT_STATE_PRESENT;
                changes.PutSlot(At(1), 1, present, "other bytes");
                std::string same_size = RecordOf(2, 0);
                same_size[0] = 'R';
                changes.PutSlot(At(2), 0, present, same_size);
                changes.PutSlot(At(3), 2, present, "third of two");
                changes.PutSlot(At(7), 0, present, "");
              }),
              ElementsAre("slot damaged 1/0/1 entry 1", "slot damaged 1/0/2 entry 0",
                          "slot without entry 1/0/3", "slot damaged 1/1/7 entry 0"));
}

TEST_F(FsckTest, MissingSlotsAreNamedOneByOne) {
  EXPECT_THAT(CheckAfter([this](Changes& changes) {
                changes.DropBranchFrom(kLog, 1, 10);
                changes.PutLeaf(At(10), commits_[10].leaf);
                changes.PutNode(kLog, 1, 0, 10, LeafHash(commits_[10].leaf));
              }),
              ElementsAre("slot missing 1/1/10 entry 0", "slot missing 1/1/10 entry 1"));
}

TEST_F(FsckTest, NodesAreComputedAnew) {
  EXPECT_THAT(CheckAfter([](Changes& changes) {
                changes.PutNode(kLog, 0, 1, 1, Sha256("wrong"));
                changes.PutNode(kLog, 0, 5, 0, Sha256("of leaf 31"));
                changes.PutNode(kLog, 1, 2, 1, Sha256("wrong"));
              }),
              ElementsAre("node wrong 1/0/3", "node wrong 1/1/7", "leftover 1/0/31"));
}

TEST_F(FsckTest, TheCheckpointsRootMustBeThatOfTheLeaves) {
  EXPECT_THAT(CheckWithLog([this](nodev1::LogRecord& log) {
                log.set_checkpoint(SignCheckpoint({world_.Origin("br"), kSigned, Sha256("other")},
                                                  world_.Log("br")));
              }),
              ElementsAre("root wrong 1/0/0"));
  EXPECT_THAT(CheckWithLog([this](nodev1::LogRecord& log) {
                log.set_final_checkpoint(
                    SignCheckpoint({world_.Origin("in"), kSigned, signed_root_}, world_.Log("in")));
              }),
              ElementsAre("log record 1/0/0"));
  EXPECT_THAT(
      CheckWithLog([](nodev1::LogRecord& log) { log.set_cosigned_root(Sha256("x").bytes()); }),
      ElementsAre("root wrong 1/0/0"));
  EXPECT_THAT(CheckWithLog([](nodev1::LogRecord& log) { log.set_cosigned_size(kSize + 1); }),
              ElementsAre("log record 1/0/0"));
  EXPECT_THAT(CheckWithLog([](nodev1::LogRecord& log) { log.set_proposal("no envelope"); }),
              ElementsAre("log record 1/0/0"));
}

TEST_F(FsckTest, SegmentsCoverTheLogWithoutOverlap) {
  EXPECT_THAT(CheckWithLog([](nodev1::LogRecord& log) { log.set_size(kSize + 1); }),
              ElementsAre("leaf missing 1/1/11"));
  EXPECT_THAT(CheckWithLog([](nodev1::LogRecord& log) { log.set_signed_size(kSize + 1); }),
              ElementsAre("log record 1/0/0"));
  EXPECT_THAT(CheckWithLog([](nodev1::LogRecord& log) { log.set_size(kSize - 1); }),
              ElementsAre("leftover 1/1/10", "leftover 1/1/10", "leftover 1/1/10"))
      << "leaf, slots and nodes";
  EXPECT_THAT(CheckWithLog([](nodev1::LogRecord& log) { log.set_next_branch(1); }),
              ElementsAre("log record 1/0/0"));
  EXPECT_THAT(CheckWithLog([](nodev1::LogRecord& log) { log.set_origin("nowhere"); }),
              ::testing::Contains("log record 1/0/0"));
}

TEST_F(FsckTest, WhatIsInNoSegmentIsALeftover) {
  EXPECT_THAT(CheckAfter([](Changes& changes) {
                changes.PutLeaf({kLog, 0, 8}, "overtaken");
                changes.PutSlot({kLog, 7, 1}, 0, plenary::v1::SLOT_STATE_WITHHELD, "");
                changes.PutNode(9, 0, 0, 0, Sha256("of no log"));
                changes.PutLeaf({kLog, 1, 2}, "before the segment");
              }),
              ElementsAre("leftover 1/0/8", "leftover 1/1/2", "leftover 1/7/1", "leftover 9/0/0"));
}

TEST_F(FsckTest, ACommitIndexThatPointsElsewhereIsFound) {
  EXPECT_THAT(CheckAfter([this](Changes& changes) {
                changes.PutCommitIndex(kLog, commits_[3].identity, 8);
              }),
              ElementsAre("commit index 1/0/3"));
}

TEST_F(FsckTest, RostersAndCardsAreWhatTheirKeysSay) {
  EXPECT_THAT(CheckAfter([this](Changes& changes) {
                changes.PutRoster(3, world_.roster().envelope());
                changes.PutCard("in", 1, Sha256("other"), world_.card("in").envelope());
                changes.PutCard("ru", 1, Sha256("other"), "no envelope");
              }),
              ElementsAre("roster 0/0/0", "card 0/0/0", "card 0/0/0"));
}

TEST_F(FsckTest, FindingsAreBounded) {
  ASSERT_OK(Write([](Changes& changes) {
    for (uint64_t i = 0; i < kSize; ++i) {
      changes.PutSlot(At(i), 0, plenary::v1::SLOT_STATE_PRESENT, "wrong");
      changes.PutSlot(At(i), 1, plenary::v1::SLOT_STATE_PRESENT, "wrong");
    }
  }));
  const auto report = Fsck(*store_, {.max_findings = 5});
  ASSERT_OK(report);
  EXPECT_EQ(report->findings.size(), 5u);
  EXPECT_TRUE(report->more);
}

TEST_F(FsckTest, DamagedBlocksAreFindingsAndTheCheckGoesOn) {
  ASSERT_OK(Open());  // from the log into tables
  store_.reset();
  int damaged = 0;
  const DiskImage image = disk_.Image(Unsynced::kKept);
  for (const std::string& path : disk_.Files(kStorePath)) {
    const std::string bytes = disk_.Contents(path);
    if (path.find(".sst") == std::string::npos || bytes.find("record 0.0") == std::string::npos) {
      continue;
    }
    ++damaged;
    disk_.Load(image);
    ASSERT_TRUE(disk_.FlipBit(path, bytes.find("record 0.0") * 8));
    ASSERT_OK(Open());
    const std::vector<std::string> lines = Check();
    EXPECT_THAT(lines, ElementsAre("slot damaged 1/0/0+6", "slot damaged 1/1/6+5"))
        << "all slots lie in one block";
  }
  EXPECT_EQ(damaged, 1);
}

TEST_F(FsckTest, ADiskThatFailsEndsTheCheck) {
  ASSERT_OK(Open());
  disk_.PowerOff();
  EXPECT_THAT(Fsck(*store_), HasReason(Reason::DISK));
}

}  // namespace
}  // namespace plenary::node
