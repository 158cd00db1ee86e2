// What the node core and the services believe of the store: what was put is read back exactly, in
// order, at its place, and nothing else.
#include "node/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/store_fixture.h"

namespace plenary::node {
namespace {

using plenary::v1::SLOT_STATE_MISSING;
using plenary::v1::SLOT_STATE_PRESENT;
using plenary::v1::SLOT_STATE_REDACTED;
using plenary::v1::SLOT_STATE_WITHHELD;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;

class OpenStoreTest : public StoreTest {
 protected:
  OpenStoreTest() { EXPECT_OK(Open(/*create=*/true)); }

  std::vector<uint64_t> Indices(BranchLeaf from, ScanLimits limits = {}) {
    std::vector<uint64_t> seen;
    EXPECT_OK(store_->ScanLeaves(from, limits, [&](uint64_t index, absl::string_view envelope) {
      EXPECT_EQ(envelope, EnvelopeOf(index));
      seen.push_back(index);
      return true;
    }));
    return seen;
  }
};

TEST_F(OpenStoreTest, BytesComeBackExactly) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes.push_back(static_cast<char>(i));
  const BranchLeaf at = {1, 0, 5};
  ASSERT_OK(Write([&](Changes& changes) {
    changes.PutLeaf(at, all_bytes);
    changes.PutSlot(at, 0, SLOT_STATE_PRESENT, all_bytes);
    changes.PutSlot(at, 1, SLOT_STATE_PRESENT, "");
    changes.PutSlot(at, 2, SLOT_STATE_WITHHELD, "");
    changes.PutSlot(at, 1023, SLOT_STATE_MISSING, "");
  }));
  EXPECT_EQ(*store_->Leaf(at), all_bytes);
  EXPECT_EQ(store_->Slot(at, 0)->bytes, all_bytes);
  EXPECT_EQ(store_->Slot(at, 1)->state, SLOT_STATE_PRESENT);
  EXPECT_EQ(store_->Slot(at, 2)->state, SLOT_STATE_WITHHELD);
  EXPECT_EQ(store_->Slot(at, 1023)->state, SLOT_STATE_MISSING);
  EXPECT_THAT(store_->Slot(at, 3), HasReason(Reason::NOT_FOUND));
  EXPECT_THAT(store_->Leaf({1, 0, 4}), HasReason(Reason::NOT_FOUND));
  EXPECT_THAT(store_->Leaf({1, 1, 5}), HasReason(Reason::NOT_FOUND));
  EXPECT_THAT(store_->Leaf({0, 0, 5}), HasReason(Reason::NOT_FOUND));
}

TEST_F(OpenStoreTest, ErrorsNameTheLogAndTheIndex) {
  const absl::Status status = store_->Leaf({7, 2, 812}).status();
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("log 7 branch 2 index 812"));
}

TEST_F(OpenStoreTest, SlotsAreAllThereOrTheStoreIsDamaged) {
  const BranchLeaf at = {1, 0, 0};
  ASSERT_OK(Write([&](Changes& changes) {
    PutCommit(changes, at);
    PutCommit(changes, {1, 0, 1});
    changes.PutSlot({1, 0, 2}, 1, SLOT_STATE_PRESENT, "without slot 0");
  }));
  const auto slots = store_->Slots(at, 2);
  ASSERT_OK(slots);
  EXPECT_EQ((*slots)[0].bytes, RecordOf(0, 0));
  EXPECT_EQ((*slots)[1].state, SLOT_STATE_WITHHELD);
  EXPECT_EQ(store_->Slots(at, 0)->size(), 0u);
  EXPECT_EQ(store_->Slots(at, 1)->size(), 1u);
  // The next leaf's slots are not this one's.
  EXPECT_THAT(store_->Slots(at, 3), HasReason(Reason::STORE_DAMAGED));
  EXPECT_THAT(store_->Slots({1, 0, 2}, 1), HasReason(Reason::STORE_DAMAGED));
  EXPECT_THAT(store_->Slots({1, 0, 2}, 2), HasReason(Reason::STORE_DAMAGED));
  EXPECT_THAT(store_->Slots({1, 0, 9}, 1), HasReason(Reason::STORE_DAMAGED));
}

TEST_F(OpenStoreTest, EqualRecordsOfTwoEntriesAreTwoRecords) {
  // A key opens nothing by digest: erasing one entry's bytes leaves the other's.
  ASSERT_OK(Write([](Changes& changes) {
    changes.PutSlot({1, 0, 0}, 0, SLOT_STATE_PRESENT, "same");
    changes.PutSlot({2, 0, 0}, 0, SLOT_STATE_PRESENT, "same");
  }));
  ASSERT_OK(Write([](Changes& changes) {
    changes.PutSlot({1, 0, 0}, 0, SLOT_STATE_REDACTED, "");
  }));
  EXPECT_EQ(store_->Slot({1, 0, 0}, 0)->state, SLOT_STATE_REDACTED);
  EXPECT_EQ(store_->Slot({1, 0, 0}, 0)->bytes, "");
  EXPECT_EQ(store_->Slot({2, 0, 0}, 0)->bytes, "same");
}

TEST_F(OpenStoreTest, ScansGoInOrderOfIndexWithinOneBranch) {
  ASSERT_OK(WriteLeaves(1, 0, 254, 260));  // across the carry of the last byte
  ASSERT_OK(WriteLeaves(1, 1, 260, 262));
  ASSERT_OK(WriteLeaves(2, 0, 0, 3));
  EXPECT_THAT(Indices({1, 0, 254}), ElementsAre(254, 255, 256, 257, 258, 259));
  EXPECT_THAT(Indices({1, 0, 258}), ElementsAre(258, 259));
  EXPECT_THAT(Indices({1, 0, 260}), IsEmpty());
  EXPECT_THAT(Indices({1, 1, 260}), ElementsAre(260, 261));
  EXPECT_THAT(Indices({3, 0, 0}), IsEmpty());
}

TEST_F(OpenStoreTest, ScansEndAtTheirLimitsAndShowAtLeastOneLeaf) {
  ASSERT_OK(WriteLeaves(1, 0, 0, 9));
  const uint64_t one = EnvelopeOf(0).size();
  EXPECT_THAT(Indices({1, 0, 0}, {.max_leaves = 2}), ElementsAre(0, 1));
  EXPECT_THAT(Indices({1, 0, 0}, {.max_bytes = 3 * one}), ElementsAre(0, 1, 2));
  EXPECT_THAT(Indices({1, 0, 0}, {.max_bytes = 3 * one - 1}), ElementsAre(0, 1));
  EXPECT_THAT(Indices({1, 0, 0}, {.max_bytes = 1}), ElementsAre(0));
  EXPECT_THAT(Indices({1, 0, 0}, {.max_leaves = 0}), IsEmpty());
  int shown = 0;
  const auto next =
      store_->ScanLeaves({1, 0, 2}, {}, [&](uint64_t, absl::string_view) { return ++shown < 3; });
  EXPECT_EQ(*next, 5u) << "the index after the last leaf shown";
}

TEST_F(OpenStoreTest, AGapIsDamageNotTheEnd) {
  ASSERT_OK(WriteLeaves(1, 0, 0, 3));
  ASSERT_OK(WriteLeaves(1, 0, 4, 6));
  std::vector<uint64_t> seen;
  const auto visit = [&](uint64_t index, absl::string_view) {
    seen.push_back(index);
    return true;
  };
  const auto scanned = store_->ScanLeaves({1, 0, 0}, {}, visit);
  EXPECT_THAT(scanned, HasReason(Reason::STORE_DAMAGED));
  EXPECT_THAT(std::string(scanned.status().message()), ::testing::HasSubstr("index 3"));
  EXPECT_THAT(seen, ElementsAre(0, 1, 2));
  EXPECT_THAT(store_->ScanLeaves({1, 0, 3}, {}, visit), HasReason(Reason::STORE_DAMAGED));
}

TEST_F(OpenStoreTest, ScanCommitsPairsEachLeafWithItsOwnSlots) {
  ASSERT_OK(Write([](Changes& changes) {
    PutCommit(changes, {1, 0, 0});
    changes.PutLeaf({1, 0, 1}, EnvelopeOf(1));  // fails the scan: no slots
    PutCommit(changes, {1, 0, 2});
    changes.PutSlot({1, 0, 3}, 0, SLOT_STATE_PRESENT, "of no leaf");
    changes.PutSlot({1, 1, 0}, 0, SLOT_STATE_PRESENT, "of another branch");
  }));
  std::string seen;
  const auto next = store_->ScanCommits(
      {1, 0, 0}, {},
      [&](uint64_t index, absl::string_view envelope, absl::Span<const SlotView> slots) {
        absl::StrAppend(&seen, index, "=", envelope, ";");
        for (const SlotView& slot : slots) {
          absl::StrAppend(&seen, slot.entry, ":", slot.state, ":", slot.bytes, ";");
        }
        return true;
      });
  EXPECT_EQ(*next, 3u);
  EXPECT_EQ(seen,
            "0=envelope 0;0:1:record 0.0;1:2:;"
            "1=envelope 1;"
            "2=envelope 2;0:1:record 2.0**;1:2:;");
  uint64_t shown = 0;
  const auto limited = store_->ScanCommits(
      {1, 0, 0}, {.max_bytes = 30},
      [&](uint64_t, absl::string_view, absl::Span<const SlotView>) { return ++shown > 0; });
  EXPECT_EQ(*limited, 2u) << "record bytes count too";
}

TEST_F(OpenStoreTest, NodesLieUnderTheBranchOfTheirLastLeaf) {
  const Digest a = Sha256("a");
  const Digest b = Sha256("b");
  ASSERT_OK(Write([&](Changes& changes) {
    changes.PutNode(1, 0, 0, 3, a);
    changes.PutNode(1, 0, 2, 0, b);
  }));
  EXPECT_EQ(*store_->Node(1, 0, 0, 3), a);
  EXPECT_EQ(*store_->Node(1, 0, 2, 0), b);
  EXPECT_THAT(store_->Node(1, 0, 1, 1), HasReason(Reason::NOT_FOUND));
  EXPECT_THAT(store_->Node(1, 1, 2, 0), HasReason(Reason::NOT_FOUND));
}

TEST_F(OpenStoreTest, DroppingABranchTakesItsLeavesSlotsAndNodesFromThatIndexOn) {
  const Digest hash = Sha256("n");
  ASSERT_OK(WriteLeaves(1, 0, 0, 8));
  ASSERT_OK(WriteLeaves(1, 1, 4, 8));
  ASSERT_OK(WriteLeaves(2, 0, 4, 8));
  ASSERT_OK(Write([&](Changes& changes) {
    changes.PutNode(1, 0, 0, 4, hash);
    changes.PutNode(1, 0, 0, 5, hash);  // of leaf 5
    changes.PutNode(1, 0, 1, 1, hash);  // leaves 2 and 3
    changes.PutNode(1, 0, 1, 2, hash);  // leaves 4 and 5
    changes.PutNode(1, 0, 3, 0, hash);  // leaves 0 to 7
    changes.PutNode(1, 1, 3, 0, hash);
  }));
  ASSERT_OK(Write([&](Changes& changes) {
    PutCommit(changes, {1, 0, 8});  // before the drop, so it goes too
    changes.DropBranchFrom(1, 0, 5);
    PutCommit(changes, {1, 0, 5});  // after it, so it stays
  }));
  EXPECT_THAT(Indices({1, 0, 0}), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(store_->Slot({1, 0, 6}, 0), HasReason(Reason::NOT_FOUND));
  EXPECT_OK(store_->Slot({1, 0, 4}, 0));
  EXPECT_OK(store_->Node(1, 0, 0, 4));
  EXPECT_OK(store_->Node(1, 0, 1, 1));
  EXPECT_THAT(store_->Node(1, 0, 0, 5), HasReason(Reason::NOT_FOUND));
  EXPECT_THAT(store_->Node(1, 0, 1, 2), HasReason(Reason::NOT_FOUND));
  EXPECT_THAT(store_->Node(1, 0, 3, 0), HasReason(Reason::NOT_FOUND));
  EXPECT_OK(store_->Node(1, 1, 3, 0)) << "another branch";
  EXPECT_THAT(Indices({1, 1, 4}), ElementsAre(4, 5, 6, 7));
  EXPECT_THAT(Indices({2, 0, 4}), ElementsAre(4, 5, 6, 7)) << "another log";
}

TEST_F(OpenStoreTest, CommitIdentitiesAreFoundPerLog) {
  const Digest identity = Sha256("payload");
  ASSERT_OK(Write([&](Changes& changes) { changes.PutCommitIndex(1, identity, 41); }));
  EXPECT_THAT(*store_->CommitIndex(1, identity), Optional(41u));
  EXPECT_EQ(*store_->CommitIndex(2, identity), std::nullopt);
  EXPECT_EQ(*store_->CommitIndex(1, Sha256("other")), std::nullopt);
  ASSERT_OK(Write([&](Changes& changes) { changes.DropCommitIndex(1, identity); }));
  EXPECT_EQ(*store_->CommitIndex(1, identity), std::nullopt);
}

TEST_F(OpenStoreTest, LogRecordsAreReplacedAsAWhole) {
  nodev1::LogRecord log;
  log.set_number(300);
  log.set_origin("a.b/br/1");
  log.set_size(7);
  nodev1::LogRecord other;
  other.set_number(2);
  ASSERT_OK(Write([&](Changes& changes) {
    changes.PutLog(log);
    changes.PutLog(other);
  }));
  log.clear_size();
  log.set_checkpoint("note");
  ASSERT_OK(Write([&](Changes& changes) { changes.PutLog(log); }));
  const auto logs = store_->AllLogs();
  ASSERT_OK(logs);
  ASSERT_EQ(logs->size(), 2u);
  EXPECT_EQ((*logs)[0].number(), 2u);
  EXPECT_EQ((*logs)[1].SerializeAsString(), log.SerializeAsString());
}

TEST_F(OpenStoreTest, RostersAndCardsComeByVersionAndTwoCardsOfOneVersionAreBothKept) {
  ASSERT_OK(Write([](Changes& changes) {
    for (const uint64_t version : {1, 2, 256}) changes.PutRoster(version, "roster");
    changes.PutCard("br", 2, Sha256("one"), "one");
    changes.PutCard("br", 2, Sha256("two"), "two");
    changes.PutCard("br", 1, Sha256("zero"), "zero");
    changes.PutCard("br-2", 1, Sha256("x"), "of a member whose code starts alike");
  }));
  EXPECT_THAT(*store_->Rosters(),
              ElementsAre(Field(&RosterRow::version, 1u), Field(&RosterRow::version, 2u),
                          Field(&RosterRow::version, 256u)));
  EXPECT_THAT(*store_->Rosters(3), ElementsAre(Field(&RosterRow::version, 256u)));
  EXPECT_EQ(store_->Cards("br")->size(), 3u);
  EXPECT_EQ(store_->Cards("br", 2)->size(), 2u);
  EXPECT_EQ(store_->Cards("b")->size(), 0u);
  EXPECT_EQ(store_->AllCards()->size(), 4u);
  const std::vector<CardRow> twins = *store_->Cards("br", 2);
  for (const CardRow& row : twins) {
    EXPECT_EQ(row.digest, Sha256(row.envelope));
    EXPECT_EQ(row.member, "br");
  }
}

TEST_F(OpenStoreTest, EvidenceAndSubmissionsAreListedInOrder) {
  nodev1::Waiting waiting;
  waiting.add_records("bytes");
  ASSERT_OK(Write([&](Changes& changes) {
    changes.PutEvidence("a.b/br/1 checkpoints", "proof");
    for (const uint64_t sequence : {2, 1, 300}) {
      waiting.set_sequence(sequence);
      changes.PutWaiting(waiting);
    }
    waiting.set_sequence(9);
    changes.PutAside(waiting);
  }));
  EXPECT_THAT(*store_->Evidence("a.b/br/1 checkpoints"), Optional(std::string("proof")));
  EXPECT_EQ(*store_->Evidence("a.b/br/1"), std::nullopt);
  EXPECT_EQ(store_->AllEvidence()->size(), 1u);
  std::vector<uint64_t> seen;
  const auto collect = [&](const nodev1::Waiting& shown) {
    EXPECT_EQ(shown.records(0), "bytes");
    seen.push_back(shown.sequence());
    return true;
  };
  ASSERT_OK(store_->ScanWaiting(0, collect));
  EXPECT_THAT(seen, ElementsAre(1, 2, 300));
  seen.clear();
  ASSERT_OK(store_->ScanWaiting(2, collect));
  EXPECT_THAT(seen, ElementsAre(2, 300));
  seen.clear();
  ASSERT_OK(store_->ScanAside(0, collect));
  EXPECT_THAT(seen, ElementsAre(9));
  ASSERT_OK(Write([](Changes& changes) {
    changes.DropWaiting(2);
    changes.DropAside(9);
  }));
  seen.clear();
  ASSERT_OK(store_->ScanWaiting(0, collect));
  ASSERT_OK(store_->ScanAside(0, collect));
  EXPECT_THAT(seen, ElementsAre(1, 300));
}

TEST_F(OpenStoreTest, IdentityIsWrittenOnceAndCarriesTheFormat) {
  EXPECT_THAT(store_->Identity(), HasReason(Reason::NOT_FOUND));
  nodev1::StoreIdentity identity;
  identity.set_store(std::string(16, 's'));
  identity.set_member("br");
  ASSERT_OK(Write([&](Changes& changes) { changes.PutIdentity(identity); }));
  ASSERT_OK(Open());
  EXPECT_EQ(store_->Identity()->member(), "br");
  EXPECT_EQ(store_->Identity()->format(), 1u);
}

TEST_F(OpenStoreTest, ChangesAreEmptyAfterTheWriteAndReusable) {
  LoopScope on_the_loop;
  Changes changes(*store_);
  EXPECT_TRUE(changes.empty());
  PutCommit(changes, {1, 0, 0});
  EXPECT_FALSE(changes.empty());
  EXPECT_GT(changes.bytes(), EnvelopeOf(0).size() + RecordOf(0, 0).size());
  ASSERT_OK(store_->Write(std::move(changes), Sync::kYes));
  EXPECT_TRUE(changes.empty());
  PutCommit(changes, {1, 0, 1});
  changes.Clear();
  PutCommit(changes, {1, 0, 2});
  ASSERT_OK(store_->Write(std::move(changes), Sync::kYes));
  EXPECT_OK(store_->Leaf({1, 0, 0}));
  EXPECT_THAT(store_->Leaf({1, 0, 1}), HasReason(Reason::NOT_FOUND));
  EXPECT_OK(store_->Leaf({1, 0, 2}));
}

TEST_F(OpenStoreTest, ASnapshotSeesOneMoment) {
  ASSERT_OK(WriteLeaves(1, 0, 0, 3));
  const Snapshot snapshot(*store_);
  ASSERT_OK(Write([](Changes& changes) {
    changes.DropBranchFrom(1, 0, 1);
    changes.PutSlot({1, 0, 0}, 0, SLOT_STATE_REDACTED, "");
    changes.PutView(ViewFamily::kState, "k", "new");
  }));
  EXPECT_OK(snapshot.Leaf({1, 0, 2}));
  EXPECT_EQ(snapshot.Slot({1, 0, 0}, 0)->bytes, RecordOf(0, 0));
  EXPECT_EQ(*snapshot.View(ViewFamily::kState, "k"), std::nullopt);
  EXPECT_FALSE(snapshot.NewViewCursor(ViewFamily::kState, {}).Valid());
  EXPECT_THAT(store_->Leaf({1, 0, 2}), HasReason(Reason::NOT_FOUND));
}

TEST_F(OpenStoreTest, WritesOffTheLoopStopTheProcess) {
  Changes changes(*store_);
  PutCommit(changes, {1, 0, 0});
  // The analysis would have found it.
  const auto write = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return store_->Write(std::move(changes), Sync::kYes);
  };
  EXPECT_DEATH({ [[maybe_unused]] auto status = write(); }, "not on the loop");
}

}  // namespace
}  // namespace plenary::node
