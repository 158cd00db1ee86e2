// plenary-sim: runs seeds, and says how to run a failing one again.
#include <CLI/CLI.hpp>

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/simulation/simulation.h"

namespace {

using plenary::testing::SimulationOptions;
using plenary::testing::SimulationResult;

uint64_t running_seed = 0;

// A CHECK that fails is a violation too, and needs its seed as well.
extern "C" void OnAbort(int) {
  char text[] =
      "FAILED by a check: plenary-sim --first-seed 00000000000000000000 --seeds 1 --trace\n";
  char* digit = std::strrchr(text, '0');
  for (uint64_t rest = running_seed; rest > 0; rest /= 10) {
    *digit-- = static_cast<char>('0' + rest % 10);
  }
  if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0) return;
}

// True if all held.
bool RunSeed(const SimulationOptions& options, bool verbose) {
  const SimulationResult result = plenary::testing::Simulate(options);
  if (verbose || !result.violation.empty()) {
    std::string faults;
    for (const auto& [kind, count] : result.faults) absl::StrAppend(&faults, " ", kind, " ", count);
    std::printf("seed %llu: %d members, %lld ms, %llu steps, %llu commits, trace %s,%s\n",
                static_cast<unsigned long long>(options.seed), result.members,
                static_cast<long long>(result.at_ms), static_cast<unsigned long long>(result.step),
                static_cast<unsigned long long>(result.acknowledged),
                result.trace.Hex().substr(0, 16).c_str(), faults.c_str());
  }
  if (result.violation.empty()) return true;
  std::string again = absl::StrCat("plenary-sim --first-seed ", options.seed, " --seeds 1");
  if (options.members > 0) absl::StrAppend(&again, " --members ", options.members);
  std::printf("FAILED seed %llu at step %llu, %lld ms: %s\n  again: %s --trace\n",
              static_cast<unsigned long long>(options.seed),
              static_cast<unsigned long long>(result.step), static_cast<long long>(result.at_ms),
              result.violation.c_str(), again.c_str());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs federations of production nodes over simulated clocks, networks and disks.");
  uint64_t first_seed = 1;
  uint64_t seeds = 1;
  SimulationOptions options;
  bool verbose = false;
  bool go_on = false;
  app.add_option("--first-seed", first_seed, "the first seed to run");
  app.add_option("--seeds", seeds, "how many");
  app.add_option("--members", options.members, "members, 1 to 10; else as each seed says")
      ->check(CLI::Range(1, 10));
  app.add_flag("--check-words", options.check_words, "also: what was acknowledged is held");
  app.add_flag("--trace", options.print_trace, "print all that happens");
  app.add_flag("--verbose", verbose, "one line for each seed");
  app.add_flag("--keep-going", go_on, "run all seeds, also after one that failed");
  CLI11_PARSE(app, argc, argv);
  signal(SIGABRT, OnAbort);
  if (options.print_trace) setvbuf(stdout, nullptr, _IOLBF, 0);
  uint64_t failed = 0;
  uint64_t ran = 0;
  for (uint64_t i = 0; i < seeds && (failed == 0 || go_on); ++i, ++ran) {
    options.seed = first_seed + i;
    running_seed = options.seed;
    if (!RunSeed(options, verbose)) ++failed;
    std::fflush(stdout);
  }
  std::printf("%llu seeds, %llu failed\n", static_cast<unsigned long long>(ran),
              static_cast<unsigned long long>(failed));
  return failed == 0 ? 0 : 1;
}
