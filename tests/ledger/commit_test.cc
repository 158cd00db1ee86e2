#include "ledger/commit.h"

#include <gtest/gtest.h>

#include "ledger/limits.h"
#include "tests/support/log_maker.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::NameOf;
using testing::NewManifest;
using testing::RecordBytes;
using testing::SignManifest;
using testing::World;

class CommitTest : public ::testing::Test {
 protected:
  CommitDraft Draft() const {
    return CommitDraft{
        .origin = world_.Origin("br"),
        .roster = NameOf(world_.roster()),
        .card = NameOf(world_.card("br")),
        .author_time = AuthorTime{-5, 3},
        .records = {{RecordBytes("br", "meetings", "mm-1"), Audience::Members("br"), false}}};
  }
  absl::StatusOr<LeafView> Parse(const v1::Manifest& manifest) {
    leaf_ = SignManifest(manifest, {&world_.Author("br")});
    return ParseLeaf(leaf_);
  }
  v1::Manifest Good() const {
    return NewManifest(world_, "br", 1, {{RecordBytes("br", "meetings", "mm-1")}});
  }

  World world_{3};
  std::string leaf_;
};

TEST_F(CommitTest, WhatAnAuthorMakesIsWhatAReaderReads) {
  const auto commit = MakeCommit(Draft(), {&world_.Author("br"), &world_.Author("in")});
  ASSERT_OK(commit);
  const auto leaf = ParseLeaf(commit->leaf);
  ASSERT_OK(leaf);
  EXPECT_EQ(CommitIdentity(leaf->payload), commit->identity);
  EXPECT_EQ(leaf->manifest.origin, world_.Origin("br"));
  EXPECT_EQ(leaf->manifest.author_time->seconds, -5);
  EXPECT_EQ(leaf->manifest.author_time->nanos, 3);
  ASSERT_EQ(leaf->manifest.signers.size(), 2U);
  ASSERT_EQ(leaf->slots(), 1U);
  EXPECT_EQ(leaf->manifest.entries[0].digest, Sha256(Draft().records[0].bytes).view());
  EXPECT_EQ(leaf->manifest.entries[0].size, Draft().records[0].bytes.size());
  EXPECT_OK(
      world_.Author("in").public_key().Verify(ManifestMessage(leaf->payload), leaf->signatures[1]));
}

TEST_F(CommitTest, TheSameDraftIsTheSameCommit) {
  const auto one = MakeCommit(Draft(), {&world_.Author("br")});
  const auto two = MakeCommit(Draft(), {&world_.Author("br")});
  EXPECT_EQ(one->identity, two->identity);
  EXPECT_EQ(one->leaf, two->leaf);
}

TEST_F(CommitTest, ACommitIsForOneAudience) {
  CommitDraft draft = Draft();
  draft.records.push_back(
      {RecordBytes("br", "meetings", "mm-2"), Audience::List("br", {"in"}), false});
  EXPECT_THAT(MakeCommit(draft, {&world_.Author("br")}), HasReason(Reason::BAD_AUDIENCE));
  draft.records.erase(draft.records.begin());
  const auto listed = MakeCommit(draft, {&world_.Author("br")});
  ASSERT_OK(listed);
  const auto leaf = ParseLeaf(listed->leaf);
  EXPECT_EQ(Audience::Of(leaf->manifest, leaf->manifest.entries[0].audience, "br").Text(), "br,in");
}

TEST_F(CommitTest, LimitsAreEnforcedWhereCommitsAreMade) {
  CommitDraft draft = Draft();
  EXPECT_THAT(MakeCommit(draft, {}), HasReason(Reason::BAD_SIGNERS));
  draft.records.clear();
  EXPECT_THAT(MakeCommit(draft, {&world_.Author("br")}), HasReason(Reason::BAD_ENTRIES));
  draft = Draft();
  draft.records[0].bytes = std::string(kMaxRecordBytes + 1, 'x');
  EXPECT_THAT(MakeCommit(draft, {&world_.Author("br")}), HasReason(Reason::BAD_ENTRIES));
  draft.records[0].bytes.pop_back();
  draft.records.push_back(draft.records[0]);
  EXPECT_OK(MakeCommit(draft, {&world_.Author("br")}));
  draft.records.push_back({"x", Audience::Members("br"), false});
  EXPECT_THAT(MakeCommit(draft, {&world_.Author("br")}), HasReason(Reason::BAD_ENTRIES));
  draft = Draft();
  draft.origin = "sti.brics.example/br/01";
  EXPECT_THAT(MakeCommit(draft, {&world_.Author("br")}), HasReason(Reason::BAD_NAME));
  draft = Draft();
  draft.card.version = 0;
  EXPECT_THAT(MakeCommit(draft, {&world_.Author("br")}), HasReason(Reason::BAD_CARD_REFERENCE));
}

TEST_F(CommitTest, AWholeCommitOf1024RecordsFitsALeaf) {
  CommitDraft draft = Draft();
  draft.records.assign(kMaxEntries, draft.records[0]);
  EXPECT_OK(MakeCommit(draft, {&world_.Author("br")}));
  draft.records.push_back(draft.records[0]);
  EXPECT_THAT(MakeCommit(draft, {&world_.Author("br")}), HasReason(Reason::BAD_ENTRIES));
}

TEST_F(CommitTest, FourEyesSignApart) {
  const Digest signers[] = {world_.Author("br").public_key().Fingerprint(),
                            world_.Author("in").public_key().Fingerprint()};
  const auto payload = MakeManifest(Draft(), signers);
  ASSERT_OK(payload);
  const std::string message = ManifestMessage(*payload);
  const std::string first = world_.Author("br").Sign(message);
  EXPECT_THAT(AssembleCommit(*payload, {first}), HasReason(Reason::SIGNATURE_COUNT));
  EXPECT_THAT(AssembleCommit(*payload, {}), HasReason(Reason::SIGNATURE_COUNT));
  EXPECT_OK(AssembleCommit(*payload, {first, world_.Author("in").Sign(message)}));
}

TEST_F(CommitTest, ManifestsOfBadStructureAreReadButNotGood) {
  v1::Manifest manifest = Good();
  manifest.clear_signers();
  EXPECT_THAT(Parse(manifest), HasReason(Reason::BAD_SIGNERS));
  const auto leaf = ReadLeaf(leaf_);
  ASSERT_OK(leaf);
  EXPECT_EQ(leaf->manifest.card.version, 1U) << "it names its versions all the same";
  EXPECT_EQ(leaf->slots(), 0U);

  manifest = Good();
  manifest.set_signers(0, std::string(31, 's'));
  EXPECT_THAT(Parse(manifest), HasReason(Reason::BAD_SIGNERS));
  manifest = Good();
  manifest.add_signers(manifest.signers(0));
  EXPECT_THAT(Parse(manifest), HasReason(Reason::BAD_SIGNERS));
  manifest = Good();
  manifest.clear_card();
  EXPECT_THAT(Parse(manifest), HasReason(Reason::BAD_CARD_REFERENCE));
  manifest = Good();
  manifest.mutable_roster()->set_digest("short");
  EXPECT_THAT(Parse(manifest), HasReason(Reason::BAD_ROSTER_REFERENCE));
  manifest = Good();
  manifest.mutable_entries(0)->set_size(0);
  EXPECT_THAT(Parse(manifest), HasReason(Reason::BAD_ENTRIES));
  manifest = Good();
  manifest.mutable_entries(0)->set_audience(2);
  EXPECT_THAT(Parse(manifest), HasReason(Reason::BAD_AUDIENCE));
  manifest.add_audiences()->add_members("in");
  EXPECT_OK(Parse(manifest));
  manifest.mutable_audiences(0)->add_members("In");
  EXPECT_THAT(Parse(manifest), HasReason(Reason::BAD_AUDIENCE));
  manifest.mutable_audiences(0)->set_members(1, "in");
  EXPECT_THAT(Parse(manifest), HasReason(Reason::BAD_AUDIENCE));
  manifest.mutable_audiences(0)->set_members(1, "za");
  EXPECT_OK(Parse(manifest)) << "on the roster or not";
  for (int i = 1; i <= kMaxAudiences; ++i) *manifest.add_audiences() = manifest.audiences(0);
  EXPECT_THAT(Parse(manifest), HasReason(Reason::BAD_AUDIENCE));
}

TEST_F(CommitTest, EqualEntriesAreAllowed) {
  v1::Manifest manifest = Good();
  *manifest.add_entries() = manifest.entries(0);
  EXPECT_OK(Parse(manifest));
}

TEST_F(CommitTest, BeyondTheLeafsLimitNothingIsRead) {
  EXPECT_THAT(ReadLeaf(std::string(kMaxLeafBytes + 1, '\x0A')), HasReason(Reason::TOO_LARGE));
}

TEST_F(CommitTest, AudiencesAreTheSameOnceTheOwnerIsAdded) {
  EXPECT_EQ(Audience::List("br", {"in", "ru"}), Audience::List("br", {"ru", "br", "in"}));
  EXPECT_FALSE(Audience::List("br", {"in"}) == Audience::List("za", {"in"}));
  EXPECT_FALSE(Audience::Members("br") == Audience::Everyone("br"));
}

TEST_F(CommitTest, BytesStayWithTheirAudience) {
  v1::Roster next = world_.NextRoster();
  world_.AddMember(next, "eg", v1::MEMBER_STATUS_OBSERVER);
  world_.Adopt(next);
  const Roster& roster = world_.roster();
  EXPECT_TRUE(Audience::Members("br").Includes("in", roster));
  EXPECT_FALSE(Audience::Members("br").Includes("eg", roster));
  EXPECT_TRUE(Audience::Members("eg").Includes("eg", roster)) << "the owner always may";
  EXPECT_TRUE(Audience::Everyone("br").Includes("eg", roster));
  const Audience list = Audience::List("br", {"eg"});
  EXPECT_TRUE(list.Includes("eg", roster));
  EXPECT_TRUE(list.Includes("br", roster));
  EXPECT_FALSE(list.Includes("in", roster));
}

}  // namespace
}  // namespace plenary
