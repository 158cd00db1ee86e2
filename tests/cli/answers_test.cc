#include "cli/answers/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/answers/facts.h"
#include "cli/import/load.h"
#include "cli/json.h"
#include "tests/support/records.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using nlohmann::json;
using testing::HasReason;
using ::testing::HasSubstr;
using testing::RecordFrom;

std::vector<v1::Record> ExampleRecords() {
  const auto import = LoadFolder("examples/brics-sti", {});
  CHECK_OK(import);
  std::vector<v1::Record> records;
  for (const PreparedRecord& prepared : import->records) {
    // As another node would have it: bytes, parsed.
    v1::Record record;
    CHECK(record.ParseFromString(prepared.record.SerializeAsString()));
    records.push_back(std::move(record));
  }
  return records;
}

const std::vector<v1::Record>& Example() {
  static const auto* const records = new std::vector<v1::Record>(ExampleRecords());
  return *records;
}

json ExampleExpected() {
  const auto text = ReadSourceFile("examples/brics-sti/expected.json");
  CHECK_OK(text);
  return *ParseJson(*text);
}

json Get(const char* key, const std::vector<v1::Record>& records = Example()) {
  const auto answer = Answer(key, records);
  EXPECT_OK(answer) << key;
  return answer.ok() ? *answer : json();
}

TEST(Answers, AreTheExpectedOnesForTheExample) {
  const std::vector<Fact> facts = CompareFacts(ExampleExpected(), Example());
  EXPECT_EQ(facts.size(), 28U);
  for (const Fact& fact : facts) EXPECT_TRUE(fact.passed) << fact.Text();
  EXPECT_EQ(Summary(facts), "28 passed, 0 failed");
}

// A comparison that cannot fail proves nothing: damage every answer, one at a time.
TEST(Answers, ThatAreWrongFail) {
  const json expected = ExampleExpected();
  for (const auto& [key, value] : expected.items()) {
    json damaged = value;
    if (damaged.is_array()) {
      damaged.push_back("X-1");
    } else if (damaged.is_object()) {
      damaged[damaged.begin().key()] = 999;
    } else {
      damaged = 999;
    }
    const std::vector<Fact> facts = CompareFacts({{key, damaged}}, Example());
    EXPECT_FALSE(facts.at(0).passed) << key;
    EXPECT_THAT(facts.at(0).Text(), HasSubstr("expected"));
  }
}

TEST(Answers, ChangeWithTheRecords) {
  const std::vector<v1::Record> none;
  const json expected = ExampleExpected();
  int failed = 0;
  for (const Fact& fact : CompareFacts(expected, none)) failed += fact.passed ? 0 : 1;
  // Two questions have an empty answer in the example.
  EXPECT_EQ(failed, 26);
}

TEST(Answers, ToUnknownKeysFail) {
  for (const char* key : {"", "meetings", "meetings_of_the_moon", "dragons_total",
                          "meetings_by_dragons", "meetings_by_disputed", "projects_with_XX_partner",
                          "projects_with__partner", "members_on_2019_13_01", "members_on_",
                          "documents_with_period_covering_18", "martian_windows_total_BRL",
                          "brazilian_windows_total_reais", "funded_projects_below_many_countries",
                          "disputed_dragons", "held_virtual ", "unverified_", "*", "*_total"}) {
    EXPECT_THAT(Answer(key, Example()), HasReason(Reason::BAD_REQUEST)) << key;
  }
  const std::vector<Fact> facts = CompareFacts({{"no_such_question", 1}}, Example());
  EXPECT_EQ(Summary(facts), "0 passed, 1 failed");
  EXPECT_EQ(Summary(CompareFacts(json::array(), Example())), "0 passed, 1 failed");
}

TEST(Answers, TakeDatesCodesAndNumbersFromTheKey) {
  EXPECT_EQ(Get("members_on_2010_11_30"), json({"BR", "CN", "IN", "RU"}));
  EXPECT_EQ(Get("members_on_2010_12_31"), json({"BR", "CN", "IN", "RU", "ZA"}));
  EXPECT_EQ(Get("members_on_2011"), json({"BR", "CN", "IN", "RU", "ZA"}));
  EXPECT_EQ(Get("members_on_2005"), json::array());
  EXPECT_EQ(Get("documents_with_period_covering_2024"), json({"DOC-CAL24"}));
  EXPECT_EQ(Get("projects_with_IR_partner").size(), 2U);
  EXPECT_EQ(Get("funded_projects_below_six_countries").size(), 5U);
  EXPECT_EQ(Get("funded_projects_below_5_countries").size(),
            Get("funded_projects_below_five_countries").size());
  EXPECT_EQ(Get("south_african_windows_total_ZAR"), 0);
  EXPECT_EQ(Get("BR_windows_total_BRL"), 10'250'000);
  EXPECT_EQ(Get("brazilian_windows_total_USD"), 0);
}

TEST(Answers, CountAnyKindByAnyField) {
  EXPECT_EQ(Get("projects_total"), 22);
  EXPECT_EQ(Get("documents_total"), 30);
  EXPECT_EQ(Get("delegations_by_rank")["minister"].is_number(), true);
  EXPECT_EQ(Get("actions_by_meeting_id")["SC-12"].is_number(), true);
  EXPECT_EQ(Get("funders_by_replaced_by")["DSTI"], 1);  // no such record: as the source wrote it
  EXPECT_EQ(Get("members_by_membership_status")["partner"], 5);
  EXPECT_EQ(Get("disputed_members"), json({"STATE-BR", "STATE-SA"}));
}

TEST(Answers, SumMoneyExactlyAndOfOneCurrency) {
  const std::vector<v1::Record> records = {RecordFrom(R"(
      name: "members/ru/calls/c"
      call { national_windows { country: "BR" budget_amount: "0.1" budget_currency: "BRL" }
             national_windows { country: "BR" budget_amount: "0.2" budget_currency: "BRL" }
             national_windows { country: "BR" budget_amount: "5" budget_currency: "USD" }
             national_windows { country: "BR" budget_currency: "BRL" }
             national_windows { country: "ZA" budget_amount: "7" budget_currency: "BRL" } })")};
  EXPECT_EQ(Get("brazilian_windows_total_BRL", records), 0.3);
}

TEST(Answers, TakeTheOwnersWordWhereNoSourceReports) {
  const std::vector<v1::Record> records = {
      RecordFrom(R"(name: "members/br/meetings/own" meeting { mode: "virtual" status: "held" })"),
      RecordFrom(R"(name: "members/br/meetings/both"
                    meeting { mode: "virtual" status: "held" reported_status: "cancelled" })")};
  EXPECT_EQ(Get("held_virtual", records), json({"own"}));
}

TEST(Answers, PassOverWhatIsNotUnderstood) {
  const std::vector<v1::Record> records = {
      RecordFrom(R"(name: "members/br/unheardof/x" meeting {})"),
      RecordFrom(R"(name: "members/br/meetings/x")"),
      RecordFrom(R"(name: "members/br/projects/x" meeting {})"), RecordFrom("name: \"x\"")};
  EXPECT_EQ(Get("meetings_total", records), 0);
  EXPECT_EQ(Get("projects_total", records), 0);
}

TEST(Answers, AreBoundedForAbsurdOrdinals) {
  const std::vector<v1::Record> records = {RecordFrom(
      R"(name: "members/br/meetings/x" meeting { series: "ministerial" ordinal: 4294967295 })")};
  EXPECT_EQ(Get("missing_ordinals", records)["ministerial"].size(), 9'999U);
}

TEST(Agrees, ForgivesOrderAndNumberingsWithoutGaps) {
  EXPECT_TRUE(Agrees("held_virtual", {"B", "A"}, {"A", "B"}));
  EXPECT_FALSE(Agrees("held_virtual", {"A"}, {"A", "B"}));
  EXPECT_TRUE(Agrees("missing_ordinals", {{"WG-X", json::array()}}, json::object()));
  EXPECT_FALSE(Agrees("missing_ordinals", {{"WG-X", {1}}}, json::object()));
  EXPECT_TRUE(Agrees("counts", {{"calls", 5}}, {{"calls", 5}, {"funders", 17}}));
  EXPECT_FALSE(Agrees("counts", {{"dragons", 0}}, {{"calls", 5}}));
}

}  // namespace
}  // namespace plenary
