// Who is reached and who is not, and what an administrator sees: profiles, certificates, nodes that
// are down or not ready, status. If one of these failed, a person would trust another's node, or
// not know why nothing works.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "cli/output.h"
#include "tests/cli/node_world.h"

namespace plenary::cli::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(NodeClient, AProfileThatIsWrongSaysWhereAndWhatToDo) {
  const NodeWorld world({"br"});
  const auto status = [](const std::string& profile) {
    return Plenary({"node", "status", "--profile", profile});
  };
  EXPECT_EQ(status(world.profile()).exit, 0);
  const Ran none = status(world.Path("none.toml"));
  EXPECT_EQ(none.exit, 64);
  EXPECT_THAT(none.err, AllOf(HasSubstr("none.toml"), HasSubstr("--profile FILE")));
  const Ran broken = status(world.Write("broken.toml", "federation = \n"));
  EXPECT_EQ(broken.exit, 64);
  EXPECT_THAT(broken.err, AllOf(HasSubstr("BAD_PROFILE"), HasSubstr("line 1")));
  const Ran slip = status(world.ProfileWith("member = ", "membre = "));
  EXPECT_EQ(slip.exit, 64);
  EXPECT_THAT(slip.err, HasSubstr("member"));
  const Ran more = status(world.ProfileWith("[author]", "[auther]"));
  EXPECT_EQ(more.exit, 64);
  EXPECT_THAT(more.err, HasSubstr("author"));
  EXPECT_EQ(status(world.ProfileWith("sti.brics.example", "other.example")).exit, 64);
  const Ran no_trust = status(world.ProfileWith("\"trust\"", "\"nowhere\""));
  EXPECT_EQ(no_trust.exit, 1);
  EXPECT_THAT(no_trust.err, HasSubstr("nowhere"));
  const Ran no_key = status(world.ProfileWith("tls/admin/current/key.pem", "keys/log-1.pem"));
  EXPECT_EQ(no_key.exit, 1);
  EXPECT_THAT(no_key.err, HasSubstr("BAD_CERTIFICATE"));
}

TEST(NodeClient, TheEnvironmentNamesAProfile) {
  const NodeWorld world({"br"});
  ASSERT_EQ(setenv("PLENARY_PROFILE", world.profile().c_str(), 1), 0);
  EXPECT_EQ(Plenary({"node", "status"}).exit, 0);
  ASSERT_EQ(setenv("PLENARY_PROFILE", world.Path("none").c_str(), 1), 0);
  EXPECT_EQ(Plenary({"node", "status"}).exit, 64);
  ASSERT_EQ(unsetenv("PLENARY_PROFILE"), 0);
}

TEST(NodeClient, ANodeThatIsDownIsUnreachable) {
  NodeWorld world({"br"});
  world.node().StopListening();
  const Ran ran = world.Run({"node", "status"});
  EXPECT_EQ(ran.exit, 69);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("127.0.0.1:"), HasSubstr("Connection refused"),
                             HasSubstr("check address, port and firewall")));
}

TEST(NodeClient, OnlyTheNodeOfTheMemberThatWasMeantIsSpokenTo) {
  NodeWorld world({"br", "in"});
  const Ran other = world.Run({"node", "status", "--node-member", "in"});
  EXPECT_EQ(other.exit, 1);
  EXPECT_THAT(other.err, HasSubstr("WRONG_IDENTITY"));
  EXPECT_EQ(world.Run({"node", "status", "--node-member", "IN"}).exit, 64);
  // India's operator at Brazil's node: a good certificate, and no role there.
  const std::string profile = world.Path("trial/in/profile.toml");
  const Ran foreign = Plenary({"record", "list", "--profile", profile, "--node",
                               world.node().address(), "--node-member", "br"});
  EXPECT_EQ(foreign.exit, 1);
  EXPECT_THAT(foreign.err, AllOf(HasSubstr("NO_ROLE"), HasSubstr("operator/admin")));
  // A certificate that the own card does not stand for is found before anything is sent.
  std::filesystem::remove_all(world.Path("trial/br/tls/admin"));
  std::filesystem::copy(
      world.Path("trial/in/tls/admin"), world.Path("trial/br/tls/admin"),
      std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  const Ran stranger = world.Run({"node", "status"});
  EXPECT_EQ(stranger.exit, 1);
  EXPECT_THAT(stranger.err, HasSubstr("own certificate"));
}

TEST(NodeClient, AnOperatorPortOfAnotherFederationIsRefused) {
  const NodeWorld ours({"br"});
  NodeWorld theirs({"br"});
  const Ran ran = ours.Run({"node", "status", "--node", theirs.node().address()});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.err, HasSubstr("WRONG_ISSUER"));
}

TEST(NodeClient, WithoutAQuorumRecordsWaitAndStatusSaysForWhom) {
  NodeWorld world({"br", "in"});
  const Ran status = world.Run({"node", "status"});
  EXPECT_EQ(status.exit, 0);
  EXPECT_THAT(status.out, AllOf(HasSubstr("recovering"), HasSubstr("BAD   can_sign")));
  EXPECT_EQ(world.Run({"node", "status", "--check"}).exit, 1);
  const Ran put = world.Run({"record", "put", world.Meeting("m-1")});
  EXPECT_EQ(put.exit, 0) << put.err;
  EXPECT_THAT(put.out, HasSubstr("stored here; the node is recovering"));
  const Ran final =
      world.Run({"record", "put", world.Meeting("m-2"), "--wait", "final", "--timeout", "1"});
  EXPECT_EQ(final.exit, 1);
  EXPECT_THAT(final.err, AllOf(HasSubstr("not final in time"), HasSubstr("record receipt")));
  const Ran proof = world.Run({"proof", "export", "members/br/meetings/m-1"});
  EXPECT_EQ(proof.exit, 1);
  const Ran sync = world.Run({"sync", "status"});
  EXPECT_EQ(sync.exit, 0);
  EXPECT_THAT(sync.out,
              AllOf(HasSubstr("sti.brics.example/br/1"), HasSubstr("this node is recovering since"),
                    HasSubstr("it waits for in")));
  EXPECT_TRUE(
      json::parse(world.Run({"sync", "status", "--output", "json"}).out)["peers"].is_array());
}

TEST(NodeClient, WhatAnAdministratorDoes) {
  NodeWorld world({"br"});
  world.WaitUntilActive();
  const json status = json::parse(world.Run({"node", "status", "--output", "json"}).out);
  EXPECT_EQ(status["member"], "br");
  EXPECT_EQ(status["ready"], true);
  EXPECT_EQ(world.Run({"node", "status", "--check"}).exit, 0);
  EXPECT_THAT(world.Run({"node", "tail", "list"}).out, HasSubstr("no commits"));
  EXPECT_THAT(world.Run({"node", "tail", "resubmit"}).out, HasSubstr("0 taken, 0 refused"));
  EXPECT_EQ(world.Run({"node", "tail", "resubmit", "nonsense"}).exit, 64);
  const Ran join = world.Run({"node", "join", "sti.brics.example/in/1"});
  EXPECT_EQ(join.exit, 64) << "without one's word it is refused";
  EXPECT_THAT(join.err, HasSubstr("--no-earlier-store"));
  const Ran digest = world.Run({"view", "digest", "--output", "json"});
  EXPECT_EQ(json::parse(digest.out)["digest"].get<std::string>().size(), 64U);
  EXPECT_EQ(world.Run({"view", "digest", "Brasil"}).exit, 1);
  const std::string card = world.Path("trial/br/trust/card-br-1.envelope");
  const Ran imported = world.Run({"card", "import", card});
  EXPECT_EQ(imported.exit, 0) << imported.err;
  EXPECT_THAT(imported.out, HasSubstr("0 new; the node holds card 1 of br"));
  const Ran roster =
      world.Run({"roster", "import", world.Path("trial/br/trust/roster-1.envelope")});
  EXPECT_EQ(roster.exit, 0) << roster.err;
  const Ran nonsense = world.Run({"card", "import", world.Write("bad.envelope", "nonsense")});
  EXPECT_EQ(nonsense.exit, 1);
  EXPECT_THAT(nonsense.err, HasSubstr("envelope 1"));
  EXPECT_EQ(world.Run({"node", "backup", "relative"}).exit, 64);
  EXPECT_EQ(world.Run({"node", "backup", world.Path("backup")}).exit, 0);
  EXPECT_TRUE(std::filesystem::exists(world.Path("backup")));
}

TEST(Output, ColumnsAreAsWideAsTheyLook) {
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("中国"), 4U);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1U);
  EXPECT_EQ(DisplayWidth("\xff"), 1U);
  EXPECT_EQ(CutTo("中国中国", 5), "中国…");
  EXPECT_EQ(CutTo("abc", 3), "abc");
  std::ostringstream out;
  Console console{out, out, absl::UnixEpoch()};
  Listing listing("things", {{.key = "a"}, {.key = "b"}});
  listing.Add({"中国", "x"});
  listing.Add({"abc", "y, \"z\""});
  listing.Print("table", console);
  EXPECT_EQ(out.str(), "a     b\n中国  x\nabc   y, \"z\"\n");
  out.str("");
  listing.Print("csv", console);
  EXPECT_EQ(out.str(), "a,b\r\n中国,x\r\nabc,\"y, \"\"z\"\"\"\r\n");
}

TEST(Output, HelpNamesTheExitCodes) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"record", "put"}, {"import"}, {"sync", "status"}, {"facts"}}) {
    std::vector<std::string> words = command;
    words.emplace_back("--help");
    const Ran help = Plenary(words);
    EXPECT_EQ(help.exit, 0);
    EXPECT_THAT(help.out, AllOf(HasSubstr("Exit codes"), HasSubstr("69")));
  }
  EXPECT_EQ(Plenary({"record", "putt"}).exit, 64);
  EXPECT_THAT(Plenary({"schema"}).out, HasSubstr("meetings"));
  EXPECT_THAT(Plenary({"schema", "meeting"}).out, HasSubstr("host_country"));
  EXPECT_EQ(Plenary({"schema", "meetingg"}).exit, 64);
}

}  // namespace
}  // namespace plenary::cli::testing
