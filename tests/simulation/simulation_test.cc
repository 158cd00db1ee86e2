// Whole federations from fixed and from fresh seeds. A failure prints the command that repeats it.
#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <random>

#include "absl/strings/str_cat.h"

namespace plenary::testing {
namespace {

void ExpectAllHolds(uint64_t seed, int members = 0) {
  SimulationOptions options;
  options.seed = seed;
  options.members = members;
  const SimulationResult result = Simulate(options);
  EXPECT_EQ(result.violation, "")
      << "at step " << result.step << ", " << result.at_ms
      << " ms; again: build/tests/plenary-sim --seeds 1 --trace --first-seed " << seed
      << (members > 0 ? absl::StrCat(" --members ", members) : "");
}

// Wrong: a failing seed does not fail again, and nobody can look at it.
TEST(Simulation, OneSeedIsOneHistory) {
  SimulationOptions options;
  options.seed = 4;
  const SimulationResult first = Simulate(options);
  const SimulationResult again = Simulate(options);
  EXPECT_EQ(first.trace, again.trace);
  EXPECT_EQ(first.step, again.step);
  EXPECT_GT(first.step, 100U);
  options.seed = 5;
  EXPECT_NE(Simulate(options).trace, first.trace);
}

class FixedSeed : public ::testing::TestWithParam<uint64_t> {};

TEST_P(FixedSeed, AllHolds) { ExpectAllHolds(GetParam()); }

// Each of these once found a fault in the product.
INSTANTIATE_TEST_SUITE_P(Found, FixedSeed, ::testing::Values(1, 16, 60, 105, 142));

class FederationOf : public ::testing::TestWithParam<int> {};

TEST_P(FederationOf, AllHolds) { ExpectAllHolds(1'000, GetParam()); }

INSTANTIATE_TEST_SUITE_P(Members, FederationOf, ::testing::Values(1, 2, 4, 7));

TEST(Simulation, FreshSeedsHold) {
  constexpr auto kBudget = std::chrono::seconds(15);
  const uint64_t first = std::random_device()();
  std::printf("fresh seeds from %llu on\n", static_cast<unsigned long long>(first));
  const auto end = std::chrono::steady_clock::now() + kBudget;
  uint64_t seed = first;
  while (!HasFailure() && std::chrono::steady_clock::now() < end) ExpectAllHolds(seed++);
  std::printf("%llu of them\n", static_cast<unsigned long long>(seed - first));
}

}  // namespace
}  // namespace plenary::testing
