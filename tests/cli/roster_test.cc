// plenary roster show and trust, and the file of trusted rosters.
#include "cli/commands/roster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "certs/certificate.h"
#include "certs/file.h"
#include "certs/trust_folder.h"
#include "cli/commands/nouns.h"
#include "cli/held_trust.h"
#include "cli/roster_pins.h"
#include "tests/cli/words.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/world.h"

namespace plenary::cli {
namespace {

using plenary::testing::HasReason;
using plenary::testing::World;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class RosterCommand : public ::testing::Test {
 protected:
  RosterCommand() { Write(world_); }

  void Write(const World& world) {
    certs::TrustFiles files;
    for (uint64_t version = 1; version <= world.rosters().size(); ++version) {
      files.rosters.emplace_back(world.rosters().Find(version)->envelope());
    }
    for (const std::string& code : world.codes()) {
      files.cards[code] = {std::string(world.card(code).envelope())};
    }
    std::filesystem::remove_all(folder_);
    EXPECT_OK(certs::WriteTrustFolder(folder_, files));
  }
  int Show() {
    Clear();
    return RosterShow({folder_}, out_, err_);
  }
  int Trust(const std::string& digest) {
    Clear();
    return RosterTrust({folder_, digest, pins_}, out_, err_);
  }
  void Clear() {
    out_.str("");
    err_.str("");
  }
  // Adds a roster version in which nothing changes but the threshold.
  void AdoptAnother() {
    v1::Roster next = world_.NextRoster();
    next.set_threshold(5);
    world_.Adopt(next);
    Write(world_);
  }

  plenary::testing::TempDir dir_;
  std::string folder_ = dir_.File("trust");
  std::string pins_ = dir_.File("config/plenary/rosters");
  World world_{5};
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(RosterCommand, ShowsWhoIsAMemberAndWhatCounts) {
  ASSERT_EQ(Show(), 0) << err_.str();
  const std::string out = out_.str();
  EXPECT_THAT(out, HasSubstr(world_.federation()));
  EXPECT_THAT(out, HasSubstr(certs::GroupedFingerprint(world_.roster().digest())));
  EXPECT_THAT(out, HasSubstr("3 of 5 full members sign the next roster"));
  EXPECT_THAT(out, HasSubstr("3 of 4 peers make a log of a full member final; 1 may be faulty"));
  for (const std::string& code : world_.codes()) {
    EXPECT_THAT(out, HasSubstr("\n" + code + "  full, card 1, log epoch 1"));
    EXPECT_THAT(out,
                HasSubstr(certs::GroupedFingerprint(world_.Root(code).public_key().Fingerprint())));
  }
}

TEST_F(RosterCommand, ShowRefusesAFlippedBit) {
  const std::string path = folder_ + "/" + certs::RosterFileName(1);
  std::string bytes = *certs::ReadFile(path);
  bytes[bytes.size() - 1] = static_cast<char>(bytes[bytes.size() - 1] ^ 1);
  std::ofstream(path) << bytes;
  EXPECT_EQ(Show(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[BAD_SIGNATURE]"));
  EXPECT_EQ(out_.str(), "");
}

// A card under another member's name would lend that member its CA.
TEST_F(RosterCommand, ShowRefusesACardUnderAnotherName) {
  std::filesystem::copy_file(folder_ + "/" + certs::CardFileName("br", 1),
                             folder_ + "/" + certs::CardFileName("in", 1),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(Show(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[WRONG_MEMBER]"));
}

TEST_F(RosterCommand, ShowRefusesAnotherFederationsCard) {
  const World other(5, "other");
  std::ofstream(folder_ + "/" + certs::CardFileName("br", 1)) << other.card("br").envelope();
  EXPECT_EQ(Show(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[WRONG_GENESIS]"));
}

TEST_F(RosterCommand, TrustsOnlyADigestThatWasGiven) {
  EXPECT_EQ(Trust(""), 1);
  EXPECT_THAT(out_.str(), HasSubstr(certs::GroupedFingerprint(world_.roster().digest())));
  EXPECT_THAT(err_.str(), HasSubstr("nothing is trusted"));
  EXPECT_THAT(*ReadPins(pins_), IsEmpty());
  EXPECT_EQ(Trust(std::string(64, '0')), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[WRONG_ROSTER_DIGEST]"));
  EXPECT_EQ(Trust("3f2a"), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[BAD_ENCODING]"));
  EXPECT_THAT(*ReadPins(pins_), IsEmpty());
  // As it is read on the telephone.
  ASSERT_EQ(Trust(certs::GroupedFingerprint(world_.roster().digest())), 0) << err_.str();
  const std::vector<RosterPin> expected = {{world_.federation(), 1, world_.roster().digest()}};
  EXPECT_EQ(*ReadPins(pins_), expected);
  EXPECT_EQ(Trust(world_.roster().digest().Hex()), 0) << "again";
}

TEST_F(RosterCommand, TrustMovesForwardOnly) {
  const std::string first = world_.roster().digest().Hex();
  AdoptAnother();
  ASSERT_EQ(Trust(first), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("version 2 follows"));
  ASSERT_EQ(Trust(world_.roster().digest().Hex()), 0) << err_.str();
  EXPECT_EQ(ReadPins(pins_)->at(0).version, 2U);
  EXPECT_EQ(ReadPins(pins_)->size(), 1U);
  EXPECT_EQ(Trust(first), 1);
  EXPECT_EQ(ReadPins(pins_)->at(0).version, 2U);
}

TEST_F(RosterCommand, AnotherFederationOfTheSameNameIsNotTrustedInstead) {
  ASSERT_EQ(Trust(world_.roster().digest().Hex()), 0);
  const World other(5, "other");
  Write(other);
  EXPECT_EQ(Trust(other.roster().digest().Hex()), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[SECOND_OF_VERSION]"));
}

TEST_F(RosterCommand, ByWords) {
  const auto run = [](const std::vector<std::string>& words) {
    return testing::RunWords(AddRosterCommands, words);
  };
  EXPECT_EQ(run({"roster", "show", "--trust", folder_}).exit_code, 0);
  EXPECT_EQ(run({"roster", "show", "--trust", dir_.File("absent")}).exit_code, 1);
  EXPECT_GT(run({"roster", "show"}).exit_code, 1);
  const auto ran = run({"roster", "trust", "--trust", folder_, "--digest",
                        world_.roster().digest().Hex(), "--file", pins_});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(run({"roster", "trust", "--help"}).out, HasSubstr("\n  plenary roster trust"));
}

TEST(RosterPins, OneLinePerFederation) {
  const plenary::testing::TempDir dir;
  const std::string path = dir.File("rosters");
  EXPECT_THAT(*ReadPins(path), IsEmpty());
  const RosterPin a{"a.example", 3, Sha256("a")};
  const RosterPin b{"b.example", 1, Sha256("b")};
  ASSERT_OK(AddPin(path, a));
  ASSERT_OK(AddPin(path, b));
  EXPECT_EQ(*ReadPins(path), (std::vector<RosterPin>{a, b}));
  const RosterPin newer{"a.example", 4, Sha256("c")};
  ASSERT_OK(AddPin(path, newer));
  EXPECT_EQ(*ReadPins(path), (std::vector<RosterPin>{b, newer}));
  EXPECT_THAT(AddPin(path, a), HasReason(Reason::BAD_REQUEST));
  EXPECT_THAT(AddPin(path, {"b.example", 1, Sha256("x")}), HasReason(Reason::SECOND_OF_VERSION));
  EXPECT_THAT(*certs::ReadFile(path), Not(HasSubstr("x.example")));
}

// A damaged file must not become a shorter list of what is trusted.
TEST(RosterPins, DamagedFiles) {
  const plenary::testing::TempDir dir;
  const std::string hex = Sha256("a").Hex();
  for (const std::string& line :
       {std::string("a.example"), std::string("a.example 1"), "a.example 0 " + hex,
        "a.example x " + hex, "A.example 1 " + hex, "a.example 1 " + hex.substr(1),
        "a.example 1 " + hex + " more", "a.example 1 " + hex + "\na.example 2 " + hex}) {
    const std::string path = dir.File("rosters");
    std::ofstream(path) << "# remark\n\nb.example 1 " << hex << "\n" << line << "\n";
    EXPECT_THAT(ReadPins(path), HasReason(Reason::BAD_CONFIG)) << line;
    EXPECT_THAT(AddPin(path, {"c.example", 1, Sha256("c")}), HasReason(Reason::BAD_CONFIG));
  }
}

TEST(RosterPins, DefaultPath) {
  const char* before = getenv("XDG_CONFIG_HOME");
  const std::string kept = before == nullptr ? "" : before;
  setenv("XDG_CONFIG_HOME", "/somewhere", 1);
  EXPECT_EQ(*DefaultPinsPath(), "/somewhere/plenary/rosters");
  unsetenv("XDG_CONFIG_HOME");
  const char* home = getenv("HOME");
  const std::string kept_home = home == nullptr ? "" : home;
  setenv("HOME", "/home/x", 1);
  EXPECT_EQ(*DefaultPinsPath(), "/home/x/.config/plenary/rosters");
  unsetenv("HOME");
  EXPECT_THAT(DefaultPinsPath(), HasReason(Reason::FILE_ACCESS));
  if (!kept_home.empty()) setenv("HOME", kept_home.c_str(), 1);
  if (!kept.empty()) setenv("XDG_CONFIG_HOME", kept.c_str(), 1);
}

}  // namespace
}  // namespace plenary::cli
