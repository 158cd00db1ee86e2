#include "ledger/names.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;

TEST(Names, RoundTrip) {
  for (const char* text : {"sti.brics.example/br/1", "a.b/x-y/18446744073709551615"}) {
    ASSERT_OK(Origin::Parse(text));
    EXPECT_EQ(Origin::Parse(text)->Text(), text);
  }
  EXPECT_EQ(RecordName::Parse("members/br/meetings/mm-11")->Text(), "members/br/meetings/mm-11");
  EXPECT_EQ(RevisionName::Parse("members/br/meetings/mm-11/revisions/2")->revision, 2U);
  const char* uri = "spiffe://br.sti.brics.example/node/node-1";
  EXPECT_EQ(TlsIdentity::Parse(uri)->Uri(), uri);
  EXPECT_EQ(*ParseCosignerName("sti.brics.example/in/cosigner"), "in");
}

TEST(Names, PublicIsNoMember) {
  EXPECT_FALSE(IsMember("public"));
  EXPECT_TRUE(IsMember("publics"));
}

TEST(Names, ErrorsShowHostileBytesEscaped) {
  const auto error = RecordName::Parse("members/br/meetings/\x1b[31mred");
  EXPECT_THAT(error, HasReason(Reason::BAD_NAME));
  EXPECT_EQ(error.status().message().find('\x1b'), absl::string_view::npos);
}

TEST(Names, BodiesFollowTheOrderOfTheCollections) {
  EXPECT_EQ(BodyFieldOf("meetings"), 16);
  EXPECT_EQ(BodyFieldOf("openings"), 30);
  EXPECT_EQ(BodyFieldOf("unheard-of"), 0);
}

}  // namespace
}  // namespace plenary
