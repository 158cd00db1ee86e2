// plenary cert: words and help; what the verbs do is certs/command.h.
#include <CLI/CLI.hpp>

#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "certs/command.h"
#include "cli/commands/nouns.h"

namespace plenary::cli {
namespace {

const std::map<std::string, Algorithm> kAlgorithms = {{"p256", Algorithm::kEcdsaP256},
                                                      {"ed25519", Algorithm::kEd25519}};

void AddAlgorithm(CLI::App& verb, Algorithm& algorithm) {
  verb.add_option("--algorithm", algorithm, "Kind of key: p256 (the default) or ed25519")
      ->transform(CLI::CheckedTransformer(kAlgorithms));
}

void AddDays(CLI::App& verb, int64_t& days) {
  verb.add_option("--days", days, "How long it is valid; it never outlives its CA")
      ->capture_default_str();
}

void AddCa(CLI::App& noun, int& exit_code) {
  CLI::App* verb = noun.add_subcommand("ca", "Make a member's certificate authority");
  auto options = std::make_shared<certs::CertCaOptions>();
  verb->add_option("--dir", options->folder, "Folder for ca-key.pem and ca.pem")->required();
  CLI::Option* federation = verb->add_option("--federation", options->federation,
                                             "Name of the federation, e.g. sti.brics.example");
  CLI::Option* member =
      verb->add_option("--member", options->member, "Code of the member, e.g. br");
  federation->needs(member);
  member->needs(federation);
  CLI::Option* parent = verb->add_option("--parent", options->parent,
                                         "Make an intermediate under the root in this folder");
  parent->excludes(federation);
  CLI::Option* allow = verb->add_flag("--allow-intermediate", options->allow_intermediate,
                                      "Let the root have one intermediate, so that it can stay "
                                      "offline");
  parent->excludes(allow);
  AddAlgorithm(*verb, options->algorithm);
  AddDays(*verb, options->days);
  verb->footer(
      "The member's card lists ca.pem as an issuer; peers then accept what this CA issues for\n"
      "this member, and for no other.\n\n"
      "  plenary cert ca --federation sti.brics.example --member br --dir br-ca\n"
      "  plenary cert ca --federation sti.brics.example --member br --dir root "
      "--allow-intermediate\n"
      "  plenary cert ca --parent root --dir br-ca");
  verb->callback([options, federation, parent, &exit_code] {
    if (federation->count() + parent->count() == 0) {
      throw CLI::RequiredError("--federation and --member, or --parent");
    }
    options->now = absl::Now();
    exit_code = certs::CertCa(*options, std::cout, std::cerr);
  });
}

using IssueFunction = int (*)(const certs::CertIssueOptions&, std::ostream&, std::ostream&);

void AddIssue(CLI::App& noun, const std::string& kind, const std::string& example,
              const std::string& use, IssueFunction issue, int& exit_code) {
  CLI::App* verb = noun.add_subcommand(kind, "Issue a certificate for " + use);
  auto options = std::make_shared<certs::CertIssueOptions>();
  verb->add_option("--ca", options->authority, "Folder of the member's CA")->required();
  verb->add_option("--name", options->name, "Name, [a-z0-9-]{1,63}, e.g. " + example)->required();
  verb->add_option("--dir", options->folder, "Folder for the new identity")->required();
  AddAlgorithm(*verb, options->algorithm);
  AddDays(*verb, options->days);
  verb->footer(
      "Writes DIR/v1/key.pem and DIR/v1/cert.pem and points DIR/current at them.\n\n  plenary "
      "cert " +
      kind + " --ca br-ca --name " + example + " --dir tls/" + example);
  verb->callback([options, issue, &exit_code] {
    options->now = absl::Now();
    exit_code = issue(*options, std::cout, std::cerr);
  });
}

void AddRenew(CLI::App& noun, int& exit_code) {
  CLI::App* verb = noun.add_subcommand("renew", "Replace a key and certificate, same identity");
  auto options = std::make_shared<certs::CertRenewOptions>();
  verb->add_option("--ca", options->authority, "Folder of the member's CA")->required();
  verb->add_option("--dir", options->folder, "Folder of the identity")->required();
  verb->add_flag("--keep-key", options->keep_key,
                 "Issue for the key that is there instead of a new one");
  AddDays(*verb, options->days);
  verb->footer(
      "The new pair is checked as a peer would check it and is then put in force at once; a\n"
      "running node takes it without a restart. The pair before stays beside it.\n\n"
      "  plenary cert renew --ca br-ca --dir tls/node-1");
  verb->callback([options, &exit_code] {
    options->now = absl::Now();
    exit_code = certs::CertRenew(*options, std::cout, std::cerr);
  });
}

void AddShow(CLI::App& noun, int& exit_code) {
  CLI::App* verb = noun.add_subcommand("show", "Say what certificates are and when they end");
  auto options = std::make_shared<certs::CertShowOptions>();
  verb->add_option("path", options->paths, "PEM files, folders of identities or of CAs")
      ->required();
  verb->footer(
      "Two people compare the groups of the fingerprint by telephone. Warns from 30 days before\n"
      "the end on; exit code 1 if a certificate has expired or cannot be read.\n\n"
      "  plenary cert show tls/node-1 br-ca");
  verb->callback([options, &exit_code] {
    options->now = absl::Now();
    exit_code = certs::CertShow(*options, std::cout, std::cerr);
  });
}

}  // namespace

void AddCertCommands(CLI::App& app, int& exit_code) {
  CLI::App* noun = app.add_subcommand("cert", "A member's CA and its certificates");
  noun->require_subcommand(1);
  AddCa(*noun, exit_code);
  AddIssue(*noun, "node", "node-1", "a node (TLS client and server)", certs::CertNode, exit_code);
  AddIssue(*noun, "operator", "alice", "a person or program that calls the node",
           certs::CertOperator, exit_code);
  AddRenew(*noun, exit_code);
  AddShow(*noun, exit_code);
}

}  // namespace plenary::cli
