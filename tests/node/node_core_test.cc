// The node over a store on the disk that forgets: what a clerk is told, and what is left of it
// after a crash. A federation of one member: signed is final, held by no other member.
#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "node/node.h"
#include "node/transport/no_transport.h"
#include "node/view/reader.h"
#include "plenary/v1/record.pb.h"
#include "tests/node/store_fixture.h"
#include "tests/support/log_maker.h"
#include "tests/support/world.h"

namespace plenary::node {
namespace {

using ::plenary::testing::World;

// Runs what is posted when it is told to, in order.
class ManualExecutor final : public Executor, public Clock {
 public:
  bool Post(Task task) override {
    if (full) return false;
    tasks_.push_back(std::move(task));
    return true;
  }
  void PostInternal(Task task) override { tasks_.push_back(std::move(task)); }
  void PostAt(int64_t at_ms, Task task) override { timers_.emplace(at_ms, std::move(task)); }
  void RunVerifier(Task work, Task done) override {
    work();
    tasks_.push_back(std::move(done));
  }
  void SetDrainEnd(Task drain_end) override { drain_end_ = std::move(drain_end); }
  absl::Time Now() const override { return absl::FromUnixSeconds(1'700'000'000 + now_ms_ / 1000); }
  int64_t MonotonicMs() const override { return now_ms_; }

  // Drains until nothing waits.
  void Run() {
    const LoopScope loop;
    while (!tasks_.empty()) {
      auto drain = std::exchange(tasks_, {});
      for (Task& task : drain) task();
      drain_end_();
    }
  }
  void Advance(int64_t ms) {
    now_ms_ += ms;
    while (!timers_.empty() && timers_.begin()->first <= now_ms_) {
      tasks_.push_back(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
    Run();
  }

  bool full = false;

 private:
  int64_t now_ms_ = 1'000;
  std::deque<Task> tasks_;
  std::multimap<int64_t, Task> timers_;
  Task drain_end_;
};

class CountingRandom final : public Random {
 public:
  std::string Bytes(size_t count) override {
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(next_++ * 37);
    return bytes;
  }
  uint64_t Uint64() override { return next_++; }

 private:
  uint64_t next_ = 1;
};

// Nobody to talk to; counts what would have been said.
class CountingTransport final : public NoTransport {
 public:
  void Send(LinkId, Priority, std::unique_ptr<plenary::v1::Frame>, const std::string&) override {
    ++sent;
  }

  int sent = 0;
};

class NodeTest : public StoreTest {
 protected:
  void SetUp() override {
    ASSERT_OK(Open(/*create=*/true));
    ASSERT_OK(Node::InitStore(*store_, random_, world_.genesis(), code(), /*first=*/true));
    StartNode();
  }

  const std::string& code() const { return world_.codes()[0]; }

  void StartNode() {
    MakeNode();
    executor_->Run();
  }

  // The start is posted, and so is what is submitted before the executor runs.
  void MakeNode() {
    executor_ = std::make_unique<ManualExecutor>();
    NodeOptions options;
    options.member = code();
    options.node = "node-1";
    options.log_key = &world_.Log(code());
    options.cosigner_key = &world_.Cosigner(code());
    FoundingTrust trust{{std::string(world_.roster().envelope())},
                        {std::string(world_.card(code()).envelope())}};
    const Environment environment{executor_.get(), &random_, executor_.get(), &transport_,
                                  disk_.env()};
    auto node = Node::Create(std::move(options), std::move(trust), environment, *store_);
    ASSERT_OK(node);
    node_ = *std::move(node);
    node_->OnFailure([this](absl::Status why) { failure_ = std::move(why); });
    ASSERT_OK(node_->Start());
  }

  // Power is cut: what was not synced is gone.
  void CrashAndRestart(Unsynced unsynced = Unsynced{}) {
    node_.reset();
    ASSERT_OK(Crash(unsynced));
    StartNode();
  }

  // A redaction of the first entry of the own log.
  Submission RedactionOfTheFirst() {
    const std::string record =
        testing::RedactionBytes(world_, code(), "r-1", {EntryPlace{1, 0, 0}});
    const LeafToJudge leaf = testing::NewLeaf(world_, code(), 1, {{record, 0, /*permanent=*/true}});
    return {leaf.envelope, {record}};
  }

  bool IsInAFile(const std::string& text) {
    const std::vector<std::string> files = disk_.Files(kStorePath);
    return std::any_of(files.begin(), files.end(), [&](const std::string& file) {
      return disk_.Contents(file).find(text) != std::string::npos;
    });
  }

  Submission Meeting(const std::string& id, uint64_t revision = 1, std::string previous = "",
                     const std::string& title = "A meeting") {
    plenary::v1::Record record;
    record.set_schema(1);
    record.set_name("members/" + code() + "/meetings/" + id);
    record.set_revision(revision);
    record.set_previous(std::move(previous));
    record.set_salt(std::string(16, 's'));
    record.mutable_meeting()->set_title(title);
    CommitDraft draft;
    draft.origin = world_.Origin(code());
    draft.roster = {world_.roster().version(), world_.roster().digest()};
    draft.card = {world_.card(code()).version(), world_.card(code()).digest()};
    draft.records.push_back({record.SerializeAsString(), Audience::Members(code()), false});
    const Signer* author = &world_.Author(code());
    const auto made = MakeCommit(draft, {author});
    EXPECT_OK(made);
    return {made->leaf, {draft.records[0].bytes}};
  }

  absl::StatusOr<CommitState> Submit(const Submission& submission) {
    std::optional<absl::StatusOr<CommitState>> answer;
    node_->Submit(submission,
                  [&](absl::StatusOr<CommitState> state) { answer = std::move(state); });
    executor_->Run();
    if (!answer.has_value()) return absl::InternalError("no answer");
    return *answer;
  }

  World world_{1};
  CountingRandom random_;
  CountingTransport transport_;
  std::unique_ptr<ManualExecutor> executor_;
  std::unique_ptr<Node> node_;
  absl::Status failure_;
};

TEST_F(NodeTest, ACommitIsStoredSignedFinalAndShown) {
  const Submission meeting = Meeting("m-1");
  const auto state = Submit(meeting);
  ASSERT_OK(state);
  EXPECT_EQ(state->index, 0U);
  EXPECT_FALSE(state->repeated);
  const auto status = node_->Status();
  const LogStatus* log = status->Find(world_.Origin(code()));
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(log->final_size, 1U);
  EXPECT_EQ(log->quorum, 0) << "nobody else holds it, and the status must say so";
  const Snapshot snapshot(*store_);
  const auto shown = ViewReader(snapshot).GetRecord("members/" + code() + "/meetings/m-1");
  EXPECT_OK(shown);
}

TEST_F(NodeTest, WhatWasAcknowledgedSurvivesACrash) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_OK(Submit(Meeting("m-" + std::to_string(i))));
    if (i % 5 == 4) CrashAndRestart();
  }
  EXPECT_EQ(node_->Status()->Find(world_.Origin(code()))->size, 20U);
  const auto again = Submit(Meeting("m-3"));
  ASSERT_OK(again);
  EXPECT_TRUE(again->repeated) << "the same payload gives the same receipt, also after a crash";
  EXPECT_EQ(again->index, 3U);
}

// Wrong: commits that wait after a restart take the numbers, and the place, of those set aside
// before.
TEST_F(NodeTest, WhatWasSetAsideStaysBesideWhatIsSetAsideLater) {
  ASSERT_OK(Submit(Meeting("m-1")));
  for (const char* title : {"first", "second", "third"}) {
    node_.reset();
    MakeNode();
    const auto state = Submit(Meeting("m-1", 7, std::string(32, 'x'), title));
    ASSERT_OK(state);
    EXPECT_EQ(state->stage, CommitState::Stage::kWaiting);
  }
  std::set<std::string> aside;
  ASSERT_OK(store_->ScanAside(0, [&](const nodev1::Waiting& commit) {
    aside.insert(commit.envelope());
    return true;
  }));
  EXPECT_EQ(aside.size(), 3U);
}

TEST_F(NodeTest, AStaleRevisionIsRefusedAndNothingIsStored) {
  ASSERT_OK(Submit(Meeting("m-1")));
  EXPECT_THAT(
      Submit(Meeting("m-1", 1, "", "Another title")),
      ::testing::AnyOf(HasReason(Reason::STALE_REVISION), HasReason(Reason::REVISION_TAKEN)));
  EXPECT_EQ(node_->Status()->Find(world_.Origin(code()))->size, 1U);
  const Submission first = Meeting("m-1");
  EXPECT_OK(Submit(Meeting("m-1", 2, Sha256(first.records[0]).bytes(), "Corrected")));
}

TEST_F(NodeTest, RecordsMustBeThoseOfTheManifest) {
  Submission other = Meeting("m-1");
  other.records[0] += "x";
  EXPECT_THAT(Submit(other), HasReason(Reason::MANIFEST_MISMATCH));
  other.records.clear();
  EXPECT_THAT(Submit(other), HasReason(Reason::MANIFEST_MISMATCH));
  EXPECT_THAT(Submit({"garbage", {}}), HasReason(Reason::NON_CANONICAL));
}

TEST_F(NodeTest, AFullInboxIsAnsweredBusy) {
  executor_->full = true;
  EXPECT_THAT(Submit(Meeting("m-1")), HasReason(Reason::BUSY));
}

TEST_F(NodeTest, WaitingForFinalEndsWithTheFinalState) {
  const auto state = Submit(Meeting("m-1"));
  ASSERT_OK(state);
  std::optional<absl::StatusOr<CommitState>> answer;
  node_->WaitFinal(state->identity, 60'000, [&](auto final) { answer = std::move(final); });
  executor_->Run();
  ASSERT_TRUE(answer.has_value());
  ASSERT_OK(*answer);
  EXPECT_EQ((*answer)->stage, CommitState::Stage::kFinal);
  answer.reset();
  node_->WaitFinal(Sha256("unheard of"), 60'000, [&](auto final) { answer = std::move(final); });
  executor_->Run();
  ASSERT_TRUE(answer.has_value());
  EXPECT_THAT(*answer, HasReason(Reason::NOT_FOUND));
}

// Wrong: a promise that is not on the disk yet is heard by a peer, and forgotten by a crash.
TEST_F(NodeTest, NothingLeavesBeforeTheWriteOfItsDrain) {
  executor_->PostInternal([this] {
    node_->OnLinkUp(7, LinkPeer{"ru", "node-1", true, ""});
    node_->OnWritable(7);
    EXPECT_EQ(transport_.sent, 0) << "a frame of this drain left in the middle of it";
  });
  executor_->Run();
  EXPECT_GT(transport_.sent, 0);
}

// Wrong: the view says redacted, and the bytes are still in a file of this disk.
TEST_F(NodeTest, WhatIsRedactedIsGoneFromTheDisk) {
  const std::string title = "a title that must go from every file";
  ASSERT_OK(Submit(Meeting("m-1", 1, "", title)));
  EXPECT_TRUE(IsInAFile(title)) << "else this test sees nothing";
  ASSERT_OK(Submit(RedactionOfTheFirst()));
  executor_->Run();
  EXPECT_FALSE(IsInAFile(title));
  const Snapshot snapshot(*store_);
  const auto shown = ViewReader(snapshot).EntryAt(world_.Origin(code()), 0, 0);
  ASSERT_OK(shown);
  EXPECT_TRUE(shown->redacted);
  EXPECT_OK(Submit(Meeting("m-2")));
}

// Wrong: the node dies between the erasure and the purge, and the bytes stay in its files for ever.
TEST_F(NodeTest, APurgeThatAStopCutShortIsDoneAtTheNextStart) {
  const std::string title = "a title that must go from every file";
  ASSERT_OK(Submit(Meeting("m-1", 1, "", title)));
  CrashAndRestart();  // from the log into a table, where a later write alone does not reach it
  node_.reset();
  store_.reset();
  const DiskImage before = disk_.Image(Unsynced::kKept);
  int cut_short = 0;
  for (const Unsynced unsynced : {Unsynced::kKept, Unsynced::kLost}) {
    for (uint64_t at = 0;; at += 3) {
      SCOPED_TRACE(absl::StrCat("change ", at));
      node_.reset();
      store_.reset();
      disk_.Load(before);
      ASSERT_OK(Open());
      StartNode();
      disk_.DieAt(at, CrashDisk::When::kBefore);
      Submit(RedactionOfTheFirst()).status().IgnoreError();  // refused where the disk dies
      executor_->Run();
      if (!disk_.dead()) break;
      CrashAndRestart(unsynced);
      // Lost with the power, or never written: then nothing is redacted.
      if (node_->Status()->Find(world_.Origin(code()))->size < 2) continue;
      ++cut_short;
      EXPECT_FALSE(IsInAFile(title));
      EXPECT_TRUE(store_->Purges()->empty()) << "and each start would purge again";
    }
  }
  EXPECT_GT(cut_short, 10) << "the sweep did not reach the purge";
}

TEST_F(NodeTest, AStoreOfAnotherFederationIsRefused) {
  node_.reset();
  World other(1, "another seed");
  NodeOptions options;
  options.member = code();
  const Environment environment{executor_.get(), &random_, executor_.get(), &transport_,
                                disk_.env()};
  EXPECT_THAT(Node::Create(options,
                           {{std::string(other.roster().envelope())},
                            {std::string(other.card(code()).envelope())}},
                           environment, *store_)
                  .status(),
              HasReason(Reason::WRONG_GENESIS));
}

}  // namespace
}  // namespace plenary::node
