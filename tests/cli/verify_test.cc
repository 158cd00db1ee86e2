// plenary verify, as scripts and people meet it: exit codes, JSON, sentences.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/commands/commands.h"
#include "cli/commands/nouns.h"
#include "cli/parser.h"
#include "ledger/proof_file.h"
#include "tests/support/log_world.h"

namespace plenary::cli {
namespace {

using ::plenary::testing::LogWorld;
using ::plenary::testing::MeetingBytes;
using ::plenary::testing::World;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Outcome {
  int exit = 0;
  std::string out;
  std::string err;
};

Outcome Plenary(std::vector<std::string> arguments, absl::Time now) {
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err, now};
  const int exit = RunCommandLine(AllCommands(), std::move(arguments), console);
  return {exit, out.str(), err.str()};
}

class VerifyTest : public ::testing::Test {
 protected:
  VerifyTest() {
    log_.Append(log_.Draft({record_}));
    const ProofFile proof = log_.Proof(record_, 0, 1, {"in", "cn", "ru"});
    Write(FormatProofFile(proof));
  }
  ~VerifyTest() override { std::filesystem::remove(path_); }

  void Write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }
  // No roster that the person at this machine trusts has a say here.
  Outcome Verify(std::vector<std::string> options) const {
    options.insert(options.begin(), {"verify", path_, "--pins", path_ + ".pins"});
    return Plenary(std::move(options), now_);
  }
  std::string pin() const { return world_.genesis().Hex(); }

  const World world_{5};
  LogWorld log_{world_, "br"};
  const std::string record_ = MeetingBytes("br", "mm-11", "for scripts");
  const std::string path_ = ::testing::TempDir() + "verify_test_" +
                            ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                            ".plenary-proof";
  absl::Time now_ = absl::FromUnixSeconds(static_cast<int64_t>(LogWorld::kFirstTime) + 60);
};

TEST_F(VerifyTest, SaysToPeopleWhatIsProvenByWhomAndWhatIsNot) {
  const Outcome outcome = Verify({"--roster-digest", pin()});
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_THAT(outcome.out, StartsWith("proven: members/br/meetings/mm-11, revision 1\n"));
  EXPECT_THAT(outcome.out, HasSubstr("threshold 3 of 5"));
  EXPECT_THAT(outcome.out, HasSubstr("held by 3 of 4 peers (cn, in, ru); the quorum is 3 of 4"));
  EXPECT_THAT(outcome.out, HasSubstr("no later than 2026-"));
  EXPECT_THAT(outcome.out, HasSubstr("not proven by any such file"));
  EXPECT_THAT(outcome.out, HasSubstr("that the record is still in force"));
  EXPECT_EQ(outcome.err, "");
}

TEST_F(VerifyTest, GivesProgramsTheSameAsJson) {
  const Outcome outcome = Verify({"--roster-digest", pin(), "--output", "json"});
  EXPECT_EQ(outcome.exit, 0);
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json.at("verdict"), "proven");
  EXPECT_EQ(json.at("exit"), 0);
  EXPECT_EQ(json.at("record").at("name"), "members/br/meetings/mm-11");
  EXPECT_EQ(json.at("held").at(0).at("held"), 3);
  EXPECT_EQ(json.at("held").at(0).at("quorum"), 3);
  EXPECT_EQ(json.at("held").at(0).at("peers"), 4);
  EXPECT_EQ(json.at("no_later_than"), LogWorld::kFirstTime + 1);
  EXPECT_EQ(json.at("rosters").at("pinned"), 1);
}

TEST_F(VerifyTest, WithoutAPinTheExitIs2AndTheDigestIsShown) {
  const Outcome outcome = Verify({});
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_THAT(outcome.out, StartsWith("not anchored: "));
  EXPECT_THAT(outcome.out, HasSubstr("its roster digest is " + pin()));
  EXPECT_THAT(outcome.out, HasSubstr("--roster-digest"));
}

TEST_F(VerifyTest, RostersTrustedEarlierAreGoneBy) {
  const std::string pins = path_ + ".pins";
  std::ofstream(pins) << "other.example 3 " << std::string(64, 'a') << "\nsti.brics.example 1 "
                      << pin() << "\n";
  EXPECT_EQ(Verify({}).exit, 0);
  // A digest that is given stands alone.
  EXPECT_EQ(Verify({"--roster-digest", std::string(64, 'b')}).exit, 2);
  std::ofstream(pins) << "nonsense\n";
  EXPECT_EQ(Verify({}).exit, 64);
  std::filesystem::remove(pins);
}

TEST_F(VerifyTest, WhatIsDisprovedExits1WithReasonAndRemedyAndStatesNoFacts) {
  Write(FormatProofFile(log_.Proof(record_, 0, 1, {"in", "cn"})));
  const Outcome outcome = Verify({"--roster-digest", pin()});
  EXPECT_EQ(outcome.exit, 1);
  EXPECT_THAT(outcome.out, StartsWith("disproved\n"));
  EXPECT_THAT(outcome.out, HasSubstr("NOT_FINAL"));
  const Outcome as_json = Verify({"--roster-digest", pin(), "--output", "json"});
  const auto json = nlohmann::json::parse(as_json.out);
  EXPECT_EQ(json.at("error").at("reason"), "NOT_FINAL");
  EXPECT_NE(json.at("error").at("remedy"), "");
  EXPECT_FALSE(json.contains("record"));
}

TEST_F(VerifyTest, WhatIsNoProofFileExits3) {
  for (const std::string& bytes :
       {std::string(), std::string("%PDF-1.4\n"), std::string("plenary-proof/v1\n"),
        std::string("plenary-proof/v2\n\x01\x00\x00\x00\x00", 22), std::string(1000, '\0')}) {
    Write(bytes);
    const Outcome outcome = Verify({"--roster-digest", pin()});
    EXPECT_EQ(outcome.exit, 3);
    EXPECT_THAT(outcome.out, StartsWith("unreadable\n"));
  }
}

TEST_F(VerifyTest, BadUsageExits64AndSaysWhat) {
  const struct {
    std::vector<std::string> arguments;
    const char* says;
  } kBad[] = {
      {{}, "subcommand"},
      {{"verify"}, "FILE"},
      {{"verify", "/no/such/file"}, "cannot be opened"},
      {{"verify", ::testing::TempDir()}, "folder"},
      {{"verify", path_, "--roster-digest", "abc"}, "64 hex digits"},
      {{"verify", path_, "--roster-digest", std::string(64, 'g')}, "64 hex digits"},
      {{"verify", path_, "--roster-digest", pin(), "--roster-digest", pin()}, "--roster-digest"},
      {{"verify", path_, "--output", "xml"}, "table, json"},
      {{"verify", path_, path_}, "plenary"},
      {{"verify", path_, "--frobnicate"}, "--frobnicate"},
      {{"frobnicate"}, "frobnicate"},
  };
  for (const auto& bad : kBad) {
    const Outcome outcome = Plenary(bad.arguments, now_);
    EXPECT_EQ(outcome.exit, 64) << bad.says;
    EXPECT_THAT(outcome.err, HasSubstr(bad.says));
    EXPECT_EQ(outcome.out, "") << bad.says;
  }
}

TEST_F(VerifyTest, HelpExits0AndNamesTheExitCodes) {
  const Outcome outcome = Plenary({"verify", "--help"}, now_);
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_THAT(outcome.out, HasSubstr("--roster-digest HEX"));
  EXPECT_THAT(outcome.out, HasSubstr("64 bad usage"));
  EXPECT_THAT(Plenary({"--help"}, now_).out, HasSubstr("verify"));
}

TEST_F(VerifyTest, UpperCaseDigestsAreTheSameDigests) {
  std::string upper = pin();
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(Verify({"--roster-digest", upper}).exit, 0);
}

TEST_F(VerifyTest, TheClockIsPointedOutButDecidesNothing) {
  now_ = absl::FromUnixSeconds(static_cast<int64_t>(LogWorld::kFirstTime)) - absl::Hours(48);
  const Outcome outcome = Verify({"--roster-digest", pin()});
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_THAT(outcome.out, HasSubstr("24 hours ahead"));
  now_ += absl::Hours(72);
  EXPECT_THAT(Verify({"--roster-digest", pin()}).out, Not(HasSubstr("24 hours ahead")));
}

TEST(Parser, WordsThatNameNoCommandAreNamedAndThoseOfNounsAreKnown) {
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err, absl::UnixEpoch()};
  const auto run = [&console](std::vector<std::string> words) {
    return RunCommandLine(AllCommands(), std::move(words), console,
                          [](CLI::App& app, int& exit_code) { AddRosterCommands(app, exit_code); });
  };
  EXPECT_EQ(run({"roster", "frobnicate"}), 64);
  EXPECT_THAT(err.str(), HasSubstr("\"roster frobnicate\""));
  EXPECT_EQ(run({"roster", "show", "--help"}), 0);
  EXPECT_EQ(run({"roster"}), 64);
}

TEST(Printable, NothingReachesTheTerminalThatCouldWriteToIt) {
  EXPECT_EQ(Printable("plain \xC3\xA9"), "plain \xC3\xA9");
  EXPECT_EQ(Printable("\x1B[2J\x07"), "\\x1b[2J\\x07");
  EXPECT_EQ(Printable("a\xFF"
                      "b"),
            "a\\xffb");
  EXPECT_EQ(Printable("\xC2\x9B"), "\\xc2\\x9b");
  EXPECT_EQ(Printable("\xE2\x80\xAE"), "\\xe2\\x80\\xae");
}

}  // namespace
}  // namespace plenary::cli
