// What the register's readers are told of a text: adopted, open, or in the way of what. If one of
// these failed, a face would claim more, or less, than endorsements prove.
#include "ledger/digest.h"
#include "tests/node/services_world.h"

namespace plenary::node::testing {
namespace {

using ::testing::HasSubstr;

class ServicesAdoptionTest : public ServicesTest {
 protected:
  std::string TextName(const std::string& id) const {
    return "members/" + code() + "/declarations/" + id;
  }
  // A tabled text; its digest is that of records(0).
  api::SubmitCommitRequest Text(const std::string& id, const std::vector<std::string>& endorsers,
                                uint64_t revision = 1, const std::string& previous = "",
                                const std::string& status = "tabled") {
    api::Record record = Named(TextName(id), revision, previous);
    record.mutable_declaration()->set_type("declaration");
    record.mutable_declaration()->set_reported_status("adopted");
    record.mutable_declaration()->set_status(status);
    for (const std::string& member : endorsers) record.mutable_declaration()->add_endorsers(member);
    return Commit(record, Audience::Everyone(code()), status == "tabled");
  }
  api::SubmitCommitRequest Endorses(const std::string& id, const api::SubmitCommitRequest& text,
                                    const std::string& position = "endorsed") {
    api::Record endorsed;
    EXPECT_TRUE(endorsed.ParseFromString(text.records(0)));
    api::Record record = Named("members/" + code() + "/endorsements/" + id, 1, "");
    record.mutable_endorsement()->set_position(position);
    record.mutable_endorsement()->mutable_text()->set_name(endorsed.name());
    record.mutable_endorsement()->mutable_text()->set_digest(Sha256(text.records(0)).bytes());
    return Commit(record, Audience::Members(code()), true);
  }

  // What GetRecord says of the text, once the view has come to the size of the log.
  api::RecordRevision Get(const std::string& id, Operator& reader) {
    api::GetRecordRequest request;
    request.set_name(TextName(id));
    api::GetRecordResponse response;
    EXPECT_TRUE(WaitUntilSeen([&] {
      const auto status = node_->Status();
      const LogStatus* log = status->Find(world_.Origin(code()));
      const auto seen = status->view_sizes.find(world_.Origin(code()));
      return log != nullptr && seen != status->view_sizes.end() && seen->second == log->size;
    }));
    EXPECT_OK(
        Ask([&](auto* context) { return reader.records->GetRecord(context, request, &response); }));
    return response.record();
  }
  api::RecordRevision Get(const std::string& id) { return Get(id, clerk_); }

 private:
  static api::Record Named(const std::string& name, uint64_t revision,
                           const std::string& previous) {
    api::Record record;
    record.set_schema(1);
    record.set_name(name);
    record.set_revision(revision);
    record.set_previous(previous);
    record.set_salt(std::string(16, 's'));
    return record;
  }
  api::SubmitCommitRequest Commit(const api::Record& record, const Audience& audience,
                                  bool permanent) {
    CommitDraft draft;
    draft.origin = world_.Origin(code());
    draft.roster = {world_.roster().version(), world_.roster().digest()};
    draft.card = {world_.card(code()).version(), world_.card(code()).digest()};
    draft.records.push_back({record.SerializeAsString(), audience, permanent});
    const auto made = MakeCommit(draft, {&world_.Author(code())});
    EXPECT_OK(made);
    api::SubmitCommitRequest request;
    request.set_envelope(made->leaf);
    request.add_records(draft.records[0].bytes);
    request.set_wait(api::SUBMIT_WAIT_FINAL);
    return request;
  }
};

TEST_F(ServicesAdoptionTest, HistoryClaimsNothing) {
  ASSERT_OK(Submit(Text("old", {}, 1, "", "in_force")));
  const api::RecordRevision shown = Get("old");
  EXPECT_EQ(shown.verdict(), api::VERDICT_COUNTS);
  EXPECT_FALSE(shown.has_adoption()) << shown.adoption().DebugString();
}

TEST_F(ServicesAdoptionTest, ATextIsAdoptedWhenAllHaveEndorsedIt) {
  const auto text = Text("d", {code()});
  ASSERT_OK(Submit(text));
  api::Adoption adoption = Get("d").adoption();
  ASSERT_EQ(adoption.demanded_size(), 1);
  EXPECT_EQ(adoption.demanded(0), code());
  EXPECT_EQ(adoption.endorsed_size(), 0);
  EXPECT_FALSE(adoption.adopted());
  EXPECT_EQ(adoption.obstacle(), "");

  ASSERT_OK(Submit(Endorses("reserved", text, "reserved")));
  EXPECT_EQ(Get("d").adoption().endorsed_size(), 0);
  ASSERT_OK(Submit(Endorses("e", text)));
  ASSERT_OK(Submit(Endorses("e2", text)));
  adoption = Get("d").adoption();
  EXPECT_TRUE(adoption.adopted());
  ASSERT_EQ(adoption.endorsed_size(), 1) << "a member counts once";
  EXPECT_EQ(adoption.endorsed(0).member(), code());
  EXPECT_EQ(adoption.endorsed(0).endorsement(),
            "members/" + code() + "/endorsements/e/revisions/1");

  // The next revision is another text; the one before stays adopted.
  ASSERT_OK(Submit(Text("d", {code()}, 2, Sha256(text.records(0)).bytes())));
  EXPECT_FALSE(Get("d").adoption().adopted());
  api::ListRecordRevisionsRequest revisions;
  revisions.set_name(TextName("d"));
  revisions.set_omit_records(true);
  api::ListRecordRevisionsResponse history;
  ASSERT_OK(Ask([&](auto* context) {
    return clerk_.records->ListRecordRevisions(context, revisions, &history);
  }));
  ASSERT_EQ(history.revisions_size(), 2);
  EXPECT_FALSE(history.revisions(0).adoption().adopted());
  EXPECT_TRUE(history.revisions(1).adoption().adopted());
  api::ListRecordsRequest list;
  list.set_parent("members/-");
  list.set_collection("declarations");
  api::ListRecordsResponse listed;
  ASSERT_OK(
      Ask([&](auto* context) { return clerk_.records->ListRecords(context, list, &listed); }));
  ASSERT_EQ(listed.records_size(), 1);
  EXPECT_EQ(listed.records(0).adoption().demanded_size(), 1);
  EXPECT_FALSE(listed.records(0).adoption().adopted());
}

TEST_F(ServicesAdoptionTest, WhatIsInTheWayIsSaid) {
  const auto more = Text("more", {code(), "za"});
  const auto draft = Text("draft", {code()}, 1, "", "draft");
  ASSERT_OK(Submit(more));
  ASSERT_OK(Submit(draft));
  ASSERT_OK(Submit(Endorses("more", more)));
  ASSERT_OK(Submit(Endorses("draft", draft)));
  for (const auto& [id, why] : {std::pair("more", "demands"), {"draft", "permanent"}}) {
    const api::Adoption adoption = Get(id).adoption();
    EXPECT_EQ(adoption.endorsed_size(), 1) << id;
    EXPECT_FALSE(adoption.adopted()) << id;
    EXPECT_THAT(adoption.obstacle(), HasSubstr(why));
  }
}

TEST_F(ServicesAdoptionTest, EndorsementsAreShownToTheirAudience) {
  const auto text = Text("d", {code()});
  ASSERT_OK(Submit(text));
  ASSERT_OK(Submit(Endorses("e", text)));
  EXPECT_TRUE(Get("d").adoption().adopted());
  Operator zola = As("za", "zola");  // on no roster here: sees what is for everyone
  const api::Adoption adoption = Get("d", zola).adoption();
  EXPECT_EQ(adoption.demanded_size(), 1);
  EXPECT_EQ(adoption.endorsed_size(), 0);
  EXPECT_FALSE(adoption.adopted());
}

}  // namespace
}  // namespace plenary::node::testing
