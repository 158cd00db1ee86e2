// Guarantee 1 and rule 5 of finality rest on this: what Write answered OK to is there after any
// crash, a batch is whole or not there, and batches are lost from the newest backwards only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/node/store_fixture.h"

namespace plenary::node {
namespace {

using When = CrashDisk::When;

// One durable step of the node: what the loop writes at once.
struct Step {
  const char* name;
  void (*fill)(Changes& changes);
};

nodev1::LogRecord LogOf(uint64_t size, uint64_t promised) {
  nodev1::LogRecord log;
  log.set_number(1);
  log.set_origin("a.b/br/1");
  log.set_size(size);
  log.mutable_promised()->set_counter(promised);
  return log;
}

const Step kSteps[] = {
    {"AppendOwnCommit",
     [](Changes& changes) {
       PutCommit(changes, {1, 0, 2});
       changes.PutNode(1, 0, 0, 2, Sha256("leaf 2"));
       changes.PutCommitIndex(1, Sha256("payload 2"), 2);
       changes.PutLog(LogOf(3, 1));
       changes.DropWaiting(1);
     }},
    {"StorePeersCommits",
     [](Changes& changes) {
       for (uint64_t i = 2; i < 200; ++i) PutCommit(changes, {1, 0, i});
       changes.PutLog(LogOf(200, 1));
     }},
    {"Promise", [](Changes& changes) { changes.PutLog(LogOf(2, 9)); }},
    {"Cosign",
     [](Changes& changes) {
       nodev1::LogRecord log = LogOf(2, 1);
       log.set_cosigned_size(2);
       changes.PutLog(log);
     }},
    {"AdoptRoster", [](Changes& changes) { changes.PutRoster(2, "roster 2"); }},
    {"ReplaceTheTail",
     [](Changes& changes) {
       changes.DropBranchFrom(1, 0, 1);
       PutCommit(changes, {1, 1, 1});
       PutCommit(changes, {1, 1, 2});
       changes.PutLog(LogOf(3, 2));
     }},
    {"Erase",
     [](Changes& changes) {
       changes.PutSlot({1, 0, 1}, 0, plenary::v1::SLOT_STATE_REDACTED, "");
       changes.PutPurge({1, 0, 1});
     }},
    {"KeepEvidence", [](Changes& changes) { changes.PutEvidence("a.b/br/1", "both notes"); }},
};

void PrintTo(const Step& step, std::ostream* out) { *out << step.name; }

// What happens to the step's one write, and what must be found afterwards.
enum class Expect { kAbsent, kPresent, kEither };
struct Row {
  const char* name;
  void (*arm)(CrashDisk& disk);
  bool acknowledged;
  Unsynced unsynced;
  Expect expect;
};

// A write's changes on the disk: 0 the log's record, 1 the log's sync (of its file, and the first
// time of its folder), then the mark.
const Row kRows[] = {
    {"CrashBeforeTheWrite", [](CrashDisk& disk) { disk.DieAt(0, When::kBefore); }, false,
     Unsynced::kLost, Expect::kAbsent},
    {"WrittenNotSyncedLost", [](CrashDisk& disk) { disk.DieAt(1, When::kBefore); }, false,
     Unsynced::kLost, Expect::kAbsent},
    {"WrittenNotSyncedTorn", [](CrashDisk& disk) { disk.DieAt(1, When::kBefore); }, false,
     Unsynced::kPrefix, Expect::kEither},
    {"WrittenNotSyncedProcessKilled", [](CrashDisk& disk) { disk.DieAt(1, When::kBefore); }, false,
     Unsynced::kKept, Expect::kPresent},
    {"SyncedAnswerLost", [](CrashDisk& disk) { disk.DieAt(1, When::kAfter); }, false,
     Unsynced::kLost, Expect::kPresent},
    {"SyncFailedAndLost", [](CrashDisk& disk) { disk.FailSync(0); }, false, Unsynced::kLost,
     Expect::kAbsent},
    {"SyncFailedButKept", [](CrashDisk& disk) { disk.FailSync(0, /*kept=*/true); }, false,
     Unsynced::kLost, Expect::kPresent},
    {"WriteFailed", [](CrashDisk& disk) { disk.FailWrite(0); }, false, Unsynced::kKept,
     Expect::kAbsent},
    {"MarkFailed", [](CrashDisk& disk) { disk.FailWrite(1); }, false, Unsynced::kLost,
     Expect::kPresent},
    {"NoFaultThenPowerCut", [](CrashDisk&) {}, true, Unsynced::kLost, Expect::kPresent},
    {"NoFaultThenTornPowerCut", [](CrashDisk&) {}, true, Unsynced::kPrefix, Expect::kPresent},
    {"NoFaultThenKill", [](CrashDisk&) {}, true, Unsynced::kKept, Expect::kPresent},
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class CrashTable : public StoreTest, public ::testing::WithParamInterface<std::tuple<Step, Row>> {
 protected:
  CrashTable() {
    EXPECT_OK(Open(/*create=*/true));
    EXPECT_OK(Write([](Changes& changes) {
      for (uint64_t i = 0; i < 2; ++i) PutCommit(changes, {1, 0, i});
      nodev1::Waiting waiting;
      waiting.set_sequence(1);
      changes.PutWaiting(waiting);
      changes.PutLog(LogOf(2, 1));
      changes.PutRoster(1, "roster 1");
    }));
  }
};

TEST_P(CrashTable, LeavesTheExpectedState) {
  const auto& [step, row] = GetParam();
  const std::string before = Dump(*store_);
  const DiskImage start = disk_.Image(Unsynced::kKept);
  ASSERT_OK(Write(step.fill));
  const std::string after = Dump(*store_);
  ASSERT_NE(before, after);

  store_.reset();
  disk_.Load(start);
  ASSERT_OK(Open());
  ASSERT_EQ(Dump(*store_), before);
  // The first sync of a log file is that of its folder too; that is behind us.
  ASSERT_OK(Write([](Changes& changes) { changes.PutView(ViewFamily::kState, "k", "v"); }));

  row.arm(disk_);
  const absl::Status written = Write(step.fill);
  EXPECT_EQ(written.ok(), row.acknowledged) << written;
  if (!written.ok()) {
    EXPECT_THAT(written, HasReason(Reason::DISK));
    EXPECT_THAT(Write([](Changes& changes) { changes.PutRoster(7, "later"); }),
                HasReason(Reason::DISK))
        << "nothing is written after a failed write";
  }
  ASSERT_OK(Crash(row.unsynced));
  const std::string found = Dump(*store_);
  switch (row.expect) {
    case Expect::kAbsent:
      EXPECT_EQ(found, before);
      break;
    case Expect::kPresent:
      EXPECT_EQ(found, after);
      break;
    case Expect::kEither:
      EXPECT_TRUE(found == before || found == after) << "half a batch:\n" << found;
      break;
  }
  EXPECT_OK(Write([](Changes& changes) { changes.PutRoster(3, "roster 3"); }))
      << "and the node goes on";
}

INSTANTIATE_TEST_SUITE_P(
    Steps, CrashTable, ::testing::Combine(::testing::ValuesIn(kSteps), ::testing::ValuesIn(kRows)),
    [](const ::testing::TestParamInfo<CrashTable::ParamType>& row) {
      return absl::StrCat(std::get<0>(row.param).name, "_", std::get<1>(row.param).name);
    });

// A whole short life: made, given an identity, written to, closed, opened, written to again. Says
// how many of its writes were acknowledged.
class Life {
 public:
  explicit Life(CrashDisk& disk) : disk_(disk) {}

  static constexpr uint64_t kWrites = 6;

  // Stops at the first failure.
  void Run() {
    const LoopScope on_the_loop;
    for (int opening = 0; opening < 2; ++opening) {
      auto store = Store::Open(OptionsOn(disk_, /*create=*/true));
      if (!store.ok()) return;
      opened_ = true;
      for (uint64_t i = 0; i < kWrites / 2; ++i) {
        Changes changes(**store);
        const uint64_t number = static_cast<uint64_t>(opening) * (kWrites / 2) + i;
        PutCommit(changes, {1, 0, number});
        changes.PutLog(LogOf(number + 1, number));
        if (!(*store)->Write(std::move(changes), Sync::kYes).ok()) return;
        acknowledged_ = number + 1;
      }
    }
    complete_ = true;
  }
  uint64_t acknowledged() const { return acknowledged_; }
  bool opened() const { return opened_; }
  bool complete() const { return complete_; }

 private:
  CrashDisk& disk_;
  uint64_t acknowledged_ = 0;
  bool opened_ = false;
  bool complete_ = false;
};

void ExpectPrefix(const Store& store, uint64_t at_least) {
  const auto logs = store.AllLogs();
  ASSERT_OK(logs);
  const uint64_t size = logs->empty() ? 0 : logs->front().size();
  EXPECT_GE(size, at_least) << "an acknowledged write is lost";
  const auto end = store.ScanCommits(
      {1, 0, 0}, {},
      [&](uint64_t index, absl::string_view envelope, absl::Span<const SlotView> slots) {
        EXPECT_EQ(envelope, EnvelopeOf(index));
        EXPECT_EQ(slots.size(), 2u);
        return true;
      });
  ASSERT_OK(end);
  EXPECT_EQ(*end, size) << "half a batch";
}

class CrashSweep : public ::testing::TestWithParam<std::tuple<When, Unsynced>> {};

TEST_P(CrashSweep, NothingAcknowledgedIsLostAndEveryStoreOpensAgain) {
  LoopScope on_the_loop;
  const auto [when, unsynced] = GetParam();
  uint64_t died = 0;
  // Making a store is most of the time; the hardest case goes through every change.
  const uint64_t stride = unsynced == Unsynced::kLost ? 1 : 3;
  for (uint64_t at = 0;; at += stride) {
    SCOPED_TRACE(absl::StrCat("change ", at));
    CrashDisk disk(at);
    disk.DieAt(at, when);
    Life life(disk);
    life.Run();
    if (!disk.dead() && life.complete()) break;
    ++died;
    disk.Crash(unsynced);
    // A store that was once open is there; one whose making was cut short is made again.
    auto store = Store::Open(OptionsOn(disk, /*create=*/!life.opened()));
    ASSERT_OK(store);
    ExpectPrefix(**store, life.acknowledged());
    Changes changes(**store);
    changes.PutRoster(1, "roster");
    EXPECT_OK((*store)->Write(std::move(changes), Sync::kYes));
  }
  EXPECT_GT(died * stride, 100u) << "the sweep reached the life's end too soon";
}

INSTANTIATE_TEST_SUITE_P(All, CrashSweep,
                         ::testing::Combine(::testing::Values(When::kBefore, When::kAfter),
                                            ::testing::Values(Unsynced::kLost, Unsynced::kPrefix,
                                                              Unsynced::kKept)));

TEST(StoreOnCrashDisk, OneSeedGivesOneLife) {
  LoopScope on_the_loop;
  const auto run = [](uint64_t seed) {
    CrashDisk disk(seed);
    disk.DieAt(170, When::kBefore);
    Life life(disk);
    life.Run();
    EXPECT_TRUE(disk.dead());
    const uint64_t changes = disk.changes();
    disk.Crash(Unsynced::kPrefix);
    const auto store = Store::Open(OptionsOn(disk, /*create=*/true));
    EXPECT_OK(store);
    return absl::StrCat(changes, " ", disk.changes(), "\n", Dump(**store));
  };
  EXPECT_EQ(run(3), run(3));
}

class SyncFailSweep : public ::testing::TestWithParam<bool> {};

TEST_P(SyncFailSweep, AFailedSyncNeverAcknowledges) {
  LoopScope on_the_loop;
  for (uint64_t at = 0;; ++at) {
    SCOPED_TRACE(absl::StrCat("sync ", at));
    CrashDisk disk(at);
    disk.FailSync(at, /*kept=*/GetParam());
    Life life(disk);
    life.Run();
    if (life.complete()) break;
    disk.Crash(Unsynced::kLost);
    auto store = Store::Open(OptionsOn(disk, /*create=*/!life.opened()));
    ASSERT_OK(store);
    ExpectPrefix(**store, life.acknowledged());
  }
}

INSTANTIATE_TEST_SUITE_P(All, SyncFailSweep, ::testing::Bool());

class StoreDiskTest : public StoreTest {
 protected:
  StoreDiskTest() {
    EXPECT_OK(Open(/*create=*/true));
    EXPECT_OK(WriteLeaves(1, 0, 0, 3));
  }
};

TEST_F(StoreDiskTest, UnsyncedViewWritesAreLostWithoutHarm) {
  ASSERT_OK(Write([](Changes& changes) { changes.PutView(ViewFamily::kState, "applied", "3"); },
                  Sync::kNo));
  EXPECT_EQ(*store_->View(ViewFamily::kState, "applied"), "3");
  ASSERT_OK(Crash(Unsynced::kLost));
  EXPECT_EQ(*store_->View(ViewFamily::kState, "applied"), std::nullopt);
  EXPECT_OK(store_->Leaf({1, 0, 2}));
}

TEST_F(StoreDiskTest, ASyncedWriteCoversTheUnsyncedOnesBefore) {
  ASSERT_OK(Write([](Changes& changes) { changes.PutView(ViewFamily::kState, "applied", "3"); },
                  Sync::kNo));
  ASSERT_OK(WriteLeaves(1, 0, 3, 4));
  ASSERT_OK(Crash(Unsynced::kLost));
  EXPECT_EQ(*store_->View(ViewFamily::kState, "applied"), "3");
}

TEST_F(StoreDiskTest, AFullDiskFailsTheWriteAndAFreedOneTakesTheStoreUpAgain) {
  disk_.SetCapacity(disk_.used_bytes() + 500);
  EXPECT_EQ(*store_->FreeBytes(), 500u);
  EXPECT_THAT(WriteLeaves(1, 0, 3, 100), HasReason(Reason::DISK));
  EXPECT_OK(store_->Leaf({1, 0, 2})) << "what is there is still served";
  disk_.SetCapacity(CrashDisk::kUnlimited);
  EXPECT_THAT(WriteLeaves(1, 0, 3, 4), HasReason(Reason::DISK)) << "never tried again";
  ASSERT_OK(Open());
  EXPECT_THAT(store_->Leaf({1, 0, 3}), HasReason(Reason::NOT_FOUND));
  EXPECT_OK(WriteLeaves(1, 0, 3, 100));
}

TEST_F(StoreDiskTest, AStoreOnAFullDiskSaysSoAndLosesNothing) {
  store_.reset();
  disk_.SetCapacity(disk_.used_bytes());
  EXPECT_THAT(Open(), HasReason(Reason::DISK));
  disk_.SetCapacity(CrashDisk::kUnlimited);
  ASSERT_OK(Open());
  EXPECT_OK(store_->Leaf({1, 0, 2}));
}

TEST_F(StoreDiskTest, ACheckpointIsACopyThatSurvives) {
  ASSERT_OK(store_->Checkpoint("/copy"));
  EXPECT_THAT(store_->Checkpoint("/copy"), HasReason(Reason::STORE_PATH));
  EXPECT_THAT(store_->Checkpoint("/no/such/folder"), HasReason(Reason::STORE_PATH));
  const std::string before = Dump(*store_);
  ASSERT_OK(WriteLeaves(1, 0, 3, 5));
  ASSERT_OK(Crash(Unsynced::kLost));
  EXPECT_OK(store_->Leaf({1, 0, 4}));
  StoreOptions options = OptionsOn(disk_, false);
  options.path = "/copy";
  const auto copy = Store::Open(options);
  ASSERT_OK(copy);
  EXPECT_EQ(Dump(**copy), before);
}

TEST_F(StoreDiskTest, PurgedSlotsAreInNoFile) {
  ASSERT_OK(Write([](Changes& changes) {
    changes.PutSlot({1, 0, 1}, 0, plenary::v1::SLOT_STATE_PRESENT, "the secret name");
  }));
  ASSERT_OK(Open());  // from the log into a table
  ASSERT_OK(Write([](Changes& changes) {
    changes.PutSlot({1, 0, 1}, 0, plenary::v1::SLOT_STATE_REDACTED, "");
  }));
  const auto found = [this] {
    int files = 0;
    for (const std::string& path : disk_.Files(kStorePath)) {
      files += disk_.Contents(path).find("secret") != std::string::npos;
    }
    return files;
  };
  EXPECT_GT(found(), 0) << "the test does not see what it looks for";
  ASSERT_OK(store_->PurgeSlots({1, 0, 1}));
  EXPECT_EQ(found(), 0);
  EXPECT_EQ(store_->Slot({1, 0, 1}, 0)->state, plenary::v1::SLOT_STATE_REDACTED);
  EXPECT_EQ(store_->Slot({1, 0, 2}, 0)->bytes, RecordOf(2, 0));
  ASSERT_OK(Crash(Unsynced::kLost));
  EXPECT_EQ(found(), 0) << "a power cut brings no erased bytes back";
}

}  // namespace
}  // namespace plenary::node
