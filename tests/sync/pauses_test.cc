#include "sync/pauses.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"

namespace plenary::sync {
namespace {

constexpr char kNode[] = "in/node-1";
constexpr char kLog[] = "a.b/br/1";
constexpr int64_t kSecond = 1'000;
constexpr int64_t kHour = 3'600 * kSecond;

absl::Status Why() { return MakeError(Reason::BAD_CONSISTENCY, "a lie"); }

TEST(Pauses, EachLieDoublesThePauseUpToAnHour) {
  Pauses pauses;
  int64_t now = 5;
  for (int64_t seconds = 30; seconds < 3'600; seconds *= 2) {
    EXPECT_EQ(pauses.Lied(kNode, kLog, Why(), now).backoff_ms, seconds * kSecond);
    EXPECT_TRUE(pauses.Holds(kNode, kLog, now + seconds * kSecond - 1));
    now += seconds * kSecond;
    EXPECT_FALSE(pauses.Holds(kNode, kLog, now));
  }
  EXPECT_EQ(pauses.Lied(kNode, kLog, Why(), now).backoff_ms, kHour);
  now += kHour;
  EXPECT_EQ(pauses.Lied(kNode, kLog, Why(), now).backoff_ms, kHour);
  now += 2 * kHour;
  EXPECT_EQ(pauses.Lied(kNode, kLog, Why(), now).backoff_ms, 30 * kSecond) << "an hour of honesty";
}

TEST(Pauses, OnlyWhatWasUselessEndsWithTheNextSession) {
  Pauses pauses;
  pauses.Useless(kNode, kLog, Why(), 0);
  pauses.Lied(kNode, "a.b/in/1", Why(), 0);
  EXPECT_TRUE(pauses.Holds(kNode, kLog, 1));
  EXPECT_FALSE(pauses.Holds("in/node-2", kLog, 1)) << "another node of the member";
  pauses.Over(kNode);
  EXPECT_FALSE(pauses.Holds(kNode, kLog, 1));
  EXPECT_TRUE(pauses.Holds(kNode, "a.b/in/1", 1));
  pauses.Over(kNode, "a.b/in/1");
  EXPECT_TRUE(pauses.Holds(kNode, "a.b/in/1", 1)) << "one good chunk makes no lie good";
}

TEST(Pauses, SaysWhyAndUntilWhen) {
  Pauses pauses;
  pauses.Lied(kNode, kLog, Why(), 0);
  pauses.Lied("in/node-10", kLog, Why(), 0);
  const auto of = pauses.Of(kNode, 1);
  ASSERT_EQ(of.size(), 1u);
  EXPECT_EQ(of.at(kLog).until_ms, 30 * kSecond);
  EXPECT_EQ(ReasonOf(of.at(kLog).why), Reason::BAD_CONSISTENCY);
  EXPECT_TRUE(pauses.Of(kNode, 30 * kSecond).empty());
}

TEST(Pauses, AreBoundedAndForgetWhatEndsFirst) {
  Pauses pauses;
  for (int i = 0; i < 3'000; ++i) pauses.Lied(absl::StrCat("in/n-", i), kLog, Why(), i);
  EXPECT_FALSE(pauses.Holds("in/n-1999", kLog, 3'000));
  EXPECT_TRUE(pauses.Holds("in/n-2000", kLog, 3'000));
}

}  // namespace
}  // namespace plenary::sync
