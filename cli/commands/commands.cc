#include "cli/commands/commands.h"

#include <utility>

namespace plenary::cli {

std::vector<Command> AllCommands() {
  std::vector<Command> commands = {
      RecordPutCommand(),     RecordGetCommand(),  RecordHistoryCommand(), RecordListCommand(),
      RecordReceiptCommand(), ImportCommand(),     SchemaCommand(),        FactsCommand(),
      NodeInitCommand(),      NodeStatusCommand(), ProofExportCommand(),   VerifyCommand(),
      LogShowCommand(),       LogAuditCommand(),   LogExportCommand()};
  for (auto family : {KindCommands, SyncCommands, NodeAdminCommands}) {
    for (Command& command : family()) commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace plenary::cli
