// Links between nodes: what replication relies on. If one of these failed, frames would be lost or
// reordered, an alarm would wait behind bulk, a slow or hostile peer would fill this node's memory,
// or a node that stops would crash.
#include <thread>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "tests/node/transport_world.h"

namespace plenary::node::testing {
namespace {

using State = Recorder::State;

class TransportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(br_.Start());
    ASSERT_OK(in_.Start());
  }
  static std::vector<uint64_t> Pings(Station& station, LinkId link) {
    return station.recorder().Get().links.at(link).pings;
  }
  static bool WaitForPings(Station& station, LinkId link, size_t count) {
    return station.recorder().Wait(
        [=](const State& state) { return state.links.at(link).pings.size() >= count; }, "pings");
  }

  Federation federation_;
  Station br_{federation_, "br", "node-1"};
  Station in_{federation_, "in", "node-1"};
};

TEST_F(TransportTest, ALinkNamesBothEnds) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  const LinkPeer dialled = br_.recorder().Get().links.at(mine).peer;
  EXPECT_EQ(dialled.member, "in");
  EXPECT_EQ(dialled.node, "node-1");
  EXPECT_TRUE(dialled.dialled);
  EXPECT_EQ(dialled.address, in_.Address());
  const LinkPeer accepted = in_.recorder().Get().links.at(theirs).peer;
  EXPECT_EQ(accepted.member, "br");
  EXPECT_FALSE(accepted.dialled);
  EXPECT_THAT(accepted.address, ::testing::HasSubstr("127.0.0.1"));
}

TEST_F(TransportTest, AnyNodeOfAMemberMayBeDialled) {
  br_.transport().Dial(1, "in", "", in_.Address());
  const LinkId link = br_.recorder().WaitForLink();
  EXPECT_EQ(br_.recorder().Get().links.at(link).peer.node, "node-1");
}

TEST_F(TransportTest, FramesKeepTheirOrderBothWays) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  constexpr uint64_t kCount = 5'000;
  std::vector<uint64_t> sent;
  for (uint64_t i = 0; i < kCount; ++i) {
    br_.SendPing(mine, i);
    in_.SendPing(theirs, i);
    sent.push_back(i);
  }
  ASSERT_TRUE(WaitForPings(in_, theirs, kCount) && WaitForPings(br_, mine, kCount));
  EXPECT_EQ(Pings(in_, theirs), sent);
  EXPECT_EQ(Pings(br_, mine), sent);
}

TEST_F(TransportTest, TheLargestFrameArrivesWhole) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  br_.SendBulk(mine, kMaxFrameBytes - 64);
  EXPECT_TRUE(in_.recorder().Wait(
      [&, theirs = theirs](const State& state) {
        return state.links.at(theirs).bytes >= kMaxFrameBytes - 64;
      },
      "the frame"));
}

TEST_F(TransportTest, AnAlarmOvertakesBulk) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  in_.recorder().Hold();
  // More than what the other side and the network take: the rest waits here.
  constexpr int kBulk = 60;
  for (int i = 0; i < kBulk; ++i) br_.SendBulk(mine, 1 << 20);
  br_.SendPing(mine, 7, Priority::kAlarm);
  in_.recorder().LetGo();
  ASSERT_TRUE(WaitForPings(in_, theirs, 1));
  EXPECT_LT(in_.recorder().Get().links.at(theirs).frames, uint64_t{kBulk});
}

TEST_F(TransportTest, ASlowReaderCostsABoundedAmount) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  in_.recorder().Hold();
  uint64_t sent = 0;
  // A well-behaved sender: bulk only while the outbox is low.
  absl::Mutex mutex;
  const auto fill = [&, link = mine](LinkId) {
    absl::MutexLock lock(&mutex);
    while (sent < 200 && br_.transport().QueuedBytes(link) < kOutboxLowBytes) {
      br_.SendBulk(link, 1 << 19);
      ++sent;
    }
  };
  br_.loop().RunOnLoop([&, link = mine] {
    br_.recorder().WhenWritable(fill);
    fill(link);
  });
  // An alarm's way is still open when everything else stands: nothing more is read, none is lost.
  in_.recorder().LetGo();
  EXPECT_TRUE(in_.recorder().Wait(
      [&, theirs = theirs](const State& state) { return state.links.at(theirs).frames >= 200; },
      "all of the bulk"));
  EXPECT_GT(br_.recorder().Get().links.at(mine).writable, 0);
  br_.loop().RunOnLoop([&] { br_.recorder().WhenWritable(nullptr); });
}

TEST_F(TransportTest, WhatAPeerDoesNotReadStaysWithTheSender) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  in_.recorder().Hold();
  constexpr uint64_t kSent = uint64_t{100} << 20;
  for (int i = 0; i < 100; ++i) br_.SendBulk(mine, 1 << 20);
  // The receiver takes its inbox, gRPC a window on each side. Beyond that nothing may move; what
  // could move has done so when an own frame has gone there and back.
  br_.loop().RunOnLoop([] {});
  in_.loop().Post([] {});
  const auto link = mine;
  const absl::Time deadline = absl::Now() + kPatience;
  uint64_t before = 0;
  uint64_t waiting = br_.transport().QueuedBytes(link);
  while (waiting != before && absl::Now() < deadline) {
    before = waiting;
    Station probe(federation_, "za", "node-1");
    ASSERT_OK(probe.Start());
    const auto ends = probe.LinkWith(br_);  // takes long enough, and proves that br is well
    EXPECT_NE(ends.first, 0u);
    waiting = br_.transport().QueuedBytes(link);
  }
  EXPECT_GT(waiting, kSent - (uint64_t{40} << 20));
}

TEST_F(TransportTest, OvertakenStatementsAreNotSent) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  in_.recorder().Hold();
  for (int i = 0; i < 60; ++i) br_.SendBulk(mine, 1 << 20);
  for (uint64_t i = 1; i <= 10'000; ++i) br_.SendPing(mine, i, Priority::kFinality, "ack/br/1");
  in_.recorder().LetGo();
  ASSERT_TRUE(in_.recorder().Wait(
      [&, theirs = theirs](const State& state) {
        const auto& pings = state.links.at(theirs).pings;
        return !pings.empty() && pings.back() == 10'000;
      },
      "the newest statement"));
  EXPECT_LT(Pings(in_, theirs).size(), 5'000u);
}

TEST_F(TransportTest, APeerThatReadsNoNewsIsCutOff) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  in_.recorder().Hold();
  for (int i = 0; i < 60; ++i) br_.SendBulk(mine, 1 << 20, Priority::kLive);
  EXPECT_THAT(br_.recorder().WaitForDown(mine), HasReason(Reason::STALLED));
}

TEST_F(TransportTest, ClosingSendsTheAlarmsAndTheReason) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  const absl::Status why = MakeError(Reason::PROTOCOL_ERROR, "heads: a number twice");
  in_.SendPing(theirs, 99, Priority::kAlarm);
  in_.transport().Close(theirs, why);
  EXPECT_THAT(in_.recorder().WaitForDown(theirs), HasReason(Reason::PROTOCOL_ERROR));
  EXPECT_THAT(br_.recorder().WaitForDown(mine), HasReason(Reason::PROTOCOL_ERROR))
      << "the dialler hears the reason";
  EXPECT_EQ(Pings(br_, mine), (std::vector<uint64_t>{99}));
}

TEST_F(TransportTest, TheDiallerMayCloseToo) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  br_.SendPing(mine, 98, Priority::kAlarm);
  br_.transport().Close(mine, MakeError(Reason::REPLACED, "a newer session"));
  EXPECT_THAT(br_.recorder().WaitForDown(mine), HasReason(Reason::REPLACED));
  EXPECT_FALSE(in_.recorder().WaitForDown(theirs).ok());
  EXPECT_EQ(Pings(in_, theirs), (std::vector<uint64_t>{98}));
}

TEST_F(TransportTest, ClosingEndsInTimeThoughThePeerReadsNothing) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  in_.recorder().Hold();
  for (int i = 0; i < 60; ++i) br_.SendBulk(mine, 1 << 20);
  br_.SendPing(mine, 1, Priority::kAlarm);
  br_.transport().Close(mine, MakeError(Reason::REPLACED, "a newer session"));
  br_.clock().Add(absl::Milliseconds(Transport::kCloseMs));
  EXPECT_THAT(br_.recorder().WaitForDown(mine), HasReason(Reason::REPLACED));
}

TEST_F(TransportTest, FramesForALinkThatIsGoneAreDropped) {
  const auto [mine, theirs] = br_.LinkWith(in_);
  br_.transport().Close(mine, MakeError(Reason::REPLACED, "a newer session"));
  EXPECT_FALSE(br_.recorder().WaitForDown(mine).ok());
  br_.SendPing(mine, 1);
  br_.SendPing(77777, 1);
  EXPECT_EQ(br_.transport().QueuedBytes(mine), 0u);
  br_.transport().Close(mine, MakeError(Reason::REPLACED, "again"));
}

TEST_F(TransportTest, AMemberHasFourLinksAtMost) {
  std::vector<std::pair<LinkId, LinkId>> links;
  for (int i = 0; i < 4; ++i) links.push_back(br_.LinkWith(in_));
  // Another node of the same member counts too.
  Station second(federation_, "br", "node-2");
  ASSERT_OK(second.Start());
  second.Dial(5, in_);
  EXPECT_THAT(second.recorder().WaitForFailedDial(5), HasReason(Reason::BUSY));
  EXPECT_TRUE(in_.recorder().WaitForRefusal(Reason::BUSY));
  // A free place can be taken again; another member was never hindered.
  in_.transport().Close(links[0].second, MakeError(Reason::REPLACED, "x"));
  EXPECT_FALSE(in_.recorder().WaitForDown(links[0].second).ok());
  second.Dial(6, in_);
  EXPECT_NE(second.recorder().WaitForLink(), 0u);
  Station third(federation_, "za", "node-1");
  ASSERT_OK(third.Start());
  EXPECT_NE(third.LinkWith(in_).first, 0u);
}

TEST_F(TransportTest, ADialThatNobodyAnswersFails) {
  br_.transport().Dial(1, "in", "node-1", "127.0.0.1:1");
  EXPECT_THAT(br_.recorder().WaitForFailedDial(1), HasReason(Reason::UNAVAILABLE));
  br_.transport().Dial(2, "in", "node-1", "no-such-host.invalid:7443");
  EXPECT_THAT(br_.recorder().WaitForFailedDial(2), HasReason(Reason::UNAVAILABLE));
  br_.transport().Dial(3, "in", "node-1", "not an address at all");
  EXPECT_THAT(br_.recorder().WaitForFailedDial(3), HasReason(Reason::UNAVAILABLE));
}

TEST_F(TransportTest, ATakenPortIsSaidAtStart) {
  Station other(federation_, "br", "node-3");
  auto taken = GrpcTransport::Create({.own = {.member = "br",
                                              .federation = kFederation,
                                              .kind = TlsIdentity::Kind::kNode,
                                              .name = "node-3"},
                                      .files = {.certificate = other.folder() + "/current/cert.pem",
                                                .key = other.folder() + "/current/key.pem"},
                                      .listen = in_.Address()},
                                     {.clock = &other.clock(),
                                      .random = nullptr,
                                      .executor = &other.loop(),
                                      .transport = nullptr,
                                      .disk = nullptr},
                                     &other.trust());
  ASSERT_OK(taken);
  Recorder events;
  EXPECT_THAT((*taken)->Start(&events), HasReason(Reason::UNAVAILABLE));
}

TEST_F(TransportTest, ANodeWithoutAListenerOnlyDials) {
  Station behind(federation_, "za", "node-1", /*listens=*/false);
  ASSERT_OK(behind.Start());
  EXPECT_EQ(behind.transport().port(), 0);
  const auto [mine, theirs] = behind.LinkWith(in_);
  in_.SendPing(theirs, 5);
  EXPECT_TRUE(WaitForPings(behind, mine, 1)) << "both directions run over the outbound connection";
}

TEST_F(TransportTest, StoppingWhileBusyEndsCleanly) {
  for (int round = 0; round < 4; ++round) {
    Station busy(federation_, "za", "node-1");
    ASSERT_OK(busy.Start());
    const auto [out, far] = busy.LinkWith(in_);
    const auto [there, in] = br_.LinkWith(busy);
    std::atomic<bool> go_on = true;
    std::thread flood([&, out = out, in = in, far = far, there = there] {
      for (uint64_t i = 0; go_on; ++i) {
        busy.SendPing(out, i);
        busy.SendBulk(in, 10'000);
        in_.SendPing(far, i);
        br_.SendPing(there, i);
      }
    });
    ASSERT_TRUE(WaitForPings(in_, far, 100));
    busy.Dial(9, br_);  // one that is under way
    busy.Stop();
    const uint64_t events = busy.recorder().Get().events;
    go_on = false;
    flood.join();
    EXPECT_FALSE(in_.recorder().WaitForDown(far).ok());
    EXPECT_FALSE(br_.recorder().WaitForDown(there).ok());
    busy.loop().RunOnLoop([] {});
    EXPECT_EQ(busy.recorder().Get().events, events) << "an event after Stop";
    busy.SendPing(out, 1);
    busy.Dial(10, in_);
  }
}

// The dialler's last channel takes gRPC's threads with it; that must not happen on one of them.
TEST(TransportEnd, TheLastChannelOfAProcessMayEndInACallback) {
  for (int round = 0; round < 20; ++round) {
    Federation federation;
    Station alone(federation, "za", "node-1", /*listens=*/false);
    ASSERT_OK(alone.Start());
    alone.transport().Dial(1, "in", "node-1", "127.0.0.1:1");
    EXPECT_THAT(alone.recorder().WaitForFailedDial(1), HasReason(Reason::UNAVAILABLE));
    alone.loop().RunOnLoop([] {});
  }
}

TEST_F(TransportTest, APeerThatVanishesIsNoticed) {
  std::optional<Station> gone;
  gone.emplace(federation_, "za", "node-1");
  ASSERT_OK(gone->Start());
  const auto ends = gone->LinkWith(in_);
  gone.reset();
  EXPECT_FALSE(in_.recorder().WaitForDown(ends.second).ok());
}

}  // namespace
}  // namespace plenary::node::testing
