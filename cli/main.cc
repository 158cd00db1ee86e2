// plenary: the command line of the register.
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "cli/client/client.h"
#include "cli/commands/commands.h"
#include "cli/commands/nouns.h"
#include "cli/parser.h"
#include "ledger/signature.h"

int main(int argc, char** argv) {
  plenary::cli::PrepareNetwork();
  plenary::CheckEd25519Rule();
  plenary::cli::Console console{std::cout, std::cerr, absl::Now(), isatty(STDERR_FILENO) == 1};
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return plenary::cli::RunCommandLine(plenary::cli::AllCommands(), arguments, console,
                                      [](CLI::App& app, int& exit_code) {
                                        plenary::cli::AddCertCommands(app, exit_code);
                                        plenary::cli::AddFederationCommands(app, exit_code);
                                        plenary::cli::AddRosterCommands(app, exit_code);
                                      });
}
