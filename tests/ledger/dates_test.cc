#include "ledger/dates.h"

#include <gtest/gtest.h>

namespace plenary {
namespace {

TEST(Dates, CoverThePeriodThatIsKnown) {
  const auto year = ParseDate("1970");
  ASSERT_TRUE(year.has_value());
  EXPECT_EQ(year->begin_s, 0);
  EXPECT_EQ(year->end_s, 365 * 86'400);
  EXPECT_EQ(year->known_to, KnownTo::kYear);
  const auto month = ParseDate("2012-02");
  ASSERT_TRUE(month.has_value());
  EXPECT_EQ(month->end_s - month->begin_s, 29 * 86'400);
  EXPECT_EQ(month->known_to, KnownTo::kMonth);
  const auto day = ParseDate("2012-11-15");
  ASSERT_TRUE(day.has_value());
  EXPECT_EQ(day->begin_s, 1'352'937'600);
  EXPECT_EQ(day->end_s - day->begin_s, 86'400);
}

TEST(Dates, WithATimeCarryTheirOffset) {
  const auto moscow = ParseDate("2017-12-27T15:00:00+03:00");
  const auto utc = ParseDate("2017-12-27T12:00:00Z");
  ASSERT_TRUE(moscow.has_value() && utc.has_value());
  EXPECT_EQ(moscow->begin_s, utc->begin_s);
  EXPECT_EQ(moscow->begin_s, 1'514'376'000);
  EXPECT_EQ(moscow->known_to, KnownTo::kTime);
  EXPECT_EQ(ParseDate("2017-12-27T12:00Z")->end_s, utc->begin_s + 60);
  EXPECT_EQ(ParseDate("2017-12-27T09:30:00-02:30")->begin_s, utc->begin_s);
}

TEST(Dates, FirstAndLastYearHaveTheirDays) {
  EXPECT_EQ(ParseDate("0001-01-01")->begin_s, -62'135'596'800);
  EXPECT_EQ(ParseDate("9999-12-31")->end_s, 253'402'300'800);
  EXPECT_TRUE(ParseDate("2000-02-29").has_value());
}

TEST(Dates, ThatDoNotExistOrArePaddedOrCutElsewhereAreRefused) {
  for (const char* text : {"",
                           "12",
                           "201",
                           "20122",
                           "0000",
                           "2012-",
                           "2012-0",
                           "2012-00",
                           "2012-13",
                           "2012-1",
                           "2012-11-",
                           "2012-11-1",
                           "2012-11-31",
                           "2011-02-29",
                           "1900-02-29",
                           "2012-11-00",
                           "2012/11/15",
                           "15.11.2012",
                           " 2012",
                           "2012 ",
                           "2012-11-15T",
                           "2012-11-15T10",
                           "2012-11-15T10:00",
                           "2012-11-15T24:00Z",
                           "2012-11-15T10:60Z",
                           "2012-11-15T10:00:60Z",
                           "2012-11-15T10:00+3",
                           "2012-11-15T10:00+03:00 ",
                           "2012-11-15 10:00Z",
                           "+2012",
                           "-2012",
                           "2012-11-15t10:00z",
                           "٢٠١٢",
                           "2012-11-15T10:00:00.5Z"}) {
    EXPECT_FALSE(ParseDate(text).has_value()) << text;
  }
}

TEST(Dates, OfWhichLittleIsKnownAreComparedByWhatIsPossible) {
  const DateSpan year = *ParseDate("2012");
  const DateSpan march = *ParseDate("2012-03");
  const DateSpan may = *ParseDate("2012-05");
  EXPECT_TRUE(MayEqual(year, march));
  EXPECT_TRUE(MayBeBefore(year, march));
  EXPECT_TRUE(MayBeAfter(year, may));
  EXPECT_FALSE(MayEqual(march, may));
  EXPECT_FALSE(MayBeAfter(march, year));   // March 2012 is not after 2012
  EXPECT_FALSE(MayBeBefore(march, year));  // nor before it
  EXPECT_FALSE(MayEqual(*ParseDate("2012-12-31"), *ParseDate("2013")));
}

}  // namespace
}  // namespace plenary
