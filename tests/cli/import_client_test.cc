// plenary import, facts and the kinds of records, over the real data and a running node. If one of
// these failed, a clerk's data would be entered twice, not at all, or in another member's name.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/node_import.h"
#include "tests/cli/node_world.h"

namespace plenary::cli::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kExample[] = "examples/brics-sti";

class ImportClientTest : public ::testing::Test {
 protected:
  void SetUp() override { world_.WaitUntilActive(); }
  Ran RunImport(const std::string& path, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"import", path, "--wait", "final"});
    return world_.Run(std::move(more));
  }
  json ImportJson(const std::string& path, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--output", "json"});
    const Ran ran = RunImport(path, std::move(more));
    return json::parse(ran.out, nullptr, /*allow_exceptions=*/false);
  }
  size_t Leaves() const {
    const Ran logs = world_.Run({"log", "list", "--output", "json"});
    return json::parse(logs.out)["logs"][0]["size"];
  }
  NodeWorld world_{{"br"}};
};

TEST_F(ImportClientTest, OnlyOnesOwnRowsGoIn) {
  const Ran dry = RunImport(kExample, {"--dry-run"});
  EXPECT_EQ(dry.exit, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("would enter"));
  EXPECT_EQ(Leaves(), 0U) << "a dry run sends nothing";
  const json report = ImportJson(kExample);
  EXPECT_EQ(report["rows"], 219);
  EXPECT_GT(report["entered"].size(), 0U);
  size_t others = 0;
  for (const auto& [member, count] : report["of_other_members"].items()) {
    EXPECT_NE(member, "br");
    others += count.get<size_t>();
  }
  EXPECT_EQ(report["entered"].size() + others, 219U);
  for (const json& record : report["entered"]) {
    EXPECT_THAT(record["name"].get<std::string>(), HasSubstr("members/br/"));
    EXPECT_EQ(record["final"], true);
  }
}

TEST_F(ImportClientTest, TheSameImportAgainChangesNothingAndAChangeIsARevision) {
  const std::string rows = R"([{"id": "MM-1", "series": "ministerial", "title": "One",
    "start_date": "2015-03-18", "end_date": "2015-03-18", "date_precision": "day",
    "host_country": "BR", "chair_country": "BR", "status": "held", "mode": "in_person",
    "source_ids": ["S1"], "confidence": "high"}])";
  const std::string file = world_.Write("meetings.json", rows);
  const json first = ImportJson(file);
  ASSERT_EQ(first["entered"].size(), 1U) << first;
  EXPECT_EQ(first["entered"][0]["revision"], 1);
  const size_t leaves = Leaves();
  const json again = ImportJson(file);
  EXPECT_EQ(again["entered"].size(), 0U);
  EXPECT_EQ(again["unchanged"], 1);
  EXPECT_EQ(Leaves(), leaves);
  std::string changed = rows;
  changed.replace(changed.find("One"), 3, "Two");
  world_.Write("meetings.json", changed);
  const json third = ImportJson(file);
  ASSERT_EQ(third["entered"].size(), 1U) << third;
  EXPECT_EQ(third["entered"][0]["revision"], 2);
  EXPECT_THAT(world_.Run({"meeting", "get", "MM-1"}).out, HasSubstr("Two"));
}

TEST_F(ImportClientTest, ABadRowIsReportedAndTheOthersGoIn) {
  const std::string file = world_.Write("funders.csv",
                                        "id,name,country\r\n"
                                        "A,Agency A,BR\r\n"
                                        "B,Agency B,Brasil\r\n"
                                        "C,\"Agency C,BR\r\n");
  const std::string report = world_.Path("report.json");
  const Ran ran = RunImport(file, {"--owner", "br", "--report", report});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.out, HasSubstr("1  (1 new, 0 changed), all final"));
  EXPECT_THAT(ran.err, AllOf(HasSubstr("row 2"), HasSubstr("country"), HasSubstr("Brasil")));
  std::ifstream in(report);
  const json written = json::parse(in);
  EXPECT_EQ(written["refused"].size(), 2U);
  bool is_named = false;
  for (const json& row : written["refused"]) {
    is_named = is_named || (row["row"] == 2 && row["field"] == "country");
  }
  EXPECT_TRUE(is_named) << written["refused"];
  EXPECT_EQ(world_.Run({"funder", "get", "A"}).exit, 0);
  const Ran broken = RunImport(world_.Write("meetings.json", "[{\"id\": "));
  EXPECT_EQ(broken.exit, 1);
  EXPECT_THAT(broken.err, HasSubstr("meetings.json"));
  EXPECT_EQ(RunImport(world_.Write("things.json", "[]")).exit, 64) << "no such kind";
  EXPECT_EQ(RunImport(world_.Path("none")).exit, 64);
  EXPECT_EQ(RunImport(kExample, {"--kind", "meetings"}).exit, 64);
}

constexpr char kThreeFunders[] = R"([{"id": "A", "name": "Agency A", "country": "BR"},
                                     {"id": "B", "name": "Agency B", "country": "BR"},
                                     {"id": "C", "name": "Agency C", "country": "BR"}])";

TEST_F(ImportClientTest, ARestrictedRecordIsFollowedThoughNoViewHasIt) {
  const std::string put =
      world_.Write("b.json", R"({"name": "members/br/funders/b", "funder": {"name": "Another"}})");
  ASSERT_EQ(world_.Run({"record", "put", put, "--audience", "br,in", "--wait", "final"}).exit, 0);
  const std::string file = world_.Write("funders.json", kThreeFunders);
  const json report = ImportJson(file);
  ASSERT_EQ(report["entered"].size(), 3U) << report;
  EXPECT_EQ(report["entered"][1]["name"], "members/br/funders/b");
  EXPECT_EQ(report["entered"][1]["revision"], 2);
  EXPECT_EQ(ImportJson(file)["unchanged"], 3);
}

TEST_F(ImportClientTest, ManyRowsBecomeCommitsOfFiveHundredInTheirOrder) {
  json rows = json::array();
  constexpr int kRows = 1201;
  for (int i = 0; i < kRows; ++i) {
    rows.push_back({{"id", absl::StrCat("F-", i)}, {"name", "Agency"}, {"country", "BR"}});
  }
  const json report = ImportJson(world_.Write("funders.json", rows.dump()));
  ASSERT_EQ(report["entered"].size(), static_cast<size_t>(kRows));
  EXPECT_EQ(report["entered"][1200]["name"], "members/br/funders/f-1200");
  EXPECT_EQ(Leaves(), 3U);
  const Ran list = world_.Run({"funder", "list", "--output", "csv", "--limit", "5000"});
  EXPECT_EQ(std::count(list.out.begin(), list.out.end(), '\n'), kRows + 1);
}

TEST_F(ImportClientTest, WhoeverWasFasterStopsNoOtherRow) {
  const std::string file = world_.Write("funders.json", kThreeFunders);
  auto loaded = LoadFile(file, "", "br", {});
  ASSERT_OK(loaded);
  const Import all = *loaded;
  Import first = all;
  first.records.resize(2);
  first.records[1].record.mutable_funder()->set_name("Another");
  auto session = OpenSession(world_.profile(), "", "", absl::Now());
  ASSERT_OK(session);
  const auto author = OpenAuthor(*session, "");
  ASSERT_OK(author);
  std::ostringstream out;
  Console console{out, out, absl::Now()};
  const auto enter = [&](Import import) {
    // As if nothing had been there when the register was read.
    return EnterRecords(*session->client, *author, Audience::Members("br"), std::move(import), {},
                        {.wait_final = true, .now = absl::Now()}, console);
  };
  EXPECT_EQ(enter(first).entered.size(), 2U);
  const ImportOutcome outcome = enter(all);
  EXPECT_OK(outcome.stopped);
  EXPECT_TRUE(outcome.refused.empty()) << outcome.refused[0].Text();
  EXPECT_EQ(outcome.unchanged, 1U) << "A is the same";
  ASSERT_EQ(outcome.entered.size(), 2U);
  EXPECT_EQ(outcome.entered[0].name, "members/br/funders/b");
  EXPECT_EQ(outcome.entered[0].revision, 2U);
  EXPECT_EQ(outcome.entered[1].revision, 1U);
}

TEST_F(ImportClientTest, WhatStopsAnImportIsSaidForEachRowThatDidNotGoIn) {
  auto loaded = LoadFile(world_.Write("funders.json", kThreeFunders), "", "br", {});
  ASSERT_OK(loaded);
  auto session = OpenSession(world_.profile(), "", "", absl::Now());
  ASSERT_OK(session);
  const auto author = OpenAuthor(*session, "");
  ASSERT_OK(author);
  world_.node().StopListening();
  std::ostringstream out;
  Console console{out, out, absl::Now()};
  const ImportOutcome outcome = EnterRecords(*session->client, *author, Audience::Members("br"),
                                             *std::move(loaded), {}, {.now = absl::Now()}, console);
  EXPECT_EQ(ExitOf(outcome.stopped), 69);
  EXPECT_EQ(outcome.refused.size(), 3U);
  EXPECT_THAT(outcome.refused[0].Text(),
              AllOf(HasSubstr("funders.json, row 1"), HasSubstr("expected an answer")));
}

TEST_F(ImportClientTest, TheNodeAnswersTheQuestionsOfTheData) {
  // Without owners.csv a federation of one owns all of it.
  const std::string folder = world_.Path("data");
  std::filesystem::copy(kExample, folder);
  std::filesystem::remove(folder + "/owners.csv");
  const Ran import = RunImport(folder);
  ASSERT_EQ(import.exit, 0) << import.err;
  const Ran facts = world_.Run({"facts", folder});
  EXPECT_EQ(facts.exit, 0) << facts.out;
  EXPECT_THAT(facts.out, AllOf(HasSubstr("passed  held_virtual"), HasSubstr(" passed, 0 failed")));
  json expected = json::parse(std::ifstream(folder + "/expected.json"));
  expected["meetings_total"] = 1;
  std::ofstream(folder + "/expected.json") << expected;
  const Ran failed = world_.Run({"facts", folder});
  EXPECT_EQ(failed.exit, 1);
  EXPECT_THAT(failed.out, HasSubstr("failed  meetings_total: expected 1, got 67"));

  const auto count = [&](std::vector<std::string> words) {
    const std::string list = words[0] == "party" ? "parties" : words[0] + "s";
    words.insert(words.begin() + 1, "list");
    words.insert(words.end(), {"--output", "json"});
    const Ran ran = world_.Run(std::move(words));
    EXPECT_EQ(ran.exit, 0) << ran.err;
    return json::parse(ran.out)[list].size();
  };
  EXPECT_EQ(count({"meeting"}), 67U);
  EXPECT_EQ(count({"meeting", "--series", "ministerial", "--host", "ZA"}), 2U);
  EXPECT_EQ(count({"declaration", "--status", "in_force"}), 4U);
  EXPECT_EQ(count({"project", "--kind", "flagship"}), 2U);
  EXPECT_EQ(count({"project", "--partner", "za"}), 15U);
  EXPECT_EQ(count({"call", "--agency", "SAMRC"}), 2U);
  EXPECT_EQ(count({"delegation", "--meeting", "MM-11"}) > 0, true);
  EXPECT_EQ(count({"meeting", "--owner", "br", "--limit", "5"}), 5U);
  EXPECT_THAT(world_.Run({"declaration", "get", "DOC-MOU"}).out, HasSubstr("memorandum"));
  EXPECT_EQ(world_.Run({"meeting", "get", "MM-99"}).exit, 1);
  EXPECT_EQ(world_.Run({"meeting", "list", "--owner", "Brasil!"}).exit, 64);
}

}  // namespace
}  // namespace plenary::cli::testing
