// The table of commands.
#pragma once

#include <vector>

#include "cli/command.h"

namespace plenary::cli {

// One function per command, in its own file.
Command VerifyCommand();

// All of them, in the order of the help.
std::vector<Command> AllCommands();

}  // namespace plenary::cli
