// The view is one function of the logs: by whatever steps and in whatever order it came about.
#include <gmock/gmock.h>

#include "tests/node/view_fixture.h"

namespace plenary::node {
namespace {

// Everything at once, in a certain order of events.
class ViewOrderTest : public ViewTest {
 protected:
  void Fill() {
    const TestRecord first = Meeting("br", "m1");
    TestRecord list = Meeting("br", "m2");
    list.list = {"in"};
    Add("br", {first});
    Add("br", {list});
    Add("br", {Meeting("br", "m1", 2, &first), Meeting("br", "m2", 2, &list)});
    Append("br", {"rubbish", {}});
    Add("br", {RedactionOf("br", "r1", world_.Origin("br"), {{0, 0}})});
    TestRecord everyone = Meeting("in", "m1");
    everyone.everyone = true;
    Add("in", {everyone});
    Append("in", logs_[world_.Origin("in")][0]);
    Add("in", {Meeting("in", "m1", 2, &everyone), Meeting("in", "m1", 2, &everyone)});
    Add("cn", {Meeting("cn", "m1"), Meeting("cn", "m1")});
  }
};

// Wrong: two nodes with the same logs show different views.
TEST_F(ViewOrderTest, OrderAndSizeOfStepsDoNotMatter) {
  Fill();
  const Digest judged = Judged();
  for (const uint64_t step : {1, 2, 1000}) {
    LoopScope on_the_loop;
    ASSERT_THAT(view_->Clear(), IsOk());
    ASSERT_THAT(Apply(step), IsOk());
    EXPECT_EQ(Shown(), judged) << step;
  }
  // One log after the other, last first.
  LoopScope on_the_loop;
  ASSERT_THAT(view_->Clear(), IsOk());
  const std::vector<LogExtent> extents = Extents();
  for (auto extent = extents.rbegin(); extent != extents.rend(); ++extent) {
    ASSERT_THAT(view_->Apply({*extent}, Trust(), 1000), IsOk());
  }
  EXPECT_EQ(Shown(), judged);
}

// Wrong: a node that starts again shows another view, or begins at the first leaf.
TEST_F(ViewOrderTest, GoesOnAfterReopening) {
  Fill();
  {
    LoopScope on_the_loop;
    ASSERT_THAT(view_->Apply(Extents(), Trust(), 3), IsOk());
  }
  const auto sizes = view_->sizes();
  view_.reset();
  ASSERT_THAT(Open(), IsOk());
  NewView();
  EXPECT_EQ(view_->sizes(), sizes);
  const Digest judged = Judged();
  ASSERT_THAT(Apply(2), IsOk());
  EXPECT_EQ(Shown(), judged);
}

// Wrong: the digests of narrower audiences are not what their readers compute.
TEST_F(ViewOrderTest, DigestsOfOtherAudiences) {
  Fill();
  const Sight list = Sight::List({"br", "in"}, world_.roster());
  const Digest of_public = Judged(Sight::Public());
  const Digest of_list = Judged(list);
  ASSERT_THAT(Apply(), IsOk());
  const ViewReader reader(*store_);
  EXPECT_EQ(*reader.DigestOf(Sight::Main(), Trust()), Shown());
  EXPECT_EQ(*reader.DigestOf(Sight::Public(), Trust()), of_public);
  EXPECT_EQ(*reader.DigestOf(list, Trust()), of_list);
}

}  // namespace
}  // namespace plenary::node
