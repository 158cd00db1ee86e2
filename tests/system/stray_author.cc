// Submits a commit that is good in everything but its author: the key is on no card.
//
//   stray_author --profile FILE --key FILE
//
// `plenary` would refuse such a key by itself; this program shows what the node says.
// Prints the node's refusal. Exit: 0 the node refused it; 1 it took it, or something failed before.
#include <CLI/CLI.hpp>

#include <iostream>
#include <string>

#include "absl/time/clock.h"
#include "certs/key_file.h"
#include "cli/author.h"
#include "cli/client/client.h"
#include "ledger/status.h"

namespace plenary::testing {
namespace {

// OK if the node took the commit.
absl::StatusOr<absl::Status> Submit(const std::string& profile, const std::string& key) {
  ASSIGN_OR_RETURN(cli::Session session, cli::OpenSession(profile, "", "", absl::Now()));
  ASSIGN_OR_RETURN(cli::Author author, cli::OpenAuthor(session, ""));
  ASSIGN_OR_RETURN(author.signer, certs::LoadSigner(key));
  v1::Record record;
  record.set_name("members/" + author.member + "/meetings/by-nobody");
  record.mutable_meeting()->set_title("Entered by nobody");
  cli::CompleteRecord(std::nullopt, record);
  ASSIGN_OR_RETURN(const v1::SubmitCommitRequest request,
                   cli::SignCommit(author, {record}, Audience::Members(author.member),
                                   /*permanent=*/false, absl::Now()));
  return session.client->Call(request).status();
}

}  // namespace
}  // namespace plenary::testing

int main(int argc, char** argv) {
  plenary::cli::PrepareNetwork();
  CLI::App app("Submits a commit by a key on no card", "stray_author");
  std::string profile;
  std::string key;
  app.add_option("--profile", profile)->required();
  app.add_option("--key", key)->required();
  CLI11_PARSE(app, argc, argv);
  const auto answer = plenary::testing::Submit(profile, key);
  if (!answer.ok() || answer->ok()) {
    std::cerr << "stray_author: "
              << (answer.ok() ? "the node took it" : plenary::Explain(answer.status())) << "\n";
    return 1;
  }
  std::cout << plenary::Explain(*answer) << "\n";
  return plenary::ReasonOf(*answer) == plenary::Reason::UNKNOWN_AUTHOR ? 0 : 1;
}
