// The operator services over a real node, store and mutual TLS: what a clerk, an auditor and an
// administrator get to see. If one of these failed, an answer would prove nothing, show what is for
// others, or be lost.
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "ledger/checkpoint.h"
#include "ledger/digest.h"
#include "ledger/merkle.h"
#include "ledger/proof.h"
#include "ledger/proof_verdict.h"
#include "ledger/rpc_status.h"
#include "ledger/status.h"
#include "tests/node/services_world.h"

namespace plenary::node::testing {
namespace {

// Wrong: a clerk of the owner cannot read back what he entered for a list; or a list of what does
// not count shows entries of other collections.
TEST_F(ServicesTest, ARecordForAListIsReadByItsOwner) {
  ASSERT_OK(Submit(MeetingFor(Audience::List(code(), {"za"}), "closed", "For two")));
  ASSERT_TRUE(WaitUntilSeen([&] {
    api::GetRecordRequest request;
    request.set_name(Name("closed"));
    api::GetRecordResponse response;
    return Ask([&](auto* context) {
             return clerk_.records->GetRecord(context, request, &response);
           }).ok() &&
           response.record().slot() == api::SLOT_STATE_PRESENT;
  }));
  api::ListRecordsRequest list;
  list.set_parent("members/-");
  list.set_part(api::REGISTER_PART_NOT_COUNTED);
  for (const auto& [collection, count] : {std::pair{"meetings", 1}, std::pair{"projects", 0}}) {
    list.set_collection(collection);
    api::ListRecordsResponse listed;
    ASSERT_OK(
        Ask([&](auto* context) { return clerk_.records->ListRecords(context, list, &listed); }));
    EXPECT_EQ(listed.records_size(), count) << collection;
  }
}

TEST_F(ServicesTest, AFinalReceiptProvesItself) {
  const api::SubmitCommitRequest meeting = Meeting("m-1");
  ASSERT_OK(Submit(Meeting("m-0")));
  const auto receipt = Submit(meeting);
  ASSERT_OK(receipt);
  EXPECT_EQ(receipt->state(), api::RECEIPT_STATE_FINAL);
  EXPECT_EQ(receipt->origin(), world_.Origin(code()));
  EXPECT_EQ(receipt->index(), 1u);
  EXPECT_EQ(receipt->leaf_hash(), LeafHash(meeting.envelope()).bytes());
  EXPECT_FALSE(receipt->repeated_submission());
  const auto checkpoint = ReadUnverifiedCheckpoint(receipt->checkpoint());
  ASSERT_OK(checkpoint);
  std::vector<Digest> hashes;
  for (const std::string& hash : receipt->inclusion()) hashes.push_back(*Digest::FromBytes(hash));
  EXPECT_OK(
      VerifyInclusion(1, checkpoint->size, LeafHash(meeting.envelope()), hashes, checkpoint->root));
  const auto again = Submit(meeting);
  ASSERT_OK(again);
  EXPECT_TRUE(again->repeated_submission());
  EXPECT_EQ(again->index(), 1u);
  api::GetReceiptRequest by_identity;
  by_identity.set_commit(receipt->commit());
  api::GetReceiptResponse found;
  EXPECT_OK(
      Ask([&](auto* context) { return clerk_.records->GetReceipt(context, by_identity, &found); }));
  EXPECT_EQ(found.receipt().index(), 1u);
  by_identity.set_commit(std::string(32, 'x'));
  EXPECT_THAT(
      Ask([&](auto* context) { return clerk_.records->GetReceipt(context, by_identity, &found); }),
      HasReason(Reason::NOT_FOUND));
}

TEST_F(ServicesTest, WhatIsRefusedSaysWhy) {
  ASSERT_OK(Submit(Meeting("m-1")));
  EXPECT_THAT(
      Submit(Meeting("m-1", "Another")).status(),
      ::testing::AnyOf(HasReason(Reason::STALE_REVISION), HasReason(Reason::REVISION_TAKEN)));
  api::SubmitCommitRequest broken = Meeting("m-2");
  broken.mutable_records(0)->push_back('x');
  EXPECT_FALSE(Submit(broken).ok());
  broken = Meeting("m-2");
  broken.set_envelope("no envelope");
  EXPECT_FALSE(Submit(broken).ok());
  broken = Meeting("m-2");
  broken.mutable_wait_timeout()->set_seconds(-1);
  EXPECT_THAT(Submit(broken).status(), HasReason(Reason::BAD_REQUEST));
}

TEST_F(ServicesTest, AStreamAnswersEachCommitOnce) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(100));
  const auto stream = clerk_.records->SubmitCommits(&context);
  constexpr uint64_t kCount = 600;
  std::thread writer([&] {
    for (uint64_t i = 0; i < kCount; ++i) {
      const api::SubmitCommitRequest meeting = Meeting(absl::StrCat("s-", i % 500));
      api::SubmitCommitsRequest request;
      request.set_number(i);
      request.set_envelope(i == 7 ? "no envelope" : meeting.envelope());
      *request.mutable_records() = meeting.records();
      stream->Write(request);
    }
    stream->WritesDone();
  });
  std::set<uint64_t> answered;
  uint64_t repeated = 0;
  api::SubmitCommitsResponse response;
  while (stream->Read(&response)) {
    EXPECT_TRUE(answered.insert(response.number()).second);
    if (response.number() == 7) {
      EXPECT_TRUE(response.has_error());
      EXPECT_TRUE(ReasonOf(FromRpcStatus(response.error())).has_value());
    } else {
      EXPECT_TRUE(response.has_receipt()) << response.DebugString();
      repeated += response.receipt().repeated_submission() ? 1 : 0;
    }
  }
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(answered.size(), kCount);
  EXPECT_EQ(repeated, 99u) << "the second 100 of each name, but the one that was no envelope";
}

TEST_F(ServicesTest, RecordsAreShownWithTheirPlaceAndVerdict) {
  const api::SubmitCommitRequest first = Meeting("m-1");
  ASSERT_OK(Submit(first));
  ASSERT_OK(Submit(Meeting("m-1", "Corrected", 2, Sha256(first.records(0)).bytes())));
  const auto get = [&](const std::string& name, api::GetRecordResponse& response) {
    api::GetRecordRequest request;
    request.set_name(name);
    return Ask(
        [&](auto* context) { return clerk_.records->GetRecord(context, request, &response); });
  };
  api::GetRecordResponse response;
  ASSERT_OK(get(Name("m-1"), response));
  EXPECT_EQ(response.record().name(), Name("m-1") + "/revisions/2");
  EXPECT_EQ(response.record().verdict(), api::VERDICT_COUNTS);
  EXPECT_EQ(response.record().finality(), api::FINALITY_FINAL);
  EXPECT_EQ(response.record().slot(), api::SLOT_STATE_PRESENT);
  EXPECT_EQ(response.record().entry().index(), 1u);
  EXPECT_EQ(response.record().signers_size(), 1);
  ASSERT_OK(get(Name("m-1") + "/revisions/1", response));
  EXPECT_EQ(response.record().record(), first.records(0));
  EXPECT_THAT(get(Name("m-9"), response), HasReason(Reason::NOT_FOUND));
  EXPECT_FALSE(get("no name", response).ok());

  api::ListRecordRevisionsRequest revisions;
  revisions.set_name(Name("m-1"));
  revisions.set_page_size(1);
  api::ListRecordRevisionsResponse page;
  ASSERT_OK(Ask([&](auto* context) {
    return clerk_.records->ListRecordRevisions(context, revisions, &page);
  }));
  ASSERT_EQ(page.revisions_size(), 1);
  EXPECT_EQ(page.revisions(0).name(), Name("m-1") + "/revisions/2") << "newest first";
  revisions.set_page_token(page.next_page_token());
  ASSERT_OK(Ask([&](auto* context) {
    return clerk_.records->ListRecordRevisions(context, revisions, &page);
  }));
  EXPECT_EQ(page.revisions(0).name(), Name("m-1") + "/revisions/1");
}

TEST_F(ServicesTest, ListsPageThroughEverythingOnce) {
  for (int i = 0; i < 7; ++i) ASSERT_OK(Submit(Meeting(absl::StrCat("m-", i))));
  api::ListRecordsRequest request;
  request.set_parent("members/-");
  request.set_collection("meetings");
  request.set_page_size(3);
  std::vector<std::string> names;
  do {
    api::ListRecordsResponse response;
    ASSERT_OK(Ask(
        [&](auto* context) { return clerk_.records->ListRecords(context, request, &response); }));
    EXPECT_LE(response.records_size(), 3);
    for (const auto& record : response.records()) names.push_back(record.name());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  ASSERT_EQ(names.size(), 7u);
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(names[static_cast<size_t>(i)], Name(absl::StrCat("m-", i)) + "/revisions/1");
  }
  const auto refused = [&](const api::ListRecordsRequest& bad) {
    api::ListRecordsResponse response;
    return Ask([&](auto* context) { return clerk_.records->ListRecords(context, bad, &response); });
  };
  api::ListRecordsRequest bad = request;
  bad.set_page_token("x");
  EXPECT_THAT(refused(bad), HasReason(Reason::BAD_PAGE_TOKEN));
  bad = request;
  bad.set_page_size(-1);
  EXPECT_THAT(refused(bad), HasReason(Reason::BAD_REQUEST));
  bad = request;
  bad.set_parent("br");
  EXPECT_THAT(refused(bad), HasReason(Reason::BAD_NAME));
  bad = request;
  bad.set_filter("title = ");
  EXPECT_THAT(refused(bad), HasReason(Reason::BAD_FILTER));
  bad = request;
  bad.set_order_by("title");
  EXPECT_THAT(refused(bad), HasReason(Reason::BAD_FILTER));
}

TEST_F(ServicesTest, BytesStayWithTheirAudience) {
  ASSERT_OK(Submit(Meeting("m-1")));
  Operator zola = As("za", "zola");  // listed, but za is on no roster here
  api::GetRecordRequest get;
  get.set_name(Name("m-1"));
  api::GetRecordResponse record;
  EXPECT_THAT(Ask([&](auto* context) { return zola.records->GetRecord(context, get, &record); }),
              HasReason(Reason::NOT_FOUND))
      << "not for you and not here are the same answer";
  api::ListRecordsRequest list;
  list.set_parent("members/-");
  api::ListRecordsResponse records;
  ASSERT_OK(Ask([&](auto* context) { return zola.records->ListRecords(context, list, &records); }));
  EXPECT_EQ(records.records_size(), 0);
  EXPECT_EQ(records.not_shown().withheld(), 1u);
  api::ListLeavesRequest leaves;
  leaves.set_origin(world_.Origin(code()));
  api::ListLeavesResponse page;
  ASSERT_OK(Ask([&](auto* context) { return zola.audit->ListLeaves(context, leaves, &page); }));
  ASSERT_EQ(page.leaves_size(), 1);
  EXPECT_EQ(page.leaves(0).slots(0).state(), api::SLOT_STATE_WITHHELD);
  EXPECT_TRUE(page.leaves(0).slots(0).record().empty());
  api::ExportProofRequest proof;
  proof.set_name(Name("m-1"));
  grpc::ClientContext context;
  const auto pieces = zola.audit->ExportProof(&context, proof);
  api::ExportProofResponse piece;
  EXPECT_FALSE(pieces->Read(&piece));
  EXPECT_THAT(FromGrpcStatus(pieces->Finish()), HasReason(Reason::NOT_FOUND));
}

TEST_F(ServicesTest, AnExportedProofVerifiesOffline) {
  for (int i = 0; i < 5; ++i) ASSERT_OK(Submit(Meeting(absl::StrCat("m-", i))));
  api::ExportProofRequest request;
  request.set_name(Name("m-2"));
  grpc::ClientContext context;
  const auto pieces = clerk_.audit->ExportProof(&context, request);
  std::string file;
  for (api::ExportProofResponse piece; pieces->Read(&piece);) file += piece.piece();
  ASSERT_OK(FromGrpcStatus(pieces->Finish()));
  const ProofVerdict verdict = VerifyProof(file, world_.roster().digest());
  EXPECT_EQ(verdict.exit, ProofExit::kProven) << Explain(verdict.why);
  EXPECT_EQ(verdict.record_name, Name("m-2"));
}

TEST_F(ServicesTest, AnAuditorCanRebuildTheLog) {
  for (int i = 0; i < 9; ++i) ASSERT_OK(Submit(Meeting(absl::StrCat("m-", i))));
  api::ListLogsResponse logs;
  ASSERT_OK(Ask([&](auto* context) { return clerk_.audit->ListLogs(context, {}, &logs); }));
  ASSERT_EQ(logs.logs_size(), 1);
  EXPECT_EQ(logs.logs(0).final_size(), 9u);
  Frontier frontier;
  api::ListLeavesRequest request;
  request.set_origin(logs.logs(0).origin());
  request.set_page_size(4);
  do {
    api::ListLeavesResponse page;
    ASSERT_OK(
        Ask([&](auto* context) { return clerk_.audit->ListLeaves(context, request, &page); }));
    for (const api::Leaf& leaf : page.leaves()) {
      EXPECT_EQ(leaf.index(), frontier.size());
      frontier.Append(LeafHash(leaf.envelope()));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(frontier.Root().bytes(), logs.logs(0).root());
  api::GetConsistencyProofRequest consistency;
  consistency.set_origin(request.origin());
  consistency.set_from_size(4);
  api::GetConsistencyProofResponse proof;
  ASSERT_OK(Ask([&](auto* context) {
    return clerk_.audit->GetConsistencyProof(context, consistency, &proof);
  }));
  EXPECT_EQ(proof.to_size(), 9u);
  EXPECT_FALSE(proof.note().empty());
  consistency.set_from_size(0);
  EXPECT_FALSE(Ask([&](auto* context) {
                 return clerk_.audit->GetConsistencyProof(context, consistency, &proof);
               }).ok());
  api::GetRosterResponse roster;
  ASSERT_OK(Ask([&](auto* context) { return clerk_.audit->GetRoster(context, {}, &roster); }));
  EXPECT_EQ(roster.roster().digest(), world_.roster().digest().bytes());
  api::GetCardRequest card;
  card.set_member(code());
  api::GetCardResponse shown;
  ASSERT_OK(Ask([&](auto* context) { return clerk_.audit->GetCard(context, card, &shown); }));
  card.set_version(2);
  EXPECT_THAT(Ask([&](auto* context) { return clerk_.audit->GetCard(context, card, &shown); }),
              HasReason(Reason::NOT_FOUND));
}

TEST_F(ServicesTest, AdministratorsSeeAndDoWhatClerksMayNot) {
  ASSERT_OK(Submit(Meeting("m-1")));
  Operator root = As("br", "root");
  api::GetNodeStatusResponse status;
  ASSERT_OK(Ask([&](auto* context) { return root.admin->GetNodeStatus(context, {}, &status); }));
  EXPECT_EQ(status.member(), code());
  EXPECT_EQ(status.state(), api::NODE_STATE_ACTIVE);
  EXPECT_EQ(status.quorum(), 0u);
  EXPECT_GT(status.disk_free_bytes(), 0u);
  for (const api::Condition& condition : status.conditions()) {
    EXPECT_TRUE(condition.good()) << condition.DebugString();
  }
  api::GetSyncStatusResponse sync;
  ASSERT_OK(Ask([&](auto* context) { return root.admin->GetSyncStatus(context, {}, &sync); }));
  ASSERT_EQ(sync.logs_size(), 1);
  EXPECT_EQ(sync.logs(0).reason(), "");
  api::GetViewDigestResponse digest;
  ASSERT_OK(Ask([&](auto* context) { return root.admin->GetViewDigest(context, {}, &digest); }));
  EXPECT_EQ(digest.digest().size(), 32u);
  api::CreateBackupRequest backup;
  backup.set_folder(dir_.path() + "/backup");
  api::CreateBackupResponse copied;
  EXPECT_THAT(
      Ask([&](auto* context) { return clerk_.admin->CreateBackup(context, backup, &copied); }),
      HasReason(Reason::NO_ROLE));
  ASSERT_OK(Ask([&](auto* context) { return root.admin->CreateBackup(context, backup, &copied); }));
  EXPECT_OK(Store::Open({.path = backup.folder()}).status());
  api::ImportRosterRequest import;
  import.add_envelopes(std::string(world_.roster().envelope()));
  api::ImportRosterResponse imported;
  ASSERT_OK(
      Ask([&](auto* context) { return root.admin->ImportRoster(context, import, &imported); }));
  EXPECT_EQ(imported.new_versions(), 0u);
  import.add_envelopes("garbage");
  EXPECT_FALSE(Ask([&](auto* context) {
                 return root.admin->ImportRoster(context, import, &imported);
               }).ok());
  api::SubmitCommitResponse response;
  EXPECT_THAT(Ask([&](auto* context) {
                return root.records->SubmitCommit(context, Meeting("m-2"), &response);
              }),
              HasReason(Reason::NO_ROLE))
      << "an administrator is no clerk";
}

}  // namespace
}  // namespace plenary::node::testing
