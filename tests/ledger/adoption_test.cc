// What endorsements prove of a text. If one of these failed, a text would be shown as adopted that
// not everyone had agreed to, or an adopted one as open.
#include "ledger/adoption.h"

#include <gmock/gmock.h>

#include "ledger/wire.h"
#include "tests/support/log_maker.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::NewRecord;
using testing::World;

constexpr char kText[] = "members/br/declarations/d";
const std::string kDigest(32, 'd');

std::optional<TabledText> TextOf(const std::string& bytes) {
  const auto record = ParseRecord(bytes);
  EXPECT_OK(record);
  return ReadTabledText(*record);
}

v1::Record Endorses(const std::string& name = kText, const std::string& digest = kDigest,
                    const std::string& position = "endorsed") {
  v1::Record record = NewRecord("in", "endorsements", "e");
  record.mutable_endorsement()->set_position(position);
  record.mutable_endorsement()->mutable_text()->set_name(name);
  record.mutable_endorsement()->mutable_text()->set_digest(digest);
  return record;
}

bool IsEndorsed(const std::string& bytes) {
  const auto record = ParseRecord(bytes);
  EXPECT_OK(record);
  return EndorsedText(*record).has_value();
}

TEST(AdoptionWords, ATabledTextNamesItsEndorsers) {
  v1::Record record = NewRecord("br", "declarations", "d");
  record.mutable_declaration()->set_reported_status("adopted");
  EXPECT_FALSE(TextOf(record.SerializeAsString()).has_value()) << "a source's word proves nothing";
  record.mutable_declaration()->set_type("work_plan");
  for (const char* member : {"in", "br", "in"}) {
    record.mutable_declaration()->add_endorsers(member);
  }
  const auto text = TextOf(record.SerializeAsString());
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->type, "work_plan");
  EXPECT_THAT(text->endorsers, ElementsAre("br", "in"));
  EXPECT_FALSE(TextOf(NewRecord("br", "meetings", "m").SerializeAsString()).has_value());
  std::string unreadable = NewRecord("br", "declarations", "d").SerializeAsString();
  unreadable.resize(unreadable.size() - 3);  // its empty body
  wire::AppendBytes(v1::Record::kDeclarationFieldNumber,
                    "\xA2\x01\x03"
                    "br\xFF",
                    unreadable);
  EXPECT_FALSE(TextOf(unreadable).has_value());
}

TEST(AdoptionWords, AnEndorsementNamesOneTextAndAgrees) {
  const auto text = [] {
    static const std::string bytes = Endorses().SerializeAsString();
    return EndorsedText(*ParseRecord(bytes));
  }();
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->name(), kText);
  EXPECT_EQ(text->digest(), kDigest);
  for (const char* position : {"", "reserved", "objected", "commented", "Endorsed", "endorsed "}) {
    EXPECT_FALSE(IsEndorsed(Endorses(kText, kDigest, position).SerializeAsString())) << position;
  }
  for (const char* name : {"", "members/br/meetings/d", "members/br/declarations/d/revisions/1",
                           "members/br/declarations/D"}) {
    EXPECT_FALSE(IsEndorsed(Endorses(name).SerializeAsString())) << name;
  }
  EXPECT_FALSE(IsEndorsed(Endorses(kText, "").SerializeAsString()));
  EXPECT_FALSE(IsEndorsed(Endorses(kText, kDigest.substr(1)).SerializeAsString()));
  EXPECT_FALSE(IsEndorsed(Endorses(kText, kDigest + "d").SerializeAsString()));
  EXPECT_FALSE(IsEndorsed(NewRecord("in", "endorsements", "e").SerializeAsString()));
  EXPECT_FALSE(IsEndorsed(NewRecord("in", "meetings", "m").SerializeAsString()));
}

TEST(AdoptionWords, ATextHasToStandOrToHaveLostItsPlace) {
  EXPECT_TRUE(MayBeAdopted(Verdict::kCounts, ""));
  EXPECT_TRUE(MayBeAdopted(Verdict::kDoesNotCount, "REVISION_TAKEN"));
  EXPECT_TRUE(MayBeAdopted(Verdict::kDoesNotCount, "STALE_REVISION"));
  for (const char* reason : {"", "BAD_SIGNATURE", "NOT_PERMANENT", "WRONG_MEMBER", "REPEATED"}) {
    EXPECT_FALSE(MayBeAdopted(Verdict::kDoesNotCount, reason)) << reason;
  }
  for (const Verdict verdict : {Verdict::kNotUnderstood, Verdict::kUnjudged, Verdict::kRedacted,
                                Verdict::kRestricted, Verdict::kMissing}) {
    EXPECT_FALSE(MayBeAdopted(verdict, "")) << VerdictWord(verdict);
  }
}

class AdoptionTest : public ::testing::Test {
 protected:
  static Endorsement By(const std::string& member, bool final = true, bool full = true) {
    return {member, "members/" + member + "/endorsements/e/revisions/1", final, full};
  }
  // A text of all three members, final and permanent.
  TextEntry Text(std::vector<std::string> endorsers = {"br", "cn", "in"},
                 const std::string& type = "declaration") const {
    return {{type, std::move(endorsers)}, true, true, world_.roster()};
  }
  static std::vector<std::string> Members(const Adoption& adoption) {
    std::vector<std::string> members;
    for (const Endorsement& by : adoption.endorsed) members.push_back(by.member);
    return members;
  }

  World world_{3};
};

TEST_F(AdoptionTest, EachMemberDemandedHasToEndorse) {
  Adoption adoption = DecideAdoption(Text(), {});
  EXPECT_THAT(adoption.demanded, ElementsAre("br", "cn", "in"));
  EXPECT_FALSE(adoption.adopted);
  adoption = DecideAdoption(Text(), {By("in"), By("br")});
  EXPECT_THAT(Members(adoption), ElementsAre("br", "in"));
  EXPECT_FALSE(adoption.adopted) << "the owner's silence, or anybody's, is no consent";
  adoption = DecideAdoption(Text(), {By("in"), By("br"), By("in"), By("cn")});
  EXPECT_THAT(Members(adoption), ElementsAre("br", "cn", "in"));
  EXPECT_TRUE(adoption.adopted);
  EXPECT_THAT(adoption.obstacle, IsEmpty());
}

TEST_F(AdoptionTest, OnlyWhatIsFinalCounts) {
  std::vector<Endorsement> endorsements = {By("br"), By("in"), By("cn", /*final=*/false)};
  Adoption adoption = DecideAdoption(Text(), endorsements);
  EXPECT_THAT(Members(adoption), ElementsAre("br", "in"));
  EXPECT_FALSE(adoption.adopted);
  endorsements.back().final = true;
  EXPECT_TRUE(DecideAdoption(Text(), endorsements).adopted);
  endorsements.insert(endorsements.begin(), By("cn", /*final=*/false));
  EXPECT_TRUE(DecideAdoption(Text(), endorsements).adopted) << "a second one takes nothing back";
  TextEntry provisional = Text();
  provisional.final = false;
  adoption = DecideAdoption(provisional, endorsements);
  EXPECT_EQ(adoption.endorsed.size(), 3U);
  EXPECT_FALSE(adoption.adopted) << "its leaf, and so the roster that it names, may still change";
}

TEST_F(AdoptionTest, ObserversAndStrangersEndorseNothing) {
  const Adoption adoption =
      DecideAdoption(Text(), {By("br"), By("in"), By("cn", true, /*full=*/false), By("za")});
  EXPECT_THAT(Members(adoption), ElementsAre("br", "in"));
  EXPECT_FALSE(adoption.adopted);
}

TEST_F(AdoptionTest, TheRosterSaysWhoIsDemanded) {
  const std::vector<Endorsement> all = {By("br"), By("in"), By("cn")};
  for (const std::vector<std::string>& named :
       {std::vector<std::string>{"br", "in"}, {"br", "cn", "in", "za"}, {"br", "cn", "ru"}}) {
    const Adoption adoption = DecideAdoption(Text(named), all);
    EXPECT_FALSE(adoption.adopted);
    EXPECT_THAT(adoption.demanded, ElementsAre("br", "cn", "in"));
    EXPECT_THAT(adoption.obstacle,
                HasSubstr("expected br,cn,in, whom roster 1 demands for type \"declaration\""));
  }
  const TextEntry before = Text({"br", "cn", "in"}, "budget");
  v1::Roster roster = world_.NextRoster();
  v1::Consent& consent = *roster.add_consents();
  consent.set_type("budget");
  consent.add_members("in");
  consent.add_members("br");
  world_.Adopt(roster);
  EXPECT_TRUE(DecideAdoption(Text({"br", "in"}, "budget"), {By("in"), By("br")}).adopted);
  EXPECT_TRUE(DecideAdoption(Text(), all).adopted) << "of other types all members are demanded";
  EXPECT_THAT(DecideAdoption(Text({"br", "cn", "in"}, "budget"), all).obstacle,
              HasSubstr("expected br,in, whom roster 2 demands"));
  const TextEntry frozen = {before.text, true, true, *world_.rosters().Find(1)};
  EXPECT_TRUE(DecideAdoption(frozen, all).adopted) << "a later roster changes nothing";
}

TEST_F(AdoptionTest, WhatMayBeErasedIsNotAdopted) {
  TextEntry text = Text();
  text.permanent = false;
  const Adoption adoption = DecideAdoption(text, {By("br"), By("in"), By("cn")});
  EXPECT_FALSE(adoption.adopted);
  EXPECT_THAT(adoption.obstacle, HasSubstr("permanent"));
}

}  // namespace
}  // namespace plenary
