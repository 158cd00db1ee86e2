// Founding a federation: what is made, and that every reader accepts it.
#include "cli/founding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <toml++/toml.h>

#include <set>

#include "cli/founding_folder.h"
#include "ledger/envelope.h"
#include "tests/support/status_matchers.h"

namespace plenary::cli {
namespace {

using plenary::testing::HasReason;
using ::testing::ElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'795'000'000);

FoundingOptions Options(std::vector<std::string> members = {"br", "ru", "in"}) {
  FoundingOptions options;
  options.federation = "sti.brics.example";
  options.members = std::move(members);
  options.now = kNow;
  return options;
}

TEST(Found, RosterOneIsSignedByEveryRootKey) {
  const auto founding = Found(Options());
  ASSERT_OK(founding);
  const Roster& roster = founding->rosters.newest();
  EXPECT_EQ(roster.version(), 1U);
  EXPECT_EQ(roster.federation(), "sti.brics.example");
  EXPECT_THAT(roster.FullMembers(), ElementsAre("br", "in", "ru"));
  EXPECT_EQ(ParseEnvelope(roster.envelope())->signatures.size(), 3U);
  EXPECT_TRUE(roster.AllowsAuthorAlgorithm(1));
  EXPECT_TRUE(roster.AllowsAuthorAlgorithm(2));
}

TEST(Found, ThresholdIsTheSmallestAboveHalfUnlessAsked) {
  for (const auto& [members, threshold] :
       std::vector<std::pair<std::vector<std::string>, uint32_t>>{{{"br"}, 1},
                                                                  {{"br", "ru"}, 2},
                                                                  {{"br", "ru", "in"}, 2},
                                                                  {{"br", "ru", "in", "cn"}, 3}}) {
    EXPECT_EQ(Found(Options(members))->rosters.newest().payload().threshold(), threshold);
  }
  FoundingOptions options = Options();
  options.threshold = 3;
  EXPECT_EQ(Found(options)->rosters.newest().payload().threshold(), 3U);
  for (const uint32_t bad : {1U, 4U}) {
    options.threshold = bad;
    EXPECT_THAT(Found(options), HasReason(Reason::BAD_THRESHOLD)) << bad;
  }
}

TEST(Found, CardsListTheKeysThatWereMade) {
  FoundingOptions options = Options();
  options.endpoints["br"] = "br.example:7443";
  const auto founding = Found(options);
  ASSERT_OK(founding);
  for (const FoundedMember& member : founding->members) {
    const auto cards = CardChain::Begin(member.card, founding->rosters, founding->rosters.newest());
    ASSERT_OK(cards);
    const Card& card = cards->newest();
    EXPECT_EQ(card.member(), member.code);
    EXPECT_EQ(card.genesis(), founding->rosters.genesis());
    ASSERT_NE(card.OpenLog(), nullptr);
    EXPECT_EQ(card.OpenLog()->epoch, 1U);
    EXPECT_EQ(card.OpenLog()->key, member.log.signer->public_key());
    ASSERT_NE(card.ActiveCosigner(), nullptr);
    EXPECT_EQ(card.ActiveCosigner()->key, member.cosigner.signer->public_key());
    ASSERT_EQ(card.authors().size(), 1U);
    EXPECT_EQ(card.authors()[0].key, member.author.signer->public_key());
    EXPECT_THAT(card.payload().issuers(), ElementsAre(member.authority.certificate().der()));
    EXPECT_EQ(card.payload().endpoints_size(), member.code == "br" ? 1 : 0);
  }
  EXPECT_EQ(founding->members[0].endpoint, "br.example:7443");
}

// One key, one role, one member.
TEST(Found, NoKeyServesTwoRoles) {
  const auto founding = Found(Options());
  ASSERT_OK(founding);
  std::set<Digest> keys;
  for (const FoundedMember& member : founding->members) {
    for (const FoundedKey* key : {&member.root, &member.log, &member.cosigner, &member.author}) {
      keys.insert(key->signer->public_key().Fingerprint());
    }
    keys.insert(member.authority.certificate().spki_digest());
    keys.insert(member.node.chain[0].spki_digest());
    keys.insert(member.admin.chain[0].spki_digest());
  }
  EXPECT_EQ(keys.size(), 3U * 7U);
}

TEST(Found, Observers) {
  FoundingOptions options = Options();
  options.observers = {"unesco"};
  const auto founding = Found(options);
  ASSERT_OK(founding);
  EXPECT_EQ(founding->rosters.newest().StatusOf("unesco"), v1::MEMBER_STATUS_OBSERVER);
  EXPECT_EQ(founding->rosters.newest().FullMembers().size(), 3U);
}

TEST(Found, TheSameCeremonyTwiceIsTwoFederations) {
  EXPECT_NE(Found(Options())->rosters.genesis(), Found(Options())->rosters.genesis());
}

TEST(Found, RefusesWhatIsNoFederation) {
  EXPECT_THAT(Found(Options({})), HasReason(Reason::BAD_MEMBER_COUNT));
  EXPECT_THAT(Found(Options({"br", "br"})), HasReason(Reason::DUPLICATE_MEMBER));
  EXPECT_THAT(Found(Options({"br", "public"})), HasReason(Reason::BAD_NAME));
  EXPECT_THAT(Found(Options({"br", "../x"})), HasReason(Reason::BAD_NAME));
  EXPECT_THAT(Found(Options({"br", "offline"})), HasReason(Reason::BAD_NAME));
  EXPECT_THAT(Found(Options({""})), HasReason(Reason::BAD_NAME));
  std::vector<std::string> many;
  for (int i = 0; i < 300; ++i) many.push_back("m" + std::to_string(i));
  EXPECT_THAT(Found(Options(many)), HasReason(Reason::BAD_MEMBER_COUNT));
  FoundingOptions options = Options();
  options.federation = "brics";
  EXPECT_THAT(Found(options), HasReason(Reason::BAD_NAME));
  options = Options();
  options.node_name = "Node 1";
  EXPECT_THAT(Found(options), HasReason(Reason::BAD_NAME));
  options = Options();
  options.operator_name = "";
  EXPECT_THAT(Found(options), HasReason(Reason::BAD_NAME));
  options = Options();
  options.observers = {"br"};
  EXPECT_THAT(Found(options), HasReason(Reason::DUPLICATE_MEMBER));
  options = Options();
  options.endpoints["za"] = "za.example:7443";
  EXPECT_THAT(Found(options), HasReason(Reason::BAD_REQUEST));
  for (const char* address : {"br.example", "br.example:", ":7443", "br.example:0",
                              "br.example:70000", "br.example:x", "http://br.example:1", "a b:1"}) {
    options = Options();
    options.endpoints["br"] = address;
    EXPECT_THAT(Found(options), HasReason(Reason::BAD_ENDPOINT)) << address;
  }
}

TEST(ChooseListeners, PeersWhereTheEndpointSays) {
  FoundingOptions options = Options({"br", "ru", "in", "cn", "za"});
  options.endpoints = {{"br", "br.example:7443"},
                       {"ru", "127.0.0.1:7102"},
                       {"in", "[2001:db8::1]:7443"},
                       {"cn", "localhost:7103"}};
  const auto founding = Found(options);
  ASSERT_OK(founding);
  const auto listeners = ChooseListeners(*founding, {{"za", "10.0.0.5:9000"}});
  ASSERT_OK(listeners);
  EXPECT_EQ(listeners->at("br").peers, "0.0.0.0:7443");
  EXPECT_EQ(listeners->at("ru").peers, "127.0.0.1:7102");
  EXPECT_EQ(listeners->at("in").peers, "[::]:7443");
  EXPECT_EQ(listeners->at("cn").peers, "127.0.0.1:7103");
  EXPECT_EQ(listeners->at("za").peers, std::nullopt);
  EXPECT_EQ(listeners->at("za").operators, "10.0.0.5:9000");
  EXPECT_THAT(ChooseListeners(*founding, {{"xx", "10.0.0.5:9000"}}),
              HasReason(Reason::BAD_REQUEST));
  EXPECT_THAT(ChooseListeners(*founding, {{"za", "nowhere"}}), HasReason(Reason::BAD_ENDPOINT));
}

// All nodes of a trial run on one machine.
TEST(ChooseListeners, NoPortTwice) {
  FoundingOptions options = Options({"br", "ru", "in", "cn", "za"});
  options.endpoints = {
      {"br", "127.0.0.1:8443"}, {"ru", "127.0.0.1:7443"}, {"in", "127.0.0.1:65000"}};
  const auto founding = Found(options);
  ASSERT_OK(founding);
  const auto listeners = ChooseListeners(*founding, {{"za", "127.0.0.1:9443"}});
  ASSERT_OK(listeners);
  std::set<std::string> addresses;
  for (const auto& [code, own] : *listeners) {
    EXPECT_TRUE(addresses.insert(own.operators).second) << own.operators;
    if (own.peers.has_value()) {
      EXPECT_TRUE(addresses.insert(*own.peers).second) << *own.peers;
    }
  }
}

TEST(Toml, ReadsBackWhatWasMeant) {
  FoundingOptions options = Options();
  // A host that would end the string early.
  options.endpoints = {{"br", "b\"\\r:7443"}, {"ru", "r\"u:7443"}};
  const auto founding = Found(options);
  ASSERT_OK(founding);
  const Listeners listeners{"b\"\\r:7443", "127.0.0.1:8443"};
  for (const FoundedMember& member : founding->members) {
    const toml::table node = toml::parse(NodeToml(*founding, member, options, listeners));
    EXPECT_EQ(node["federation"].value<std::string>(), "sti.brics.example");
    EXPECT_EQ(node["member"].value<std::string>(), member.code);
    EXPECT_EQ(node["node"].value<std::string>(), "node-1");
    EXPECT_EQ(node["peer_listen"].value<std::string>(), "b\"\\r:7443");
    EXPECT_EQ(node["operator_listen"].value<std::string>(), "127.0.0.1:8443");
    const auto roles =
        node["roles"]["spiffe://" + member.code + ".sti.brics.example/operator/admin"];
    EXPECT_EQ(roles[0].value<std::string>(), "admin");
    EXPECT_EQ(roles[1].value<std::string>(), "clerk") << "it holds the author key";
    ASSERT_NE(node["peers"].as_table(), nullptr);
    EXPECT_TRUE(node["peers"].as_table()->empty());
    const toml::table profile = toml::parse(ProfileToml(*founding, member, listeners));
    EXPECT_EQ(profile["node"].value<std::string>(), "127.0.0.1:8443");
    EXPECT_EQ(profile["member"].value<std::string>(), member.code);
  }
  const toml::table dial_only = toml::parse(
      NodeToml(*founding, founding->members[0], options, {std::nullopt, "127.0.0.1:8443"}));
  EXPECT_FALSE(dial_only.contains("peer_listen"));
}

}  // namespace
}  // namespace plenary::cli
