#include "cli/import/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/import/body_to_row.h"
#include "cli/import/csv_rows.h"
#include "cli/import/row_to_body.h"
#include "cli/import/source_fields.h"
#include "ledger/fields.h"
#include "ledger/names.h"
#include "ledger/scan.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using google::protobuf::Message;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kExample[] = "examples/brics-sti";

const Import& Example() {
  static const Import* const import = [] {
    auto loaded = LoadFolder(kExample, {});
    CHECK_OK(loaded);
    return new Import(*std::move(loaded));
  }();
  return *import;
}

const v1::Record& Find(const Import& import, const std::string& name) {
  for (const PreparedRecord& prepared : import.records) {
    if (prepared.record.name() == name) return prepared.record;
  }
  ADD_FAILURE() << "no record " << name;
  static const v1::Record none;
  return none;
}

// What a row says: without what was not found, at any depth.
json Said(const json& value) {
  if (!value.is_structured()) return value;
  json said = value.is_array() ? json::array() : json::object();
  for (const auto& [key, member] : value.items()) {
    json inner = Said(member);
    if (IsEmptyValue(inner)) continue;
    if (value.is_array()) {
      said.push_back(std::move(inner));
    } else {
      said[key] = std::move(inner);
    }
  }
  return said;
}

json SourceFile(const std::string& name) {
  const auto text = ReadSourceFile(absl::StrCat(kExample, "/", name));
  CHECK_OK(text);
  return json::parse(*text);
}

TEST(Import, TakesEveryRowOfTheExample) {
  EXPECT_THAT(Example().errors, IsEmpty());
  EXPECT_EQ(Example().rows, 207U + 12U);
  EXPECT_EQ(Example().records.size(), 207U + 12U);
  std::set<std::string> names;
  for (const PreparedRecord& prepared : Example().records) {
    const auto name = RecordName::Parse(prepared.record.name());
    ASSERT_OK(name);
    EXPECT_EQ(name->member, prepared.owner);
    EXPECT_TRUE(names.insert(prepared.record.name()).second) << prepared.record.name();
    const auto scan = StrictScan(*v1::Record::descriptor(), prepared.record.SerializeAsString(),
                                 UnknownFields::kRefuse);
    EXPECT_OK(scan) << prepared.record.name();
  }
}

TEST(Import, GoesInTheOrderInWhichRowsReferToEachOther) {
  std::vector<std::string> kinds;
  for (const PreparedRecord& prepared : Example().records) {
    if (kinds.empty() || kinds.back() != prepared.kind) kinds.push_back(prepared.kind);
  }
  EXPECT_THAT(kinds, ElementsAre("vocabularies", "members", "funders", "working_groups",
                                 "chairships", "meetings", "calls", "declarations", "projects",
                                 "delegations", "actions"));
}

TEST(Import, GivesEachRowToItsOwner) {
  std::map<std::string, std::string> owners;  // "kind,id" → owner
  const auto text = ReadSourceFile(absl::StrCat(kExample, "/owners.csv"));
  ASSERT_OK(text);
  for (const absl::string_view line : absl::StrSplit(*text, "\r\n", absl::SkipEmpty())) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    owners[cells[0] + "," + cells[1]] = cells[2];
  }
  EXPECT_EQ(owners.size(), 208U);  // with the header
  for (const PreparedRecord& prepared : Example().records) {
    if (prepared.kind == "vocabularies") {
      EXPECT_EQ(prepared.owner, "za");
      continue;
    }
    const Message& body = *BodyOf(prepared.record);
    const auto id = TextsOf(body, *body.GetDescriptor()->FindFieldByName("external_id")).at(0);
    EXPECT_EQ(prepared.owner, owners[prepared.kind + "," + id]) << id;
  }
}

// The promise of the import: nothing that a row says is lost, beside the row itself.
TEST(Import, KeepsEveryFieldOfEveryRow) {
  size_t compared = 0;
  for (const SourceKind& kind : SourceKinds()) {
    if (kind.name == "vocabularies") continue;
    std::map<std::string, json> rows;
    for (const json& row : SourceFile(kind.name + ".json")) rows[row["id"]] = row;
    for (const PreparedRecord& prepared : Example().records) {
      if (prepared.kind != kind.name) continue;
      const json back = BodyToRow(kind, *BodyOf(prepared.record));
      const json& row = rows.at(back["id"].get<std::string>());
      EXPECT_EQ(Said(back), Said(row)) << prepared.record.name();
      ++compared;
    }
  }
  EXPECT_EQ(compared, 207U);
}

TEST(Import, KeepsEveryListOfTheVocabularies) {
  const json lists = SourceFile("vocabularies.json");
  size_t compared = 0;
  for (const PreparedRecord& prepared : Example().records) {
    if (prepared.kind != "vocabularies") continue;
    const json back = BodyToRow(SourceKinds().front(), *BodyOf(prepared.record));
    EXPECT_EQ(back["terms"], lists[back["id"].get<std::string>()]);
    EXPECT_EQ(json::parse(prepared.record.vocabulary().original()), back["terms"]);
    ++compared;
  }
  EXPECT_EQ(compared, lists.size());
  EXPECT_EQ(Find(Example(), "members/za/vocabularies/meeting-series").vocabulary().key(),
            "meeting_series");
}

TEST(Import, KeepsTheRowVerbatim) {
  const auto text = ReadSourceFile(absl::StrCat(kExample, "/meetings.json"));
  ASSERT_OK(text);
  for (const PreparedRecord& prepared : Example().records) {
    if (prepared.kind != "meetings") continue;
    const v1::Meeting& meeting = prepared.record.meeting();
    EXPECT_EQ(meeting.original_media_type(), "application/json");
    EXPECT_TRUE(absl::StrContains(*text, meeting.original()));
    EXPECT_EQ(json::parse(meeting.original())["id"], meeting.external_id());
  }
}

TEST(Import, ReadsTheSameFromCsvAsFromJson) {
  for (const char* kind : {"meetings", "declarations", "projects"}) {
    ImportOptions options;
    for (const PreparedRecord& prepared : Example().records) {
      const Message& body = *BodyOf(prepared.record);
      const auto* id = body.GetDescriptor()->FindFieldByName("external_id");
      for (const std::string& text : TextsOf(body, *id)) {
        options.known.Add(RecordName::Parse(prepared.record.name())->collection, text,
                          prepared.record.name());
      }
    }
    const auto csv = LoadFile(absl::StrCat(kExample, "/", kind, ".csv"), "", "", options);
    ASSERT_OK(csv);
    EXPECT_THAT(csv->errors, IsEmpty());
    size_t compared = 0;
    for (const PreparedRecord& prepared : csv->records) {
      const SourceKind& source = *FindSourceKind(kind);
      const json from_csv = BodyToRow(source, *BodyOf(prepared.record));
      for (const PreparedRecord& other : Example().records) {
        if (other.kind != kind) continue;
        const json from_json = BodyToRow(source, *BodyOf(other.record));
        if (from_csv["id"] != from_json["id"]) continue;
        EXPECT_EQ(Said(from_csv), Said(from_json));
        ++compared;
      }
    }
    EXPECT_EQ(compared, csv->rows);
  }
}

TEST(Import, WritesCsvThatItReadsBack) {
  for (const char* name : {"meetings", "projects", "calls", "members", "working_groups"}) {
    const SourceKind& kind = *FindSourceKind(name);
    std::string text = CsvHeader(kind);
    std::vector<json> rows;
    for (const PreparedRecord& prepared : Example().records) {
      if (prepared.kind != name) continue;
      const auto row = BodyToRow(kind, *BodyOf(prepared.record));
      rows.push_back(row);
      text += RowToCsv(kind, row);
    }
    const RowSet back = ReadCsvRows(kind, "x.csv", text);
    EXPECT_THAT(back.errors, IsEmpty());
    ASSERT_EQ(back.rows.size(), rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      // As a row means the same, whatever its spelling, compare what becomes of it.
      v1::Record record;
      Message& body = MakeBody(record, kind.collection);
      EXPECT_THAT(RowToBody(kind, back.rows[i], {}, "br", body), IsEmpty());
      EXPECT_EQ(Said(BodyToRow(kind, body)), Said(rows[i]));
    }
  }
}

TEST(Import, TurnsIdsIntoNamesAndKeepsThem) {
  const v1::Record& meeting = Find(Example(), "members/za/meetings/ast-01");
  EXPECT_EQ(meeting.meeting().working_group(), "members/za/bodies/wg-ast");
  EXPECT_EQ(ExternalIdOf(meeting.meeting(), "members/za/bodies/wg-ast"), "WG-AST");
  const v1::Record& call = Find(Example(), "members/ru/calls/call-2020");
  EXPECT_THAT(call.call().national_windows(1).agencies(),
              ElementsAre("members/in/funders/dst-in", "members/in/funders/dbt"));
  const v1::Record& action = Find(Example(), "members/in/actions/act-01");
  EXPECT_EQ(action.action().owner(), "members/in/bodies/wg-stiep");
}

TEST(Import, KeepsReferencesToRowsThatAreNotThere) {
  const v1::Record& dsi = Find(Example(), "members/za/funders/dsi");
  EXPECT_EQ(dsi.funder().replaced_by(), "members/za/funders/dsti");
  EXPECT_EQ(ExternalIdOf(dsi.funder(), "members/za/funders/dsti"), "DSTI");
  size_t dangling = 0;
  for (const RowError& warning : Example().warnings) {
    dangling += absl::StrContains(warning.expected, "it may come later");
  }
  EXPECT_EQ(dangling, 11U);
}

TEST(Import, KeepsWhatSourcesDispute) {
  const v1::Meeting& meeting = Find(Example(), "members/za/meetings/mm-01").meeting();
  ASSERT_EQ(meeting.claims_size(), 3);
  EXPECT_EQ(meeting.city(), "Kleinmond");
  EXPECT_EQ(meeting.claims(0).field(), "city");
  EXPECT_EQ(meeting.claims(0).value(), "Cape Town");
  EXPECT_EQ(meeting.claims(0).source_id(), "S010");
  const v1::Call& call = Find(Example(), "members/ru/calls/call-2020").call();
  EXPECT_EQ(call.claims(0).value(), "85");
  EXPECT_EQ(call.claims(0).kind(), v1::VALUE_KIND_NUMBER);
}

TEST(Import, TakesAStatusAsReportedNeverAsTheOwnersWord) {
  for (const PreparedRecord& prepared : Example().records) {
    const Message& body = *BodyOf(prepared.record);
    const auto* status = body.GetDescriptor()->FindFieldByName("status");
    if (status == nullptr) continue;
    EXPECT_THAT(TextsOf(body, *status), IsEmpty());
  }
  const v1::Record& mou = Find(Example(), "members/br/declarations/doc-mou");
  EXPECT_EQ(mou.declaration().reported_status(), "in_force");
}

TEST(Import, KeepsDatesCutAndTitlesInAllScripts) {
  const v1::Record& plan = Find(Example(), "members/cn/declarations/doc-wp22");
  ASSERT_EQ(plan.declaration().title_translations_size(), 1);
  EXPECT_EQ(plan.declaration().title_translations(0).language(), "zh");
  EXPECT_EQ(plan.declaration().title_translations(0).text(), "工作计划(2022—2023年)");
  const v1::Record& call = Find(Example(), "members/ru/calls/call-2017");
  EXPECT_EQ(call.call().deadline(), "2017-12-27T15:00:00+03:00");
  for (const PreparedRecord& prepared : Example().records) {
    if (prepared.kind != "meetings") continue;
    const v1::Meeting& meeting = prepared.record.meeting();
    const bool to_the_day = meeting.date_precision() == v1::DATE_PRECISION_DAY;
    EXPECT_EQ(to_the_day, meeting.start_date().size() == 10) << meeting.external_id();
  }
}

TEST(Import, OfTheExampleHasNoOtherWarnings) {
  for (const RowError& warning : Example().warnings) {
    EXPECT_THAT(warning.expected, HasSubstr("it may come later")) << warning.Text();
  }
}

}  // namespace
}  // namespace plenary
