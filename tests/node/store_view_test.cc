// What the view believes of its families: keys in order, within their range, at one moment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/store/store.h"
#include "tests/node/store_fixture.h"

namespace plenary::node {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;

class OpenStoreTest : public StoreTest {
 protected:
  OpenStoreTest() { EXPECT_OK(Open(/*create=*/true)); }
};

class ViewTest : public OpenStoreTest {
 protected:
  ViewTest() {
    EXPECT_OK(Write(
        [](Changes& changes) {
          for (const char* key : {"b/2", "a", "b/1", "b/3", "c", "b\xff", "b"}) {
            changes.PutView(ViewFamily::kIndex, key, absl::StrCat("value of ", key));
          }
          changes.PutView(ViewFamily::kState, "b/9", "another family");
        },
        Sync::kNo));
  }
  std::vector<std::string> Keys(ViewRange range, Direction direction = Direction::kForward) {
    std::vector<std::string> keys;
    ViewCursor cursor = store_->NewViewCursor(ViewFamily::kIndex, std::move(range), direction);
    for (; cursor.Valid(); cursor.Next()) {
      keys.emplace_back(cursor.key());
      EXPECT_EQ(cursor.value(), "value of " + keys.back());
    }
    EXPECT_OK(cursor.status());
    return keys;
  }
};

TEST_F(ViewTest, CursorsStayWithinTheirRangeInBothDirections) {
  EXPECT_THAT(Keys({}), ElementsAre("a", "b", "b/1", "b/2", "b/3", "b\xff", "c"));
  EXPECT_THAT(Keys(PrefixRange("b/")), ElementsAre("b/1", "b/2", "b/3"));
  EXPECT_THAT(Keys(PrefixRange("b")), ElementsAre("b", "b/1", "b/2", "b/3", "b\xff"));
  EXPECT_THAT(Keys(PrefixRange("b"), Direction::kReverse),
              ElementsAre("b\xff", "b/3", "b/2", "b/1", "b"));
  EXPECT_THAT(Keys({"b/2", "c"}), ElementsAre("b/2", "b/3", "b\xff"));
  EXPECT_THAT(Keys({"b/2", ""}, Direction::kReverse), ElementsAre("c", "b\xff", "b/3", "b/2"));
  EXPECT_THAT(Keys(PrefixRange("d")), IsEmpty());
  EXPECT_THAT(Keys({"c", "b"}), IsEmpty()) << "an empty range, from whom it may come";
}

TEST_F(ViewTest, CursorsGoOnAtAKeyOfAPage) {
  ViewCursor cursor = store_->NewViewCursor(ViewFamily::kIndex, PrefixRange("b/"));
  cursor.Seek("b/11");
  EXPECT_EQ(cursor.key(), "b/2");
  cursor.Seek("c");
  EXPECT_FALSE(cursor.Valid());
  ViewCursor back =
      store_->NewViewCursor(ViewFamily::kIndex, PrefixRange("b/"), Direction::kReverse);
  back.Seek("b/2x");
  EXPECT_EQ(back.key(), "b/2");
  cursor = std::move(back);
  cursor.Next();
  EXPECT_EQ(cursor.key(), "b/1");
}

TEST_F(ViewTest, ACursorSeesOneMoment) {
  ViewCursor cursor = store_->NewViewCursor(ViewFamily::kIndex, PrefixRange("b/"));
  ASSERT_OK(Write([](Changes& changes) { changes.DropView(ViewFamily::kIndex, "b/2"); }));
  cursor.Next();
  EXPECT_EQ(cursor.key(), "b/2");
  EXPECT_THAT(Keys(PrefixRange("b/")), ElementsAre("b/1", "b/3"));
}

TEST_F(ViewTest, OfTwoChangesToOneKeyTheLaterWins) {
  ASSERT_OK(Write([](Changes& changes) {
    changes.PutView(ViewFamily::kState, "k", "1");
    changes.DropView(ViewFamily::kState, "k");
    changes.PutView(ViewFamily::kState, "k", "2");
    changes.PutView(ViewFamily::kState, "gone", "1");
    changes.DropView(ViewFamily::kState, "gone");
  }));
  EXPECT_THAT(*store_->View(ViewFamily::kState, "k"), Optional(std::string("2")));
  EXPECT_EQ(*store_->View(ViewFamily::kState, "gone"), std::nullopt);
}

TEST_F(ViewTest, ClearingTheViewLeavesTheLogs) {
  ASSERT_OK(WriteLeaves(1, 0, 0, 2));
  ASSERT_OK(Write([](Changes& changes) {
    changes.ClearView();
    changes.PutView(ViewFamily::kIndex, "fresh", "value of fresh");
  }));
  EXPECT_THAT(Keys({}), ElementsAre("fresh"));
  EXPECT_EQ(*store_->View(ViewFamily::kState, "b/9"), std::nullopt);
  EXPECT_OK(store_->Leaf({1, 0, 1}));
}

}  // namespace
}  // namespace plenary::node
