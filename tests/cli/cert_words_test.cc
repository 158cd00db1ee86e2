// plenary cert, word by word. What the verbs do is tested in certs/command_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/commands/nouns.h"
#include "tests/cli/words.h"
#include "tests/support/temp_dir.h"

namespace plenary::cli {
namespace {

using ::testing::HasSubstr;
using testing::Ran;

class CertWords : public ::testing::Test {
 protected:
  static Ran Run(const std::vector<std::string>& words) {
    return testing::RunWords(AddCertCommands, words);
  }
  Ran MakeCa() {
    return Run({"cert", "ca", "--federation", "sti.brics.example", "--member", "br", "--dir",
                dir_.File("ca")});
  }
  plenary::testing::TempDir dir_;
};

TEST_F(CertWords, TheWayFromNothingToARenewedNode) {
  ASSERT_EQ(MakeCa().exit_code, 0);
  const std::string tls = dir_.File("tls");
  const Ran node = Run({"cert", "node", "--ca", dir_.File("ca"), "--name", "node-1", "--dir", tls,
                        "--algorithm", "ed25519", "--days", "90"});
  ASSERT_EQ(node.exit_code, 0) << node.err;
  EXPECT_THAT(node.out, HasSubstr("Ed25519"));
  EXPECT_THAT(node.out, HasSubstr("90 days left"));
  const Ran alice = Run({"cert", "operator", "--ca", dir_.File("ca"), "--name", "alice", "--dir",
                         dir_.File("alice")});
  EXPECT_EQ(alice.exit_code, 0) << alice.err;
  for (const bool keep : {true, false}) {
    std::vector<std::string> words = {"cert", "renew", "--ca", dir_.File("ca"), "--dir", tls};
    if (keep) words.push_back("--keep-key");
    const Ran renewed = Run(words);
    EXPECT_EQ(renewed.exit_code, 0) << renewed.err;
  }
  const Ran shown = Run({"cert", "show", tls, dir_.File("ca")});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("spiffe://br.sti.brics.example/node/node-1"));
}

TEST_F(CertWords, RootAndIntermediate) {
  ASSERT_EQ(Run({"cert", "ca", "--federation", "sti.brics.example", "--member", "br", "--dir",
                 dir_.File("root"), "--allow-intermediate"})
                .exit_code,
            0);
  const Ran ran = Run({"cert", "ca", "--parent", dir_.File("root"), "--dir", dir_.File("ca")});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
}

TEST_F(CertWords, FailuresGiveOneAndSayTheRemedy) {
  ASSERT_EQ(MakeCa().exit_code, 0);
  const Ran again = MakeCa();
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("[FILE_EXISTS]; remedy: "));
}

// Bad usage makes nothing and says what was missing.
TEST_F(CertWords, BadUsage) {
  const std::string ca = dir_.File("ca");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"cert"},
           {"cert", "sign"},
           {"cert", "ca", "--dir", ca},
           {"cert", "ca", "--dir", ca, "--member", "br"},
           {"cert", "ca", "--dir", ca, "--parent", "x", "--member", "br", "--federation", "a.b"},
           {"cert", "ca", "--dir", ca, "--federation", "a.b", "--member", "br", "--algorithm",
            "rsa"},
           {"cert", "ca", "--dir", ca, "--federation", "a.b", "--member", "br", "--days", "ten"},
           {"cert", "node", "--ca", ca, "--dir", "x"},
           {"cert", "show"}}) {
    const Ran ran = Run(words);
    EXPECT_GT(ran.exit_code, 1) << ::testing::PrintToString(words);
    EXPECT_NE(ran.err, "") << ::testing::PrintToString(words);
  }
  EXPECT_FALSE(std::filesystem::exists(ca));
}

TEST_F(CertWords, HelpTeachesByExample) {
  for (const char* verb : {"ca", "node", "operator", "renew", "show"}) {
    const Ran ran = Run({"cert", verb, "--help"});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_THAT(ran.out, HasSubstr(std::string("\n  plenary cert ") + verb));
  }
}

}  // namespace
}  // namespace plenary::cli
