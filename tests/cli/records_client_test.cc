// plenary record put, get, history, list, receipt against a running node, as a clerk meets them:
// exit codes and text. If one of these failed, a clerk would enter something else than was meant,
// or not learn what has become of it.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/cli/node_world.h"

namespace plenary::cli::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class RecordsClientTest : public ::testing::Test {
 protected:
  void SetUp() override { world_.WaitUntilActive(); }
  Ran Put(const std::string& file, std::vector<std::string> more = {"--wait", "final"}) {
    more.insert(more.begin(), {"record", "put", file});
    return world_.Run(std::move(more));
  }
  NodeWorld world_{{"br"}};
};

TEST_F(RecordsClientTest, WhatIsPutIsFinalAndCanBeRead) {
  const Ran put = Put(world_.Meeting("m-1", "Reunião ministerial"));
  EXPECT_EQ(put.exit, 0) << put.err;
  EXPECT_THAT(put.out, HasSubstr("final: signed, held by no other member"));
  EXPECT_THAT(put.out, HasSubstr("members/br/meetings/m-1/revisions/1"));
  const Ran get = world_.Run({"record", "get", "members/br/meetings/m-1"});
  EXPECT_EQ(get.exit, 0) << get.err;
  EXPECT_THAT(get.out, AllOf(HasSubstr("Reunião ministerial"), HasSubstr("final")));
  const Ran document = world_.Run({"record", "get", "members/br/meetings/m-1", "--output", "json"});
  const json shown = json::parse(document.out);
  EXPECT_EQ(shown["record"]["name"], "members/br/meetings/m-1");
  EXPECT_EQ(shown["record"]["revision"], 1);
  EXPECT_EQ(shown["record"]["stage"], "final");
  EXPECT_EQ(shown["record"]["record"]["meeting"]["title"], "Reunião ministerial");
}

TEST_F(RecordsClientTest, ACorrectionFollowsWhatIsThere) {
  ASSERT_EQ(Put(world_.Meeting("m-1")).exit, 0);
  const Ran edit = world_.Run({"record", "get", "members/br/meetings/m-1", "--output", "edit"});
  json record = json::parse(edit.out);
  EXPECT_FALSE(record.contains("salt") || record.contains("revision"));
  record["meeting"]["title"] = "Corrected";
  const Ran put = Put(world_.Write("corrected.json", record.dump()));
  EXPECT_EQ(put.exit, 0) << put.err;
  EXPECT_THAT(put.out, HasSubstr("revisions/2"));
  const Ran history = world_.Run({"meeting", "history", "m-1", "--output", "json"});
  const json revisions = json::parse(history.out)["revisions"];
  ASSERT_EQ(revisions.size(), 2U);
  EXPECT_EQ(revisions[0]["revision"], 2) << "newest first";
  const Ran first = world_.Run({"record", "get", "members/br/meetings/m-1", "--revision", "1"});
  EXPECT_THAT(first.out, AllOf(HasSubstr("A meeting"), Not(HasSubstr("Corrected"))));
  const Ran none = world_.Run({"record", "get", "members/br/meetings/m-1", "--revision", "9"});
  EXPECT_EQ(none.exit, 1);
  EXPECT_THAT(none.err, HasSubstr("NOT_FOUND"));
}

TEST_F(RecordsClientTest, AStaleRevisionIsRefusedWithTheRemedy) {
  ASSERT_EQ(Put(world_.Meeting("m-1")).exit, 0);
  const std::string stale = world_.Write(
      "stale.json",
      R"({"name": "members/br/meetings/m-1", "revision": 1, "meeting": {"title": "Other"}})");
  const Ran put = Put(stale);
  EXPECT_EQ(put.exit, 1);
  EXPECT_THAT(put.err, HasSubstr("read the current revision and write the next one"));
}

TEST_F(RecordsClientTest, SeveralRecordsEnterTogetherOrNotAtAll) {
  const std::string two =
      world_.Write("two.json", R"([{"name": "members/br/meetings/a", "meeting": {"title": "A"}},
                      {"name": "members/br/meetings/b", "meeting": {"title": "B"}}])");
  const Ran put = Put(two, {"--wait", "final", "--output", "json"});
  ASSERT_EQ(put.exit, 0) << put.err;
  const json receipt = json::parse(put.out);
  EXPECT_EQ(receipt["records"].size(), 2U);
  const std::string commit = receipt["commit"];
  const Ran asked = world_.Run({"record", "receipt", commit, "--wait", "final"});
  EXPECT_EQ(asked.exit, 0);
  EXPECT_THAT(asked.out, HasSubstr("final"));
  EXPECT_EQ(world_.Run({"record", "receipt", std::string(64, 'a')}).exit, 1);
  EXPECT_EQ(world_.Run({"record", "receipt", "short"}).exit, 64);

  const Ran bad =
      Put(world_.Write("bad.json", R"([{"name": "members/br/meetings/c", "meeting": {"title": "C"}},
                      {"name": "members/br/meetings/d", "meeting": {"tilte": "D"}}])"));
  EXPECT_EQ(bad.exit, 1);
  EXPECT_THAT(bad.err, AllOf(HasSubstr("record 2"), HasSubstr("perhaps title")));
  EXPECT_EQ(world_.Run({"record", "get", "members/br/meetings/c"}).exit, 1);
  const Ran twice = Put(
      world_.Write("twice.json", R"([{"name": "members/br/meetings/c", "meeting": {"title": "C"}},
                        {"name": "members/br/meetings/c", "meeting": {"title": "C"}}])"));
  EXPECT_EQ(twice.exit, 1);
  EXPECT_THAT(twice.err, HasSubstr("each name once"));
}

TEST_F(RecordsClientTest, BadInputSaysWhereAndWhat) {
  EXPECT_THAT(Put(world_.Write("cut.json", "{\"name\": ")).err,
              AllOf(HasSubstr("cut.json"), HasSubstr("line 1"), HasSubstr("JSON")));
  const Ran none = Put(world_.Path("none.json"));
  EXPECT_EQ(none.exit, 1);
  EXPECT_THAT(none.err, HasSubstr("none.json"));
  const Ran others = Put(world_.Write(
      "others.json", R"({"name": "members/in/meetings/x", "meeting": {"title": "Theirs"}})"));
  EXPECT_EQ(others.exit, 1);
  EXPECT_THAT(others.err, HasSubstr("WRONG_MEMBER"));
  EXPECT_EQ(Put(world_.Meeting("m-1"), {"--audience", "Brasil"}).exit, 64);
  EXPECT_EQ(Put(world_.Meeting("m-1"), {"--wait", "final", "--timeout", "0"}).exit, 64);
  EXPECT_EQ(Put(world_.Meeting("m-1"), {"--wait", "forever"}).exit, 64);
  const Ran large = Put(world_.Write(
      "large.json", absl::StrCat(R"({"name": "members/br/declarations/d", "declaration": {"title":
                                  "T", "texts": [)",
                                 [] {
                                   std::string texts;
                                   for (int i = 0; i < 20; ++i) {
                                     absl::StrAppend(&texts, i == 0 ? "" : ",",
                                                     R"({"language": "en", "text": ")",
                                                     std::string(60'000, 'x'), "\"}");
                                   }
                                   return texts;
                                 }(),
                                 "]}}")));
  EXPECT_EQ(large.exit, 1);
  EXPECT_THAT(large.err, HasSubstr("OVER_LIMIT"));
}

TEST_F(RecordsClientTest, AudienceAndPermanenceAreKept) {
  ASSERT_EQ(
      Put(world_.Meeting("m-1"), {"--audience", "br,in", "--permanent", "--wait", "final"}).exit,
      0);
  const Ran get = world_.Run({"record", "get", "members/br/meetings/m-1", "--output", "json"});
  ASSERT_EQ(get.exit, 0) << get.err << world_.Run({"record", "list", "--not-counted"}).out;
  const json shown = json::parse(get.out);
  EXPECT_EQ(shown["record"]["audience"], "br,in");
  EXPECT_EQ(shown["record"]["permanent"], true);
  const Ran again =
      Put(world_.Meeting("m-1", "Corrected"), {"--audience", "br,in", "--wait", "final"});
  EXPECT_THAT(again.out, HasSubstr("revisions/2")) << again.err;
  const std::string tabled = world_.Write("tabled.json",
                                          R"({"name": "members/br/declarations/d",
          "declaration": {"title": "T", "status": "tabled"}})");
  EXPECT_EQ(Put(tabled).exit, 0) << "tabled texts are permanent without being asked";
}

TEST_F(RecordsClientTest, OnlyKeysOnTheCardSign) {
  const std::string key = world_.Path("trial/br/keys/log-1.pem");
  const Ran put = Put(world_.Meeting("m-1"), {"--author-key", key});
  EXPECT_EQ(put.exit, 1);
  EXPECT_THAT(put.err, AllOf(HasSubstr("UNKNOWN_AUTHOR"), HasSubstr("fingerprint")));
  EXPECT_EQ(Put(world_.Meeting("m-1"), {"--author-key", world_.Path("none.pem")}).exit, 1);
}

TEST_F(RecordsClientTest, ListsPageFilterAndSayWhatIsWrong) {
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_EQ(
        Put(world_.Meeting(id, absl::StrCat("Meeting ", id), R"(, "host_country": "ZA")")).exit, 0);
  }
  const Ran two = world_.Run({"record", "list", "--limit", "2", "--output", "json"});
  const json page = json::parse(two.out);
  EXPECT_EQ(page["records"].size(), 2U);
  const std::string token = page["next_page_token"];
  ASSERT_THAT(token, Not(IsEmpty()));
  const json rest =
      json::parse(world_.Run({"record", "list", "--page-token", token, "--output", "json"}).out);
  ASSERT_EQ(rest["records"].size(), 1U);
  EXPECT_EQ(rest["records"][0]["name"], "members/br/meetings/c");
  const Ran bad_token = world_.Run({"record", "list", "--page-token", "nonsense"});
  EXPECT_EQ(bad_token.exit, 1);
  EXPECT_THAT(bad_token.err, HasSubstr("BAD_PAGE_TOKEN"));
  const Ran bad_filter = world_.Run({"meeting", "list", "--filter", "hots_country = \"ZA\""});
  EXPECT_EQ(bad_filter.exit, 1);
  EXPECT_THAT(bad_filter.err, AllOf(HasSubstr("BAD_FILTER"), HasSubstr("host_country")));
  const Ran csv = world_.Run({"meeting", "list", "--host", "za", "--output", "csv"});
  EXPECT_THAT(csv.out, AllOf(StartsWith("name,"), HasSubstr("Meeting b")));
  EXPECT_THAT(world_.Run({"meeting", "list", "--host", "BR"}).out, HasSubstr("no meetings"));
  EXPECT_EQ(world_.Run({"record", "list", "--tail", "--not-counted"}).exit, 64);
}

TEST_F(RecordsClientTest, NoRecordWritesToATerminal) {
  ASSERT_EQ(Put(world_.Meeting("m-1", "red \x1b[31m and \u202e back")).exit, 0);
  for (const Ran& ran : {world_.Run({"record", "get", "members/br/meetings/m-1"}),
                         world_.Run({"meeting", "list"}), world_.Run({"record", "list"})}) {
    EXPECT_THAT(ran.out, AllOf(HasSubstr("red"), Not(HasSubstr("\x1b")), Not(HasSubstr("\u202e"))));
  }
}

TEST_F(RecordsClientTest, AProofFileIsWrittenAndVerifies) {
  ASSERT_EQ(Put(world_.Meeting("m-1")).exit, 0);
  const std::string path = world_.Path("m-1.plenary-proof");
  const Ran exported = world_.Run({"proof", "export", "members/br/meetings/m-1", "--out", path});
  ASSERT_EQ(exported.exit, 0) << exported.err;
  const size_t at = exported.out.find("--roster-digest ");
  ASSERT_NE(at, std::string::npos);
  const std::string digest = exported.out.substr(at + 16, 64);
  EXPECT_EQ(Plenary({"verify", path, "--roster-digest", digest}).exit, 0);
  EXPECT_EQ(world_.Run({"proof", "export", "members/br/meetings/m-1", "--out", path}).exit, 1)
      << "nothing is overwritten";
  const Ran none = world_.Run({"proof", "export", "members/br/meetings/m-9", "--out", "x"});
  EXPECT_EQ(none.exit, 1);
  EXPECT_THAT(none.err, HasSubstr("NOT_FOUND"));
}

}  // namespace
}  // namespace plenary::cli::testing
