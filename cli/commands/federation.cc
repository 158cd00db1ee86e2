#include "cli/commands/federation.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "certs/certificate.h"
#include "cli/commands/nouns.h"
#include "cli/founding_folder.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr char kWarning[] =
    "\n"
    "WARNING: this machine has seen every key of every member. That is right for a trial and for\n"
    "nothing else: whoever has been on it can speak for all of them. In earnest each member makes\n"
    "its own keys, and only public parts meet.\n";

void Say(const FederationInitOptions& options, const Founding& founding,
         const std::map<std::string, Listeners>& listeners, std::ostream& out) {
  const Roster& roster = founding.rosters.newest();
  out << "founded " << roster.federation() << " in " << options.folder << "\n\n"
      << "roster 1     " << certs::GroupedFingerprint(roster.digest()) << "\n"
      << "             signed by all; the next one needs " << roster.payload().threshold() << " of "
      << roster.FullMembers().size() << " full members\n";
  for (const FoundedMember& member : founding.members) {
    const Listeners& own = listeners.at(member.code);
    out << "\n"
        << options.folder << "/" << member.code << (member.full ? "" : " (observer)") << "\n"
        << "  root key   "
        << certs::GroupedFingerprint(member.root.signer->public_key().Fingerprint()) << "\n"
        << "  peers      " << own.peers.value_or("(dials out only)") << "\n"
        << "  operators  " << own.operators << "\n";
  }
  out << kWarning << "\nNext:\n"
      << "  move " << options.folder << "/" << kOfflineFolder << " to a machine without a network\n"
      << "  copy " << options.folder << "/MEMBER to the machine of that member; its paths are its "
      << "own\n"
      << "  plenary node init --first --config " << options.folder << "/MEMBER/plenaryd.toml\n"
      << "  plenaryd --config " << options.folder << "/MEMBER/plenaryd.toml\n"
      << "  plenary node status --profile " << options.folder << "/MEMBER/profile.toml\n";
}

absl::Status Init(const FederationInitOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const Founding founding, Found(options.founding));
  ASSIGN_OR_RETURN(const auto listeners, ChooseListeners(founding, options.operator_listen));
  RETURN_IF_ERROR(WriteFounding(founding, options.founding, listeners, options.folder));
  Say(options, founding, listeners, out);
  return absl::OkStatus();
}

// "br=host:port" words, as CLI11 gives them.
void ReadAddresses(const std::vector<std::string>& words, const std::string& option,
                   std::map<std::string, std::string>& addresses) {
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == word.size()) {
      throw CLI::ValidationError(option, "expected MEMBER=HOST:PORT, got " + word);
    }
    if (!addresses.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
      throw CLI::ValidationError(option, "stands there twice for " + word.substr(0, equals));
    }
  }
}

// What the words of the command line are, before they are addresses.
struct InitWords {
  FederationInitOptions options;
  std::vector<std::string> endpoints;
  std::vector<std::string> operators;
};

void AddInitOptions(CLI::App& verb, InitWords& words) {
  FoundingOptions& founding = words.options.founding;
  verb.add_option("--federation", founding.federation, "Name, e.g. sti.brics.example")->required();
  verb.add_option("--members", founding.members, "Codes of the full members, e.g. br,ru,in,cn,za")
      ->required()
      ->delimiter(',');
  verb.add_option("--observers", founding.observers, "Codes of the observers")->delimiter(',');
  verb.add_option("--endpoint", words.endpoints,
                  "MEMBER=HOST:PORT where a member's node listens for peers; may stand several "
                  "times. A member without one only dials out")
      ->take_all();
  verb.add_option("--operator-listen", words.operators,
                  "MEMBER=HOST:PORT where its operators reach a node; may stand several times "
                  "[a free port on 127.0.0.1]")
      ->take_all();
  verb.add_option("--node-name", founding.node_name, "Name of every node")->capture_default_str();
  verb.add_option("--operator-name", founding.operator_name,
                  "Name of every member's first operator, with role admin")
      ->capture_default_str();
  verb.add_option("--threshold", founding.threshold,
                  "Full members that must sign the next roster [the smallest number above half]")
      ->check(CLI::PositiveNumber);
  verb.add_option("--dir", words.options.folder, "Folder to make; it must not exist")->required();
}

}  // namespace

int FederationInit(const FederationInitOptions& options, std::ostream& out, std::ostream& err) {
  const absl::Status status = Init(options, out);
  if (status.ok()) return 0;
  err << "plenary federation init: " << Explain(status) << "\n";
  return 1;
}

void AddFederationCommands(CLI::App& app, int& exit_code) {
  CLI::App* noun = app.add_subcommand("federation", "The federation as a whole");
  noun->require_subcommand(1);
  CLI::App* verb = noun->add_subcommand("init", "Found a federation on one machine, for a trial");
  auto words = std::make_shared<InitWords>();
  AddInitOptions(*verb, *words);
  verb->footer(
      "Makes one folder per member with everything its node needs (keys, certificates, roster,\n"
      "cards, plenaryd.toml, profile.toml), and DIR/offline with the root keys and CAs. Paths\n"
      "inside are relative: a member's folder can be moved to its own machine.\n\n"
      "  plenary federation init --federation sti.brics.example --members br,ru,in,cn,za \\\n"
      "      --endpoint br=127.0.0.1:7101 --endpoint ru=127.0.0.1:7102 --dir trial");
  verb->callback([words, &exit_code] {
    ReadAddresses(words->endpoints, "--endpoint", words->options.founding.endpoints);
    ReadAddresses(words->operators, "--operator-listen", words->options.operator_listen);
    words->options.founding.now = absl::Now();
    exit_code = FederationInit(words->options, std::cout, std::cerr);
  });
}

}  // namespace plenary::cli
