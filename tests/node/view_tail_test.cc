// What a node says of a commit before it gives it an index.
#include <gmock/gmock.h>

#include "tests/node/view_fixture.h"

namespace plenary::node {
namespace {

class TailTest : public ViewTest {
 protected:
  LogExtent Own() const {
    for (const LogExtent& extent : Extents()) {
      if (extent.origin == world_.Origin("br")) return extent;
    }
    return {world_.Origin("br"), 1, {{0, 0}}, 0, 0};
  }
  absl::Status Rebuild() { return tail_->Rebuild(Own(), Trust()); }
  // Judges `leaf` as the next one, after those that were taken and not written.
  absl::Status Take(const TestLeaf& leaf) {
    std::vector<std::string> records;
    for (const TestRecord& record : leaf.records) records.push_back(record.bytes);
    const absl::Status taken = tail_->Take(world_.Origin("br"), next_, leaf.envelope, records);
    if (taken.ok()) ++next_;
    return taken;
  }
  absl::Status Take(std::vector<TestRecord> records) {
    return Take(Commit("br", std::move(records)));
  }
  void SetUp() override {
    ViewTest::SetUp();
    tail_ = std::make_unique<TailJudge>(*store_, "br");
  }

  std::unique_ptr<TailJudge> tail_;
  uint64_t next_ = 0;
};

// Wrong: two corrections of one revision are both taken, or a refused one leaves a trace.
TEST_F(TailTest, TakesWhatFitsAndNothingElse) {
  ASSERT_THAT(Rebuild(), IsOk());
  const TestRecord first = Meeting("br", "m1");
  const TestRecord second = Meeting("br", "m1", 2, &first);
  ASSERT_THAT(Take({first}), IsOk());
  const absl::Status taken = Take({Meeting("br", "m2"), Meeting("br", "m1")});
  EXPECT_THAT(taken, HasReason(Reason::STALE_REVISION));
  EXPECT_EQ(MetadataOf(taken, "current"), "1");
  EXPECT_THAT(Take({Meeting("br", "m2")}), IsOk());
  EXPECT_THAT(Take({second}), IsOk());
  EXPECT_THAT(Take({Meeting("br", "m1", 2, &first)}), HasReason(Reason::STALE_REVISION));
  EXPECT_THAT(Take({Meeting("in", "m1")}), HasReason(Reason::WRONG_MEMBER));
}

// Wrong: bytes that no manifest lists get an index.
TEST_F(TailTest, RefusesWhatIsNotTheCommits) {
  ASSERT_THAT(Rebuild(), IsOk());
  TestLeaf leaf = Commit("br", {Meeting("br", "m1")});
  leaf.records.push_back(Meeting("br", "m2"));
  EXPECT_THAT(Take(leaf), HasReason(Reason::MANIFEST_MISMATCH));
  leaf.records = {Meeting("br", "other bytes")};
  EXPECT_THAT(Take(leaf), HasReason(Reason::WRONG_DIGEST));
  EXPECT_FALSE(Take(TestLeaf{"rubbish", {}}).ok());
  leaf = Commit("br", {Meeting("br", "m1")});
  leaf.envelope.back() = static_cast<char>(leaf.envelope.back() ^ 1);
  EXPECT_THAT(Take(leaf), HasReason(Reason::BAD_SIGNATURE));
  EXPECT_THAT(tail_->Take(world_.Origin("in"), 0, "", {}), HasReason(Reason::WRONG_ORIGIN));
  // Nothing of all this is remembered.
  EXPECT_THAT(Take({Meeting("br", "m1")}), IsOk());
}

// Wrong: a restricted record with bad bytes is taken because the view does not see it.
TEST_F(TailTest, RestrictedRecordsAreReadToo) {
  ASSERT_THAT(Rebuild(), IsOk());
  TestRecord listed = Meeting("br", "m1");
  listed.list = {"in"};
  EXPECT_THAT(Take({listed}), IsOk());
  listed = Meeting("in", "m1");
  listed.list = {"in"};
  EXPECT_THAT(Take({listed}), HasReason(Reason::WRONG_MEMBER));
}

// Wrong: after a start the tail forgets what the view, or what only the log, has.
TEST_F(TailTest, RebuildsFromViewAndLog) {
  const TestRecord first = Meeting("br", "m1");
  const TestRecord second = Meeting("br", "m1", 2, &first);
  const TestRecord third = Meeting("br", "m1", 3, &second);
  Add("br", {first});
  unsigned_[world_.Origin("br")] = 0;
  ASSERT_THAT(Apply(), IsOk());
  Add("br", {second});
  ASSERT_THAT(Rebuild(), IsOk());
  next_ = 2;
  EXPECT_THAT(Take({Meeting("br", "m1", 2, &first)}), HasReason(Reason::STALE_REVISION));
  EXPECT_THAT(Take({third}), IsOk());

  // Wrong: without a view nothing can be submitted.
  LoopScope on_the_loop;
  ASSERT_THAT(view_->Clear(), IsOk());
  ASSERT_THAT(Rebuild(), IsOk());
  next_ = 2;
  EXPECT_THAT(Take({Meeting("br", "m1")}), HasReason(Reason::STALE_REVISION));
  EXPECT_THAT(Take({third}), IsOk());
}

// Wrong: a redaction cannot name what was taken a moment ago.
TEST_F(TailTest, RedactsWhatIsNotWrittenYet) {
  ASSERT_THAT(Rebuild(), IsOk());
  const TestRecord first = Meeting("br", "m1");
  ASSERT_THAT(Take({first}), IsOk());
  EXPECT_THAT(Take({RedactionOf("br", "r0", world_.Origin("br"), {{7, 0}})}),
              HasReason(Reason::BAD_TARGET));
  ASSERT_THAT(Take({RedactionOf("br", "r1", world_.Origin("br"), {{0, 0}})}), IsOk());
  EXPECT_THAT(Take({Meeting("br", "m1", 2, &first)}), IsOk());
}

// Wrong: a long-lived tail grows without end, or what it lets go of is lost.
TEST_F(TailTest, LetsGoOfWhatTheViewHas) {
  ASSERT_THAT(Rebuild(), IsOk());
  TestRecord last = Meeting("br", "m1");
  for (uint64_t revision = 1; revision <= 1200; ++revision) {
    const TestLeaf leaf = Commit("br", {last});
    ASSERT_THAT(Take(leaf), IsOk()) << revision;
    Append("br", leaf);
    if (revision % 100 == 0) {
      ASSERT_THAT(Apply(), IsOk());
    }
    last = Meeting("br", "m1", revision + 1, &last);
  }
  EXPECT_THAT(Take({Meeting("br", "m1")}), HasReason(Reason::STALE_REVISION));
  const absl::Status stale = Take({Meeting("br", "m1", 1200, &last)});
  EXPECT_EQ(MetadataOf(stale, "current"), "1200");
  EXPECT_THAT(Take({last}), IsOk());
}

// Wrong: a commit that names a card the node has not seen gets an index.
TEST_F(TailTest, WaitsForTrust) {
  const sync::Trust before = Trust();
  world_.AdoptCard(world_.NextCard("br"));
  ASSERT_THAT(tail_->Rebuild(Own(), before), IsOk());
  EXPECT_THAT(Take({Meeting("br", "m1")}), HasReason(Reason::CARD_MISSING));
  ASSERT_THAT(Rebuild(), IsOk());
  EXPECT_THAT(Take({Meeting("br", "m1")}), IsOk());
}

}  // namespace
}  // namespace plenary::node
