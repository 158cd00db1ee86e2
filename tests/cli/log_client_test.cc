// plenary log show, audit and export against a running node, as scripts and people meet them: exit
// codes, JSON, words. If one of these failed, a script would take a bad log for a good one, or a
// person would not learn what is wrong.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/cli/node_world.h"

namespace plenary::cli::testing {
namespace {

namespace fs = std::filesystem;

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kLog[] = "sti.brics.example/br/1";

class LogClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.WaitUntilActive();
    for (const char* id : {"m-1", "m-2", "m-3"}) Put(id);
  }
  void Put(const std::string& id, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"record", "put", world_.Meeting(id), "--wait", "final"});
    const Ran put = world_.Run(std::move(more));
    ASSERT_EQ(put.exit, 0) << put.err;
  }
  Ran Export(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"log", "export", "--tiles", Dir()});
    return world_.Run(std::move(more));
  }
  // Audits the folder by a pinned digest, or by what is kept in a file that is not there.
  Ran AuditFolder(std::vector<std::string> more) const {
    more.insert(more.begin(),
                {"log", "audit", "--folder", Dir(), "--pins", world_.Path("no-pins")});
    return Plenary(std::move(more));
  }
  Ran AuditPinned() const { return AuditFolder({"--roster-digest", Genesis()}); }
  std::string Genesis() const {
    return json::parse(world_.Run({"node", "status", "--output", "json"}).out)["genesis"];
  }
  std::string Dir() const { return world_.Path("export"); }
  std::string File(const std::string& name) const {
    return absl::StrCat(Dir(), "/", kLog, "/", name);
  }
  void Flip(const std::string& name, std::streamoff at) const {
    std::fstream file(File(name), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(at);
    file.put(byte);
    ASSERT_TRUE(file.good()) << name;
  }
  NodeWorld world_{{"br"}};
};

TEST_F(LogClientTest, ANodesLogIsProven) {
  const Ran ran = world_.Run({"log", "audit", "--all"});
  EXPECT_EQ(ran.exit, 0) << ran.err << ran.out;
  EXPECT_THAT(ran.out,
              AllOf(StartsWith("proven: 1 log of the node at 127.0.0.1:"),
                    HasSubstr("3 leaves, 3 records"), HasSubstr("records/s"), HasSubstr(kLog)));
  const Ran as_json = world_.Run({"log", "audit", "br/1", "--judge", "--output", "json"});
  EXPECT_EQ(as_json.exit, 0);
  const json said = json::parse(as_json.out);
  EXPECT_EQ(said["verdict"], "proven");
  EXPECT_EQ(said["exit"], 0);
  EXPECT_EQ(said["roster"]["digest"], Genesis());
  ASSERT_EQ(said["logs"].size(), 1U);
  const json& log = said["logs"][0];
  EXPECT_EQ(log["log"], kLog);
  EXPECT_EQ(log["size"], 3);
  EXPECT_EQ(log["final"], 3);
  EXPECT_EQ(log["present"], 3);
  EXPECT_EQ(log["counting"], 3);
  EXPECT_EQ(log["held_by"], "no other member");
  const Ran csv = world_.Run({"log", "audit", "--all", "--output", "csv"});
  EXPECT_EQ(csv.exit, 0);
  EXPECT_THAT(csv.out, AllOf(StartsWith("log,verdict,size,"), HasSubstr(",proven,3,3,")));
}

TEST_F(LogClientTest, AnExportedFolderIsProvenWithoutTheNode) {
  const Ran exported = Export();
  EXPECT_EQ(exported.exit, 0) << exported.err;
  EXPECT_THAT(exported.out, AllOf(HasSubstr(kLog), HasSubstr("3 records are not for everyone")));
  const std::string genesis = Genesis();
  world_.node().StopListening();
  const Ran ran = AuditFolder({"--roster-digest", genesis});
  EXPECT_EQ(ran.exit, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("proven: 1 log of the folder"), HasSubstr("3 leaves")));
  EXPECT_EQ(ran.err, "");
}

TEST_F(LogClientTest, WithoutAPinTheExitIs2AndTheDigestIsShown) {
  ASSERT_EQ(Export().exit, 0);
  const Ran none = AuditFolder({});
  EXPECT_EQ(none.exit, 2);
  EXPECT_THAT(none.out, AllOf(StartsWith("not anchored"), HasSubstr(Genesis()),
                              HasSubstr("--roster-digest HEX")));
  EXPECT_EQ(AuditFolder({"--roster-digest", std::string(64, 'a')}).exit, 2);
  std::ofstream(world_.Path("pins")) << "sti.brics.example 1 " << Genesis() << "\n";
  EXPECT_EQ(Plenary({"log", "audit", "--folder", Dir(), "--pins", world_.Path("pins")}).exit, 0);
  // A digest that is given stands alone, for a node too.
  EXPECT_EQ(world_.Run({"log", "audit", "--all", "--roster-digest", std::string(64, 'a')}).exit, 2);
  EXPECT_EQ(world_.Run({"log", "audit", "--all", "--roster-digest", Genesis()}).exit, 0);
}

TEST_F(LogClientTest, WhatWasChangedExits1WithReasonAndRemedy) {
  ASSERT_EQ(Export().exit, 0);
  Flip("tile/entries/000.p/3", 50);
  const Ran ran = AuditPinned();
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.out, AllOf(StartsWith("disproved"), HasSubstr("BAD_TILE"),
                             HasSubstr("tile/0/000.p/3"), HasSubstr("export the log again")));
  const json said =
      json::parse(AuditFolder({"--roster-digest", Genesis(), "--output", "json"}).out);
  EXPECT_EQ(said["exit"], 1);
  EXPECT_EQ(said["logs"][0]["reasons"][0]["reason"], "BAD_TILE");
  // Even without a pin: that it is wrong is known.
  EXPECT_EQ(AuditFolder({}).exit, 1);
}

TEST_F(LogClientTest, WhatIsMissingExits3AndIsNamed) {
  ASSERT_EQ(Export().exit, 0);
  fs::remove(File("tile/entries/000.p/3"));
  const Ran ran = AuditPinned();
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.out, AllOf(StartsWith("unreadable"), HasSubstr("tile/entries/000.p/3"),
                             HasSubstr("it is missing")));
  fs::remove_all(Dir() + "/trust");
  EXPECT_EQ(AuditPinned().exit, 3);
  fs::remove_all(Dir());
  fs::create_directory(Dir());
  EXPECT_EQ(AuditPinned().exit, 3) << "an empty folder";
}

TEST_F(LogClientTest, ASecondExportAddsAndACheckpointSeenBeforeIsHeldAgainstTheLog) {
  ASSERT_EQ(Export().exit, 0);
  const Ran note = world_.Run({"log", "show", "br/1", "--note"});
  ASSERT_EQ(note.exit, 0);
  EXPECT_THAT(note.out, StartsWith(absl::StrCat(kLog, "\n3\n")));
  const std::string seen = world_.Write("seen.note", note.out);
  Put("m-4", {"--audience", "public"});
  const Ran again = Export({"--output", "json"});
  ASSERT_EQ(again.exit, 0) << again.err;
  const json log = json::parse(again.out)["logs"][0];
  EXPECT_EQ(log["before"], 3);
  EXPECT_EQ(log["size"], 4);
  EXPECT_EQ(log["everyone"], 1);
  EXPECT_EQ(log["restricted"], 3);
  EXPECT_EQ(AuditFolder({"--roster-digest", Genesis(), "--checkpoint", seen}).exit, 0);
  EXPECT_EQ(world_.Run({"log", "audit", "br/1", "--checkpoint", seen}).exit, 0);
  // The export of before is shorter than what has been seen since.
  fs::rename(File("checkpoint"), File("newer"));
  fs::copy_file(seen, File("checkpoint"));
  const Ran shorter = AuditFolder({"--roster-digest", Genesis(), "--checkpoint", File("newer")});
  EXPECT_EQ(shorter.exit, 1);
  EXPECT_THAT(shorter.out, HasSubstr("LOG_SHORTER"));
  EXPECT_EQ(world_.Run({"log", "audit", "br/1", "--checkpoint", world_.Path("none")}).exit, 64);
  EXPECT_EQ(
      world_.Run({"log", "audit", "br/1", "--checkpoint", world_.Write("bad.note", "nonsense")})
          .exit,
      64);
}

TEST_F(LogClientTest, ALogIsShownWithItsCheckpointAndALeafWithItsProof) {
  const Ran shown = world_.Run({"log", "show", kLog, "--output", "json"});
  ASSERT_EQ(shown.exit, 0) << shown.err;
  const json log = json::parse(shown.out);
  EXPECT_EQ(log["size"], 3);
  EXPECT_EQ(log["final_checkpoint"]["size"], 3);
  EXPECT_EQ(log["final_checkpoint"]["root"], log["root"]);
  const json leaf = json::parse(
      world_.Run({"log", "show", "br/1", "--leaf", "1", "--output", "json"}).out)["leaf"];
  EXPECT_EQ(leaf["index"], 1);
  EXPECT_EQ(leaf["final"], true);
  EXPECT_EQ(leaf["proof"].size(), 2U);
  EXPECT_EQ(leaf["entries"][0]["name"], "members/br/meetings/m-2");
  EXPECT_EQ(leaf["entries"][0]["slot"], "present");
  EXPECT_EQ(leaf["entries"][0]["bytes_match"], true);
  EXPECT_EQ(world_.Run({"log", "show", "br/1", "--leaf", "3"}).exit, 1);
  EXPECT_EQ(world_.Run({"log", "show", "br/1", "--leaf", "x"}).exit, 64);
  EXPECT_EQ(world_.Run({"log", "show", "br/9"}).exit, 1);
  EXPECT_EQ(world_.Run({"log", "show", "Brasil"}).exit, 64);
  EXPECT_THAT(world_.Run({"log", "show", "br/1"}).out, HasSubstr("final_checkpoint"));
}

TEST_F(LogClientTest, BadUsageExits64AndSaysWhat) {
  const struct {
    std::vector<std::string> words;
    const char* says;
  } kBad[] = {
      {{"log", "audit"}, "--all"},
      {{"log", "audit", "br/1", "--all"}, "--all"},
      {{"log", "audit", "Brasil"}, "br/1"},
      {{"log", "audit", "--folder", "/no/such/folder"}, "/no/such/folder"},
      {{"log", "audit", "--all", "--roster-digest", "abc"}, "64 hex digits"},
      {{"log", "audit", "--all", "--output", "xml"}, "table, json, csv"},
      {{"log", "export"}, "--tiles"},
      {{"log", "export", "--tiles", "x", "--records", "some"}, "all, everyone, none"},
      {{"log", "show"}, "LOG"},
  };
  for (const auto& bad : kBad) {
    const Ran ran = world_.Run(bad.words);
    EXPECT_EQ(ran.exit, 64) << bad.says << ran.out;
    EXPECT_THAT(ran.err, HasSubstr(bad.says));
  }
  EXPECT_EQ(world_.Run({"log", "audit", "in/1"}).exit, 1) << "no such log here";
  ASSERT_EQ(Export().exit, 0);
  EXPECT_EQ(Export({"--records", "none"}).exit, 64) << "it was made with all";
}

TEST_F(LogClientTest, ANodeThatIsDownIsUnreachable) {
  world_.node().StopListening();
  EXPECT_EQ(world_.Run({"log", "audit", "--all"}).exit, 69);
  EXPECT_EQ(Export().exit, 69);
  EXPECT_FALSE(fs::exists(Dir()));
}

TEST_F(LogClientTest, HelpNamesExitCodesAndExamples) {
  for (const char* verb : {"audit", "export", "show"}) {
    const Ran help = Plenary({"log", verb, "--help"});
    EXPECT_EQ(help.exit, 0);
    EXPECT_THAT(help.out, AllOf(HasSubstr("Exit codes"),
                                HasSubstr(absl::StrCat("plenary log ", verb)), HasSubstr("69")));
  }
}

TEST(LogClient, ALogThatHasJustBeenOpenedHasNothingToProve) {
  // Without its peer the node takes records, but gives them no place in the log.
  NodeWorld world({"br", "in"});
  ASSERT_EQ(world.Run({"record", "put", world.Meeting("m-1")}).exit, 0);
  const Ran ran = world.Run({"log", "audit", "--all"});
  EXPECT_EQ(ran.exit, 0) << ran.out;
  EXPECT_THAT(ran.out, AllOf(StartsWith("proven"), HasSubstr("0 leaves"),
                             HasSubstr("br/1: it has no leaf so far")));
  EXPECT_EQ(world.Run({"log", "export", "--tiles", world.Path("export")}).exit, 0);
  EXPECT_EQ(world.Run({"log", "show", "br/1"}).exit, 0);
  EXPECT_EQ(world.Run({"log", "show", "br/1", "--note"}).exit, 1);
}

}  // namespace
}  // namespace plenary::cli::testing
