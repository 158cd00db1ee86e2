#include "ledger/roster.h"

#include <gtest/gtest.h>

#include "ledger/envelope.h"
#include "tests/support/status_matchers.h"
#include "tests/support/world.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::World;

v1::MemberStatus Unlisted() { return static_cast<v1::MemberStatus>(9); }

class RosterSuccessionTest : public ::testing::Test {
 protected:
  // What the chain says to `roster`, signed by every root key that it lists.
  absl::Status TrySigned(const v1::Roster& roster) {
    RosterChain chain = world_.rosters();
    return chain.Append(world_.SignRoster(roster));
  }
  absl::Status TryEnvelope(absl::string_view envelope) {
    RosterChain chain = world_.rosters();
    return chain.Append(envelope);
  }
  absl::Status TryBy(const v1::Roster& roster, std::initializer_list<const Signer*> keys) {
    const std::vector<const Signer*> all(keys);
    return TryEnvelope(world_.SignRoster(roster, all));
  }
  v1::Key KeyOf(const Signer& key, v1::KeyStatus status = v1::KEY_STATUS_ACTIVE) const {
    v1::Key listed;
    listed.set_algorithm(static_cast<uint32_t>(key.public_key().algorithm()));
    listed.set_spki(key.public_key().spki());
    listed.set_status(status);
    return listed;
  }

  // br, in, cn, ru, za; threshold 3.
  World world_{5};
};

// ---- From one version to the next

TEST_F(RosterSuccessionTest, NothingIsSkippedAndNothingTakenBack) {
  const std::string second = world_.SignRoster(world_.NextRoster());
  v1::Roster roster = world_.NextRoster();
  roster.set_version(3);
  EXPECT_THAT(TrySigned(roster), HasReason(Reason::SKIPPED_VERSION));
  roster.set_version(1);
  roster.clear_previous();
  EXPECT_THAT(TrySigned(roster), HasReason(Reason::SECOND_OF_VERSION));
  EXPECT_THAT(TryEnvelope(world_.roster().envelope()), HasReason(Reason::SECOND_OF_VERSION));
  world_.Adopt(world_.NextRoster());
  EXPECT_THAT(TryEnvelope(second), HasReason(Reason::SECOND_OF_VERSION));
  EXPECT_THAT(RosterChain::Begin(second), HasReason(Reason::SKIPPED_VERSION));
}

TEST_F(RosterSuccessionTest, AVersionOfAnotherHistoryIsRefused) {
  v1::Roster other = world_.NextRoster();
  other.set_quorum(4);
  const std::string branch = world_.SignRoster(other);
  world_.Adopt(world_.NextRoster());
  v1::Roster third = world_.NextRoster();
  third.set_previous(Roster::Parse(branch)->digest().bytes());
  EXPECT_THAT(TrySigned(third), HasReason(Reason::WRONG_PREVIOUS));
}

TEST_F(RosterSuccessionTest, TheFederationKeepsItsName) {
  v1::Roster roster = world_.NextRoster();
  roster.set_federation("other.example");
  EXPECT_THAT(TrySigned(roster), HasReason(Reason::BAD_NAME));
}

TEST_F(RosterSuccessionTest, RulesNeverFall) {
  v1::Roster roster = world_.NextRoster();
  roster.set_rules(2);
  world_.Adopt(roster);
  roster = world_.NextRoster();
  roster.set_rules(1);
  EXPECT_THAT(TrySigned(roster), HasReason(Reason::RULES_TAKEN_BACK));
}

TEST_F(RosterSuccessionTest, AMemberNeverVanishes) {
  v1::Roster roster = world_.NextRoster();
  roster.mutable_members()->RemoveLast();
  EXPECT_THAT(TrySigned(roster), HasReason(Reason::MEMBER_DROPPED));
}

TEST_F(RosterSuccessionTest, WithdrawalIsFinalAlsoByAStatusThatWeDoNotKnow) {
  for (const v1::MemberStatus gone : {v1::MEMBER_STATUS_WITHDRAWN, Unlisted()}) {
    World world = world_;
    v1::Roster roster = world.NextRoster();
    roster.mutable_members(4)->set_status(gone);
    world.Adopt(roster);
    EXPECT_EQ(world.roster().StatusOf("za"), v1::MEMBER_STATUS_WITHDRAWN);
    EXPECT_EQ(world.roster().FullMembers().size(), 4U);
    for (const v1::MemberStatus back :
         {v1::MEMBER_STATUS_FULL, v1::MEMBER_STATUS_OBSERVER, v1::MEMBER_STATUS_SUSPENDED}) {
      roster = world.NextRoster();
      roster.mutable_members(4)->set_status(back);
      RosterChain chain = world.rosters();
      EXPECT_THAT(chain.Append(world.SignRoster(roster)), HasReason(Reason::WITHDRAWAL_TAKEN_BACK));
    }
  }
}

TEST_F(RosterSuccessionTest, ASuspendedMemberMayComeBack) {
  v1::Roster roster = world_.NextRoster();
  roster.mutable_members(4)->set_status(v1::MEMBER_STATUS_SUSPENDED);
  world_.Adopt(roster);
  roster = world_.NextRoster();
  roster.mutable_members(4)->set_status(v1::MEMBER_STATUS_FULL);
  EXPECT_OK(TrySigned(roster));
}

TEST_F(RosterSuccessionTest, ARootKeyIsNeverDroppedOrMoved) {
  v1::Roster roster = world_.NextRoster();
  *roster.mutable_members(0)->mutable_roots(0) = KeyOf(world_.Key("br/second root"));
  EXPECT_THAT(TryBy(roster, {&world_.Key("br/second root"), &world_.Root("in"), &world_.Root("cn"),
                             &world_.Root("ru")}),
              HasReason(Reason::KEY_DROPPED));

  // Two members exchange their keys: a code would change hands.
  roster = world_.NextRoster();
  std::swap(*roster.mutable_members(0)->mutable_roots(0),
            *roster.mutable_members(1)->mutable_roots(0));
  EXPECT_THAT(TrySigned(roster), HasReason(Reason::KEY_DROPPED));
}

TEST_F(RosterSuccessionTest, AKeysStatusOnlyMovesOn) {
  v1::Roster roster = world_.NextRoster();
  *roster.mutable_members(0)->add_roots() = KeyOf(world_.Key("br/second root"));
  roster.mutable_members(0)->mutable_roots(0)->set_status(v1::KEY_STATUS_COMPROMISED);
  world_.Adopt(roster);
  for (const v1::KeyStatus status : {v1::KEY_STATUS_ACTIVE, v1::KEY_STATUS_RETIRED}) {
    roster = world_.NextRoster();
    roster.mutable_members(0)->mutable_roots(0)->set_status(status);
    EXPECT_THAT(TrySigned(roster), HasReason(Reason::KEY_REVIVED));
  }
}

TEST_F(RosterSuccessionTest, ANewRootKeyStartsActiveAndSigns) {
  v1::Roster roster = world_.NextRoster();
  *roster.mutable_members(0)->add_roots() = KeyOf(world_.Key("new"), v1::KEY_STATUS_RETIRED);
  EXPECT_THAT(TrySigned(roster), HasReason(Reason::NEW_KEY_NOT_ACTIVE));
  roster.mutable_members(0)->mutable_roots(1)->set_status(v1::KEY_STATUS_ACTIVE);
  EXPECT_OK(TrySigned(roster));
  EXPECT_THAT(TryBy(roster, {&world_.Root("br"), &world_.Root("in"), &world_.Root("cn")}),
              HasReason(Reason::NEW_KEY_DID_NOT_SIGN));
}

// ---- Who signed

TEST_F(RosterSuccessionTest, AFoundingIsSignedByEveryKeyObserversToo) {
  v1::Roster roster = world_.roster().payload();
  world_.AddMember(roster, "obs", v1::MEMBER_STATUS_OBSERVER);
  std::vector<const Signer*> members;
  for (const std::string& code : world_.codes()) members.push_back(&world_.Root(code));
  EXPECT_THAT(RosterChain::Begin(world_.SignRoster(roster, members)),
              HasReason(Reason::MISSING_ROOT_SIGNATURE));
  // As many signatures as keys, but one key is missing.
  std::vector<const Signer*> foreign = members;
  foreign.push_back(&world_.Author("br"));
  EXPECT_THAT(RosterChain::Begin(world_.SignRoster(roster, foreign)),
              HasReason(Reason::BAD_SIGNATURE));
  EXPECT_OK(RosterChain::Begin(world_.SignRoster(roster)));
}

TEST_F(RosterSuccessionTest, SignaturesAreCountedPerMemberNotPerKey) {
  v1::Roster roster = world_.NextRoster();
  *roster.mutable_members(0)->add_roots() = KeyOf(world_.Key("br/second root"));
  *roster.mutable_members(0)->add_roots() = KeyOf(world_.Key("br/third root"));
  world_.Adopt(roster);
  const v1::Roster next = world_.NextRoster();
  EXPECT_THAT(TryBy(next, {&world_.Root("br"), &world_.Key("br/second root"),
                           &world_.Key("br/third root")}),
              HasReason(Reason::THRESHOLD_OF_OLD));
  EXPECT_OK(TryBy(next, {&world_.Key("br/third root"), &world_.Root("za"), &world_.Root("in")}));
}

TEST_F(RosterSuccessionTest, OnlyFullMembersCount) {
  v1::Roster roster = world_.NextRoster();
  world_.AddMember(roster, "obs", v1::MEMBER_STATUS_OBSERVER);
  roster.mutable_members(4)->set_status(v1::MEMBER_STATUS_SUSPENDED);
  world_.Adopt(roster);
  const v1::Roster next = world_.NextRoster();
  for (const char* other : {"obs", "za"}) {
    EXPECT_THAT(TryBy(next, {&world_.Root("br"), &world_.Root("in"), &world_.Root(other)}),
                HasReason(Reason::THRESHOLD_OF_OLD))
        << other;
  }
}

// A key that a version retires still votes on that version for the old side, never for the new.
TEST_F(RosterSuccessionTest, EachThresholdCountsTheKeysActiveInItsOwnVersion) {
  v1::Roster roster = world_.NextRoster();
  roster.mutable_members(0)->mutable_roots(0)->set_status(v1::KEY_STATUS_RETIRED);
  *roster.mutable_members(0)->add_roots() = KeyOf(world_.Key("new"));
  const Signer* old_key = &world_.Root("br");
  const Signer* new_key = &world_.Key("new");
  EXPECT_THAT(TryBy(roster, {new_key, &world_.Root("in"), &world_.Root("cn")}),
              HasReason(Reason::THRESHOLD_OF_OLD));
  EXPECT_THAT(TryBy(roster, {old_key, &world_.Root("in"), &world_.Root("cn")}),
              HasReason(Reason::THRESHOLD_OF_NEW));
  EXPECT_OK(TryBy(roster, {old_key, new_key, &world_.Root("in"), &world_.Root("cn")}));
}

// Three members must not be able to lower the bar for a fourth version that they would then own.
TEST_F(RosterSuccessionTest, NewMembersDoNotVoteThemselvesIn) {
  v1::Roster roster = world_.NextRoster();
  roster.set_threshold(4);
  for (const char* code : {"aa", "bb"}) world_.AddMember(roster, code);
  EXPECT_THAT(TryBy(roster, {&world_.Root("br"), &world_.Root("in"), &world_.Root("aa"),
                             &world_.Root("bb")}),
              HasReason(Reason::THRESHOLD_OF_OLD));
}

TEST_F(RosterSuccessionTest, NoKeySignsTwice) {
  const v1::Roster next = world_.NextRoster();
  EXPECT_THAT(
      TryBy(next, {&world_.Root("br"), &world_.Root("in"), &world_.Root("cn"), &world_.Root("br")}),
      HasReason(Reason::DUPLICATE_SIGNATURE));
}

// Two spellings of one key's consent are still one consent: ECDSA signs anew each time.
TEST_F(RosterSuccessionTest, NoKeySignsTwiceWithDifferentBytes) {
  const auto p256 = SignerFromPem(GeneratePrivateKeyPem(Algorithm::kEcdsaP256));
  ASSERT_OK(p256);
  v1::Roster roster = world_.NextRoster();
  *roster.mutable_members(0)->add_roots() = KeyOf(**p256);
  const Signer* in = &world_.Root("in");
  const Signer* cn = &world_.Root("cn");
  EXPECT_OK(TryBy(roster, {p256->get(), &world_.Root("br"), in, cn}));
  EXPECT_THAT(TryBy(roster, {p256->get(), p256->get(), &world_.Root("br"), in, cn}),
              HasReason(Reason::DUPLICATE_SIGNATURE));
}

TEST_F(RosterSuccessionTest, AForeignOrDamagedSignatureRefusesAllOfIt) {
  const v1::Roster next = world_.NextRoster();
  std::vector<const Signer*> signers;
  for (const std::string& code : world_.codes()) signers.push_back(&world_.Root(code));
  std::string envelope = world_.SignRoster(next, signers);
  EXPECT_OK(TryEnvelope(envelope));
  envelope.back() = static_cast<char>(envelope.back() ^ 1);
  EXPECT_THAT(TryEnvelope(envelope), HasReason(Reason::BAD_SIGNATURE));
  for (const Signer* foreign : {&world_.Author("br"), &world_.Log("br"), &world_.Key("stranger")}) {
    std::vector<const Signer*> more = signers;
    more.push_back(foreign);
    EXPECT_THAT(TryEnvelope(world_.SignRoster(next, more)), HasReason(Reason::BAD_SIGNATURE));
  }
}

TEST_F(RosterSuccessionTest, SignaturesOverAnotherKindOrVersionAreNotTaken) {
  const v1::Roster next = world_.NextRoster();
  const std::string payload = next.SerializeAsString();
  for (const PayloadKind kind : {PayloadKind::kCard, PayloadKind::kManifest}) {
    std::vector<std::string> signatures;
    for (const std::string& code : world_.codes()) {
      signatures.push_back(world_.Root(code).Sign(Pae(kind, payload)));
    }
    EXPECT_THAT(TryEnvelope(FormatEnvelope(PayloadKind::kRoster, payload, signatures)),
                HasReason(Reason::BAD_SIGNATURE));
    EXPECT_THAT(TryEnvelope(FormatEnvelope(kind, payload, signatures)),
                HasReason(Reason::WRONG_TYPE));
  }
}

// A peer must not make us check thousands of keys that nobody signed for.
TEST_F(RosterSuccessionTest, MoreNewKeysThanSignaturesAreRefusedBeforeTheyAreRead) {
  v1::Roster roster = world_.NextRoster();
  for (int i = 0; i < 300; ++i) {
    v1::Key key = KeyOf(world_.Key(absl::StrCat("new ", i)));
    if (i >= 2) key.set_spki(absl::StrCat("not a key: would be BAD_KEY ", i));
    *roster.mutable_members(0)->add_roots() = key;
  }
  EXPECT_THAT(TryBy(roster, {&world_.Root("br"), &world_.Root("in")}),
              HasReason(Reason::NEW_KEY_DID_NOT_SIGN));
  roster.set_version(1);
  roster.clear_previous();
  const std::vector<const Signer*> three(3, &world_.Root("br"));
  EXPECT_THAT(RosterChain::Begin(world_.SignRoster(roster, three)),
              HasReason(Reason::MISSING_ROOT_SIGNATURE));
}

TEST_F(RosterSuccessionTest, AFailedAppendLeavesTheChainAsItWas) {
  RosterChain chain = world_.rosters();
  v1::Roster bad = world_.NextRoster();
  bad.set_threshold(1);
  EXPECT_FALSE(chain.Append(world_.SignRoster(bad)).ok());
  EXPECT_EQ(chain.size(), 1U);
  EXPECT_OK(chain.Append(world_.SignRoster(world_.NextRoster())));
  EXPECT_EQ(chain.size(), 2U);
  EXPECT_EQ(chain.Find(0), nullptr);
  EXPECT_EQ(chain.Find(3), nullptr);
  EXPECT_EQ(chain.Find(2)->version(), 2U);
  EXPECT_EQ(chain.genesis(), chain.Find(1)->digest());
}

TEST_F(RosterSuccessionTest, TheDigestIsThePayloadsWhoeverSigns) {
  const v1::Roster next = world_.NextRoster();
  const auto one = Roster::Parse(world_.SignRoster(next));
  const auto other = Roster::Parse(
      world_.SignRoster(next, std::vector<const Signer*>{&world_.Root("br"), &world_.Root("in")}));
  ASSERT_OK(one);
  ASSERT_OK(other);
  EXPECT_EQ(one->digest(), other->digest());
  EXPECT_EQ(one->digest(), Sha256(next.SerializeAsString()));
}

}  // namespace
}  // namespace plenary
