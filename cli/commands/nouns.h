// The nouns of `plenary`, each with its verbs.
//
// Each function adds one noun to the application. When a verb has run, `exit_code` holds what the
// process shall return: 0 done, 1 not done; bad usage is CLI11's to report. `exit_code` must
// outlive the application's parse. One thread at a time.
#pragma once

namespace CLI {
class App;
}

namespace plenary::cli {

// ca, node, operator, renew, show
void AddCertCommands(CLI::App& app, int& exit_code);
// init
void AddFederationCommands(CLI::App& app, int& exit_code);
// show, trust
void AddRosterCommands(CLI::App& app, int& exit_code);

}  // namespace plenary::cli
