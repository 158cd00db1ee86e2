#include "ledger/possession.h"

#include <gtest/gtest.h>

#include "ledger/envelope.h"
#include "ledger/scan.h"
#include "plenary/v1/card.pb.h"
#include "tests/support/status_matchers.h"
#include "tests/support/world.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::World;

class PossessionTest : public ::testing::Test {
 protected:
  Enrolment AsAuthor() const { return {world_.genesis(), "br", KeyRole::kAuthor, 0}; }

  World world_{2};
  const Signer& key_ = world_.Key("new key");
};

// If this failed, a reader that rebuilds the payload with a protobuf library would disagree.
TEST_F(PossessionTest, ThePayloadIsWhatProtobufWritesForTheSameFields) {
  for (const uint64_t epoch : {uint64_t{0}, uint64_t{1}, uint64_t{300}, ~uint64_t{0}}) {
    const Enrolment enrolment{world_.genesis(), "br", KeyRole::kLog, epoch};
    v1::Possession expected;
    expected.set_genesis(world_.genesis().bytes());
    expected.set_member("br");
    expected.set_role("log");
    expected.set_epoch(epoch);
    expected.set_algorithm(1);
    expected.set_spki(key_.public_key().spki());
    EXPECT_EQ(PossessionPayload(enrolment, 1, key_.public_key().spki()),
              expected.SerializeAsString());
  }
}

TEST_F(PossessionTest, OwnSignatureIsTaken) {
  EXPECT_OK(VerifyPossession(AsAuthor(), key_.public_key(), SignPossession(AsAuthor(), key_)));
}

// Each change is somebody who takes over a proof that was made for another purpose.
TEST_F(PossessionTest, AProofServesNoOtherPurpose) {
  const std::string proof = SignPossession(AsAuthor(), key_);
  Enrolment other = AsAuthor();
  other.genesis = Sha256("another ceremony");
  EXPECT_THAT(VerifyPossession(other, key_.public_key(), proof), HasReason(Reason::BAD_POSSESSION));
  other = AsAuthor();
  other.member = "in";
  EXPECT_THAT(VerifyPossession(other, key_.public_key(), proof), HasReason(Reason::BAD_POSSESSION));
  for (const KeyRole role : {KeyRole::kLog, KeyRole::kCosigner}) {
    other = AsAuthor();
    other.role = role;
    EXPECT_THAT(VerifyPossession(other, key_.public_key(), proof),
                HasReason(Reason::BAD_POSSESSION));
  }
  other = AsAuthor();
  other.epoch = 1;
  EXPECT_THAT(VerifyPossession(other, key_.public_key(), proof), HasReason(Reason::BAD_POSSESSION));
  EXPECT_THAT(VerifyPossession(AsAuthor(), world_.Author("br").public_key(), proof),
              HasReason(Reason::BAD_POSSESSION));
}

// A key cannot be enrolled with a signature that it gave over something else.
TEST_F(PossessionTest, NoOtherStatementOfTheKeyIsAProof) {
  const std::string payload = PossessionPayload(AsAuthor(), 1, key_.public_key().spki());
  for (const std::string& signature :
       {key_.Sign(payload), key_.Sign(Pae(PayloadKind::kManifest, payload)),
        key_.Sign(Pae(PayloadKind::kCard, payload)), std::string(),
        std::string(kSignatureBytes, '\0')}) {
    EXPECT_THAT(VerifyPossession(AsAuthor(), key_.public_key(), signature),
                HasReason(Reason::BAD_POSSESSION));
  }
}

TEST_F(PossessionTest, EveryFlippedBitOfTheProofIsRefused) {
  const std::string proof = SignPossession(AsAuthor(), key_);
  for (size_t bit = 0; bit < proof.size() * 8; ++bit) {
    std::string damaged = proof;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_THAT(VerifyPossession(AsAuthor(), key_.public_key(), damaged),
                HasReason(Reason::BAD_POSSESSION))
        << bit;
  }
}

}  // namespace
}  // namespace plenary
