#include <gtest/gtest.h>

#include "ledger/card.h"
#include "tests/support/status_matchers.h"
#include "tests/support/world.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::World;

class CardSuccessionTest : public ::testing::Test {
 protected:
  // What br's chain says to `card`, signed by br's root key.
  absl::Status Try(const v1::Card& card) { return TryBy(card, world_.Root("br")); }
  absl::Status TryBy(const v1::Card& card, const Signer& root) {
    CardChain chain = world_.cards("br");
    return chain.Append(world_.SignCard(card, root), world_.rosters(), world_.roster());
  }
  // All of br's envelopes from version 1 on.
  std::vector<std::string> Envelopes() const {
    std::vector<std::string> envelopes;
    const CardChain& chain = world_.cards("br");
    for (uint64_t version = 1; version <= chain.size(); ++version) {
      envelopes.emplace_back(chain.Find(version)->envelope());
    }
    return envelopes;
  }
  // Calls br's first root key compromised and gives it another; pins `pinned` unless it is null.
  void Compromise(const Card* pinned) {
    v1::Roster roster = world_.NextRoster();
    v1::Member& br = *roster.mutable_members(0);
    br.mutable_roots(0)->set_status(v1::KEY_STATUS_COMPROMISED);
    v1::Key& fresh = *br.add_roots();
    fresh.set_algorithm(1);
    fresh.set_spki(world_.Key("br/new root").public_key().spki());
    fresh.set_status(v1::KEY_STATUS_ACTIVE);
    if (pinned != nullptr) {
      br.mutable_card()->set_version(pinned->version());
      br.mutable_card()->set_digest(pinned->digest().bytes());
    }
    world_.Adopt(roster);
  }

  World world_{3};
};

TEST_F(CardSuccessionTest, NothingIsSkippedReplayedOrTakenFromAnotherHistory) {
  v1::Card card = world_.NextCard("br");
  card.set_version(3);
  EXPECT_THAT(Try(card), HasReason(Reason::SKIPPED_VERSION));
  card.set_version(2);
  card.set_previous(std::string(Digest::kBytes, 'p'));
  EXPECT_THAT(Try(card), HasReason(Reason::WRONG_PREVIOUS));
  EXPECT_THAT(Try(world_.card("br").payload()), HasReason(Reason::SECOND_OF_VERSION));
  EXPECT_THAT(CardChain::Begin(world_.SignCard(world_.NextCard("br"), world_.Root("br")),
                               world_.rosters(), world_.roster()),
              HasReason(Reason::SKIPPED_VERSION));
  EXPECT_THAT(CardChain::Verify({}, world_.rosters(), world_.roster()),
              HasReason(Reason::CARD_MISSING));
}

// A member speaks only for itself.
TEST_F(CardSuccessionTest, NobodyElseSignsOrContinuesACard) {
  for (const Signer* key : {&world_.Root("in"), &world_.Author("br"), &world_.Log("br"),
                            &world_.Cosigner("br"), &world_.Key("stranger")}) {
    EXPECT_THAT(TryBy(world_.NextCard("br"), *key), HasReason(Reason::BAD_SIGNATURE));
  }
  v1::Card card = world_.NextCard("in");
  EXPECT_THAT(Try(card), HasReason(Reason::WRONG_MEMBER));
}

TEST_F(CardSuccessionTest, AMemberThatIsNotOnTheRosterHasNoCard) {
  World other(4);  // the same federation name, another ceremony
  EXPECT_THAT(CardChain::Begin(other.card("ru").envelope(), world_.rosters(), world_.roster()),
              HasReason(Reason::WRONG_GENESIS));
  v1::Card card;
  card.set_genesis(world_.genesis().bytes());
  card.set_member("ru");
  card.set_version(1);
  EXPECT_THAT(
      CardChain::Begin(world_.SignCard(card, world_.Root("ru")), world_.rosters(), world_.roster()),
      HasReason(Reason::NOT_ON_ROSTER));
}

TEST_F(CardSuccessionTest, KeysStayInTheirPlace) {
  v1::Card two = world_.NextCard("br");
  *two.add_authors()->mutable_key() = world_.Enrol("br", KeyRole::kAuthor, 0, world_.Key("desk 2"));
  world_.AdoptCard(two);

  v1::Card card = world_.NextCard("br");
  card.mutable_authors()->RemoveLast();
  EXPECT_THAT(Try(card), HasReason(Reason::KEY_DROPPED));
  card = world_.NextCard("br");
  card.mutable_authors()->SwapElements(0, 1);
  EXPECT_THAT(Try(card), HasReason(Reason::KEY_DROPPED));
  card = world_.NextCard("br");
  card.clear_cosigners();
  EXPECT_THAT(Try(card), HasReason(Reason::KEY_DROPPED));
  card = world_.NextCard("br");
  card.clear_logs();
  EXPECT_THAT(Try(card), HasReason(Reason::LOG_DROPPED));
  // Another key under the log's name would be another history under one origin.
  card = world_.NextCard("br");
  *card.mutable_logs(0)->mutable_key() =
      world_.Enrol("br", KeyRole::kLog, 1, world_.Key("another log key"));
  EXPECT_THAT(Try(card), HasReason(Reason::KEY_DROPPED));
}

TEST_F(CardSuccessionTest, StatusesOnlyMoveOn) {
  const v1::KeyStatus order[] = {v1::KEY_STATUS_ACTIVE, v1::KEY_STATUS_RETIRED,
                                 v1::KEY_STATUS_COMPROMISED};
  for (int from = 0; from < 3; ++from) {
    for (int to = 0; to < 3; ++to) {
      World world = world_;
      v1::Card card = world.NextCard("br");
      card.mutable_authors(0)->mutable_key()->set_status(order[from]);
      world.AdoptCard(card);
      card = world.NextCard("br");
      card.mutable_authors(0)->mutable_key()->set_status(order[to]);
      CardChain chain = world.cards("br");
      const absl::Status status =
          chain.Append(world.SignCard(card, world.Root("br")), world.rosters(), world.roster());
      if (to >= from) {
        EXPECT_OK(status);
      } else {
        EXPECT_THAT(status, HasReason(Reason::KEY_REVIVED));
      }
    }
  }
}

// A status that we do not know reads as compromised: it can be set, and never be taken back.
TEST_F(CardSuccessionTest, AnUnlistedStatusIsTheMostCarefulOne) {
  v1::Card card = world_.NextCard("br");
  card.mutable_cosigners(0)->set_status(static_cast<v1::KeyStatus>(7));
  world_.AdoptCard(card);
  EXPECT_EQ(world_.card("br").cosigners()[0].status, v1::KEY_STATUS_COMPROMISED);
  EXPECT_EQ(world_.card("br").ActiveCosigner(), nullptr);
  card = world_.NextCard("br");
  card.mutable_cosigners(0)->set_status(v1::KEY_STATUS_RETIRED);
  EXPECT_THAT(Try(card), HasReason(Reason::KEY_REVIVED));
}

TEST_F(CardSuccessionTest, NewKeysStartActive) {
  v1::Card card = world_.NextCard("br");
  *card.add_authors()->mutable_key() = world_.Enrol("br", KeyRole::kAuthor, 0, world_.Key("n"));
  card.mutable_authors(1)->mutable_key()->set_status(v1::KEY_STATUS_RETIRED);
  EXPECT_THAT(Try(card), HasReason(Reason::NEW_KEY_NOT_ACTIVE));
  card.mutable_authors(1)->mutable_key()->clear_status();
  EXPECT_THAT(Try(card), HasReason(Reason::NEW_KEY_NOT_ACTIVE));
}

TEST_F(CardSuccessionTest, AClosedLogStaysClosed) {
  v1::Card card = world_.NextCard("br");
  card.mutable_logs(0)->set_closed(true);
  world_.AdoptCard(card);
  card = world_.NextCard("br");
  card.mutable_logs(0)->set_closed(false);
  EXPECT_THAT(Try(card), HasReason(Reason::LOG_REOPENED));
}

// ---- The roster judges

TEST_F(CardSuccessionTest, ThePinnedCardAndNoOtherOfItsVersion) {
  v1::Card one = world_.NextCard("br");
  v1::Card other = one;
  other.add_issuers("der");
  const std::string pinned = world_.SignCard(one, world_.Root("br"));
  const std::string rival = world_.SignCard(other, world_.Root("br"));
  v1::Roster roster = world_.NextRoster();
  roster.mutable_members(0)->mutable_card()->set_version(2);
  roster.mutable_members(0)->mutable_card()->set_digest(Card::Parse(pinned)->digest().bytes());
  CardChain taken = world_.cards("br");
  ASSERT_OK(taken.Append(rival, world_.rosters(), world_.roster()));
  world_.Adopt(roster);

  CardChain chain = world_.cards("br");
  EXPECT_THAT(chain.Append(rival, world_.rosters(), world_.roster()),
              HasReason(Reason::WRONG_CARD_DIGEST));
  EXPECT_OK(chain.Append(pinned, world_.rosters(), world_.roster()));
  // Who had taken the rival before the roster spoke finds out.
  EXPECT_THAT(taken.VerifyBy(world_.rosters(), world_.roster()),
              HasReason(Reason::WRONG_CARD_DIGEST));
  EXPECT_OK(chain.VerifyBy(world_.rosters(), world_.roster()));
}

TEST_F(CardSuccessionTest, ARetiredRootKeyStillSigns) {
  v1::Roster roster = world_.NextRoster();
  v1::Member& br = *roster.mutable_members(0);
  br.mutable_roots(0)->set_status(v1::KEY_STATUS_RETIRED);
  v1::Key& fresh = *br.add_roots();
  fresh.set_algorithm(1);
  fresh.set_spki(world_.Key("br/new root").public_key().spki());
  fresh.set_status(v1::KEY_STATUS_ACTIVE);
  world_.Adopt(roster);
  EXPECT_OK(Try(world_.NextCard("br")));
  EXPECT_OK(TryBy(world_.NextCard("br"), world_.Key("br/new root")));
}

TEST_F(CardSuccessionTest, AStolenRootKeySignsNothingOnceTheRosterSaysSo) {
  Compromise(nullptr);
  EXPECT_THAT(Try(world_.NextCard("br")), HasReason(Reason::ROOT_KEY_COMPROMISED));
  EXPECT_THAT(world_.cards("br").VerifyBy(world_.rosters(), world_.roster()),
              HasReason(Reason::ROOT_KEY_COMPROMISED));
  EXPECT_THAT(CardChain::Verify(Envelopes(), world_.rosters(), world_.roster()),
              HasReason(Reason::ROOT_KEY_COMPROMISED));
  // By the older roster, which leaves of that time name, they stay good.
  EXPECT_OK(world_.cards("br").VerifyBy(world_.rosters(), *world_.rosters().Find(1)));
}

TEST_F(CardSuccessionTest, ThePinSavesTheCardAndItsAncestorsOnly) {
  for (int i = 0; i < 3; ++i) world_.AdoptCard(world_.NextCard("br"));  // versions 2, 3, 4
  const Card third = *world_.cards("br").Find(3);
  const std::vector<std::string> all = Envelopes();
  Compromise(&third);
  const auto verify = [this](std::vector<std::string> envelopes) {
    return CardChain::Verify(envelopes, world_.rosters(), world_.roster()).status();
  };
  EXPECT_OK(verify({all[0], all[1], all[2]}));
  // The thief's card after the pinned one.
  EXPECT_THAT(verify(all), HasReason(Reason::ROOT_KEY_COMPROMISED));
  // Without the way from the pinned card down, nobody can tell an ancestor from a forgery.
  EXPECT_THAT(verify({all[0], all[1]}), HasReason(Reason::ROOT_KEY_COMPROMISED));
  const Card first = *world_.cards("br").Find(1);
  const Card second = *world_.cards("br").Find(2);
  const auto card = [this](const Card& c, std::vector<Card> held) {
    return VerifyCard(c, world_.genesis(), world_.roster(), held);
  };
  EXPECT_OK(card(third, {}));
  EXPECT_OK(card(second, {third}));
  EXPECT_OK(card(first, {second, third}));
  EXPECT_THAT(card(first, {third}), HasReason(Reason::ROOT_KEY_COMPROMISED));
  EXPECT_THAT(card(second, {first}), HasReason(Reason::ROOT_KEY_COMPROMISED));
}

// The thief forges an old card: the pinned one's `previous` does not lead to it.
TEST_F(CardSuccessionTest, AForgedAncestorIsNoAncestor) {
  v1::Card forged = world_.NextCard("br");
  world_.AdoptCard(world_.NextCard("br"));
  world_.AdoptCard(world_.NextCard("br"));
  const Card third = world_.card("br");
  Compromise(&third);
  forged.add_issuers("the thief's CA");
  const auto parsed = Card::Parse(world_.SignCard(forged, world_.Root("br")));
  ASSERT_OK(parsed);
  EXPECT_THAT(VerifyCard(*parsed, world_.genesis(), world_.roster(), {third}),
              HasReason(Reason::ROOT_KEY_COMPROMISED));
}

// The owner goes on with its new root key after the pinned card.
TEST_F(CardSuccessionTest, TheNewRootKeyContinuesAfterThePinnedCard) {
  const Card first = world_.card("br");
  Compromise(&first);
  EXPECT_OK(TryBy(world_.NextCard("br"), world_.Key("br/new root")));
}

TEST_F(CardSuccessionTest, ARootKeyThatComesLaterTakesNoCardKeyOver) {
  // The roster makes br's author key a root key of in: no card may keep it.
  v1::Roster roster = world_.NextRoster();
  v1::Key& key = *roster.mutable_members(1)->add_roots();
  key.set_algorithm(1);
  key.set_spki(world_.Author("br").public_key().spki());
  key.set_status(v1::KEY_STATUS_ACTIVE);
  world_.Adopt(roster);
  EXPECT_THAT(world_.cards("br").VerifyBy(world_.rosters(), world_.roster()),
              HasReason(Reason::DUPLICATE_KEY));
}

TEST_F(CardSuccessionTest, AppendAllIsAllOrNothing) {
  World ahead = world_;
  ahead.AdoptCard(ahead.NextCard("br"));
  v1::Card bad = ahead.NextCard("br");
  bad.clear_cosigners();
  const std::vector<std::string> envelopes = {std::string(ahead.card("br").envelope()),
                                              ahead.SignCard(bad, ahead.Root("br"))};
  CardChain chain = world_.cards("br");
  EXPECT_THAT(chain.AppendAll(envelopes, world_.rosters(), world_.roster()),
              HasReason(Reason::KEY_DROPPED));
  EXPECT_EQ(chain.size(), 1U);
  EXPECT_OK(chain.Append(envelopes[0], world_.rosters(), world_.roster()));
  EXPECT_EQ(chain.Find(2)->digest(), ahead.card("br").digest());
  EXPECT_EQ(chain.Find(3), nullptr);
}

}  // namespace
}  // namespace plenary
