// One run of a command that asks a node: profile, trust, connection; errors and exit codes alike.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "cli/client/client.h"
#include "cli/command.h"
#include "cli/held_trust.h"
#include "cli/profile.h"

namespace plenary::cli {

// The node cannot be reached, or does not answer in time.
inline constexpr int kExitUnreachable = 69;

// The exit codes in words, for --help.
inline constexpr char kSessionExitCodes[] =
    "Exit codes: 0 done; 1 refused or failed; 64 bad usage or profile; 69 the node cannot be\n"
    "reached or does not answer in time.";

// What a command has once it is connected. One thread at a time.
struct Session {
  Profile profile;
  HeldTrust trust;
  std::unique_ptr<Client> client;
};

// Returns the exit code, or an error that is printed and becomes one (ExitOf).
using SessionHandler = std::function<absl::StatusOr<int>(Session&, const Invocation&, Console&)>;

// `command` as one that asks a node: with --profile, --node and --node-member, the exit codes in
// its help, and a `run` that connects and calls `handler`.
Command NetworkCommand(Command command, SessionHandler handler);

// Reads the profile and its trust folder and connects. Fails as ReadProfile, LoadTrust and
// Client::Connect, and with BAD_PROFILE if the trust is another federation's.
absl::StatusOr<Session> OpenSession(const std::string& profile, const std::string& node,
                                    const std::string& node_member, absl::Time now);

// kExitUnreachable if nobody answered; kExitUsage for a bad profile or argument (NO_PROFILE,
// BAD_PROFILE, BAD_REQUEST); else kExitFailed.
int ExitOf(const absl::Status& status);

// A number of seconds from 1 to `most` in the option `name`. BAD_REQUEST.
absl::StatusOr<int64_t> SecondsOf(const Invocation& given, const std::string& name, int64_t most);
// A whole number of at least 1; 0 if the option was not given. BAD_REQUEST.
absl::StatusOr<uint64_t> CountOf(const Invocation& given, const std::string& name);

}  // namespace plenary::cli
