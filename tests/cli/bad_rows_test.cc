// Bad input of every kind: the row that is wrong is named, the others go in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "cli/import/body_to_row.h"
#include "cli/import/csv_rows.h"
#include "cli/import/json_rows.h"
#include "cli/import/load.h"
#include "cli/import/source_fields.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace plenary {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TempDir;

// A folder of the test's own files.
class ImportFolder : public ::testing::Test {
 protected:
  Import Load() {
    auto import = LoadFolder(folder_.path(), {});
    EXPECT_OK(import);
    return import.ok() ? *std::move(import) : Import();
  }
  // Loads meetings.json with these rows and expects one error, whose text it returns.
  std::string OnlyError(const std::string& rows, size_t good_rows) {
    folder_.Write("meetings.json", rows);
    const Import import = Load();
    EXPECT_EQ(import.records.size(), good_rows) << rows;
    EXPECT_EQ(import.errors.size(), 1U) << rows;
    return import.errors.empty() ? "" : import.errors.front().Text();
  }

  TempDir folder_;
};

constexpr char kGood[] = R"({"id": "MM-01", "series": "ministerial", "title": "One"})";
constexpr char kGood2[] = R"({"id": "MM-02", "series": "ministerial", "title": "Two"})";

TEST_F(ImportFolder, RefusesTheBadRowAndTakesTheOthers) {
  const auto with = [](const std::string& members) {
    return absl::StrCat("[\n", kGood, ",\n{\"id\": \"X-1\", \"series\": \"s\", \"title\": \"t\", ",
                        members, "},\n", kGood2, "]");
  };
  const std::string at = "meetings.json, row 2 (line 3), field ";
  const std::pair<const char*, const char*> kCases[] = {
      {R"("ordinal": "three")",
       "ordinal: expected a whole number from 0 to 4294967295, got \"three\""},
      {R"("ordinal": -1)", "ordinal: expected a whole number from 0 to 4294967295, got -1"},
      {R"("ordinal": 1.5)", "ordinal: expected a whole number"},
      {R"("ordinal": 4294967296)", "ordinal: expected a whole number"},
      {R"("start_date": "2014-2-10")", "start_date: expected a date cut to what is known"},
      {R"("start_date": 2014)", "start_date: expected a text, got 2014"},
      {R"("start_date": "2014-02-11", "end_date": "2014-02-10")",
       "end_date: expected a date not before start_date (2014-02-11), got \"2014-02-10\""},
      {R"("date_precision": "week")",
       "date_precision: expected day or month or year, got \"week\""},
      {R"("host_country": "UK")", "host_country: expected a country code of ISO 3166-1"},
      {R"("participating_countries": ["BR", "Rus"])",
       "participating_countries[2]: expected a country"},
      {R"("participating_countries": "BR")",
       "participating_countries: expected a list, got \"BR\""},
      {R"("participating_countries": ["BR", null])",
       "participating_countries[2]: expected a value"},
      {R"("working_group_id": "WG AST")", "working_group_id: expected an id of bodies"},
      {R"("working_group_id": "members/br/meetings/x")",
       "working_group_id: expected the name of a"},
      {R"("disputed": {"city": "x"})", "disputed: expected a list of objects"},
      {R"("disputed": [1])", "disputed[1]: expected an object, got 1"},
      {R"("previously_scheduled": [{"start_date": "soon"}])",
       "previously_scheduled[1].start_date: expected a date"},
      {R"("titel": "x")", "\"titel\": expected a field of meetings"},
      {R"("host_contry": "BR")",
       "\"host_contry\": expected a field of meetings, perhaps host_country"},
      {R"("original": "x")", "\"original\": expected a field of meetings"},
      {R"("references": [])", "\"references\": expected a field of meetings"},
      {R"("title": "again")", "title: expected each key once"},
  };
  for (const auto& [members, expected] : kCases) {
    EXPECT_THAT(OnlyError(with(members), 2), ::testing::StartsWith(at + expected)) << members;
  }
}

TEST_F(ImportFolder, NamesEveryBadFieldOfARow) {
  folder_.Write("meetings.json",
                R"([{"id": "A", "series": "s", "ordinal": "x", "country": "XX"}])");
  const Import import = Load();
  std::vector<std::string> fields;
  for (const RowError& error : import.errors) {
    fields.push_back(error.field);
    EXPECT_THAT(error.ToStatus(), HasReason(Reason::BAD_ROW));
  }
  EXPECT_THAT(fields, ::testing::UnorderedElementsAre("ordinal", "country", "title"));
  EXPECT_EQ(import.rows, 1U);
}

TEST_F(ImportFolder, RefusesIdsThatAreNoneOrTaken) {
  EXPECT_THAT(
      OnlyError(absl::StrCat("[", kGood, R"(,{"id": "a b", "series": "s", "title": "t"}])"), 1),
      HasSubstr("row 2 (line 1), field id: expected 1 to 63 letters"));
  EXPECT_THAT(OnlyError(absl::StrCat("[", kGood, R"(,{"series": "s", "title": "t"}])"), 1),
              HasSubstr("field id"));
  EXPECT_THAT(
      OnlyError(absl::StrCat("[", kGood, R"(,{"id": "mm_01", "series": "s", "title": "t"}])"), 1),
      HasSubstr("an id of its own; row 1 has it, got \"mm_01\""));
}

TEST_F(ImportFolder, FindsTheNextRowAfterAMalformedOne) {
  for (const char* bad : {
           R"({"id": "X", "series" "s"})",
           R"({"id": "X", "series": "s)",
           R"({"id": "X", "series": "s",})",
           R"({"id": "X", "series": s})",
           R"("id": "X"})",
           R"({"id": "X", "disputed": [)",
           R"({"id": "X", "disputed": ]})",
           R"({"id": "X", "previously_scheduled": [{"city": "C"})",
           R"({"id": 'X'})",
           R"({"id": "\ud800"})",
           R"(42)",
           R"(null)",
           "{\"id\": \"\xff\"}",
       }) {
    const std::string text = absl::StrCat("[\n ", kGood, ",\n ", bad, ",\n ", kGood2, "\n]\n");
    EXPECT_THAT(OnlyError(text, 2), ::testing::StartsWith("meetings.json, row 2 (line 3)")) << bad;
  }
}

TEST_F(ImportFolder, SaysWhatIsWrongWithTheFile) {
  EXPECT_THAT(OnlyError("", 0), HasSubstr("expected an array of objects, got the end of the file"));
  EXPECT_THAT(OnlyError("{}", 0), HasSubstr("expected an array of objects"));
  EXPECT_THAT(OnlyError(absl::StrCat("[", kGood), 1), HasSubstr("expected ] after the last row"));
  EXPECT_THAT(OnlyError(absl::StrCat("[", kGood, ","), 1),
              HasSubstr("expected ] after the last row"));
  EXPECT_THAT(OnlyError(absl::StrCat("[", kGood, ",]"), 1), HasSubstr("row 2"));
  EXPECT_THAT(OnlyError(absl::StrCat("[", kGood, " ", kGood2, "]"), 2),
              HasSubstr("expected a comma"));
  EXPECT_THAT(OnlyError(absl::StrCat("[", kGood, "] x"), 1), HasSubstr("nothing after the rows"));
  folder_.Write("meetings.json", absl::StrCat("\xEF\xBB\xBF[", kGood, "]"));
  EXPECT_THAT(Load().errors, IsEmpty());
  folder_.Write("meetings.json", "[]");
  EXPECT_THAT(Load().errors, IsEmpty());
}

TEST_F(ImportFolder, SurvivesNestingAndBrackets) {
  const std::string open(100'000, '[');
  const std::string braces(100'000, '{');
  for (const std::string& text :
       {absl::StrCat("[", kGood, ",", open, "]"),
        absl::StrCat("[", kGood, ",{\"id\":", braces, "]"), absl::StrCat("[", kGood, ",", braces),
        absl::StrCat("[", kGood, ",", open, braces)}) {
    folder_.Write("meetings.json", text);
    const Import import = Load();
    EXPECT_EQ(import.records.size(), 1U);
    EXPECT_FALSE(import.errors.empty());
    for (const RowError& error : import.errors) EXPECT_LT(error.Text().size(), 300U);
  }
}

TEST_F(ImportFolder, ReadsCsvRowByRow) {
  folder_.Write("meetings.csv",
                "id,series,title,ordinal,disputed\r\n"
                "A,s,\"One, \"\"two\"\"\",1,city=X (S1) | end_date=2014 (S2)\r\n"
                "B,s,t,x,\r\n"
                "C,s,t,1\r\n"
                "D,s,t,1,city X\r\n"
                "E,s,\"t,1,\r\n"
                "F,s,t\"t,1,\r\n"
                "G,s,\"t\"t,1,\r\n"
                "\r\n"
                "H,s,\"two\nlines\",007,\r\n"
                "I,s,\xff,1,\r\n"
                "J,s,t,,\n");
  const Import import = Load();
  std::vector<std::string> names;
  for (const PreparedRecord& prepared : import.records) names.push_back(prepared.record.name());
  EXPECT_THAT(names, ElementsAre("members/za/meetings/a", "members/za/meetings/j"));
  EXPECT_EQ(import.records[0].record.meeting().title(), "One, \"two\"");
  EXPECT_EQ(import.records[0].record.meeting().claims(1).value(), "2014");
  std::vector<std::string> errors;
  for (const RowError& error : import.errors) errors.push_back(error.Text());
  EXPECT_THAT(errors,
              ::testing::UnorderedElementsAre(
                  HasSubstr("row 2 (line 3), field ordinal: expected a whole number"),
                  HasSubstr("row 3 (line 4): expected 5 cells, got 4"),
                  HasSubstr("row 4 (line 5), field disputed: expected field=value (source)"),
                  HasSubstr("row 5 (line 6), field title: expected"),
                  HasSubstr("row 6 (line 7), field title: expected a cell with a quotation mark"),
                  HasSubstr("row 7 (line 8), field title: expected a comma or the end of the row"),
                  HasSubstr("row 8 (line 10), field ordinal: expected a whole number"),
                  HasSubstr("row 9 (line 12), field title: expected UTF-8")));
  EXPECT_EQ(import.rows, 10U);
}

TEST_F(ImportFolder, RefusesAWrongCsvHeader) {
  const auto header = [this](const std::string& text) {
    folder_.Write("projects.csv", text);
    const Import import = Load();
    EXPECT_THAT(import.records, IsEmpty());
    return import.errors.empty() ? "" : import.errors.front().Text();
  };
  EXPECT_THAT(header(""), HasSubstr("expected a header of fields"));
  EXPECT_THAT(header("id,kind,titel\r\nA,b,c\r\n"),
              HasSubstr("a field of projects, perhaps title"));
  EXPECT_THAT(header("id,kind,title,kind\r\nA,b,c,d\r\n"), HasSubstr("each column once"));
  EXPECT_THAT(header("kind,title\r\nb,c\r\n"), HasSubstr("field id: expected a column"));
}

TEST_F(ImportFolder, KeepsWhatPartsSayBeyondTheKnownFields) {
  folder_.Write("calls.json", R"([{"id": "C", "title": "t", "national_windows": [
      {"country": "RU", "agency": "FASIE;MON", "extended_to": "2019-09", "ceiling": 12.5,
       "contacts": ["a", "b"], "budget_amount": 0.5}]}])");
  const Import import = Load();
  ASSERT_EQ(import.records.size(), 1U);
  const json back = BodyToRow(*FindSourceKind("calls"), import.records[0].record.call());
  const json window = back["national_windows"][0];
  EXPECT_EQ(window["agency"], "FASIE;MON");
  EXPECT_EQ(window["extended_to"], "2019-09");
  EXPECT_EQ(window["ceiling"], 12.5);
  EXPECT_EQ(window["contacts"], json::parse(R"(["a", "b"])"));
  EXPECT_EQ(window["budget_amount"], 0.5);
}

TEST_F(ImportFolder, GivesRowsWithoutADecisionByRule) {
  folder_.Write("chairships.json", R"([{"id": "CH", "country": "IN", "year": 2016}])");
  folder_.Write("meetings.json", R"([
      {"id": "A", "series": "s", "title": "t", "host_country": "CN", "start_date": "2016"},
      {"id": "B", "series": "s", "title": "t", "host_country": "ET", "start_date": "2016-05"},
      {"id": "C", "series": "s", "title": "u", "start_date": "2017"},
      {"id": "D", "series": "s", "title": "t", "host_country": "CN"}])");
  folder_.Write("owners.csv",
                "kind,id,owner\r\nmeetings,D,eg\r\nmeetings,D,br\r\nx,D,br\r\n"
                "meetings,E,BR\r\nmeetings\r\n");
  const Import import = Load();
  std::vector<std::string> names;
  for (const PreparedRecord& prepared : import.records) names.push_back(prepared.record.name());
  EXPECT_THAT(names, ElementsAre("members/in/chairships/ch", "members/cn/meetings/a",
                                 "members/in/meetings/b", "members/za/meetings/c",
                                 "members/eg/meetings/d"));
  EXPECT_EQ(import.errors.size(), 4U);
}

TEST_F(ImportFolder, WarnsOfOddRowsAndTakesThem) {
  folder_.Write("vocabularies.json", R"({"meeting_series": ["ministerial"], "key_features": []})");
  folder_.Write("meetings.json", R"([
      {"id": "A", "series": "ministerial", "title": "t", "ordinal": 1, "start_date": "2014",
       "date_precision": "day"},
      {"id": "B", "series": "minsterial", "title": "t", "start_date": "2014"},
      {"id": "C", "series": "ministerial", "title": "u", "ordinal": 1}])");
  const Import import = Load();
  EXPECT_THAT(import.errors.size(), 1U);  // the empty list has no terms
  std::vector<std::string> warnings;
  for (const RowError& warning : import.warnings) warnings.push_back(warning.Text());
  EXPECT_THAT(
      warnings,
      ElementsAre(HasSubstr("row 1, field date_precision: expected year"),
                  HasSubstr("row 2, field series: expected a code of the vocabulary "
                            "meeting_series, perhaps ministerial"),
                  HasSubstr("row 2, field title: expected one meeting of that title; row 1"),
                  HasSubstr("row 3, field ordinal: expected one meeting of that ordinal")));
}

// Every damaged form of good files is read or reported, never worse, and never silently shorter.
TEST(DamagedFiles, AreReadOrReported) {
  const std::string good_json = absl::StrCat("[", kGood, ",\n", kGood2, "]");
  const std::string good_csv = "id,series,title\r\nA,s,\"t,\"\"u\"\r\nB,s,v\r\n";
  const SourceKind& meetings = *FindSourceKind("meetings");
  for (const bool is_json : {true, false}) {
    const std::string& good = is_json ? good_json : good_csv;
    const auto read = [&](const std::string& text) {
      const RowSet set = is_json ? ReadJsonRows("f", text) : ReadCsvRows(meetings, "f", text);
      for (const RowError& error : set.errors) EXPECT_LT(error.Text().size(), 400U);
      return set;
    };
    EXPECT_EQ(read(good).rows.size(), 2U);
    for (size_t i = 0; i < good.size(); ++i) {
      if (is_json) {
        EXPECT_FALSE(read(good.substr(0, i)).errors.empty()) << i;
      } else {
        read(good.substr(0, i));
      }
      for (const char c : {'\0', '"', '{', '}', ']', ',', '\n', '\xff', '\\'}) {
        std::string bad = good;
        bad[i] = c;
        read(bad);
        bad = good;
        bad.insert(i, 1, c);
        const RowSet set = read(bad);
        if (is_json && set.rows.size() < 2) {
          EXPECT_FALSE(set.errors.empty()) << bad;
        }
      }
    }
  }
}

TEST_F(ImportFolder, FailsWithoutAFolderOrFiles) {
  EXPECT_THAT(LoadFolder("/nowhere", {}), HasReason(Reason::NOT_FOUND));
  EXPECT_THAT(LoadFolder(folder_.path(), {}), HasReason(Reason::NOT_FOUND));
  EXPECT_THAT(LoadFile("/nowhere/meetings.json", "", "", {}), HasReason(Reason::NOT_FOUND));
  EXPECT_THAT(LoadFile("x.json", "meeting", "", {}), HasReason(Reason::BAD_REQUEST));
}

TEST_F(ImportFolder, TakesOneFileForOneOwner) {
  folder_.Write("list.json", absl::StrCat("[", kGood, "]"));
  const auto import = LoadFile(folder_.path() + "/list.json", "meetings", "br", {});
  ASSERT_OK(import);
  ASSERT_EQ(import->records.size(), 1U);
  EXPECT_EQ(import->records[0].record.name(), "members/br/meetings/mm-01");
}

}  // namespace
}  // namespace plenary
