// The loop's promises, which the node's correctness rests on: one thread, order, one end per drain,
// bounds, and a stop that cuts nothing in half.
#include "node/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "node/system_environment.h"

namespace plenary::node {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ManualClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::UnixEpoch(); }
  int64_t MonotonicMs() const override { return now_ms_; }
  void Set(int64_t now_ms) { now_ms_ = now_ms; }

 private:
  std::atomic<int64_t> now_ms_ = 0;
};

class LoopTest : public ::testing::Test {
 protected:
  ~LoopTest() override { StopAndJoin(); }

  void Start() {
    thread_ = std::thread([this] { loop_.Run(); });
  }
  void StopAndJoin() {
    loop_.Stop();
    if (thread_.joinable()) thread_.join();
  }
  // Returns when everything posted so far has run.
  void Settle() {
    absl::Notification done;
    loop_.PostInternal([&] { done.Notify(); });
    done.WaitForNotification();
  }

  ManualClock clock_;
  Loop loop_{clock_, {.inbox_tasks = 4, .verifier_threads = 2}};
  std::thread thread_;
  std::vector<int> seen_;
};

TEST_F(LoopTest, RunsWhatWaitsInOrderAsOneDrainWithOneEnd) {
  loop_.SetDrainEnd([this] { seen_.push_back(0); });
  for (int i = 1; i <= 3; ++i) EXPECT_TRUE(loop_.Post([this, i] { seen_.push_back(i); }));
  loop_.PostInternal([this] { loop_.Stop(); });
  loop_.Run();
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 0));
}

TEST_F(LoopTest, WhatADrainPostsBelongsToTheNext) {
  loop_.SetDrainEnd([this] { seen_.push_back(0); });
  loop_.PostInternal([this] {
    seen_.push_back(1);
    loop_.PostInternal([this] {
      seen_.push_back(2);
      loop_.Stop();
    });
  });
  loop_.Run();
  EXPECT_THAT(seen_, ElementsAre(1, 0, 2, 0));
}

TEST_F(LoopTest, AFullInboxRefusesOthersButNotTheNodeItself) {
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(loop_.Post([this, i] { seen_.push_back(i); }));
  EXPECT_FALSE(loop_.Post([this] { seen_.push_back(99); }));
  loop_.PostInternal([this] { seen_.push_back(4); });
  Start();
  Settle();
  EXPECT_THAT(seen_, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_TRUE(loop_.Post([] {})) << "there is room again";
}

TEST_F(LoopTest, TimersRunByTimeThenByOrderOfCallsAndNeverEarly) {
  const auto at = [this](int64_t ms, int number) {
    loop_.PostAt(ms, [this, number] { seen_.push_back(number); });
  };
  at(30, 5);
  at(10, 1);
  at(20, 3);
  at(10, 2);
  at(20, 4);
  Start();
  Settle();
  EXPECT_THAT(seen_, IsEmpty());
  clock_.Set(20);
  Settle();
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4));
  clock_.Set(29);
  Settle();
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4));
  clock_.Set(1000);
  Settle();
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(LoopTest, AFloodOfPostsDoesNotStarveATimer) {
  // Each task posts the next one: the inbox is never empty.
  bool timer_ran = false;
  loop_.PostAt(5, [&] {
    timer_ran = true;
    loop_.Stop();
  });
  int rounds = 0;
  std::function<void()> again = [&] {
    if (++rounds == 10) clock_.Set(5);
    ASSERT_LT(rounds, 100);
    loop_.PostInternal([&] { again(); });
  };
  loop_.PostInternal([&] { again(); });
  loop_.Run();
  EXPECT_TRUE(timer_ran);
}

TEST_F(LoopTest, VerifiersRunBesideTheLoopAndFinishOnIt) {
  const std::thread::id here = std::this_thread::get_id();
  std::thread::id worked;
  std::thread::id done;
  bool role_while_working = true;
  loop_.RunVerifier(
      [&] {
        worked = std::this_thread::get_id();
        role_while_working = LoopRole::Held();
      },
      [&] {
        loop_role.AssertHeld();
        done = std::this_thread::get_id();
        loop_.Stop();
      });
  loop_.Run();
  EXPECT_NE(worked, here);
  EXPECT_EQ(done, here);
  EXPECT_FALSE(role_while_working);
}

TEST_F(LoopTest, VerifiersWorkAtTheSameTime) {
  // Each of two waits for the other: one thread alone would never finish.
  absl::Notification first;
  absl::Notification second;
  int finished = 0;
  const auto done = [&] {
    if (++finished == 2) loop_.Stop();
  };
  loop_.RunVerifier(
      [&] {
        first.Notify();
        second.WaitForNotification();
      },
      done);
  loop_.RunVerifier(
      [&] {
        second.Notify();
        first.WaitForNotification();
      },
      done);
  loop_.Run();
  EXPECT_EQ(finished, 2);
}

TEST_F(LoopTest, StopFinishesTheDrainInHandAndDropsTheRest) {
  auto held = std::make_shared<int>(0);
  loop_.SetDrainEnd([this] { seen_.push_back(0); });
  loop_.PostInternal([this, held] {
    loop_.Stop();
    loop_.PostInternal([this, held] { seen_.push_back(99); });
    loop_.PostAt(0, [this, held] { seen_.push_back(99); });
    EXPECT_FALSE(loop_.Post([this, held] { seen_.push_back(99); }));
  });
  loop_.PostInternal([this, held] { seen_.push_back(1); });
  loop_.PostAt(1000, [this, held] { seen_.push_back(99); });
  loop_.Run();
  EXPECT_THAT(seen_, ElementsAre(1, 0)) << "the second task was of the drain in hand";
  EXPECT_EQ(held.use_count(), 1) << "what was dropped is gone when Run returns";
  EXPECT_FALSE(loop_.Post([] {}));
}

TEST_F(LoopTest, StopWaitsForVerifiersInHandAndDropsTheirEnds) {
  absl::Notification working;
  absl::Notification may_end;
  bool worked = false;
  bool done = false;
  loop_.RunVerifier(
      [&] {
        working.Notify();
        may_end.WaitForNotification();
        worked = true;
      },
      [&] { done = true; });
  Start();
  working.WaitForNotification();
  loop_.Stop();
  may_end.Notify();
  StopAndJoin();
  EXPECT_TRUE(worked);
  EXPECT_FALSE(done);
}

TEST_F(LoopTest, TheRoleIsHeldInTasksAndTheDrainsEndOnly) {
  std::vector<bool> held;
  EXPECT_FALSE(LoopRole::Held());
  loop_.SetDrainEnd([&] { held.push_back(LoopRole::Held()); });
  loop_.PostInternal([&] {
    held.push_back(LoopRole::Held());
    loop_.Stop();
  });
  loop_.Run();
  EXPECT_THAT(held, ElementsAre(true, true));
  EXPECT_FALSE(LoopRole::Held());
}

TEST_F(LoopTest, ManyThreadsKeepTheirOwnOrder) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 2000;
  std::vector<std::vector<int>> seen(kThreads);
  Start();
  std::vector<std::thread> posters;
  for (size_t thread = 0; thread < kThreads; ++thread) {
    posters.emplace_back([&, thread] {
      for (int i = 0; i < kTasks; ++i) {
        const auto task = [&seen, thread, i] { seen[thread].push_back(i); };
        while (!loop_.Post(task)) std::this_thread::yield();
      }
    });
  }
  for (std::thread& poster : posters) poster.join();
  Settle();
  StopAndJoin();
  for (const std::vector<int>& one : seen) {
    EXPECT_EQ(one.size(), static_cast<size_t>(kTasks));
    EXPECT_TRUE(std::is_sorted(one.begin(), one.end()));
  }
}

TEST(SystemLoopTest, ASleepingLoopWakesForItsTimer) {
  SystemClock clock;
  Loop loop(clock, {.verifier_threads = 1});
  const int64_t due_ms = clock.MonotonicMs() + 20;
  int64_t ran_ms = 0;
  loop.PostAt(due_ms, [&] {
    ran_ms = clock.MonotonicMs();
    loop.Stop();
  });
  loop.Run();
  EXPECT_GE(ran_ms, due_ms);
}

TEST(SystemEnvironmentTest, ClocksRunAndRandomBytesDiffer) {
  SystemEnvironment system;
  const Environment environment = system.With(nullptr, nullptr);
  EXPECT_LE(environment.clock->MonotonicMs(), environment.clock->MonotonicMs());
  EXPECT_GT(environment.clock->Now(), absl::FromUnixSeconds(1'600'000'000));
  EXPECT_EQ(environment.random->Bytes(0), "");
  EXPECT_EQ(environment.random->Bytes(16).size(), 16u);
  EXPECT_NE(environment.random->Bytes(16), environment.random->Bytes(16));
  EXPECT_NE(environment.random->Uint64(), environment.random->Uint64());
  EXPECT_NE(environment.disk, nullptr);
}

}  // namespace
}  // namespace plenary::node
