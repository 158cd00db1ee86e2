#include "cli/commands/roster.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "certs/certificate.h"
#include "cli/commands/nouns.h"
#include "cli/held_trust.h"
#include "cli/roster_pins.h"
#include "ledger/shared_keys.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

std::string StatusText(v1::MemberStatus status) {
  switch (CarefulStatus(status)) {
    case v1::MEMBER_STATUS_FULL:
      return "full";
    case v1::MEMBER_STATUS_OBSERVER:
      return "observer";
    case v1::MEMBER_STATUS_SUSPENDED:
      return "suspended";
    default:
      return "withdrawn";
  }
}

std::string StatusText(v1::KeyStatus status) {
  switch (CarefulStatus(status)) {
    case v1::KEY_STATUS_ACTIVE:
      return "active";
    case v1::KEY_STATUS_RETIRED:
      return "retired";
    default:
      return "COMPROMISED";
  }
}

std::string AlgorithmText(uint32_t algorithm) {
  if (algorithm == static_cast<uint32_t>(Algorithm::kEd25519)) return "Ed25519";
  if (algorithm == static_cast<uint32_t>(Algorithm::kEcdsaP256)) return "ECDSA P-256";
  return absl::StrCat("algorithm ", algorithm, " (not known to this release)");
}

std::string CardText(const CardChain* cards) {
  if (cards == nullptr) return "no card here";
  const Card& card = cards->newest();
  const LogKey* log = card.OpenLog();
  std::string text =
      absl::StrCat("card ", card.version(), ", ",
                   log == nullptr ? "no open log" : absl::StrCat("log epoch ", log->epoch));
  for (const v1::Endpoint& endpoint : card.payload().endpoints()) {
    absl::StrAppend(&text, ", ", endpoint.node(), " at ", endpoint.address());
  }
  return text;
}

void ShowMembers(const HeldTrust& held, std::ostream& out) {
  const Roster& roster = held.rosters.newest();
  std::vector<const Card*> newest;
  for (const auto& [member, cards] : held.cards) newest.push_back(&cards.newest());
  for (const v1::Member& member : roster.payload().members()) {
    const auto cards = held.cards.find(member.code());
    out << "\n"
        << member.code() << "  " << StatusText(member.status()) << ", "
        << CardText(cards == held.cards.end() ? nullptr : &cards->second) << "\n";
    for (const RootKey& root : roster.RootKeysOf(member.code())) {
      out << "  root key   " << certs::GroupedFingerprint(root.key.Fingerprint()) << " "
          << StatusText(root.status) << "\n";
    }
    if (cards == held.cards.end()) continue;
    for (const SharedKey& key : SharedKeysOf(cards->second.newest(), newest)) {
      out << "  WARNING    " << key.Text() << "; a key serves one member\n";
    }
  }
}

void ShowRoster(const HeldTrust& held, std::ostream& out) {
  const Roster& roster = held.rosters.newest();
  const std::vector<std::string>& full = roster.FullMembers();
  const QuorumRule rule = roster.QuorumFor(full.front());
  std::vector<std::string> algorithms;
  for (const uint32_t algorithm : roster.payload().author_algorithms()) {
    algorithms.push_back(AlgorithmText(algorithm));
  }
  out << "federation   " << roster.federation() << "\n"
      << "genesis      " << certs::GroupedFingerprint(held.rosters.genesis()) << "\n"
      << "version      " << roster.version() << "\n"
      << "digest       " << certs::GroupedFingerprint(roster.digest()) << "\n"
      << "             " << roster.digest().Hex() << "\n"
      << "rules        " << roster.payload().rules()
      << (roster.RulesKnown() ? "" : " (newer than this release knows)") << "\n"
      << "threshold    " << roster.payload().threshold() << " of " << full.size()
      << " full members sign the next roster\n"
      << "quorum       " << rule.quorum << " of " << rule.peers
      << " peers make a log of a full member final; " << rule.faulty << " may be faulty\n"
      << "authors      " << absl::StrJoin(algorithms, ", ") << "\n";
  ShowMembers(held, out);
}

absl::Status Show(const RosterShowOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const HeldTrust held, LoadTrust(options.folder));
  ShowRoster(held, out);
  return absl::OkStatus();
}

absl::StatusOr<const Roster*> FindDigest(const RosterChain& rosters, const Digest& digest) {
  for (uint64_t version = rosters.size(); version >= 1; --version) {
    const Roster* roster = rosters.Find(version);
    if (roster->digest() == digest) return roster;
  }
  return MakeError(Reason::WRONG_ROSTER_DIGEST,
                   absl::StrCat("rosters 1 to ", rosters.size(), " of ", rosters.federation(),
                                ": none has digest ", digest.Hex(), "; version ", rosters.size(),
                                " has ", rosters.newest().digest().Hex()));
}

absl::Status Trust(const RosterTrustOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const HeldTrust held, LoadTrust(options.folder));
  const Roster& newest = held.rosters.newest();
  if (options.digest.empty()) {
    out << "roster " << newest.version() << " of " << newest.federation() << " has the digest\n\n  "
        << certs::GroupedFingerprint(newest.digest()) << "\n\n"
        << "Compare it with what a roster officer tells you, by telephone or in print, and then\n"
        << "repeat the command with --digest and the digest that you were TOLD.\n";
    return MakeError(Reason::BAD_REQUEST, "nothing is trusted yet: expected --digest");
  }
  const std::string hex =
      absl::AsciiStrToLower(absl::StrReplaceAll(options.digest, {{" ", ""}, {":", ""}}));
  auto digest = Digest::FromHex(hex);
  if (!digest.ok()) return Annotate(digest.status(), "--digest");
  ASSIGN_OR_RETURN(const Roster* roster, FindDigest(held.rosters, *digest));
  std::string path = options.pins;
  if (path.empty()) {
    ASSIGN_OR_RETURN(path, DefaultPinsPath());
  }
  RETURN_IF_ERROR(AddPin(path, {roster->federation(), roster->version(), *digest}));
  out << "trusted: roster " << roster->version() << " of " << roster->federation() << " (" << path
      << ")\n";
  if (roster->version() < newest.version()) {
    out << "note: version " << newest.version() << " follows it here\n";
  }
  return absl::OkStatus();
}

int Report(absl::string_view verb, const absl::Status& status, std::ostream& err) {
  if (status.ok()) return 0;
  err << "plenary roster " << verb << ": " << Explain(status) << "\n";
  return 1;
}

}  // namespace

int RosterShow(const RosterShowOptions& options, std::ostream& out, std::ostream& err) {
  return Report("show", Show(options, out), err);
}

int RosterTrust(const RosterTrustOptions& options, std::ostream& out, std::ostream& err) {
  return Report("trust", Trust(options, out), err);
}

void AddRosterCommands(CLI::App& app, int& exit_code) {
  // The table of commands may have this noun already, for verbs that ask a node.
  CLI::App* noun = nullptr;
  for (CLI::App* known : app.get_subcommands([](CLI::App*) { return true; })) {
    if (known->get_name() == "roster") noun = known;
  }
  if (noun == nullptr) noun = app.add_subcommand("roster");
  noun->description("Who is a member, and which keys count");
  noun->require_subcommand(1);
  CLI::App* show = noun->add_subcommand("show", "Verify the rosters in a folder, show the newest");
  auto show_options = std::make_shared<RosterShowOptions>();
  show->add_option("--trust", show_options->folder, "Folder of rosters and cards")->required();
  show->footer("  plenary roster show --trust trial/br/trust");
  show->callback(
      [show_options, &exit_code] { exit_code = RosterShow(*show_options, std::cout, std::cerr); });
  CLI::App* trust = noun->add_subcommand("trust", "Trust a roster whose digest you were told");
  auto trust_options = std::make_shared<RosterTrustOptions>();
  trust->add_option("--trust", trust_options->folder, "Folder of rosters and cards")->required();
  trust->add_option("--digest", trust_options->digest,
                    "The digest that a roster officer told you; spaces are allowed");
  trust->add_option("--file", trust_options->pins, "Where to keep it [~/.config/plenary/rosters]");
  trust->footer(
      "plenary verify proves a record against a roster that you trust. The digest must reach you\n"
      "by another way than the files do, e.g. by telephone.\n\n"
      "  plenary roster trust --trust trial/br/trust\n"
      "  plenary roster trust --trust trial/br/trust --digest \"3f2a 91c0 ...\"");
  trust->callback([trust_options, &exit_code] {
    exit_code = RosterTrust(*trust_options, std::cout, std::cerr);
  });
}

}  // namespace plenary::cli
