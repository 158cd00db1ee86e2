#include "certs/trust_folder.h"

#include <gtest/gtest.h>

#include "certs/file.h"
#include "certs/member_identity.h"
#include "tests/certs/forge.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace plenary::certs {
namespace {

using plenary::testing::HasReason;
using plenary::testing::TempDir;

TEST(TrustFolder, RoundTrips) {
  const TempDir dir;
  TrustFiles files;
  files.rosters = {"roster one", "roster two"};
  files.cards["br"] = {"card one"};
  files.cards["my-land-2"] = {"card one", "card two", "card three"};
  ASSERT_OK(WriteTrustFolder(dir.File("trust"), files));
  const auto read = ReadTrustFolder(dir.File("trust"));
  ASSERT_OK(read);
  EXPECT_EQ(read->rosters, files.rosters);
  EXPECT_EQ(read->cards, files.cards);
  EXPECT_THAT(WriteTrustFolder(dir.File("trust"), files), HasReason(Reason::FILE_EXISTS));
}

// Versions are numbers: 10 comes after 9, and after nothing else.
TEST(TrustFolder, OrdersByNumber) {
  const TempDir dir;
  TrustFiles files;
  for (int i = 1; i <= 11; ++i) files.rosters.push_back(std::to_string(i));
  ASSERT_OK(WriteTrustFolder(dir.path(), files));
  EXPECT_EQ(ReadTrustFolder(dir.path())->rosters, files.rosters);
}

TEST(TrustFolder, GapsAreErrors) {
  const TempDir dir;
  EXPECT_THAT(ReadTrustFolder(dir.File("absent")), HasReason(Reason::FILE_ACCESS));
  EXPECT_THAT(ReadTrustFolder(dir.path()), HasReason(Reason::ROSTER_MISSING));
  ASSERT_OK(CreateFile(dir.File(RosterFileName(2)), "x", 0644));
  EXPECT_THAT(ReadTrustFolder(dir.path()), HasReason(Reason::ROSTER_MISSING));
  ASSERT_OK(CreateFile(dir.File(RosterFileName(1)), "x", 0644));
  EXPECT_OK(ReadTrustFolder(dir.path()));
  ASSERT_OK(CreateFile(dir.File(CardFileName("br", 3)), "x", 0644));
  EXPECT_THAT(ReadTrustFolder(dir.path()), HasReason(Reason::CARD_MISSING));
}

// A file that is misspelt would silently be a version less.
TEST(TrustFolder, MisspeltNamesAreErrors) {
  for (const char* name :
       {"roster-0.envelope", "roster-01.envelope", "roster-x.envelope", "roster-.envelope",
        "card-br.envelope", "card-BR-1.envelope", "card-br-0.envelope", "card--1.envelope"}) {
    const TempDir dir;
    ASSERT_OK(CreateFile(dir.File(RosterFileName(1)), "x", 0644));
    ASSERT_OK(CreateFile(dir.File(name), "x", 0644));
    EXPECT_THAT(ReadTrustFolder(dir.path()), HasReason(Reason::BAD_NAME)) << name;
  }
  const TempDir dir;
  ASSERT_OK(CreateFile(dir.File(RosterFileName(1)), "x", 0644));
  ASSERT_OK(CreateFile(dir.File("README"), "x", 0644));
  EXPECT_OK(ReadTrustFolder(dir.path()));
}

// What a roster and cards say is what JudgePeer goes by.
TEST(MakeTrust, CarriesStatusIssuersAndRevocations) {
  v1::Roster roster;
  roster.set_federation("sti.brics.example");
  const auto add = [&roster](const char* code, v1::MemberStatus status) {
    v1::Member* member = roster.add_members();
    member->set_code(code);
    member->set_status(status);
  };
  add("br", v1::MEMBER_STATUS_FULL);
  add("in", v1::MEMBER_STATUS_OBSERVER);
  add("cn", v1::MEMBER_STATUS_SUSPENDED);
  add("za", v1::MEMBER_STATUS_WITHDRAWN);
  add("ru", v1::MEMBER_STATUS_UNSPECIFIED);
  add("eg", static_cast<v1::MemberStatus>(99));
  const testing::Forged ca = testing::Forge(testing::CaForgery("br CA"));
  v1::Card br;
  br.set_member("br");
  br.add_issuers(ca.der);
  br.add_issuers("garbage");
  br.add_revoked_spki(std::string(32, 'r'));
  v1::Card stranger;
  stranger.set_member("xx");
  stranger.add_issuers(ca.der);
  const std::vector<const v1::Card*> cards = {&br, &stranger};
  std::vector<absl::Status> unreadable;
  const Trust trust = MakeTrust(roster, cards, &unreadable);
  EXPECT_EQ(trust.federation, "sti.brics.example");
  EXPECT_EQ(trust.members.size(), 6U);
  EXPECT_EQ(trust.members.at("br").status, MemberStatus::kFull);
  EXPECT_EQ(trust.members.at("in").status, MemberStatus::kObserver);
  EXPECT_EQ(trust.members.at("cn").status, MemberStatus::kSuspended);
  for (const char* code : {"za", "ru", "eg"}) {
    EXPECT_EQ(trust.members.at(code).status, MemberStatus::kWithdrawn) << code;
  }
  EXPECT_EQ(trust.members.at("br").issuers, std::vector<Certificate>{ca.certificate()});
  EXPECT_TRUE(
      trust.members.at("br").revoked_spki.contains(*Digest::FromBytes(std::string(32, 'r'))));
  EXPECT_TRUE(trust.members.at("in").issuers.empty());
  ASSERT_EQ(unreadable.size(), 1U);
  EXPECT_NE(unreadable[0].message().find("member br"), absl::string_view::npos);
}

}  // namespace
}  // namespace plenary::certs
