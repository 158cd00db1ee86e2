#include "ledger/view_digest.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/log_maker.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::LeafOf;
using testing::NewLeaf;
using testing::NewManifest;
using testing::RecordBytes;
using testing::TrustOf;
using testing::World;

class ViewDigestTest : public ::testing::Test {
 protected:
  std::string Text(const std::vector<LogToJudge>& logs, const Sight& sight = Sight::Main()) {
    TrustBook trust = TrustOf(world_);
    const auto judged = JudgeLogs(trust, sight, logs);
    EXPECT_OK(judged);
    std::string text;
    const Digest digest = DigestOf(*judged, sight, &text);
    EXPECT_EQ(digest, Sha256(text));
    return text;
  }
  std::string Line(const std::string& name, int revision, const std::string& bytes,
                   const std::string& verdict) {
    return name + "\n" + std::to_string(revision) + "\n" + Sha256(bytes).Hex() + "\n" + verdict +
           "\n";
  }

  World world_{3};
};

TEST_F(ViewDigestTest, TheOrderOfLogsMeansNothing) {
  const LogToJudge br{world_.Origin("br"),
                      {NewLeaf(world_, "br", 1, {{RecordBytes("br", "meetings", "m")}})}};
  const LogToJudge in{world_.Origin("in"),
                      {NewLeaf(world_, "in", 1, {{RecordBytes("in", "meetings", "m")}})}};
  const std::string text = Text({br, in});
  EXPECT_EQ(text, Text({in, br}));
  EXPECT_EQ(text,
            "plenary-view/v1\n" + world_.Origin("br") + " 1\n" + world_.Origin("in") + " 1\n" +
                Line("members/br/meetings/m", 1, RecordBytes("br", "meetings", "m"), "counts") +
                Line("members/in/meetings/m", 1, RecordBytes("in", "meetings", "m"), "counts"));
}

TEST_F(ViewDigestTest, WhatCannotBeReadHasNoName) {
  const std::string garbage = "\xFF";
  v1::Record record = testing::NewRecord("br", "meetings", "m", 3, std::string(32, 'p'));
  record.set_salt("short");
  const std::string unsalted = record.SerializeAsString();
  record.set_name("m");
  const std::string unnamed = record.SerializeAsString();
  const std::string absent = RecordBytes("br", "meetings", "absent");
  const std::string text =
      Text({{world_.Origin("br"),
             {NewLeaf(world_, "br", 1,
                      {{garbage}, {unsalted}, {unnamed}, {absent, 0, false, false}})}}});
  EXPECT_NE(text.find("\n" + Line("", 0, garbage, "does_not_count")), std::string::npos) << text;
  EXPECT_NE(text.find("\n" + Line("", 0, unnamed, "does_not_count")), std::string::npos) << text;
  EXPECT_NE(text.find("\n" + Line("", 0, absent, "does_not_count")), std::string::npos) << text;
  EXPECT_NE(text.find(Line("members/br/meetings/m", 3, unsalted, "does_not_count")),
            std::string::npos)
      << "the name of a bad record can be read\n"
      << text;
}

TEST_F(ViewDigestTest, UnjudgedEntriesAreListedByName) {
  const std::string bytes = RecordBytes("br", "meetings", "m");
  v1::Manifest manifest = NewManifest(world_, "br", 1, {{bytes}});
  manifest.mutable_card()->set_version(7);
  const std::string text = Text({{world_.Origin("br"), {LeafOf(world_, manifest, {{bytes}})}}});
  EXPECT_NE(text.find(Line("members/br/meetings/m", 1, bytes, "unjudged")), std::string::npos);
}

TEST_F(ViewDigestTest, ARedactionTakesEntriesOfLeavesThatDoNotCountOffTheList) {
  const std::string bytes = RecordBytes("br", "meetings", "m");
  LeafToJudge forged = NewLeaf(world_, "br", 1, {{bytes}});
  forged.envelope =
      testing::SignManifest(NewManifest(world_, "br", 1, {{bytes}}), {&world_.Author("in")});
  const std::string redaction = testing::RedactionBytes(world_, "br", "r", {{1, 0, 0}});
  const std::string text =
      Text({{world_.Origin("br"), {forged, NewLeaf(world_, "br", 1, {{redaction, 0, true}})}}});
  EXPECT_EQ(text.find(Sha256(bytes).Hex()), std::string::npos);
}

// Two nodes of different audiences must be able to compare what both see.
TEST_F(ViewDigestTest, ADigestHangsOnlyOnWhatIsInSight) {
  const std::string secret = RecordBytes("br", "meetings", "s");
  v1::Manifest manifest = NewManifest(world_, "br", 1, {{secret, 2}});
  manifest.add_audiences()->add_members("in");
  const LeafToJudge with = LeafOf(world_, manifest, {{secret, 2}});
  const LeafToJudge without = LeafOf(world_, manifest, {{secret, 2, false, false}});
  EXPECT_EQ(Text({{world_.Origin("br"), {with}}}), Text({{world_.Origin("br"), {without}}}));
  const Sight list = Sight::List({"br", "in"}, world_.roster());
  EXPECT_NE(Text({{world_.Origin("br"), {with}}}, list),
            Text({{world_.Origin("br"), {without}}}, list));
  EXPECT_NE(Text({{world_.Origin("br"), {with}}}, list).find("audience br,in\n"),
            std::string::npos);
}

using ViewDigestDeathTest = ViewDigestTest;

TEST_F(ViewDigestDeathTest, ANodeThatFeedsItOutOfOrderStops) {
  const auto out_of_order = [](auto feed) {
    ViewDigest digest(Sight::Main());
    feed(digest);
  };
  const std::string hash(32, 'h');
  EXPECT_DEATH(out_of_order([](ViewDigest& d) {
                 d.AddLog("b/br/1", 1);
                 d.AddLog("a/br/1", 1);
               }),
               "by origin");
  EXPECT_DEATH(out_of_order([&](ViewDigest& d) {
                 d.AddEntry({"n", 10, hash, Verdict::kCounts});
                 d.AddEntry({"n", 9, hash, Verdict::kCounts});
               }),
               "by name");
  EXPECT_DEATH(out_of_order([&](ViewDigest& d) {
                 d.AddEntry({"n", 1, hash, Verdict::kRedacted});
               }),
               "check failed");
}

}  // namespace
}  // namespace plenary
