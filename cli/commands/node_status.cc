// plenary node status: can the node do its work, and if not, why.
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "certs/certificate.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "ledger/digest.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr int64_t kLongestWaitSeconds = 300;
constexpr absl::Duration kBetweenTries = absl::Milliseconds(200);

constexpr char kDetails[] =
    "  plenary node status\n"
    "  plenary node status --check     for monitoring: exit code 1 unless all is good";

std::string StateOf(v1::NodeState state) {
  switch (state) {
    case v1::NODE_STATE_RECOVERING:
      return "recovering";
    case v1::NODE_STATE_ACTIVE:
      return "active";
    case v1::NODE_STATE_FENCED:
      return "fenced";
    case v1::NODE_STATE_FOLLOWER:
      return "follower";
    default:
      return "unknown";
  }
}

Json VersionJson(const v1::VersionRef& version) {
  return {{"version", version.version()}, {"digest", HexEncode(version.digest())}};
}

std::string SecondsText(const google::protobuf::Timestamp& time) {
  return certs::TimeText(absl::FromUnixSeconds(time.seconds()));
}

Json StatusJson(const v1::GetNodeStatusResponse& status, bool ready) {
  Json json = {{"federation", status.federation()},
               {"member", status.member()},
               {"node", status.node()},
               {"state", StateOf(status.state())},
               {"ready", ready},
               {"software", status.software()}};
  if (status.has_start_time()) json["started"] = SecondsText(status.start_time());
  json["log"] = status.origin();
  json["finality"] = status.peers() == 0 ? "signed is final; no other member holds it"
                                         : absl::StrCat(status.quorum(), " of ", status.peers(),
                                                        " other members make it final; ",
                                                        status.faulty(), " may be faulty");
  json["waits_for"] = Json::array();
  for (const std::string& member : status.waits_for()) json["waits_for"].push_back(member);
  json["waiting_submissions"] = status.waiting_submissions();
  json["tail_size"] = status.tail_size();
  if (status.has_certificate_expiry_time()) {
    json["certificate_ends"] = SecondsText(status.certificate_expiry_time());
  }
  json["disk_free_bytes"] = status.disk_free_bytes();
  json["genesis"] = HexEncode(status.genesis());
  json["store"] = HexEncode(status.store());
  json["roster"] = VersionJson(status.roster());
  json["card"] = VersionJson(status.card());
  json["conditions"] = Json::array();
  for (const v1::Condition& condition : status.conditions()) {
    json["conditions"].push_back({{"name", condition.name()},
                                  {"good", condition.good()},
                                  {"reason", condition.reason()},
                                  {"sentence", condition.sentence()},
                                  {"remedy", condition.remedy()}});
  }
  return json;
}

void PrintTable(Json json, Console& console) {
  const Json conditions = json["conditions"];
  json.erase("conditions");
  for (const char* version : {"roster", "card"}) {
    json[version] = absl::StrCat(json[version]["version"].get<uint64_t>(), "  ",
                                 json[version]["digest"].get<std::string>());
  }
  if (json["waits_for"].empty()) json.erase("waits_for");
  PrintObject(json, 0, console.out);
  console.out << "\n";
  for (const Json& condition : conditions) {
    const bool good = condition["good"].get<bool>();
    std::string line =
        absl::StrCat(good ? "good  " : "BAD   ", condition["name"].get<std::string>());
    if (!good) {
      absl::StrAppend(&line, ": ", condition["sentence"].get<std::string>(), " (",
                      condition["reason"].get<std::string>(), "); ",
                      condition["remedy"].get<std::string>());
    }
    console.out << Printable(line) << "\n";
  }
}

absl::StatusOr<int> Status(Session& session, const Invocation& given, Console& console) {
  ASSIGN_OR_RETURN(const auto status, session.client->Call(v1::GetNodeStatusRequest()));
  bool ready = true;
  for (const v1::Condition& condition : status.conditions()) ready = ready && condition.good();
  Json json = StatusJson(status, ready);
  if (given.Get("--output") == "json") {
    PrintJsonDocument(json, console.out);
  } else {
    PrintTable(std::move(json), console);
  }
  const bool must_be_ready = given.Has("--check") || given.Has("--wait");
  return ready || !must_be_ready ? kExitDone : kExitFailed;
}

// Asks again until all is good or the time is up; says what was answered last.
int AskUntilReady(const Command& once, const Invocation& given, Console& console) {
  const auto seconds = SecondsOf(given, "--wait", kLongestWaitSeconds);
  if (!seconds.ok()) {
    PrintError(seconds.status(), console);
    return ExitOf(seconds.status());
  }
  const absl::Time deadline = absl::Now() + absl::Seconds(*seconds);
  while (true) {
    std::ostringstream out;
    std::ostringstream err;
    Console kept{out, err, absl::Now(), false};
    const int exit = once.run(given, kept);
    const bool may_change = exit == kExitFailed || exit == kExitUnreachable;
    if (!may_change || absl::Now() >= deadline) {
      console.out << out.str();
      console.err << err.str();
      return exit;
    }
    absl::SleepFor(kBetweenTries);
  }
}

}  // namespace

Command NodeStatusCommand() {
  Command command = NetworkCommand(
      {.path = "node status",
       .summary = "Say whether the node can do its work, and what is missing",
       .details = kDetails,
       .options = {{.name = "--check", .value = "", .help = "exit code 1 unless all is good"},
                   {.name = "--wait",
                    .value = "SECONDS",
                    .help =
                        "until all is good, also for a node that is about to start; at most 300"},
                   OutputOption({"table", "json"})}},
      Status);
  command.run = [once = command](const Invocation& given, Console& console) {
    return given.Has("--wait") ? AskUntilReady(once, given, console) : once.run(given, console);
  };
  return command;
}

}  // namespace plenary::cli
