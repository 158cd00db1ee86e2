// The table of commands.
#pragma once

#include <vector>

#include "cli/command.h"

namespace plenary::cli {

// One function per command, or family of commands, in its own file.
Command FactsCommand();
Command ImportCommand();
Command LogAuditCommand();
Command LogExportCommand();
Command LogShowCommand();
Command NodeInitCommand();
Command NodeStatusCommand();
Command ProofExportCommand();
Command RecordGetCommand();
Command RecordHistoryCommand();
Command RecordListCommand();
Command RecordPutCommand();
Command RecordReceiptCommand();
Command SchemaCommand();
Command VerifyCommand();
std::vector<Command> KindCommands();
std::vector<Command> NodeAdminCommands();
std::vector<Command> SyncCommands();

// All of them, in the order of the help.
std::vector<Command> AllCommands();

}  // namespace plenary::cli
