#include "ledger/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/support/records.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;
using ::testing::HasSubstr;
using testing::RecordFrom;

const v1::Record& AMeeting() {
  static const v1::Record record = RecordFrom(R"(
    name: "members/za/meetings/mm-01" revision: 2
    meeting { series: "ministerial" ordinal: 1 title: "Say \"hi\" é" start_date: "2014-02-10"
              end_date: "2014-02" host_country: "ZA" mode: "in_person"
              participating_countries: "BR" participating_countries: "ZA"
              date_precision: DATE_PRECISION_DAY
              previously_scheduled { city: "Pretoria" } })");
  return record;
}

bool Matches(const std::string& text, const v1::Record& record = AMeeting(),
             const std::string& collection = "meetings") {
  const auto filter = Filter::Parse(text, collection);
  EXPECT_OK(filter) << text;
  return filter.ok() && filter->Matches(record);
}

TEST(Filter, EmptyMatchesEverything) {
  EXPECT_TRUE(Matches(""));
  EXPECT_TRUE(Matches(" \t\n"));
}

TEST(Filter, ComparesTexts) {
  EXPECT_TRUE(Matches(R"(host_country = "ZA")"));
  EXPECT_TRUE(Matches("host_country=ZA"));
  EXPECT_TRUE(Matches("host_country = 'ZA'"));
  EXPECT_FALSE(Matches("host_country = za"));
  EXPECT_FALSE(Matches("host_country != ZA"));
  EXPECT_TRUE(Matches(R"(title = "Say \"hi\" é")"));
  EXPECT_TRUE(Matches("meeting.mode = in_person"));
  EXPECT_TRUE(Matches("date_precision = day"));
}

TEST(Filter, AsksListsForAnElement) {
  EXPECT_TRUE(Matches("participating_countries = BR"));
  EXPECT_TRUE(Matches("participating_countries:BR"));
  EXPECT_FALSE(Matches("participating_countries = EG"));
  EXPECT_TRUE(Matches("participating_countries != EG"));
  EXPECT_TRUE(Matches("previously_scheduled.city = Pretoria"));
}

TEST(Filter, ComparesNumbersAsNumbersAndNotTheUnknown) {
  EXPECT_TRUE(Matches("ordinal < 10"));
  EXPECT_TRUE(Matches("ordinal >= 1"));
  EXPECT_FALSE(Matches("ordinal > 1"));
  EXPECT_FALSE(Matches("participants_count < 100"));
  EXPECT_FALSE(Matches("participants_count >= 0"));
  EXPECT_TRUE(Matches("participants_count != 5"));
  EXPECT_TRUE(Matches("NOT participants_count:*"));
  EXPECT_TRUE(Matches("record.revision = 2"));
}

TEST(Filter, ComparesDatesByWhatIsPossible) {
  EXPECT_TRUE(Matches("start_date = 2014"));
  EXPECT_TRUE(Matches("start_date >= 2014-02 AND start_date <= 2014-02"));
  EXPECT_FALSE(Matches("start_date > 2014"));
  EXPECT_TRUE(Matches("end_date >= 2014-02-20"));
  EXPECT_TRUE(Matches("end_date <= 2014-02-20"));
  EXPECT_FALSE(Matches("end_date < 2014-02"));
  EXPECT_FALSE(Matches("start_date != 2014-02-10"));
  const auto vague = RecordFrom(R"(meeting { start_date: "2012" })");
  EXPECT_TRUE(Matches("start_date >= 2012-03 AND start_date <= 2012-05", vague));
  EXPECT_FALSE(Matches("start_date >= 2013", vague));
  const auto call = RecordFrom(R"(call { deadline: "2017-12-27T15:00:00+03:00" })");
  EXPECT_TRUE(Matches("deadline <= '2017-12-27T12:00:00Z'", call, "calls"));
  EXPECT_TRUE(Matches("deadline > 2017-12-27T11:59:00Z", call, "calls"));
}

TEST(Filter, ComparesAmountsExactly) {
  const auto project = RecordFrom(R"(project { budget_lines { amount: "9" }
                                               budget_lines { amount: "25000.5" } })");
  EXPECT_TRUE(Matches("budget_lines.amount > 25000", project, "projects"));
  EXPECT_FALSE(Matches("budget_lines.amount > 25000.5", project, "projects"));
}

// AIP-160: OR binds tighter than AND.
TEST(Filter, JoinsAsAip160Does) {
  EXPECT_FALSE(Matches("mode = virtual AND host_country = ZA OR host_country = BR"));
  EXPECT_TRUE(Matches("(mode = virtual AND host_country = BR) OR host_country = ZA"));
  EXPECT_TRUE(Matches("host_country = BR OR host_country = ZA AND mode = in_person"));
  EXPECT_TRUE(Matches("NOT mode = virtual AND NOT (host_country = BR OR ordinal = 2)"));
  EXPECT_FALSE(Matches("NOT NOT mode = virtual"));
}

TEST(Filter, OverAllCollectionsAsksTheBodiesThatHaveTheField) {
  const auto project = RecordFrom(R"(project { title: "x" start_date: "2021" })");
  EXPECT_TRUE(Matches("start_date >= 2020", project, ""));
  EXPECT_FALSE(Matches("host_country = ZA", project, ""));
  EXPECT_TRUE(Matches("host_country = ZA", AMeeting(), ""));
  EXPECT_TRUE(Matches("project.title = x", project, ""));
  EXPECT_FALSE(Matches("title = x", v1::Record(), ""));
}

// Another member may have written anything; it must not stop a query.
TEST(Filter, PassesOverValuesThatAreNotOfTheirKind) {
  const auto odd = RecordFrom(R"(meeting { start_date: "soon" })");
  EXPECT_FALSE(Matches("start_date >= 2000", odd));
  EXPECT_FALSE(Matches("start_date <= 2000", odd));
}

void ExpectBad(const std::string& text, size_t column, const std::string& expected) {
  const auto filter = Filter::Parse(text, "meetings");
  EXPECT_THAT(filter, HasReason(Reason::BAD_FILTER)) << text;
  const std::string message(filter.status().message());
  EXPECT_THAT(message, HasSubstr(absl::StrCat("filter, column ", column, ": "))) << text;
  EXPECT_THAT(message, HasSubstr(expected)) << text;
}

TEST(Filter, SaysWhereItIsWrongAndWhatWasExpected) {
  ExpectBad("host_contry = ZA", 1, "host_country");
  ExpectBad("host_country", 13, "expected =");
  ExpectBad("host_country = ", 16, "expected a value, got the end");
  ExpectBad("host_country = ZA mode = virtual", 19, "expected AND, OR");
  ExpectBad("host_country = AND", 16, "expected a value");
  ExpectBad("AND", 1, "expected a field");
  ExpectBad("title = \"é\" AND ordinal = one", 27, "expected a number");
  ExpectBad("start_date >= 2012-13", 15, "expected a date");
  ExpectBad("title = \"open", 9, "closing quotation mark");
  ExpectBad("title = \"open\\", 9, "closing quotation mark");
  ExpectBad("(mode = virtual", 16, "expected AND, OR or )");
  ExpectBad("mode = virtual)", 15, "expected AND, OR or the end");
  ExpectBad("original = x", 12, "no single value");
  ExpectBad("claims = x", 10, "no single value");
  ExpectBad("mode ~ x", 6, "got \"~\"");
  ExpectBad("mode = «x»", 8, "got \"«\"");
  ExpectBad("\x01", 1, "\\u{1}");
  ExpectBad("mode == virtual", 7, "expected a value");
  ExpectBad("mode ! virtual", 6, "expected a field, a value or an operator");
}

TEST(Filter, IsBoundedInLengthAndDepth) {
  std::string deep(200, '(');
  ExpectBad(deep + "mode = x" + std::string(200, ')'), 17, "levels of brackets");
  std::string nots;
  for (int i = 0; i < 200; ++i) nots += "NOT ";
  ExpectBad(nots + "mode = x", 65, "levels of brackets");
  ExpectBad("mode = " + std::string(kFilterBytes, 'x'), 1, "at most 4096 bytes");
  std::string wide = "mode = x";
  while (wide.size() + 12 < kFilterBytes) wide += " OR mode = x";
  EXPECT_FALSE(Matches(wide));
}

// Every damaged form of a good filter is read or refused, never worse.
TEST(Filter, SurvivesDamage) {
  const std::string good = R"((host_country = "ZA" OR NOT ordinal >= 1.5) AND start_date:2014)";
  for (size_t i = 0; i <= good.size(); ++i) {
    Filter::Parse(good.substr(0, i), "meetings").IgnoreError();
    Filter::Parse(good.substr(i), "").IgnoreError();
    for (const char c : {'\0', '"', '\\', '(', ')', ':', '\xff', '=', '*', ' '}) {
      std::string bad = good;
      bad.insert(i, 1, c);
      const auto filter = Filter::Parse(bad, "meetings");
      if (filter.ok()) filter->Matches(AMeeting());
    }
  }
}

}  // namespace
}  // namespace plenary
