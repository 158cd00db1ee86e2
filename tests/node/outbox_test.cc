// If the outbox were wrong, bulk would delay an alarm, a slow peer would make a node keep every
// statement it ever overtook, or its memory would grow past what is counted.
#include "node/transport/outbox.h"

#include <gtest/gtest.h>

#include <random>

namespace plenary::node {
namespace {

std::unique_ptr<plenary::v1::Frame> Ping(uint64_t number) {
  auto frame = std::make_unique<plenary::v1::Frame>();
  frame->mutable_ping()->set_number(number);
  return frame;
}

std::vector<uint64_t> Drain(Outbox& outbox) {
  std::vector<uint64_t> numbers;
  while (auto frame = outbox.Pop()) numbers.push_back(frame->ping().number());
  return numbers;
}

using Numbers = std::vector<uint64_t>;

TEST(Outbox, AlarmsOvertakeEverythingAndEachPriorityKeepsItsOrder) {
  Outbox outbox;
  outbox.Push(Priority::kBulk, Ping(41), "");
  outbox.Push(Priority::kLive, Ping(31), "");
  outbox.Push(Priority::kAlarm, Ping(11), "");
  outbox.Push(Priority::kBulk, Ping(42), "");
  outbox.Push(Priority::kFinality, Ping(21), "");
  outbox.Push(Priority::kAlarm, Ping(12), "");
  EXPECT_EQ(Drain(outbox), (Numbers{11, 12, 21, 31, 41, 42}));
}

TEST(Outbox, ANewerStatementTakesThePlaceOfTheOneItReplaces) {
  Outbox outbox;
  outbox.Push(Priority::kFinality, Ping(1), "ack/br");
  outbox.Push(Priority::kFinality, Ping(2), "ack/in");
  outbox.Push(Priority::kFinality, Ping(3), "ack/br");
  EXPECT_EQ(outbox.frames(), 2u);
  EXPECT_EQ(Drain(outbox), (Numbers{3, 2}));
}

TEST(Outbox, WhatWasSentIsNotReplaced) {
  Outbox outbox;
  outbox.Push(Priority::kFinality, Ping(1), "ack/br");
  EXPECT_EQ(outbox.Pop()->ping().number(), 1u);
  outbox.Push(Priority::kFinality, Ping(2), "ack/br");
  EXPECT_EQ(Drain(outbox), (Numbers{2}));
}

TEST(Outbox, AReplacementOfAnotherPriorityWaitsWhereItBelongs) {
  Outbox outbox;
  outbox.Push(Priority::kBulk, Ping(1), "x");
  outbox.Push(Priority::kLive, Ping(2), "");
  outbox.Push(Priority::kAlarm, Ping(3), "x");
  EXPECT_EQ(Drain(outbox), (Numbers{3, 2}));
}

TEST(Outbox, FramesThatReplaceNothingAreAllKept) {
  Outbox outbox;
  for (uint64_t i = 0; i < 5; ++i) outbox.Push(Priority::kLive, Ping(i), "");
  EXPECT_EQ(outbox.frames(), 5u);
}

TEST(Outbox, ClosingKeepsOnlyAlarms) {
  Outbox outbox;
  outbox.Push(Priority::kBulk, Ping(4), "b");
  outbox.Push(Priority::kAlarm, Ping(1), "a");
  outbox.Push(Priority::kFinality, Ping(2), "f");
  outbox.KeepAlarmsOnly();
  EXPECT_EQ(outbox.bytes(), Ping(1)->ByteSizeLong());
  EXPECT_EQ(Drain(outbox), (Numbers{1}));
}

TEST(Outbox, CountsItsBytesWhateverHappens) {
  std::mt19937 random(7);
  Outbox outbox;
  std::vector<std::pair<std::string, uint64_t>> model;  // replaces, number; order does not matter
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 3 == 0) {
      if (auto frame = outbox.Pop()) {
        const uint64_t number = frame->ping().number();
        std::erase_if(model, [&](const auto& entry) { return entry.second == number; });
      }
    } else {
      const uint64_t number = static_cast<uint64_t>(step + 1);
      const std::string replaces = random() % 2 == 0 ? "" : std::to_string(random() % 5);
      std::erase_if(
          model, [&](const auto& entry) { return !replaces.empty() && entry.first == replaces; });
      model.emplace_back(replaces, number);
      outbox.Push(static_cast<Priority>(random() % 4), Ping(number), replaces);
    }
    uint64_t bytes = 0;
    for (const auto& [replaces, number] : model) bytes += Ping(number)->ByteSizeLong();
    ASSERT_EQ(outbox.bytes(), bytes);
    ASSERT_EQ(outbox.frames(), model.size());
    ASSERT_LE(outbox.urgent_bytes(), bytes);
  }
  outbox.Clear();
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0u);
}

}  // namespace
}  // namespace plenary::node
