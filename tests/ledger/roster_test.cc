#include "ledger/roster.h"

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

class RosterTest : public ::testing::Test {
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

// ---- What one version says by itself

struct ContentCase {
  const char* name;
  Reason reason;
  std::function<void(v1::Roster&)> spoil;
};

class RosterContentTest : public RosterTest, public ::testing::WithParamInterface<ContentCase> {};

// Each of these, signed by everybody, must still be refused.
TEST_P(RosterContentTest, IsRefusedWhoeverSigns) {
  v1::Roster roster = world_.NextRoster();
  GetParam().spoil(roster);
  EXPECT_THAT(TrySigned(roster), HasReason(GetParam().reason));
}

void AddConsent(v1::Roster& roster, const std::string& type, std::vector<std::string> members) {
  v1::Consent& consent = *roster.add_consents();
  consent.set_type(type);
  for (const std::string& member : members) consent.add_members(member);
}

const ContentCase kContentCases[] = {
    {"FederationOfOneLabel", Reason::BAD_NAME, [](auto& r) { r.set_federation("brics"); }},
    {"FederationEmpty", Reason::BAD_NAME, [](auto& r) { r.set_federation(""); }},
    {"VersionZero", Reason::BAD_VERSION, [](auto& r) { r.set_version(0); }},
    {"PreviousShort", Reason::BAD_PREVIOUS, [](auto& r) { r.set_previous("short"); }},
    {"RulesZero", Reason::BAD_RULES, [](auto& r) { r.set_rules(0); }},
    {"MemberNamedPublic", Reason::BAD_NAME, [](auto& r) { r.add_members()->set_code("public"); }},
    {"MemberUpperCase", Reason::BAD_NAME, [](auto& r) { r.add_members()->set_code("BR"); }},
    {"MemberTwice", Reason::DUPLICATE_MEMBER, [](auto& r) { r.add_members()->set_code("br"); }},
    {"PinOfVersionZero", Reason::BAD_CARD_REFERENCE,
     [](auto& r) {
       r.mutable_members(0)->mutable_card()->set_digest(std::string(Digest::kBytes, 'd'));
     }},
    {"PinOfHalfADigest", Reason::BAD_CARD_REFERENCE,
     [](auto& r) {
       r.mutable_members(0)->mutable_card()->set_version(1);
       r.mutable_members(0)->mutable_card()->set_digest("half");
     }},
    {"ThresholdOfHalf", Reason::BAD_THRESHOLD, [](auto& r) { r.set_threshold(2); }},
    {"ThresholdAboveAll", Reason::BAD_THRESHOLD, [](auto& r) { r.set_threshold(6); }},
    {"ThresholdThatWrapsAround", Reason::BAD_THRESHOLD,
     [](auto& r) { r.set_threshold(0x80000002); }},
    {"ThresholdKeptWhileAMemberLeaves", Reason::BAD_THRESHOLD,
     [](auto& r) {
       r.set_threshold(5);
       r.mutable_members(4)->set_status(v1::MEMBER_STATUS_SUSPENDED);
     }},
    {"QuorumOfAll", Reason::BAD_QUORUM, [](auto& r) { r.set_quorum(5); }},
    {"QuorumHuge", Reason::BAD_QUORUM, [](auto& r) { r.set_quorum(0xFFFFFFFF); }},
    {"NoAlgorithm", Reason::BAD_AUTHOR_ALGORITHMS, [](auto& r) { r.clear_author_algorithms(); }},
    {"AlgorithmZero", Reason::BAD_AUTHOR_ALGORITHMS, [](auto& r) { r.add_author_algorithms(0); }},
    {"AlgorithmTwice", Reason::BAD_AUTHOR_ALGORITHMS, [](auto& r) { r.add_author_algorithms(1); }},
    {"RecordsAboveTheLimit", Reason::BAD_LIMITS,
     [](auto& r) { r.mutable_limits()->set_record_bytes(kMaxRecordBytes + 1); }},
    {"EntriesAboveTheLimit", Reason::BAD_LIMITS,
     [](auto& r) { r.mutable_limits()->set_entries(kMaxEntries + 1); }},
    {"CommitsAboveTheLimit", Reason::BAD_LIMITS,
     [](auto& r) { r.mutable_limits()->set_commit_bytes(kMaxCommitBytes + 1); }},
    {"LeavesAboveTheLimit", Reason::BAD_LIMITS,
     [](auto& r) { r.mutable_limits()->set_leaf_bytes(kMaxLeafBytes + 1); }},
    {"TextAboveTheLimit", Reason::BAD_LIMITS,
     [](auto& r) { r.mutable_limits()->set_text_bytes(kMaxTextBytes + 1); }},
    {"AttachmentsAboveTheLimit", Reason::BAD_LIMITS,
     [](auto& r) { r.mutable_limits()->set_attachment_bytes(~uint64_t{0}); }},
    {"ConsentWithoutType", Reason::BAD_CONSENTS, [](auto& r) { AddConsent(r, "", {"br"}); }},
    {"ConsentOfNobody", Reason::BAD_CONSENTS, [](auto& r) { AddConsent(r, "t", {}); }},
    {"ConsentOfAStranger", Reason::BAD_CONSENTS, [](auto& r) { AddConsent(r, "t", {"xx"}); }},
    {"ConsentOfOneTwice", Reason::BAD_CONSENTS,
     [](auto& r) {
       AddConsent(r, "t", {"br", "in", "br"});
     }},
    {"ConsentTypeTwice", Reason::BAD_CONSENTS,
     [](auto& r) {
       AddConsent(r, "t", {"br"});
       AddConsent(r, "t", {"in"});
     }},
    {"RootKeyWithPossession", Reason::BAD_POSSESSION,
     [](auto& r) { r.mutable_members(0)->mutable_roots(0)->set_possession("p"); }},
    {"RootKeyUnderAnotherAlgorithm", Reason::BAD_KEY,
     [](auto& r) { r.mutable_members(0)->mutable_roots(0)->set_algorithm(2); }},
    {"RootKeyOfReservedAlgorithm", Reason::BAD_ALGORITHM,
     [](auto& r) { r.mutable_members(0)->mutable_roots(0)->set_algorithm(3); }},
    {"RootKeyOfTwoMembers", Reason::DUPLICATE_KEY,
     [](auto& r) { *r.mutable_members(0)->add_roots() = r.members(1).roots(0); }},
    {"FullMemberWithRetiredKeyOnly", Reason::NO_ACTIVE_ROOT_KEY,
     [](auto& r) { r.mutable_members(0)->mutable_roots(0)->set_status(v1::KEY_STATUS_RETIRED); }},
    {"FullMemberWhoseKeyHasAnUnlistedStatus", Reason::NO_ACTIVE_ROOT_KEY,
     [](auto& r) {
       r.mutable_members(0)->mutable_roots(0)->set_status(static_cast<v1::KeyStatus>(9));
     }},
    {"FullMemberWhoseKeyHasNoStatus", Reason::NO_ACTIVE_ROOT_KEY,
     [](auto& r) { r.mutable_members(0)->mutable_roots(0)->clear_status(); }},
};

INSTANTIATE_TEST_SUITE_P(Content, RosterContentTest, ::testing::ValuesIn(kContentCases),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(RosterTest, AWeakRootKeyIsRefused) {
  // The neutral element: signatures by it verify for any message.
  std::string spki = world_.Root("br").public_key().spki();
  spki.replace(spki.size() - 32, 32, "\x01" + std::string(31, '\0'));
  v1::Roster roster = world_.NextRoster();
  v1::Key weak = KeyOf(world_.Root("br"));
  weak.set_spki(spki);
  *roster.mutable_members(0)->add_roots() = weak;
  std::vector<const Signer*> signers;
  for (const std::string& code : world_.codes()) signers.push_back(&world_.Root(code));
  EXPECT_THAT(TryEnvelope(world_.SignRoster(roster, signers)), HasReason(Reason::BAD_KEY));
}

TEST_F(RosterTest, CountsAreThoseOfTheFormat) {
  v1::Roster roster = world_.NextRoster();
  roster.set_threshold(33);
  for (int i = 5; i < kMaxFullMembers; ++i) world_.AddMember(roster, absl::StrCat("m", i));
  EXPECT_OK(TrySigned(roster));
  world_.AddMember(roster, "onemore");
  EXPECT_THAT(TrySigned(roster), HasReason(Reason::BAD_MEMBER_COUNT));

  roster = world_.NextRoster();
  for (int i = 0; i < kMaxObservers; ++i) {
    v1::Member& observer = *roster.add_members();
    observer.set_code(absl::StrCat("o", i));
    observer.set_status(v1::MEMBER_STATUS_OBSERVER);
  }
  EXPECT_OK(TrySigned(roster));
  roster.add_members()->set_code("onemore");
  roster.mutable_members(roster.members_size() - 1)->set_status(v1::MEMBER_STATUS_OBSERVER);
  EXPECT_THAT(TrySigned(roster), HasReason(Reason::BAD_MEMBER_COUNT));
}

TEST_F(RosterTest, ALargeEnvelopeIsRefusedUnread) {
  EXPECT_THAT(Roster::Parse(std::string(kMaxRosterBytes + 1, '\x0A')),
              HasReason(Reason::TOO_LARGE));
}

// Unknown rules and algorithms are the reader's lack, not the roster's fault.
TEST_F(RosterTest, NewerRulesAndAlgorithmsAreValidAndSaidToBeUnknown) {
  v1::Roster roster = world_.NextRoster();
  roster.set_rules(kRulesLevel + 1);
  roster.add_author_algorithms(5);
  world_.Adopt(roster);
  EXPECT_FALSE(world_.roster().RulesKnown());
  EXPECT_FALSE(world_.roster().AlgorithmsKnown());
  EXPECT_TRUE(world_.rosters().Find(1)->RulesKnown());
  EXPECT_TRUE(world_.rosters().Find(1)->AlgorithmsKnown());
  EXPECT_TRUE(world_.roster().AllowsAuthorAlgorithm(5));
  EXPECT_FALSE(world_.rosters().Find(1)->AllowsAuthorAlgorithm(5));
}

// ---- What a roster answers

TEST_F(RosterTest, PeersAreTheFullMembersButTheOwner) {
  v1::Roster roster = world_.NextRoster();
  world_.AddMember(roster, "obs", v1::MEMBER_STATUS_OBSERVER);
  roster.set_quorum(4);
  world_.Adopt(roster);
  const Roster& now = world_.roster();
  EXPECT_EQ(now.PeersOf("br"), (std::vector<std::string>{"cn", "in", "ru", "za"}));
  EXPECT_EQ(now.PeersOf("obs").size(), 5U);
  EXPECT_EQ(now.QuorumFor("br"), (QuorumRule{4, 1, 4}));
  EXPECT_EQ(now.QuorumFor("obs"), (QuorumRule{5, 1, 4}));
  EXPECT_EQ(world_.rosters().Find(1)->QuorumFor("br"), (QuorumRule{4, 1, 3}));
  EXPECT_EQ(now.StatusOf("xx"), v1::MEMBER_STATUS_UNSPECIFIED);
  EXPECT_EQ(now.Find("xx"), nullptr);
  EXPECT_EQ(now.RootKeysOf("xx").size(), 0U);
  EXPECT_EQ(now.RootKeysOf("obs").size(), 1U);
  EXPECT_EQ(now.FindRootKey(world_.Root("obs").public_key().spki())->member, "obs");
  EXPECT_EQ(now.FindRootKey(world_.Author("br").public_key().spki()), nullptr);
}

TEST_F(RosterTest, LimitsAreLoweredNeverRaised) {
  v1::Roster roster = world_.NextRoster();
  roster.mutable_limits()->set_entries(10);
  roster.mutable_limits()->set_leaves_per_day(7);
  world_.Adopt(roster);
  EXPECT_EQ(world_.roster().limits().entries, 10U);
  EXPECT_EQ(world_.roster().limits().leaves_per_day, 7U);
  EXPECT_EQ(world_.roster().limits().bytes_per_day, 0U);
  EXPECT_EQ(world_.roster().limits().record_bytes, kMaxRecordBytes);
  EXPECT_EQ(world_.rosters().Find(1)->limits().leaf_bytes, kMaxLeafBytes);
}

TEST_F(RosterTest, ConsentsSayWhoMustEndorse) {
  v1::Roster roster = world_.NextRoster();
  AddConsent(roster, "budget", {"za", "br"});
  world_.Adopt(roster);
  EXPECT_EQ(world_.roster().MustEndorse("budget"), (std::vector<std::string>{"br", "za"}));
  EXPECT_EQ(world_.roster().MustEndorse("other"), world_.roster().FullMembers());
}

TEST_F(RosterTest, ACopyOutlivesTheChain) {
  auto chain = std::make_unique<RosterChain>(world_.rosters());
  const Roster copy = chain->newest();
  chain.reset();
  EXPECT_TRUE(copy.IsFull("br"));
}

}  // namespace
}  // namespace plenary
