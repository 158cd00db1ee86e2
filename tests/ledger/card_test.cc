#include "ledger/card.h"

#include <gtest/gtest.h>

#include <functional>

#include "ledger/envelope.h"
#include "ledger/limits.h"
#include "tests/support/status_matchers.h"
#include "tests/support/world.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::World;

struct ContentCase {
  const char* name;
  Reason reason;
  std::function<void(const World&, v1::Card&)> spoil;
};

class CardContentTest : public ::testing::TestWithParam<ContentCase> {
 protected:
  World world_{3};
};

// Each of these, signed by the member's own root key, must still be refused.
TEST_P(CardContentTest, IsRefusedWhoeverSigns) {
  v1::Card card = world_.NextCard("br");
  GetParam().spoil(world_, card);
  CardChain chain = world_.cards("br");
  EXPECT_THAT(
      chain.Append(world_.SignCard(card, world_.Root("br")), world_.rosters(), world_.roster()),
      HasReason(GetParam().reason));
  EXPECT_EQ(chain.size(), 1U);
}

v1::Author& AddAuthor(const World& world, v1::Card& card, const Signer& key) {
  v1::Author& author = *card.add_authors();
  *author.mutable_key() = world.Enrol(card.member(), KeyRole::kAuthor, 0, key);
  return author;
}

void AddLog(const World& world, v1::Card& card, uint64_t epoch, const Signer& key) {
  v1::Log& log = *card.add_logs();
  log.set_epoch(epoch);
  *log.mutable_key() = world.Enrol(card.member(), KeyRole::kLog, epoch, key);
}

void AddEndpoint(v1::Card& card, const std::string& node, const std::string& address) {
  v1::Endpoint& endpoint = *card.add_endpoints();
  endpoint.set_node(node);
  endpoint.set_address(address);
}

const ContentCase kContentCases[] = {
    {"GenesisShort", Reason::WRONG_GENESIS, [](auto&, auto& c) { c.set_genesis("short"); }},
    {"MemberUpperCase", Reason::BAD_NAME, [](auto&, auto& c) { c.set_member("BR"); }},
    {"VersionZero", Reason::BAD_VERSION, [](auto&, auto& c) { c.set_version(0); }},
    {"NoPrevious", Reason::BAD_PREVIOUS, [](auto&, auto& c) { c.clear_previous(); }},
    {"EpochZero", Reason::BAD_EPOCHS, [](auto&, auto& c) { c.mutable_logs(0)->set_epoch(0); }},
    {"EpochSkipped", Reason::BAD_EPOCHS,
     [](auto& w, auto& c) {
       c.mutable_logs(0)->set_closed(true);
       AddLog(w, c, 3, w.Log("br", 3));
     }},
    {"TwoOpenLogs", Reason::TWO_OPEN_LOGS,
     [](auto& w, auto& c) { AddLog(w, c, 2, w.Log("br", 2)); }},
    {"LogKeyOfP256", Reason::BAD_ALGORITHM,
     [](auto&, auto& c) { c.mutable_logs(0)->mutable_key()->set_algorithm(2); }},
    {"LogWithoutKey", Reason::BAD_ALGORITHM,
     [](auto&, auto& c) { c.mutable_logs(0)->clear_key(); }},
    {"CosignerOfUnknownAlgorithm", Reason::BAD_ALGORITHM,
     [](auto&, auto& c) { c.mutable_cosigners(0)->set_algorithm(5); }},
    {"AuthorOfNoAlgorithm", Reason::BAD_ALGORITHM,
     [](auto&, auto& c) { c.mutable_authors(0)->mutable_key()->set_algorithm(0); }},
    {"AuthorOfUnknownAlgorithmWithoutKey", Reason::BAD_KEY,
     [](auto&, auto& c) { c.add_authors()->mutable_key()->set_algorithm(5); }},
    {"TwoActiveCosigners", Reason::TWO_ACTIVE_COSIGNERS,
     [](auto& w, auto& c) {
       *c.add_cosigners() = w.Enrol("br", KeyRole::kCosigner, 0, w.Key("second"));
     }},
    // A stolen key of one role must open no other.
    {"LogKeyAsCosigner", Reason::DUPLICATE_KEY,
     [](auto& w, auto& c) {
       c.mutable_cosigners(0)->set_status(v1::KEY_STATUS_RETIRED);
       *c.add_cosigners() = w.Enrol("br", KeyRole::kCosigner, 0, w.Log("br"));
     }},
    {"LogKeyAsAuthor", Reason::DUPLICATE_KEY,
     [](auto& w, auto& c) { AddAuthor(w, c, w.Log("br")); }},
    {"CosignerKeyAsAuthor", Reason::DUPLICATE_KEY,
     [](auto& w, auto& c) { AddAuthor(w, c, w.Cosigner("br")); }},
    {"AuthorKeyTwice", Reason::DUPLICATE_KEY,
     [](auto& w, auto& c) { AddAuthor(w, c, w.Author("br")); }},
    {"LogKeyOfTwoEpochs", Reason::DUPLICATE_KEY,
     [](auto& w, auto& c) {
       c.mutable_logs(0)->set_closed(true);
       AddLog(w, c, 2, w.Log("br"));
     }},
    {"AuthorKeyUnderAnUnknownAlgorithmToo", Reason::DUPLICATE_KEY,
     [](auto&, auto& c) {
       *c.add_authors() = c.authors(0);
       c.mutable_authors(1)->mutable_key()->set_algorithm(5);
     }},
    {"OwnRootKeyAsAuthor", Reason::DUPLICATE_KEY,
     [](auto& w, auto& c) { AddAuthor(w, c, w.Root("br")); }},
    {"AnothersRootKeyAsAuthor", Reason::DUPLICATE_KEY,
     [](auto& w, auto& c) { AddAuthor(w, c, w.Root("in")); }},
    // Taking over somebody else's key, with the proof that it made for its own member.
    {"AnothersAuthorKeyWithItsProof", Reason::BAD_POSSESSION,
     [](auto& w, auto& c) { *c.add_authors() = w.card("in").payload().authors(0); }},
    {"LogKeyWithTheProofOfAnotherEpoch", Reason::BAD_POSSESSION,
     [](auto& w, auto& c) {
       c.mutable_logs(0)->set_closed(true);
       AddLog(w, c, 2, w.Log("br", 2));
       *c.mutable_logs(1)->mutable_key() = w.Enrol("br", KeyRole::kLog, 3, w.Log("br", 2));
     }},
    {"ProofOfAKeptKeyReplaced", Reason::BAD_POSSESSION,
     [](auto& w, auto& c) {
       c.mutable_authors(0)->mutable_key()->set_possession(w.Author("br").Sign("something"));
     }},
    {"ThreeIssuers", Reason::TOO_MANY_ISSUERS,
     [](auto&, auto& c) {
       for (int i = 0; i < 3; ++i) c.add_issuers("der");
     }},
    {"RevokedDigestLong", Reason::BAD_REVOKED,
     [](auto&, auto& c) { c.add_revoked_spki(std::string(33, 'r')); }},
    {"RevokedTooMany", Reason::BAD_REVOKED,
     [](auto&, auto& c) {
       for (int i = 0; i <= kMaxRevoked; ++i) c.add_revoked_spki(std::string(32, 'r'));
     }},
    {"EndpointWithoutPort", Reason::BAD_ENDPOINT,
     [](auto&, auto& c) { AddEndpoint(c, "node-1", "br.example"); }},
    {"EndpointOfPortZero", Reason::BAD_ENDPOINT,
     [](auto&, auto& c) { AddEndpoint(c, "node-1", "br.example:0"); }},
    {"EndpointOfPortTooLarge", Reason::BAD_ENDPOINT,
     [](auto&, auto& c) { AddEndpoint(c, "node-1", "br.example:65536"); }},
    {"EndpointWithScheme", Reason::BAD_ENDPOINT,
     [](auto&, auto& c) { AddEndpoint(c, "node-1", "https://br.example:1"); }},
    {"EndpointOfNoNode", Reason::BAD_ENDPOINT,
     [](auto&, auto& c) { AddEndpoint(c, "", "br.example:1"); }},
    {"CollectionWithSlash", Reason::BAD_NAME,
     [](auto&, auto& c) { c.mutable_authors(0)->add_collections("a/b"); }},
    {"TooManyAuthors", Reason::TOO_MANY_KEYS,
     [](auto&, auto& c) {
       for (int i = 0; i < kMaxAuthors; ++i) c.add_authors();
     }},
};

INSTANTIATE_TEST_SUITE_P(Content, CardContentTest, ::testing::ValuesIn(kContentCases),
                         [](const auto& tested) { return std::string(tested.param.name); });

class CardTest : public ::testing::Test {
 protected:
  World world_{3};
};

TEST_F(CardTest, IsSignedOnce) {
  const std::string payload = world_.NextCard("br").SerializeAsString();
  const std::string signature = world_.Root("br").Sign(Pae(PayloadKind::kCard, payload));
  EXPECT_THAT(Card::Parse(FormatEnvelope(PayloadKind::kCard, payload, {signature, signature})),
              HasReason(Reason::SIGNATURE_COUNT));
}

TEST_F(CardTest, ALargeEnvelopeIsRefusedUnread) {
  EXPECT_THAT(Card::Parse(std::string(kMaxCardBytes + 1, '\x0A')), HasReason(Reason::TOO_LARGE));
}

TEST_F(CardTest, TakesAddressesOfEveryForm) {
  v1::Card card = world_.NextCard("br");
  for (const char* address : {"br.example:7443", "10.0.0.1:1", "[2001:db8::1]:65535"}) {
    AddEndpoint(card, "node-1", address);
  }
  world_.AdoptCard(card);
}

TEST_F(CardTest, FindsKeysByWhatTheyAreFor) {
  v1::Card next = world_.NextCard("br");
  next.mutable_logs(0)->set_closed(true);
  AddLog(world_, next, 2, world_.Log("br", 2));
  next.mutable_cosigners(0)->set_status(v1::KEY_STATUS_RETIRED);
  *next.add_cosigners() = world_.Enrol("br", KeyRole::kCosigner, 0, world_.Key("second"));
  AddAuthor(world_, next, world_.Key("desk 2")).add_collections("meetings");
  world_.AdoptCard(next);
  const Card& card = world_.card("br");
  EXPECT_EQ(card.OpenLog()->epoch, 2U);
  EXPECT_EQ(card.OpenLog()->key, world_.Log("br", 2).public_key());
  EXPECT_TRUE(card.FindEpoch(1)->closed);
  EXPECT_EQ(card.FindEpoch(0), nullptr);
  EXPECT_EQ(card.FindEpoch(3), nullptr);
  EXPECT_EQ(card.ActiveCosigner()->key, world_.Key("second").public_key());
  const AuthorKey* desk = card.FindAuthor(world_.Key("desk 2").public_key().Fingerprint());
  ASSERT_NE(desk, nullptr);
  EXPECT_TRUE(desk->MayWrite("meetings"));
  EXPECT_FALSE(desk->MayWrite("projects"));
  EXPECT_FALSE(desk->MayWrite("meeting"));
  EXPECT_TRUE(
      card.FindAuthor(world_.Author("br").public_key().Fingerprint())->MayWrite("anything"));
  // Neither another role's key nor another member's.
  EXPECT_EQ(card.FindAuthor(world_.Log("br").public_key().Fingerprint()), nullptr);
  EXPECT_EQ(card.FindAuthor(world_.Author("in").public_key().Fingerprint()), nullptr);
}

TEST_F(CardTest, AnAuthorOfAnAlgorithmWeLackMayStandButSignsForNobody) {
  v1::Card next = world_.NextCard("br");
  v1::Key& key = *next.add_authors()->mutable_key();
  key.set_algorithm(5);
  key.set_spki("an ML-DSA key");
  key.set_status(v1::KEY_STATUS_ACTIVE);
  world_.AdoptCard(next);
  const AuthorKey* author = world_.card("br").FindAuthor(Sha256(absl::string_view(key.spki())));
  ASSERT_NE(author, nullptr);
  EXPECT_FALSE(author->key.has_value());
}

TEST_F(CardTest, AClosedCardHasNoOpenLogAndNoLogsNeither) {
  v1::Card next = world_.NextCard("br");
  next.mutable_logs(0)->set_closed(true);
  world_.AdoptCard(next);
  EXPECT_EQ(world_.card("br").OpenLog(), nullptr);

  v1::Card empty;
  empty.set_genesis(world_.genesis().bytes());
  empty.set_member("in");
  empty.set_version(1);
  const auto card = Card::Parse(world_.SignCard(empty, world_.Root("in")));
  ASSERT_OK(card);
  EXPECT_EQ(card->OpenLog(), nullptr);
  EXPECT_EQ(card->ActiveCosigner(), nullptr);
}

}  // namespace
}  // namespace plenary
