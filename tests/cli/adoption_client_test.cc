// A text on its way to adoption, as a clerk enters and reads it. If one of these failed, a clerk
// would take a report for a proof, or could not see who is still to endorse.
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/cli/node_world.h"

namespace plenary::cli::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AdoptionClientTest : public ::testing::Test {
 protected:
  void SetUp() override { world_.WaitUntilActive(); }
  Ran Put(const std::string& record) const {
    return world_.Run({"record", "put", world_.Write("record.json", record), "--wait", "final"});
  }
  std::string Text(const std::string& id, const std::string& endorsers) const {
    return absl::StrCat(R"({"name": "members/br/declarations/)", id,
                        R"(", "declaration": {"title": "T", "status": "tabled",
                           "reported_status": "published", "endorsers": [)",
                        endorsers, "]}}");
  }
  static std::string Endorsement(const std::string& digest) {
    return absl::StrCat(R"({"name": "members/br/endorsements/e", "endorsement": {
                           "position": "endorsed", "text": {"name": "members/br/declarations/d",
                           "digest": ")",
                        digest, R"("}}})");
  }
  json Get(const std::string& id) const {
    const Ran get = world_.Run({"declaration", "get", id, "--output", "json"});
    EXPECT_EQ(get.exit, 0) << get.err;
    return json::parse(get.out)["record"];
  }

  NodeWorld world_{{"br"}};
};

TEST_F(AdoptionClientTest, FacesShowReportAndProofSideBySide) {
  ASSERT_EQ(Put(Text("d", R"("br")")).exit, 0);
  json text = Get("d");
  EXPECT_EQ(text["adoption"]["state"], "0 of 1 endorsed");
  EXPECT_EQ(text["adoption"]["not_endorsed"], json::array({"br"}));
  EXPECT_EQ(text["record"]["declaration"]["reported_status"], "published");

  const Ran put = Put(Endorsement(text["digest"]));
  ASSERT_EQ(put.exit, 0) << put.err;
  text = Get("d");
  EXPECT_EQ(text["adoption"]["adopted"], true);
  EXPECT_EQ(text["adoption"]["endorsed"]["br"], "members/br/endorsements/e/revisions/1");
  EXPECT_THAT(world_.Run({"record", "get", "members/br/declarations/d"}).out,
              AllOf(HasSubstr("state         adopted"), HasSubstr("reported_status"),
                    HasSubstr("br  members/br/endorsements/e/revisions/1")));
  for (const char* format : {"table", "csv"}) {
    EXPECT_THAT(world_.Run({"declaration", "list", "--output", format}).out,
                AllOf(HasSubstr("reported_status"), HasSubstr("published"), HasSubstr("adopted")));
    EXPECT_THAT(world_.Run({"declaration", "history", "d", "--output", format}).out,
                AllOf(HasSubstr("reported_status"), HasSubstr("published"), HasSubstr("adopted")));
  }
  const json history =
      json::parse(world_.Run({"declaration", "history", "d", "--output", "json"}).out);
  EXPECT_EQ(history["revisions"][0]["adoption"], "adopted");
  EXPECT_EQ(history["revisions"][0]["reported_status"], "published");
}

TEST_F(AdoptionClientTest, WhatCannotBeAdoptedSaysWhy) {
  ASSERT_EQ(Put(Text("d", R"("br", "in")")).exit, 0);
  EXPECT_EQ(Get("d")["adoption"]["state"], "cannot be adopted");
  EXPECT_THAT(world_.Run({"declaration", "get", "d"}).out, HasSubstr("whom roster 1 demands"));
}

TEST_F(AdoptionClientTest, OfHistoryNothingIsClaimed) {
  ASSERT_EQ(Put(R"({"name": "members/br/declarations/d", "declaration": {"title": "T",
                    "reported_status": "adopted"}})")
                .exit,
            0);
  EXPECT_FALSE(Get("d").contains("adoption"));
  EXPECT_THAT(world_.Run({"declaration", "get", "d"}).out,
              AllOf(HasSubstr("reported_status"), Not(HasSubstr("adoption"))));
  ASSERT_EQ(world_.Run({"meeting", "list"}).exit, 0);
  EXPECT_THAT(world_.Run({"meeting", "list"}).out, Not(HasSubstr("adoption")));
}

TEST_F(AdoptionClientTest, ADigestIsWrittenAsItIsShown) {
  for (const std::string& wrong :
       {std::string(63, 'a'), std::string(66, 'a'), std::string("YQ==")}) {
    const Ran put = Put(Endorsement(wrong));
    EXPECT_EQ(put.exit, 1) << wrong;
    EXPECT_THAT(put.err, AllOf(HasSubstr("endorsement.text.digest"), HasSubstr("64 hex digits")));
  }
  const Ran base64 = Put(Endorsement("YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="));
  EXPECT_EQ(base64.exit, 0) << base64.err;
  const Ran edit = world_.Run({"record", "get", "members/br/endorsements/e", "--output", "edit"});
  EXPECT_EQ(json::parse(edit.out)["endorsement"]["text"]["digest"],
            "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=");
  EXPECT_EQ(Put(edit.out).exit, 0);
}

}  // namespace
}  // namespace plenary::cli::testing
