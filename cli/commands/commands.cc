#include "cli/commands/commands.h"

namespace plenary::cli {

std::vector<Command> AllCommands() { return {VerifyCommand()}; }

}  // namespace plenary::cli
