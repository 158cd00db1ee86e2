#include "ledger/shared_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/names.h"
#include "ledger/note.h"
#include "tests/support/status_matchers.h"
#include "tests/support/world.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::IsOk;
using testing::World;

std::vector<const Card*> CardsOf(const World& world) {
  std::vector<const Card*> cards;
  for (const std::string& code : world.codes()) cards.push_back(&world.card(code));
  return cards;
}

// `code` lists `key` as one of its authors.
void EnrolAuthor(World& world, const std::string& code, const Signer& key) {
  v1::Card card = world.NextCard(code);
  *card.add_authors()->mutable_key() = world.Enrol(code, KeyRole::kAuthor, 0, key);
  world.AdoptCard(card);
}

// `code` lists `key` as its cosigner key in place of its own, which is retired.
void EnrolCosigner(World& world, const std::string& code, const Signer& key) {
  v1::Card card = world.NextCard(code);
  card.mutable_cosigners(0)->set_status(v1::KEY_STATUS_RETIRED);
  *card.add_cosigners() = world.Enrol(code, KeyRole::kCosigner, 0, key);
  world.AdoptCard(card);
}

TEST(SharedKeys, AreFoundFromBothSidesWhateverTheirRoles) {
  World world(3);
  for (const std::string& code : world.codes()) {
    EXPECT_TRUE(SharedKeysOf(world.card(code), CardsOf(world)).empty());
    EXPECT_THAT(CheckKeysUnshared(world.card(code), CardsOf(world)), IsOk());
  }
  EnrolAuthor(world, "in", world.Cosigner("br"));
  const auto of_in = SharedKeysOf(world.card("in"), CardsOf(world));
  ASSERT_EQ(of_in.size(), 1u);
  EXPECT_EQ(of_in[0].fingerprint, world.Cosigner("br").public_key().Fingerprint());
  EXPECT_EQ(of_in[0].role, "author");
  EXPECT_EQ(of_in[0].other_member, "br");
  EXPECT_EQ(of_in[0].other_role, "cosigner");
  const auto of_br = SharedKeysOf(world.card("br"), CardsOf(world));
  ASSERT_EQ(of_br.size(), 1u);
  EXPECT_EQ(of_br[0].role, "cosigner");
  EXPECT_EQ(of_br[0].other_member, "in");
  EXPECT_THAT(CheckKeysUnshared(world.card("in"), CardsOf(world)),
              HasReason(Reason::DUPLICATE_KEY));
  EXPECT_TRUE(SharedKeysOf(world.card("cn"), CardsOf(world)).empty());
}

// Wrong: whoever came second is refused, so that nodes with another order hold other cards for
// ever.
TEST(SharedKeys, ACardIsGoodInWhateverOrderTheTwoCome) {
  World world(3);
  EnrolAuthor(world, "in", world.Author("br"));
  for (const auto& [first, second] : {std::pair("br", "in"), std::pair("in", "br")}) {
    EXPECT_THAT(VerifyCard(world.card(first), world.genesis(), world.roster()), IsOk());
    EXPECT_THAT(VerifyCard(world.card(second), world.genesis(), world.roster()), IsOk());
  }
}

class OneVoice : public ::testing::Test {
 protected:
  // All cosigner keys, as the cards list them, in the given order of members.
  std::vector<CosignerKey> Keys(std::vector<std::string> codes) const {
    std::vector<CosignerKey> keys;
    for (const std::string& code : codes) {
      for (const ListedCosigner& listed : world_.card(code).cosigners()) {
        keys.push_back({code, CosignerName(world_.federation(), code), listed.key});
      }
    }
    return keys;
  }
  // Members whose key is `key`, among those that count.
  static std::vector<std::string> For(const std::vector<CosignerKey>& keys, const Signer& key) {
    std::vector<std::string> members;
    for (const CosignerKey& listed : keys) {
      if (listed.key.spki() == key.public_key().spki()) members.push_back(listed.member);
    }
    return members;
  }

  World world_{4};  // br, in, cn, ru
};

TEST_F(OneVoice, KeysOfOneMemberEachAllCount) {
  EXPECT_EQ(OneVoiceEach(Keys({"br", "in", "cn", "ru"}), "br").size(), 4u);
}

TEST_F(OneVoice, ASharedKeySpeaksForTheFirstByCodeInWhateverOrderItIsFound) {
  EnrolCosigner(world_, "ru", world_.Cosigner("cn"));
  for (const auto& order : {std::vector<std::string>{"br", "in", "cn", "ru"},
                            std::vector<std::string>{"ru", "cn", "in", "br"}}) {
    const auto keys = OneVoiceEach(Keys(order), "br");
    EXPECT_THAT(For(keys, world_.Cosigner("cn")), ::testing::ElementsAre("cn"));
    EXPECT_THAT(For(keys, world_.Cosigner("ru")), ::testing::ElementsAre("ru")) << "its own counts";
  }
}

// Wrong: an owner that holds a peer's key makes its own log final by itself.
TEST_F(OneVoice, AKeyOfTheOwnerSpeaksForNoPeer) {
  EnrolCosigner(world_, "ru", world_.Cosigner("cn"));
  EXPECT_THAT(For(OneVoiceEach(Keys({"br", "in", "cn", "ru"}), "ru"), world_.Cosigner("cn")),
              ::testing::ElementsAre("ru"));
  EXPECT_THAT(For(OneVoiceEach(Keys({"br", "in", "cn", "ru"}), "cn"), world_.Cosigner("cn")),
              ::testing::ElementsAre("cn"));
}

// Wrong: one signature, copied under the names of two members, is two cosignatures.
TEST_F(OneVoice, ALineCopiedUnderAnotherNameIsNotASecondCosignature) {
  EnrolCosigner(world_, "ru", world_.Cosigner("cn"));
  const Checkpoint checkpoint{world_.Origin("br"), 1, Sha256("root")};
  const std::string note = SignCheckpoint(checkpoint, world_.Log("br"));
  const std::vector<CosignerKey> all = Keys({"br", "in", "cn", "ru"});
  auto both = VerifyCheckpoint(note, world_.Log("br").public_key(), all);
  ASSERT_THAT(both, IsOk());
  for (const char* name : {"cn", "ru"}) {
    const NoteLine line = Cosign(checkpoint.Text(), CosignerName(world_.federation(), name), 1,
                                 world_.Cosigner("cn"));
    ASSERT_THAT(AddLine(line, all, *both), IsOk());
  }
  EXPECT_EQ(both->times.size(), 2u) << "else this test sees nothing";
  const auto counted = VerifyCheckpoint(FormatCheckpoint(*both), world_.Log("br").public_key(),
                                        OneVoiceEach(all, "br"));
  ASSERT_THAT(counted, IsOk());
  EXPECT_EQ(counted->times.size(), 1u);
}

}  // namespace
}  // namespace plenary
