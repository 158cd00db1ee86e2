// Endorsements by text, as the view keeps them. If one of these failed, two nodes with the same
// logs would disagree on what is adopted, or a member could unsay what it has agreed to.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/node/view_fixture.h"

namespace plenary::node {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kName[] = "members/br/declarations/d";

class EndorsementsTest : public ViewTest {
 protected:
  // "in e@1": revision 1 of that endorsement of in.
  std::vector<std::string> Of(const TestRecord& text, absl::string_view name = kName) const {
    const auto found = ViewReader(*store_).Endorsements(name, text.digest());
    CHECK_OK(found);
    std::vector<std::string> words;
    for (const ShownEndorsement& shown : *found) {
      const std::string prefix = absl::StrCat("members/", shown.member, "/endorsements/");
      EXPECT_EQ(shown.entry.name.substr(0, prefix.size()), prefix);
      words.push_back(absl::StrCat(shown.member, " ", shown.entry.name.substr(prefix.size()), "@",
                                   shown.entry.revision));
    }
    return words;
  }
  // The same after the view was built anew.
  std::vector<std::string> RebuiltOf(const TestRecord& text, uint64_t step = 1000) {
    LoopScope on_the_loop;
    CHECK_OK(view_->Clear());
    CHECK_OK(Apply(step));
    return Of(text);
  }

  const TestRecord text_ = Text("br", "d");
};

// Wrong: an endorsement that is judged before its text is lost, or one that comes after.
TEST_F(EndorsementsTest, AreFoundWhicheverCameFirst) {
  Add("in", {Position("in", "e", text_)});
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_THAT(Of(text_), ElementsAre("in e@1")) << "the text is not here yet";
  Add("br", {text_});
  Add("cn", {Position("cn", "e", text_), Meeting("cn", "m")});
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_THAT(Of(text_), ElementsAre("cn e@1", "in e@1"));
  EXPECT_EQ(Shown(), Judged());
  EXPECT_THAT(RebuiltOf(text_, 1), ElementsAre("cn e@1", "in e@1"));

  LoopScope on_the_loop;
  ASSERT_THAT(view_->Clear(), IsOk());
  const std::vector<LogExtent> extents = Extents();
  for (auto extent = extents.rbegin(); extent != extents.rend(); ++extent) {
    ASSERT_THAT(view_->Apply({*extent}, Trust(), 1000), IsOk());
  }
  EXPECT_THAT(Of(text_), ElementsAre("cn e@1", "in e@1"));
  EXPECT_EQ(ViewReader(*store_).Endorsements(kName, text_.digest())->front().roster, 1u);
}

// Wrong: agreeing to one wording counts for another, or for another name.
TEST_F(EndorsementsTest, AreOfExactlyOneRevision) {
  const TestRecord second = Text("br", "d", 2, &text_);
  const TestRecord other = Text("br", "other");
  Add("br", {text_});
  Add("br", {second, other});
  Add("in", {Position("in", "e", text_), Position("in", "reserved", second, "reserved"),
             Position("in", "objected", other, "objected")});
  Add("cn", {Position("cn", "e", second)});
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_THAT(Of(text_), ElementsAre("in e@1"));
  EXPECT_THAT(Of(second), ElementsAre("cn e@1"));
  EXPECT_THAT(Of(other, "members/br/declarations/other"), IsEmpty());
  EXPECT_THAT(Of(text_, "members/br/declarations/other"), IsEmpty());
  EXPECT_THAT(Of(text_, "members/br/declarations"), IsEmpty());
}

// Wrong: what does not count proves agreement: not permanent, in another's name, for a list, stale.
TEST_F(EndorsementsTest, HaveToCount) {
  Add("br", {text_});
  TestRecord fleeting = Position("in", "fleeting", text_);
  fleeting.permanent = false;
  TestRecord listed = Position("in", "listed", text_);
  listed.list = {"in", "br"};
  const TestRecord first = Position("in", "e", text_, "commented");
  const TestRecord rival = Position("in", "e", text_);
  Add("in", {fleeting, first, rival, Position("cn", "theirs", text_)});
  Add("in", {listed});
  TestLeaf forged = Commit("in", {Position("in", "forged", text_)});
  forged.envelope.back() = static_cast<char>(forged.envelope.back() ^ 1);
  Append("in", forged);
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(At("in", 0, 0).reason, "NOT_PERMANENT");
  EXPECT_EQ(At("in", 0, 2).reason, "REVISION_TAKEN");
  EXPECT_EQ(At("in", 0, 3).reason, "WRONG_MEMBER");
  EXPECT_EQ(At("in", 1).verdict, Verdict::kRestricted);
  EXPECT_EQ(At("in", 2).reason, "BAD_SIGNATURE");
  EXPECT_THAT(Of(text_), IsEmpty());
}

// Wrong: an endorsement is taken back by a later revision, or erased.
TEST_F(EndorsementsTest, StayWhateverComesLater) {
  Add("br", {text_});
  const TestRecord agreed = Position("in", "e", text_);
  Add("in", {agreed});
  Add("in", {Position("in", "e", text_, "objected", 2, &agreed)});
  Add("in", {RedactionOf("in", "r1", world_.Origin("in"), {{0, 0}})});
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(At("in", 1).verdict, Verdict::kCounts);
  EXPECT_EQ(At("in", 2).reason, "REDACTS_PERMANENT");
  EXPECT_THAT(Of(text_), ElementsAre("in e@1"));
}

// Wrong: a member prepares another entry for the place of its endorsement, and later redacts what
// kept that one from standing.
TEST_F(EndorsementsTest, StayWhenAnotherEntryTakesTheirPlace) {
  Add("br", {text_});
  const TestRecord lever = Meeting("in", "lever");
  const TestRecord comment = Position("in", "e", text_, "commented");
  Add("in", {lever});
  Add("in", {comment});
  Add("in", {Position("in", "e", text_, "objected", 2, &lever)});
  Add("in", {Position("in", "e", text_, "endorsed", 2, &comment)});
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_THAT(Of(text_), ElementsAre("in e@2"));
  Add("in", {RedactionOf("in", "r1", world_.Origin("in"), {{0, 0}})});
  const Digest judged = Judged();
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_EQ(At("in", 2).verdict, Verdict::kCounts);
  EXPECT_EQ(At("in", 3).reason, "REVISION_TAKEN");
  EXPECT_THAT(Of(text_), ElementsAre("in e@2"));
  EXPECT_THAT(RebuiltOf(text_), ElementsAre("in e@2")) << "without the bytes that were erased";
  EXPECT_THAT(RebuiltOf(text_, 1), ElementsAre("in e@2"));
  EXPECT_EQ(Shown(), judged);
}

// Wrong: one that comes to count by a redaction is overlooked.
TEST_F(EndorsementsTest, MayComeToCountLater) {
  const TestRecord lever = Meeting("in", "lever");
  Add("in", {lever});
  Add("in", {Position("in", "e", text_, "commented")});
  Add("in", {Position("in", "e", text_, "endorsed", 2, &lever)});
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_THAT(Of(text_), IsEmpty());
  Add("in", {RedactionOf("in", "r1", world_.Origin("in"), {{0, 0}})});
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_THAT(Of(text_), ElementsAre("in e@2"));
}

// Wrong: bytes that come late make another set of endorsements than bytes that were there.
TEST_F(EndorsementsTest, ThatComeLateAreJudgedInTheirPlace) {
  TestRecord first = Position("in", "e", text_, "commented");
  first.here = false;
  Add("in", {first});
  Add("in", {Position("in", "e", text_)});
  TestRecord late = Position("cn", "e", text_);
  late.here = false;
  Add("cn", {late});
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_THAT(Of(text_), ElementsAre("in e@1"));
  Arrive("in", 0, 0);
  Arrive("cn", 0, 0);
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_THAT(Of(text_), ElementsAre("cn e@1"));
  EXPECT_EQ(Shown(), Judged());
}

// Wrong: what is unjudged counts already, or not when its card comes, or still when the card turns
// out to be one of two.
TEST_F(EndorsementsTest, WaitForTheirCard) {
  World other = world_;
  const sync::Trust before = Trust();
  world_.AdoptCard(world_.NextCard("in"));
  Add("in", {Position("in", "e", text_)});
  Add("cn", {Position("cn", "e", text_)});
  ASSERT_THAT(ApplyWith(before), IsOk());
  EXPECT_THAT(Of(text_), ElementsAre("cn e@1"));
  view_->TrustChanged();
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_THAT(Of(text_), ElementsAre("cn e@1", "in e@1"));

  plenary::v1::Card second = other.NextCard("in");
  plenary::v1::Endpoint& endpoint = *second.add_endpoints();
  endpoint.set_node("two");
  endpoint.set_address("two.example:443");
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
  EXPECT_THAT(Of(text_), ElementsAre("cn e@1"));
}

// Wrong: a view of a release without this index is taken for one in which nobody has endorsed.
TEST_F(EndorsementsTest, AreFoundInAViewThatAnOlderReleaseMade) {
  Add("in", {Position("in", "e", text_)});
  ASSERT_THAT(Apply(), IsOk());
  nodev1::ViewFormat format;
  format.set_format(kViewFormat - 1);
  ASSERT_THAT(Write([&](Changes& changes) {
                changes.PutView(ViewFamily::kState, kFormatKey, format.SerializeAsString());
                changes.DropView(ViewFamily::kIndex, EndorsementKey(kName, text_.digest(), {1}));
              }),
              IsOk());
  EXPECT_THAT(Of(text_), IsEmpty());
  NewView();
  ASSERT_THAT(Apply(), IsOk());
  EXPECT_THAT(Of(text_), ElementsAre("in e@1"));
}

}  // namespace
}  // namespace plenary::node
