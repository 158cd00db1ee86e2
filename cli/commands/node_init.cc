// plenary node init: makes a node's store. The store is plenaryd's, so plenaryd makes it.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr char kDetails[] =
    "A node needs a store before it runs. --first is for a member that never ran a node: nothing\n"
    "was promised to anyone, so the store takes part at once. Without it the store vouches for\n"
    "others' logs only once their proposals name it. A false --first counts as a fault of the\n"
    "member, and could let two histories of a log become final.\n\n"
    "  plenary node init --first --config trial/br/plenaryd.toml";

// The one that lies beside this program, else what PATH finds.
std::string Plenaryd() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = self.parent_path() / "plenaryd";
  return !error && std::filesystem::exists(beside, error) ? beside.string() : "plenaryd";
}

// Runs it with this program's output, and waits.
absl::StatusOr<int> RunAndWait(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int spawned =
      posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ);
  if (spawned != 0) {
    return MakeError(Reason::FILE_ACCESS, absl::StrCat("program plenaryd: expected it beside "
                                                       "plenary or in PATH: ",
                                                       std::strerror(spawned)));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kExitFailed;
}

int NodeInit(const Invocation& given, Console& console) {
  std::vector<std::string> words = {Plenaryd(), "--config", given.Get("--config"), "--init"};
  if (given.Has("--first")) words.push_back("--first");
  console.out << std::flush;
  const auto exit_code = RunAndWait(std::move(words));
  if (exit_code.ok()) return *exit_code;
  PrintError(exit_code.status(), console);
  return kExitFailed;
}

}  // namespace

Command NodeInitCommand() {
  return {
      .path = "node init",
      .summary = "Make the empty store of a node",
      .details = kDetails,
      .options = {{.name = "--config",
                   .value = "FILE",
                   .help = "the node's configuration",
                   .fallback = "plenaryd.toml"},
                  {.name = "--first", .value = "", .help = "this member never ran a node before"}},
      .run = NodeInit};
}

}  // namespace plenary::cli
