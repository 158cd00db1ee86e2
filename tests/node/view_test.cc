// The view: what it shows, and that it is the same however it came about.
#include <gmock/gmock.h>

#include "ledger/filter.h"
#include "tests/node/view_fixture.h"

namespace plenary::node {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<std::string> NamesOf(const EntryPage& page) {
  std::vector<std::string> names;
  for (const ShownEntry& entry : page.entries) names.push_back(entry.name);
  return names;
}

// Wrong: a record that was written is not what a reader gets.
TEST_F(ViewTest, ShowsARecordAsItWasWritten) {
  TestRecord record = Meeting("br", "m1");
  record.everyone = true;
  const TestLeaf leaf = Commit("br", {record});
  Append("br", leaf);
  ASSERT_THAT(Apply(), IsOk());

  const ShownEntry shown = Get(MeetingName("br", "m1"));
  EXPECT_EQ(shown.origin, world_.Origin("br"));
  EXPECT_EQ(shown.index, 0u);
  EXPECT_EQ(shown.verdict, Verdict::kCounts);
  EXPECT_EQ(shown.record, record.bytes);
  EXPECT_EQ(shown.digest, record.digest());
  EXPECT_EQ(shown.audience, "everyone");
  EXPECT_EQ(shown.slot, plenary::v1::SLOT_STATE_PRESENT);
  EXPECT_EQ(shown.identity, CommitIdentity(ReadLeaf(leaf.envelope)->payload).bytes());
  EXPECT_THAT(view_->sizes(), ElementsAre(Pair(world_.Origin("br"), 1u)));
  EXPECT_EQ(Shown(), Judged());
}

// Wrong: what no checkpoint covers is shown as the register's.
TEST_F(ViewTest, TailIsNotInTheView) {
  Add("br", {Meeting("br", "m1")});
  Add("br", {Meeting("br", "m2")});
  unsigned_[world_.Origin("br")] = 1;
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_THAT(ViewReader(*store_).GetRecord(MeetingName("br", "m2")).status(),
              HasReason(Reason::NOT_FOUND));
  EXPECT_EQ(Shown(), Judged());
}

// Wrong: a correction hides history, or a stale one replaces what stands.
TEST_F(ViewTest, CorrectionsAndStaleRevisions) {
  const TestRecord first = Meeting("br", "m1", 1, nullptr, "first");
  const TestRecord second = Meeting("br", "m1", 2, &first, "second");
  const TestRecord stale = Meeting("br", "m1", 2, &first, "too late");
  const TestRecord skipped = Meeting("br", "m1", 4, &second, "skips");
  Add("br", {first});
  Add("br", {second});
  Add("br", {stale, skipped});
  ASSERT_THAT(Apply(), IsOk());

  EXPECT_EQ(Get(MeetingName("br", "m1")).record, second.bytes);
  EXPECT_EQ(At("br", 2, 0).reason, "REVISION_TAKEN");
  EXPECT_EQ(At("br", 2, 1).reason, "STALE_REVISION");
  const ViewReader reader(*store_);
  EXPECT_EQ(reader.GetRevision(MeetingName("br", "m1"), 2)->record, second.bytes);
  EXPECT_EQ(reader.GetRevision(MeetingName("br", "m1"), 1)->record, first.bytes);
  EXPECT_THAT(reader.GetRevision(MeetingName("br", "m1"), 3).status(),
              HasReason(Reason::NOT_FOUND));

  std::vector<uint64_t> revisions;
  std::string after;
  do {
    const auto page = reader.Revisions(MeetingName("br", "m1"), after, 1);
    ASSERT_THAT(page, IsOk());
    ASSERT_EQ(page->entries.size(), 1u);
    revisions.push_back(page->entries[0].revision);
    after = page->next;
  } while (!after.empty());
  EXPECT_THAT(revisions, ElementsAre(4, 2, 2, 1));
  EXPECT_EQ(Shown(), Judged());
}

// Wrong: a commit that stands twice in a log counts twice.
TEST_F(ViewTest, RepeatedCommitCountsOnce) {
  const TestLeaf leaf = Commit("br", {Meeting("br", "m1")});
  Append("br", leaf);
  Append("br", leaf);
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(At("br", 0).verdict, Verdict::kCounts);
  EXPECT_EQ(At("br", 1).reason, "REPEATED");
  const auto page = ViewReader(*store_).NotCounted(world_.Origin("br"), "", 10);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->entries.size(), 2u);
  EXPECT_TRUE(page->entries[0].whole_leaf);
  EXPECT_FALSE(page->entries[1].whole_leaf);
  EXPECT_EQ(Shown(), Judged());
}

// Wrong: a log's owner stops the view with rubbish, or writes in another member's name.
TEST_F(ViewTest, RubbishStopsNothing) {
  Append("br", {"no envelope at all", {}});
  Append("br", {"", {}});
  Add("br", {Meeting("in", "theirs")});
  TestRecord rubbish;
  rubbish.bytes = "\xff\xff not a record";
  Add("br", {rubbish, Meeting("br", "good")});
  TestLeaf forged = Commit("br", {Meeting("br", "forged")});
  forged.envelope.back() = static_cast<char>(forged.envelope.back() ^ 1);
  Append("br", forged);
  ASSERT_THAT(Apply(), IsOk());

  EXPECT_EQ(Get(MeetingName("br", "good")).verdict, Verdict::kCounts);
  EXPECT_EQ(At("br", 2).reason, "WRONG_MEMBER");
  EXPECT_EQ(At("br", 3, 0).name, "");
  EXPECT_EQ(At("br", 4).reason, "BAD_SIGNATURE");
  const ViewReader reader(*store_);
  EXPECT_THAT(reader.GetRecord(MeetingName("in", "theirs")).status(), HasReason(Reason::NOT_FOUND));
  EXPECT_THAT(reader.EntryAt(world_.Origin("br"), 0, 0).status(), HasReason(Reason::NOT_FOUND));
  EXPECT_EQ((*reader.CountNotCounted(""))[Verdict::kDoesNotCount], 3u);
  EXPECT_EQ(Shown(), Judged());
}

// Wrong: an older build refuses what a newer one wrote, instead of keeping its place.
TEST_F(ViewTest, UnknownCollectionStandsUnread) {
  plenary::v1::Record record;
  record.set_schema(2);
  record.set_name("members/br/treaties/t1");
  record.set_revision(1);
  record.set_salt("0123456789abcdef");
  TestRecord unknown;
  unknown.bytes = record.SerializeAsString();
  Add("br", {unknown});
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(Get("members/br/treaties/t1").verdict, Verdict::kNotUnderstood);
  EXPECT_EQ(Shown(), Judged());
}

// Wrong: a withheld record is taken for one that is lost, or its chain breaks for others.
TEST_F(ViewTest, WithheldSlotKeepsItsPlace) {
  TestRecord withheld = Meeting("in", "m1");
  withheld.list = {"in", "cn"};
  withheld.here = false;
  const TestRecord open = Meeting("in", "m1", 2, &withheld);
  Add("in", {withheld});
  Add("in", {open});
  ASSERT_THAT(Apply(), IsOk());
  const ShownEntry shown = At("in", 0);
  EXPECT_EQ(shown.verdict, Verdict::kRestricted);
  EXPECT_EQ(shown.slot, plenary::v1::SLOT_STATE_WITHHELD);
  EXPECT_EQ(shown.audience, "cn,in");
  EXPECT_FALSE(shown.record.has_value());
  EXPECT_EQ(Get(MeetingName("in", "m1")).revision, 2u);
  EXPECT_EQ(Shown(), Judged());
}

// Wrong: redacted bytes stay, or a redaction breaks the chain after it.
TEST_F(ViewTest, RedactionErasesAndTheChainHolds) {
  const TestRecord first = Meeting("br", "m1");
  const TestRecord second = Meeting("br", "m1", 2, &first);
  Add("br", {first});
  Add("br", {second, Meeting("br", "m2")});
  ASSERT_THAT(Apply(), IsOk());
  Add("br", {RedactionOf("br", "r1", world_.Origin("br"), {{0, 0}, {1, 1}})});
  const Digest judged = Judged();
  ASSERT_THAT(Apply(), IsOk());

  EXPECT_EQ(Get(MeetingName("br", "m1")).record, second.bytes);
  const ShownEntry erased = At("br", 0);
  EXPECT_EQ(erased.verdict, Verdict::kRedacted);
  EXPECT_TRUE(erased.redacted);
  EXPECT_FALSE(erased.record.has_value());
  EXPECT_EQ(store_->Slot({1, 0, 0}, 0)->state, plenary::v1::SLOT_STATE_REDACTED);
  EXPECT_THAT(store_->Slot({1, 0, 0}, 0)->bytes, IsEmpty());
  EXPECT_EQ(view_->TakeErased().size(), 2u);
  EXPECT_THAT(ViewReader(*store_).GetRecord(MeetingName("br", "m2")).status(),
              HasReason(Reason::NOT_FOUND));
  EXPECT_EQ(Shown(), judged);

  // Wrong: what was erased makes a rebuilt view another one.
  LoopScope on_the_loop;
  ASSERT_THAT(view_->Clear(), IsOk());
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(Shown(), judged);
  EXPECT_EQ(Get(MeetingName("br", "m1")).record, second.bytes);
}

// Wrong: a record that was passed over stays so after what it lost against is redacted.
TEST_F(ViewTest, RedactionLetsTheNextInLineStand) {
  const TestRecord taken = Meeting("br", "m1", 1, nullptr, "first come");
  const TestRecord waits = Meeting("br", "m1", 1, nullptr, "second come");
  Add("br", {taken});
  Add("br", {waits});
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(Get(MeetingName("br", "m1")).record, taken.bytes);
  Add("br", {RedactionOf("br", "r1", world_.Origin("br"), {{0, 0}})});
  const Digest judged = Judged();
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(At("br", 1).verdict, Verdict::kCounts) << At("br", 1).why;
  EXPECT_EQ(Shown(), judged);
  EXPECT_EQ(Get(MeetingName("br", "m1")).record, waits.bytes);
}

// Wrong: bytes that come late are never judged, or leave a second row behind.
TEST_F(ViewTest, LateBytesAreJudged) {
  TestRecord first = Meeting("in", "m1");
  first.here = false;
  const TestRecord second = Meeting("in", "m1", 2, &first);
  Add("in", {first});
  Add("in", {second});
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(At("in", 0).verdict, Verdict::kMissing);
  EXPECT_EQ(At("in", 1).reason, "STALE_REVISION");
  EXPECT_EQ(Shown(), Judged());

  NewView();
  Arrive("in", 0, 0);
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(At("in", 0).verdict, Verdict::kCounts);
  EXPECT_EQ(Get(MeetingName("in", "m1")).record, second.bytes);
  EXPECT_EQ(Shown(), Judged());
}

// Wrong: leaves that waited for a card stay unjudged when it comes, or count before.
TEST_F(ViewTest, WaitsForACard) {
  const sync::Trust before = Trust();
  Add("in", {Meeting("in", "m1")});
  world_.AdoptCard(world_.NextCard("in"));
  Add("in", {Meeting("in", "m2")});
  Add("in", {Meeting("in", "m3")});
  ASSERT_THAT(ApplyWith(before), IsOk());
  EXPECT_EQ(At("in", 0).verdict, Verdict::kCounts);
  EXPECT_EQ(At("in", 1).verdict, Verdict::kUnjudged);
  EXPECT_EQ(At("in", 2).verdict, Verdict::kUnjudged);

  view_->TrustChanged();
  ASSERT_THAT(Apply(1), IsOk());
  EXPECT_EQ(At("in", 2).verdict, Verdict::kCounts);
  EXPECT_THAT(ViewReader(*store_).NotCounted("", "", 10)->entries, IsEmpty());
  EXPECT_EQ(Shown(), Judged());
}

// Wrong: a card that came while the node was down is overlooked.
TEST_F(ViewTest, CardThatCameWhileDown) {
  const sync::Trust before = Trust();
  world_.AdoptCard(world_.NextCard("in"));
  Add("in", {Meeting("in", "m1")});
  ASSERT_THAT(ApplyWith(before), IsOk());
  NewView();
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(At("in", 0).verdict, Verdict::kCounts);
  EXPECT_EQ(Shown(), Judged());
}

// Wrong: two cards of one version decide nothing, since one was judged by first.
TEST_F(ViewTest, SecondCardOfAVersionMakesLeavesWait) {
  World other = world_;
  world_.AdoptCard(world_.NextCard("in"));
  plenary::v1::Card second = other.NextCard("in");
  plenary::v1::Endpoint& endpoint = *second.add_endpoints();
  endpoint.set_node("two");
  endpoint.set_address("two.example:443");
  Add("in", {Meeting("in", "m1")});
  Add("br", {Meeting("br", "m1")});
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(At("in", 0).verdict, Verdict::kCounts);

  const std::string envelope = other.SignCard(second, other.Root("in"));
  const auto card = Card::Parse(envelope);
  ASSERT_THAT(card, IsOk());
  ASSERT_THAT(Write([&](Changes& changes) {
                changes.PutCard("in", card->version(), card->digest(), envelope);
              }),
              IsOk());
  view_->TrustChanged();
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(At("in", 0).verdict, Verdict::kUnjudged);
  EXPECT_EQ(At("br", 0).verdict, Verdict::kCounts);
  EXPECT_THAT(ViewReader(*store_).GetRecord(MeetingName("in", "m1")).status(),
              HasReason(Reason::NOT_FOUND));
}

// Wrong: a list forgets, repeats or leaks records between its pages.
TEST_F(ViewTest, ListsByCollectionMemberAndFilter) {
  for (const char* code : {"br", "in"}) {
    for (const char* id : {"a", "b", "c"}) {
      Add(code, {Meeting(code, id, 1, nullptr, id)});
    }
  }
  Add("br", {RedactionOf("br", "r1", world_.Origin("br"), {{1, 0}})});
  ASSERT_THAT(Apply(), IsOk());
  const ViewReader reader(*store_);
  ListQuery query;
  query.collection = "meetings";
  query.page_size = 2;
  std::vector<std::string> names;
  do {
    const auto page = reader.List(query);
    ASSERT_THAT(page, IsOk());
    for (const std::string& name : NamesOf(*page)) names.push_back(name);
    query.after = page->next;
  } while (!query.after.empty());
  EXPECT_THAT(names,
              ElementsAre("members/br/meetings/a", "members/br/meetings/c", "members/in/meetings/a",
                          "members/in/meetings/b", "members/in/meetings/c"));

  const auto filter = Filter::Parse("title = \"b\"", "meetings");
  ASSERT_THAT(filter, IsOk());
  query = ListQuery();
  query.collection = "meetings";
  query.filter = &*filter;
  EXPECT_THAT(NamesOf(*reader.List(query)), ElementsAre("members/in/meetings/b"));
  query = ListQuery();
  query.member = "br";
  EXPECT_THAT(
      NamesOf(*reader.List(query)),
      ElementsAre("members/br/meetings/a", "members/br/meetings/c", "members/br/redactions/r1"));
  query.member.clear();
  query.collection = "meetings";
  query.after = "elsewhere";
  EXPECT_THAT(reader.List(query).status(), HasReason(Reason::BAD_PAGE_TOKEN));
  EXPECT_THAT(reader.GetRecord("members/br").status(), HasReason(Reason::BAD_NAME));
}

// Wrong: a log of an earlier epoch that grows is overlooked, or judged after the later one.
TEST_F(ViewTest, EarlierEpochThatGrowsIsJudgedFirst) {
  Add("br", {Meeting("br", "m1", 1, nullptr, "before")});
  ASSERT_THAT(Apply(), IsOk());
  const TestLeaf late = Commit("br", {Meeting("br", "m2", 1, nullptr, "old log")});
  plenary::v1::Card card = world_.NextCard("br");
  card.mutable_logs(0)->set_closed(true);
  card.mutable_logs(0)->mutable_key()->set_status(plenary::v1::KEY_STATUS_RETIRED);
  plenary::v1::Log& opened = *card.add_logs();
  opened.set_epoch(2);
  *opened.mutable_key() = world_.Enrol("br", KeyRole::kLog, 2, world_.Log("br", 2));
  world_.AdoptCard(card);
  Add("br", {Meeting("br", "m2", 1, nullptr, "new log")}, 2);
  view_->TrustChanged();
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(Get(MeetingName("br", "m2")).origin, world_.Origin("br", 2));
  Append("br", late);
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(Get(MeetingName("br", "m2")).origin, world_.Origin("br", 1));
  EXPECT_TRUE(view_->TakeOwnForgotten());
  EXPECT_EQ(Shown(), Judged());
}

}  // namespace
}  // namespace plenary::node
