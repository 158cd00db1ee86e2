#include "cli/session.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/digest.h"
#include "ledger/names.h"
#include "ledger/near_name.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

int Run(const SessionHandler& handler, const Invocation& given, Console& console) {
  auto session = OpenSession(given.Get("--profile"), given.Get("--node"),
                             given.Get("--node-member"), console.now);
  const absl::StatusOr<int> exit =
      session.ok() ? handler(*session, given, console) : absl::StatusOr<int>(session.status());
  if (exit.ok()) return *exit;
  PrintError(exit.status(), console);
  return ExitOf(exit.status());
}

absl::Status BadOption(const std::string& name, absl::string_view expected,
                       const std::string& got) {
  return MakeError(Reason::BAD_REQUEST,
                   absl::StrCat(name, ": expected ", expected, ", got ", ShownValue(got)),
                   {{"field", name}});
}

}  // namespace

Command NetworkCommand(Command command, SessionHandler handler) {
  command.options.push_back(
      {.name = "--profile",
       .value = "FILE",
       .help = "how to reach the node [$PLENARY_PROFILE, ~/.config/plenary/profile.toml]"});
  command.options.push_back(
      {.name = "--node", .value = "HOST:PORT", .help = "ask this node instead of the profile's"});
  command.options.push_back({.name = "--node-member",
                             .value = "MEMBER",
                             .help = "whose node must answer, if not the profile's member's"});
  command.details =
      absl::StrCat(command.details, command.details.empty() ? "" : "\n\n", kSessionExitCodes);
  command.run = [handler = std::move(handler)](const Invocation& given, Console& console) {
    return Run(handler, given, console);
  };
  return command;
}

absl::StatusOr<Session> OpenSession(const std::string& profile, const std::string& node,
                                    const std::string& node_member, absl::Time now) {
  ASSIGN_OR_RETURN(const std::string path, ProfilePath(profile));
  ASSIGN_OR_RETURN(const Profile read, ReadProfile(path));
  auto trust = LoadTrust(read.trust);
  if (!trust.ok()) return Annotate(trust.status(), absl::StrCat("profile ", path, ", trust"));
  if (trust->rosters.federation() != read.federation) {
    return MakeError(
        Reason::BAD_PROFILE,
        absl::StrCat("profile ", path, ", trust: expected rosters of ", read.federation,
                     ", got rosters of ", trust->rosters.federation()));
  }
  if (!node_member.empty() && !IsMember(node_member)) {
    return BadOption("--node-member", "the code of a member such as br", node_member);
  }
  ASSIGN_OR_RETURN(auto client,
                   Client::Connect({.address = node.empty() ? read.node : node,
                                    .federation = read.federation,
                                    .member = node_member.empty() ? read.member : node_member,
                                    .own_member = read.member,
                                    .key = read.tls_key,
                                    .certificate = read.tls_certificate,
                                    .trust = TrustOf(*trust)},
                                   now));
  return Session{read, *std::move(trust), std::move(client)};
}

int ExitOf(const absl::Status& status) {
  if (IsUnreachable(status)) return kExitUnreachable;
  const auto reason = ReasonOf(status);
  const bool usage = reason == Reason::NO_PROFILE || reason == Reason::BAD_PROFILE ||
                     reason == Reason::BAD_REQUEST;
  return usage ? kExitUsage : kExitFailed;
}

absl::StatusOr<int64_t> SecondsOf(const Invocation& given, const std::string& name, int64_t most) {
  const auto seconds = ParseDecimal(given.Get(name));
  if (seconds.ok() && *seconds >= 1 && *seconds <= static_cast<uint64_t>(most)) {
    return static_cast<int64_t>(*seconds);
  }
  return BadOption(name, absl::StrCat("seconds from 1 to ", most), given.Get(name));
}

absl::StatusOr<uint64_t> CountOf(const Invocation& given, const std::string& name) {
  if (!given.Has(name)) return uint64_t{0};
  const auto count = ParseDecimal(given.Get(name));
  if (count.ok() && *count >= 1) return *count;
  return BadOption(name, "a whole number from 1", given.Get(name));
}

}  // namespace plenary::cli
