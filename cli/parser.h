// The command line: from a table of commands to the one that runs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command.h"

namespace CLI {
class App;
}

namespace plenary::cli {

// Adds nouns that say themselves what they take (commands/nouns.h). When one of their verbs has
// run, `exit_code` holds what the process shall return.
using AddNouns = std::function<void(CLI::App& app, int& exit_code)>;

// Reads `arguments` (without the program's name), runs the command that they name, of the table or
// of the nouns added, and returns its exit code. Help goes to `console.out` with exit 0; what the
// parser refuses to `console.err` with kExitUsage. CHECKs that the table has no path twice and no
// path that is another one's noun.
int RunCommandLine(const std::vector<Command>& commands, std::vector<std::string> arguments,
                   Console& console, const AddNouns& add_nouns = {});

}  // namespace plenary::cli
