// plenary federation init, as someone who sets up a trial uses it.
#include "cli/commands/federation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <toml++/toml.h>

#include <filesystem>
#include <sstream>

#include "certs/authority_folder.h"
#include "certs/file.h"
#include "certs/identity_folder.h"
#include "certs/key_file.h"
#include "cli/commands/nouns.h"
#include "cli/held_trust.h"
#include "tests/cli/words.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace plenary::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FederationInitTest : public ::testing::Test {
 protected:
  FederationInitOptions Options() {
    FederationInitOptions options;
    options.founding.federation = "sti.brics.example";
    options.founding.members = {"br", "ru", "in", "cn", "za"};
    options.founding.endpoints = {{"br", "127.0.0.1:7101"}, {"ru", "127.0.0.1:7102"}};
    options.founding.now = absl::Now();
    options.folder = folder_;
    return options;
  }
  int Init(const FederationInitOptions& options) {
    out_.str("");
    err_.str("");
    return FederationInit(options, out_, err_);
  }

  plenary::testing::TempDir dir_;
  std::string folder_ = dir_.File("trial");
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(FederationInitTest, WarnsThatOneMachineHasSeenEveryKey) {
  ASSERT_EQ(Init(Options()), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("WARNING: this machine has seen every key"));
  EXPECT_THAT(out_.str(), HasSubstr("offline"));
  const auto held = LoadTrust(folder_ + "/br/trust");
  ASSERT_OK(held);
  EXPECT_THAT(out_.str(), HasSubstr(certs::GroupedFingerprint(held->rosters.newest().digest())));
}

TEST_F(FederationInitTest, EveryMemberHoldsTheSameRosterAndAllCards) {
  ASSERT_EQ(Init(Options()), 0) << err_.str();
  std::optional<Digest> genesis;
  for (const char* member : {"br", "ru", "in", "cn", "za"}) {
    const auto held = LoadTrust(folder_ + "/" + member + "/trust");
    ASSERT_OK(held);
    EXPECT_EQ(held->cards.size(), 5U);
    EXPECT_EQ(held->rosters.genesis(), genesis.value_or(held->rosters.genesis()));
    genesis = held->rosters.genesis();
  }
}

// What two founded nodes would say of each other in a handshake.
TEST_F(FederationInitTest, EveryNodeAcceptsEveryNodeAndItsOwnAdmin) {
  ASSERT_EQ(Init(Options()), 0) << err_.str();
  for (const char* judge : {"br", "za"}) {
    const auto held = LoadTrust(folder_ + "/" + judge + "/trust");
    ASSERT_OK(held);
    const certs::Trust trust = TrustOf(*held);
    for (const std::string member : {"br", "ru", "in", "cn", "za"}) {
      const auto node = certs::LoadIdentity(folder_ + "/" + member + "/tls/node");
      ASSERT_OK(node);
      const auto peer = certs::JudgePeer(node->chain, trust, absl::Now(),
                                         {TlsIdentity::Kind::kNode, member, "node-1"});
      EXPECT_OK(peer);
      const auto admin = certs::LoadIdentity(folder_ + "/" + member + "/tls/admin");
      ASSERT_OK(admin);
      EXPECT_OK(certs::JudgePeer(admin->chain, trust, absl::Now(),
                                 {TlsIdentity::Kind::kOperator, std::nullopt, std::nullopt}));
    }
  }
}

TEST_F(FederationInitTest, KeyFilesAreThoseOfTheCard) {
  ASSERT_EQ(Init(Options()), 0) << err_.str();
  const auto held = LoadTrust(folder_ + "/in/trust");
  ASSERT_OK(held);
  const Card& card = held->cards.at("in").newest();
  const auto key = [this](const std::string& path) {
    const auto signer = certs::LoadSigner(folder_ + "/" + path);
    EXPECT_OK(signer);
    return (*signer)->public_key();
  };
  EXPECT_EQ(key("in/keys/log-1.pem"), card.OpenLog()->key);
  EXPECT_EQ(key("in/keys/cosigner.pem"), card.ActiveCosigner()->key);
  EXPECT_EQ(key("in/keys/author-1.pem"), card.authors()[0].key);
  const RootKey* root = held->rosters.newest().FindRootKey(key("offline/in/root-key.pem").spki());
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(root->member, "in");
  EXPECT_OK(certs::LoadAuthority(folder_ + "/offline/in/ca"));
}

// Root and CA keys stay apart from the node; every private key is its owner's alone.
TEST_F(FederationInitTest, OfflineKeysAreApartAndKeysArePrivate) {
  ASSERT_EQ(Init(Options()), 0) << err_.str();
  int keys = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    const auto text = certs::ReadFile(entry.path().string());
    ASSERT_OK(text);
    if (text->find("PRIVATE KEY") == std::string::npos) continue;
    ++keys;
    EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write)
        << entry.path();
    const std::string name = entry.path().filename().string();
    if (name == "root-key.pem" || name == "ca-key.pem") {
      EXPECT_THAT(entry.path().string(), HasSubstr("/offline/"));
    }
  }
  EXPECT_EQ(keys, 5 * 7);
}

// A member's folder goes to its own machine: nothing in it names another place.
TEST_F(FederationInitTest, AMembersFolderCanBeMoved) {
  ASSERT_EQ(Init(Options()), 0) << err_.str();
  const std::string moved = dir_.File("elsewhere");
  fs::rename(folder_ + "/br", moved);
  fs::remove_all(folder_);
  const toml::table node = toml::parse_file(moved + "/plenaryd.toml");
  const toml::table profile = toml::parse_file(moved + "/profile.toml");
  for (const auto& path :
       {node["trust"], node["tls"]["key"], node["tls"]["certificate"], node["keys"]["log"],
        node["keys"]["cosigner"], profile["trust"], profile["tls"]["key"],
        profile["tls"]["certificate"], profile["author"]["key"]}) {
    const std::string text = path.value_or(std::string());
    EXPECT_TRUE(fs::path(text).is_relative()) << text;
    EXPECT_TRUE(fs::exists(moved + "/" + text)) << text;
  }
  EXPECT_EQ(node["peer_listen"].value<std::string>(), "127.0.0.1:7101");
  EXPECT_EQ(node["operator_listen"].value<std::string>(), profile["node"].value<std::string>());
  EXPECT_EQ(node["store"].value<std::string>(), "store");
  EXPECT_FALSE(fs::exists(moved + "/store")) << "the store is made by plenary node init";
}

TEST_F(FederationInitTest, NothingIsOverwrittenAndNothingHalfMade) {
  fs::create_directory(folder_);
  EXPECT_EQ(Init(Options()), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[FILE_EXISTS]"));
  EXPECT_TRUE(fs::is_empty(folder_));
  fs::remove(folder_);
  FederationInitOptions bad = Options();
  bad.founding.endpoints["br"] = "nowhere";
  EXPECT_EQ(Init(bad), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[BAD_ENDPOINT]"));
  bad = Options();
  bad.operator_listen["xx"] = "127.0.0.1:1";
  EXPECT_EQ(Init(bad), 1);
  bad = Options();
  bad.folder = dir_.File("no/trial");
  EXPECT_EQ(Init(bad), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[FILE_ACCESS]"));
  EXPECT_TRUE(fs::is_empty(dir_.path()));
}

TEST_F(FederationInitTest, ByWords) {
  const auto run = [](const std::vector<std::string>& words) {
    return testing::RunWords(AddFederationCommands, words);
  };
  const auto ran = run({"federation",
                        "init",
                        "--federation",
                        "sti.brics.example",
                        "--members",
                        "br,ru,in",
                        "--observers",
                        "unesco",
                        "--endpoint",
                        "br=127.0.0.1:7101",
                        "--endpoint",
                        "ru=127.0.0.1:7102",
                        "--operator-listen",
                        "in=127.0.0.1:9001",
                        "--node-name",
                        "n",
                        "--threshold",
                        "3",
                        "--dir",
                        folder_});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const toml::table in = toml::parse_file(folder_ + "/in/plenaryd.toml");
  EXPECT_EQ(in["operator_listen"].value<std::string>(), "127.0.0.1:9001");
  EXPECT_FALSE(in.contains("peer_listen"));
  EXPECT_EQ(in["node"].value<std::string>(), "n");
  EXPECT_TRUE(fs::exists(folder_ + "/unesco/plenaryd.toml"));
  for (const char* endpoint : {"br", "br=", "=x:1"}) {
    const auto bad = run({"federation", "init", "--federation", "a.b", "--members", "br",
                          "--endpoint", endpoint, "--dir", dir_.File("bad")});
    EXPECT_GT(bad.exit_code, 1) << endpoint;
    EXPECT_THAT(bad.err, HasSubstr("MEMBER=HOST:PORT"));
  }
  const auto twice =
      run({"federation", "init", "--federation", "a.b", "--members", "br", "--endpoint", "br=x:1",
           "--endpoint", "br=y:1", "--dir", dir_.File("bad")});
  EXPECT_GT(twice.exit_code, 1);
  EXPECT_FALSE(fs::exists(dir_.File("bad")));
  EXPECT_THAT(run({"federation", "init", "--help"}).out, HasSubstr("\n  plenary federation init"));
}

}  // namespace
}  // namespace plenary::cli
