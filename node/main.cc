// plenaryd: the node of one member.
#include <CLI/CLI.hpp>

#include <csignal>
#include <iostream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "ledger/signature.h"
#include "ledger/status.h"
#include "node/config.h"
#include "node/process.h"
#include "node/transport/tls.h"

namespace plenary::node {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 64;
constexpr int kBadConfig = 78;

struct Words {
  std::string config = "plenaryd.toml";
  bool check = false;
  bool init = false;
  bool first = false;
  bool rebuild_view = false;
};

int Say(const absl::Status& status) {
  if (status.ok()) return kDone;
  std::cerr << "plenaryd: " << Explain(status) << "\n";
  return kFailed;
}

// The configuration, and what is wrong with the files that it names.
ConfigResult Load(const std::string& path, bool with_files) {
  ConfigResult loaded = LoadConfig(path);
  if (!loaded.ok() || !with_files) return loaded;
  loaded.problems = CheckFiles(loaded.config, absl::Now());
  return loaded;
}

int Check(const Words& words, const ConfigResult& loaded) {
  std::cout << words.config << ": good\n"
            << "  member       " << loaded.config.member << " of " << loaded.config.federation
            << ", node " << loaded.config.node << "\n"
            << "  peers        "
            << (loaded.config.peer_listen.empty() ? "dials out only" : loaded.config.peer_listen)
            << "\n"
            << "  operators    " << loaded.config.operator_listen << "\n"
            << "  store        " << loaded.config.store << "\n";
  return kDone;
}

int Init(const Config& config, bool first) {
  const absl::Status made = InitStore(config, first ? StoreKind::kFirst : StoreKind::kLater);
  if (!made.ok()) return Say(made);
  std::cout << "made the store " << config.store << " for the node of " << config.member << "\n";
  if (first) {
    std::cout << "It takes part at once, since " << config.member << " never ran a node before.\n";
  } else {
    std::cout << "It vouches for others' logs once their proposals name it: plenary sync status.\n"
              << "If " << config.member << " never ran a node before, remove the folder and use\n"
              << "--first instead.\n";
  }
  return kDone;
}

// Signals are taken by one thread that waits for them; every other thread has them blocked.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  // Waits for the next one.
  int Wait() const {
    int signal = 0;
    while (sigwait(&set_, &signal) != 0) continue;
    return signal;
  }

 private:
  sigset_t set_;
};

int Serve(const Config& config, LogLines& log, const Signals& signals) {
  SystemEnvironment system;
  auto process = Process::Create(config, &log, &system);
  if (process.ok()) {
    if (const absl::Status started = (*process)->Start(); !started.ok()) process = started;
  }
  if (!process.ok()) {
    log.WriteStatus(LogLevel::kError, "not_started", process.status());
    return Say(process.status());
  }
  std::atomic<bool> ended = false;
  std::thread waiter([&] {
    while (true) {
      const int signal = signals.Wait();
      if (ended) return;
      if (signal != SIGHUP) return (*process)->Stop();
      if (const absl::Status reopened = log.Reopen(); !reopened.ok()) {
        log.WriteStatus(LogLevel::kError, "log_not_reopened", reopened);
      }
    }
  });
  const absl::Status ran = (*process)->Run();
  ended = true;
  pthread_kill(waiter.native_handle(), SIGTERM);
  waiter.join();
  return ran.ok() ? kDone : kFailed;
}

int Run(const Words& words, const Signals& signals) {
  const ConfigResult loaded = Load(words.config, !words.init);
  if (!loaded.ok()) {
    std::cerr << FormatProblems(words.config, loaded.problems);
    return kBadConfig;
  }
  const Config& config = loaded.config;
  if (words.check) return Check(words, loaded);
  if (words.init) return Init(config, words.first);
  SystemClock clock;
  const auto log = LogLines::Open(config.log_file, config.log_level, &clock);
  if (!log.ok()) return Say(log.status());
  if (!words.rebuild_view) return Serve(config, **log, signals);
  const auto digest = RebuildView(config, **log);
  if (!digest.ok()) return Say(digest.status());
  std::cout << "view digest " << digest->Hex() << "\n";
  return kDone;
}

void AddOptions(CLI::App& app, Words& words) {
  app.add_option("-c,--config", words.config, "The configuration file")->capture_default_str();
  auto* check = app.add_flag("--check", words.check,
                             "Say everything that is wrong with the configuration, then end");
  auto* init = app.add_flag("--init", words.init, "Make an empty store, then end");
  app.add_flag("--first", words.first,
               "With --init: this member never ran a node before, so the store takes part at once")
      ->needs(init);
  auto* rebuild = app.add_flag("--rebuild-view", words.rebuild_view,
                               "Build the view anew from the logs, print its digest, then end");
  check->excludes(init)->excludes(rebuild);
  init->excludes(rebuild);
  app.set_version_flag("--version", SoftwareName());
  app.footer(
      "Runs in the foreground until SIGTERM or SIGINT; SIGHUP opens the log file anew.\n"
      "New certificates, rosters and cards take effect without a restart.\n"
      "Exit codes: 0 done, 1 failed, 64 bad usage, 78 bad configuration.\n\n"
      "  plenaryd --config trial/br/plenaryd.toml --check\n"
      "  plenaryd --config trial/br/plenaryd.toml --init --first\n"
      "  plenaryd --config trial/br/plenaryd.toml");
}

}  // namespace
}  // namespace plenary::node

int main(int argc, char** argv) {
  using namespace plenary::node;
  AllowOnlyTls13();
  plenary::CheckEd25519Rule();
  const Signals signals;
  CLI::App app("The node of one member of a Plenary federation", "plenaryd");
  Words words;
  AddOptions(app, words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  return Run(words, signals);
}
