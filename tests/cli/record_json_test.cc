#include "cli/record_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "cli/import/load.h"
#include "ledger/status.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;
using ::testing::HasSubstr;

constexpr char kGood[] = R"({
  "name": "members/br/meetings/mm-13",
  "meeting": {"title": "Reunião", "start_date": "2025-06", "ordinal": 13,
              "date_precision": "DATE_PRECISION_MONTH", "participating_countries": ["BR", "EG"],
              "hostCountry": "BR", "note": null}})";

TEST(RecordJson, ReadsWhatPeopleWrite) {
  const auto record = RecordFromJson(kGood);
  ASSERT_OK(record);
  EXPECT_EQ(record->meeting().title(), "Reunião");
  EXPECT_EQ(record->meeting().ordinal(), 13U);
  EXPECT_EQ(record->meeting().host_country(), "BR");
  EXPECT_EQ(record->meeting().participating_countries_size(), 2);
}

TEST(RecordJson, GivesEveryRecordOfTheExampleBack) {
  const auto import = LoadFolder("examples/brics-sti", {});
  ASSERT_OK(import);
  for (const PreparedRecord& prepared : import->records) {
    v1::Record record = prepared.record;
    record.set_revision(1ULL << 60);
    record.set_salt(std::string("\0\xff salt salt sal", 16));
    const std::string text = RecordToJson(record);
    const auto back = RecordFromJson(text);
    ASSERT_OK(back) << text;
    EXPECT_EQ(back->SerializeAsString(), record.SerializeAsString());
    EXPECT_EQ(text.back(), '\n');
  }
}

// What the record would be with these members of its meeting.
absl::Status WithMeeting(const std::string& members) {
  return RecordFromJson(
             absl::StrCat(R"({"name": "members/br/meetings/x", "meeting": {)", members, "}}"))
      .status();
}

TEST(RecordJson, NamesTheFieldThatIsWrong) {
  const std::tuple<const char*, const char*, const char*> kCases[] = {
      {R"("titel": "x")", "meeting.titel", "expected a field of Meeting, perhaps title"},
      {R"("title": 5)", "meeting.title", "expected a text, got 5"},
      {R"("title": ["x"])", "meeting.title", "expected a text"},
      {R"("ordinal": -1)", "meeting.ordinal", "expected a whole number from 0 to 4294967295"},
      {R"("ordinal": "x")", "meeting.ordinal", "got \"x\""},
      {R"("ordinal": 1e3)", "meeting.ordinal", "expected a whole number"},
      {R"("ordinal": 4294967296)", "meeting.ordinal", "expected a whole number"},
      {R"("start_date": "2025-6-1")", "start_date", "expected a date"},
      {R"("start_date": "2025", "end_date": "2024")", "end_date", "not before start_date"},
      {R"("date_precision": "week")", "meeting.date_precision", "DATE_PRECISION_DAY"},
      {R"("host_country": "UK")", "host_country", "ISO 3166-1"},
      {R"("participating_countries": "BR")", "meeting.participating_countries", "expected a list"},
      {R"("participating_countries": ["BR", null])", "meeting.participating_countries[2]",
       "a text"},
      {R"("claims": [{"feld": "x"}])", "meeting.claims[1].feld", "expected a field of Claim"},
      {R"("claims": [1])", "meeting.claims[1]", "expected an object"},
      {R"("original": "***")", "meeting.original", "expected base64"},
      {R"("hostCountry": "BR", "host_country": "BR")", "meeting.host_country", "each field once"},
  };
  for (const auto& [members, field, expected] : kCases) {
    const absl::Status status = WithMeeting(members);
    EXPECT_THAT(status, HasReason(Reason::BAD_FIELD)) << members;
    EXPECT_EQ(MetadataOf(status, "field"), field) << members;
    EXPECT_THAT(std::string(status.message()), HasSubstr(expected)) << members;
  }
}

TEST(RecordJson, RefusesWhatIsNoRecord) {
  EXPECT_THAT(RecordFromJson(""), HasReason(Reason::BAD_ENCODING));
  EXPECT_THAT(RecordFromJson("{"), HasReason(Reason::BAD_ENCODING));
  EXPECT_THAT(RecordFromJson("{}{}"), HasReason(Reason::BAD_ENCODING));
  EXPECT_THAT(RecordFromJson("[]"), HasReason(Reason::BAD_FIELD));
  EXPECT_THAT(RecordFromJson("{}"), HasReason(Reason::BAD_NAME));
  EXPECT_THAT(RecordFromJson(R"({"name": "mm-1", "meeting": {}})"), HasReason(Reason::BAD_NAME));
  EXPECT_THAT(RecordFromJson(R"({"name": "members/br/meetings/x"})"), HasReason(Reason::NO_BODY));
  EXPECT_THAT(RecordFromJson(R"({"name": "members/br/meetings/x", "project": {}})"),
              HasReason(Reason::WRONG_BODY));
  EXPECT_THAT(RecordFromJson(R"({"name": "members/br/new/x", "project": {}})"),
              HasReason(Reason::WRONG_BODY));
  EXPECT_THAT(RecordFromJson(R"({"name": "members/br/meetings/x", "project": {}, "meeting": {}})"),
              HasReason(Reason::TWO_OF_ONEOF));
  EXPECT_THAT(RecordFromJson(R"({"name": "a", "name": "b"})"), HasReason(Reason::BAD_ENCODING));
  EXPECT_THAT(RecordFromJson(std::string(kRecordJsonBytes + 1, ' ')), HasReason(Reason::TOO_LARGE));
  EXPECT_THAT(RecordFromJson(std::string(100'000, '[')), HasReason(Reason::BAD_ENCODING));
}

TEST(RecordJson, SaysInWhichLine) {
  const auto record = RecordFromJson("{\n  \"name\": \"x\",\n  \"meeting\" {}\n}");
  EXPECT_THAT(std::string(record.status().message()), HasSubstr("line 3, column 13"));
}

TEST(RecordJson, SurvivesDamage) {
  const std::string good = kGood;
  for (size_t i = 0; i < good.size(); ++i) {
    RecordFromJson(good.substr(0, i)).status().IgnoreError();
    for (const char c : {'\0', '"', '{', ']', ',', '\xff', '0'}) {
      std::string bad = good;
      bad[i] = c;
      RecordFromJson(bad).status().IgnoreError();
    }
  }
}

}  // namespace
}  // namespace plenary
