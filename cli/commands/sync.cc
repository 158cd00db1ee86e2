// plenary sync status, log list, view digest: what the node holds, lacks, and from whom.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "certs/certificate.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "ledger/digest.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr char kSyncDetails[] =
    "Per log: how much is here, signed and final; how many of its peers hold all of it, how many\n"
    "are needed, and whom it waits for. Per peer: state, last contact, and what to do.\n"
    "CSV has the logs; JSON has both.\n\n"
    "  plenary sync status";

std::string PeerStateOf(v1::PeerState state) {
  switch (state) {
    case v1::PEER_STATE_CONNECTED:
      return "connected";
    case v1::PEER_STATE_DIALLING:
      return "dialling";
    case v1::PEER_STATE_BACKING_OFF:
      return "backing off";
    case v1::PEER_STATE_NO_ENDPOINT:
      return "no address; it may call us";
    default:
      return "unknown";
  }
}

// What this node's own store does for that log.
std::string PartOf(v1::StorePart part) {
  switch (part) {
    case v1::STORE_PART_TAKES_PART:
      return "takes part";
    case v1::STORE_PART_MUTE:
      return "mute";
    case v1::STORE_PART_ABSTAINS:
      return "abstains";
    default:
      return "unknown";
  }
}

Json Time(bool known, const google::protobuf::Timestamp& time) {
  if (!known) return nullptr;
  return certs::TimeText(absl::FromUnixSeconds(time.seconds()));
}

Json Why(const std::string& reason, const std::string& sentence, const std::string& remedy) {
  if (reason.empty() && sentence.empty()) return nullptr;
  return absl::StrCat(sentence, reason.empty() ? "" : absl::StrCat(" (", reason, ")"),
                      remedy.empty() ? "" : "; ", remedy);
}

Listing Logs(const v1::GetSyncStatusResponse& status, const Roster& roster) {
  Listing listing("logs", {{.key = "log", .is_whole = true},
                           {.key = "size"},
                           {.key = "signed"},
                           {.key = "final"},
                           {.key = "lag"},
                           {.key = "held_by"},
                           {.key = "needs"},
                           {.key = "waits_for"},
                           {.key = "abstains"},
                           {.key = "part"},
                           {.key = "missing_records"},
                           {.key = "source"},
                           {.key = "why", .is_whole = true}});
  for (const v1::LogStatus& log : status.logs()) {
    const v1::LogState& state = log.state();
    const auto origin = Origin::Parse(state.origin());
    const QuorumRule rule =
        roster.QuorumFor(origin.ok() ? absl::string_view(origin->member) : absl::string_view());
    int holders = 0;
    Json waits = Json::array();
    Json abstains = Json::array();
    for (const v1::Holding& holding : log.holdings()) {
      if (holding.abstains()) abstains.push_back(holding.member());
      if (holding.cosigned_size() >= state.size()) {
        ++holders;
      } else if (state.final_size() < state.size()) {
        waits.push_back(holding.member());
      }
    }
    const uint64_t lag = log.known_size() - std::min(log.known_size(), state.size());
    listing.Add(
        {state.origin(), state.size(), state.signed_size(), state.final_size(), lag,
         state.size() == 0 ? Json(nullptr) : Json(absl::StrCat(holders, " of ", rule.peers)),
         rule.quorum, waits, abstains, PartOf(log.part()), log.missing_records(), log.source(),
         state.frozen() ? Json("FROZEN: two histories are known; keep the evidence file")
                        : Why(log.reason(), log.sentence(), log.remedy())});
  }
  return listing;
}

Listing Peers(const v1::GetSyncStatusResponse& status) {
  Listing listing("peers", {{.key = "member", .is_whole = true},
                            {.key = "node"},
                            {.key = "state"},
                            {.key = "address", .is_whole = true},
                            {.key = "last_contact"},
                            {.key = "next_attempt"},
                            {.key = "abstains"},
                            {.key = "over_quota"},
                            {.key = "software"},
                            {.key = "why", .is_whole = true}});
  for (const v1::PeerStatus& peer : status.peers()) {
    Json abstains = Json::array();
    for (const std::string& origin : peer.abstains()) abstains.push_back(origin);
    listing.Add({peer.member(), peer.node(), PeerStateOf(peer.state()), peer.address(),
                 Time(peer.has_last_contact_time(), peer.last_contact_time()),
                 Time(peer.has_next_attempt_time(), peer.next_attempt_time()), abstains,
                 peer.over_quota(), peer.software(),
                 Why(peer.reason(), peer.sentence(), peer.remedy())});
  }
  return listing;
}

// What this node's own log waits for; nothing if it is active.
absl::StatusOr<std::string> OwnState(Client& client) {
  ASSIGN_OR_RETURN(const auto node, client.Call(v1::GetNodeStatusRequest()));
  const std::string since =
      node.has_state_since_time()
          ? absl::StrCat(" since ",
                         certs::TimeText(absl::FromUnixSeconds(node.state_since_time().seconds())))
          : "";
  switch (node.state()) {
    case v1::NODE_STATE_RECOVERING:
      return absl::StrCat("this node is recovering", since, ": it waits for ",
                          node.waits_for().empty() ? "leaves of its own log"
                                                   : absl::StrJoin(node.waits_for(), ", "));
    case v1::NODE_STATE_FENCED:
      return absl::StrCat("this node is fenced", since,
                          ": another instance of it is active; stop one, then restart the other");
    case v1::NODE_STATE_FOLLOWER:
      return std::string("this node writes no log; it replicates and serves reads");
    default:
      return std::string();
  }
}

absl::StatusOr<int> SyncStatus(Session& session, const Invocation& given, Console& console) {
  ASSIGN_OR_RETURN(const auto status, session.client->Call(v1::GetSyncStatusRequest()));
  ASSIGN_OR_RETURN(const std::string own, OwnState(*session.client));
  const std::string format = given.Get("--output");
  const Listing logs = Logs(status, session.trust.rosters.newest());
  const Listing peers = Peers(status);
  if (format == "json") {
    PrintJsonDocument({{"own", own}, {"logs", logs.Rows()}, {"peers", peers.Rows()}}, console.out);
    return kExitDone;
  }
  if (format == "csv") {
    logs.Print(format, console);
    return kExitDone;
  }
  if (!own.empty()) console.out << Printable(own) << "\n\n";
  logs.Print(format, console);
  console.out << "\n";
  peers.Print(format, console);
  return kExitDone;
}

absl::StatusOr<int> LogList(Session& session, const Invocation& given, Console& console) {
  Listing listing("logs", {{.key = "log", .is_whole = true},
                           {.key = "size"},
                           {.key = "signed"},
                           {.key = "final"},
                           {.key = "closed"},
                           {.key = "frozen"},
                           {.key = "root", .is_whole = true}});
  v1::ListLogsRequest request;
  do {
    ASSIGN_OR_RETURN(const auto response, session.client->Call(request));
    for (const v1::LogState& log : response.logs()) {
      listing.Add({log.origin(), log.size(), log.signed_size(), log.final_size(), log.closed(),
                   log.frozen(), HexEncode(log.root())});
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  listing.Print(given.Get("--output"), console);
  return kExitDone;
}

absl::StatusOr<int> ViewDigest(Session& session, const Invocation& given, Console& console) {
  v1::GetViewDigestRequest request;
  for (const std::string& member : given.All("AUDIENCE")) request.add_audience(member);
  ASSIGN_OR_RETURN(const auto response, session.client->Call(request));
  if (given.Get("--output") == "json") {
    Json json = {{"digest", HexEncode(response.digest())},
                 {"roster",
                  {{"version", response.roster().version()},
                   {"digest", HexEncode(response.roster().digest())}}},
                 {"positions", Json::array()}};
    for (const v1::LogPosition& position : response.positions()) {
      json["positions"].push_back({{"log", position.origin()}, {"size", position.size()}});
    }
    PrintJsonDocument(json, console.out);
    return kExitDone;
  }
  console.out << HexEncode(response.digest()) << "\n\nover\n";
  Json over = {{"roster", response.roster().version()}};
  for (const v1::LogPosition& position : response.positions()) {
    over[position.origin()] = absl::StrCat("leaves 0 to ", position.size());
  }
  PrintObject(over, 2, console.out);
  return kExitDone;
}

}  // namespace

std::vector<Command> SyncCommands() {
  return {
      NetworkCommand({.path = "sync status",
                      .summary = "Say what the node lacks, from whom, and why",
                      .details = kSyncDetails,
                      .options = {OutputOption({"table", "json", "csv"})}},
                     SyncStatus),
      NetworkCommand({.path = "log list",
                      .summary = "List the logs that the node holds",
                      .details = "  plenary log list --output csv",
                      .options = {OutputOption({"table", "json", "csv"})}},
                     LogList),
      NetworkCommand({.path = "view digest",
                      .summary = "Show the digest of the view, to be compared with another node's",
                      .details = "Two nodes that hold the same leaves show the same digest.\n\n"
                                 "  plenary view digest\n"
                                 "  plenary view digest public\n"
                                 "  plenary view digest br in",
                      .arguments = {{.name = "AUDIENCE",
                                     .help = "public, or the members of a list; nothing: what full "
                                             "members see",
                                     .required = false,
                                     .repeated = true}},
                      .options = {OutputOption({"table", "json"})}},
                     ViewDigest)};
}

}  // namespace plenary::cli
