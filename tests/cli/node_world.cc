#include "tests/cli/node_world.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "certs/key_file.h"
#include "certs/trust_folder.h"
#include "cli/client/client.h"
#include "cli/commands/commands.h"
#include "cli/file.h"
#include "cli/founding.h"
#include "cli/founding_folder.h"
#include "cli/held_trust.h"
#include "cli/parser.h"
#include "ledger/check.h"

namespace plenary::cli::testing {
namespace {

// Before gRPC is used anywhere in the test program, as in main.
const bool kOnlyTls13 = (PrepareNetwork(), true);
constexpr absl::Duration kPatience = absl::Seconds(120);

std::string Read(const std::string& path) {
  auto text = ReadWholeFile(path, size_t{1} << 24);
  CHECK_OK(text);
  return *std::move(text);
}

}  // namespace

RunningNode::RunningNode(const std::string& folder) {
  const node::ConfigResult read = node::LoadConfig(folder + "/plenaryd.toml");
  CHECK(read.ok()) << node::FormatProblems("plenaryd.toml", read.problems);
  config_ = read.config;
  log_key_ = *certs::LoadSigner(config_.log_key);
  cosigner_key_ = *certs::LoadSigner(config_.cosigner_key);
  const auto held = LoadTrust(config_.trust);
  const auto files = certs::ReadTrustFolder(config_.trust);
  CHECK_OK(held);
  CHECK_OK(files);
  auto store = node::Store::Open({.path = config_.store, .create = true});
  CHECK_OK(store);
  store_ = *std::move(store);
  {
    const node::LoopScope before_the_loop;
    CHECK_OK(node::Node::InitStore(*store_, random_, held->rosters.genesis(), config_.member,
                                   /*first=*/true));
  }
  std::vector<std::string> cards;
  for (const auto& [member, envelopes] : files->cards) {
    cards.insert(cards.end(), envelopes.begin(), envelopes.end());
  }
  auto made =
      node::Node::Create({.member = config_.member,
                          .node = config_.node,
                          .endpoints = {},
                          .log_key = log_key_.get(),
                          .cosigner_key = cosigner_key_.get(),
                          .software = "test"},
                         {files->rosters, cards}, system_.With(&loop_, &transport_), *store_);
  CHECK_OK(made);
  node_ = *std::move(made);
  CHECK_OK(node_->Start());
  thread_ = std::thread([this] { loop_.Run(); });
  trust_.emplace(TrustOf(*held));
  const node::TlsFiles tls_files{.certificate = config_.tls_certificate, .key = config_.tls_key};
  auto tls = node::Tls::Create(tls_files, {}, &*trust_, &system_.clock());
  CHECK_OK(tls);
  tls_ = *std::move(tls);
  edge_.emplace(config_.roles, &*trust_, &system_.clock());
  service_ = {node_.get(), &*edge_, &tokens_, &system_.clock(), config_.member};
  records_.emplace(service_);
  audit_.emplace(service_);
  admin_.emplace(service_, node::ProcessFacts{.federation = config_.federation,
                                              .node = config_.node,
                                              .software = "test",
                                              .start_time = absl::Now(),
                                              .tls = tls_files});
  auto server = node::OperatorServer::Start("127.0.0.1:0", *tls_, {&*records_, &*audit_, &*admin_},
                                            [](const absl::Status&) {});
  CHECK_OK(server);
  server_ = *std::move(server);
}

RunningNode::~RunningNode() {
  StopListening();
  loop_.Stop();
  if (thread_.joinable()) thread_.join();
}

std::string RunningNode::address() const { return absl::StrCat("127.0.0.1:", server_->port()); }

void RunningNode::StopListening() { server_->Stop(0); }

Ran Plenary(std::vector<std::string> words) {
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err, absl::Now()};
  const int exit = RunCommandLine(AllCommands(), std::move(words), console);
  return {exit, out.str(), err.str()};
}

NodeWorld::NodeWorld(const std::vector<std::string>& members) : member_(members[0]) {
  CHECK(kOnlyTls13);
  const FoundingOptions options{.federation = "sti.brics.example",
                                .members = members,
                                .observers = {},
                                .endpoints = {},
                                .now = absl::Now()};
  const auto founding = Found(options);
  CHECK_OK(founding);
  const auto listeners = ChooseListeners(*founding, {});
  CHECK_OK(listeners);
  CHECK_OK(WriteFounding(*founding, options, *listeners, Path("trial")));
  node_ = std::make_unique<RunningNode>(Path("trial/" + member_));
  // The node took a free port.
  const std::string founded = Path("trial/" + member_ + "/profile.toml");
  const std::string text =
      absl::StrReplaceAll(Read(founded), {{listeners->at(member_).operators, node_->address()}});
  profile_ = Write("trial/" + member_ + "/tested.toml", text);
}

Ran NodeWorld::Run(std::vector<std::string> words) const {
  words.push_back("--profile");
  words.push_back(profile_);
  return Plenary(std::move(words));
}

void NodeWorld::WaitUntilActive() const {
  const absl::Time deadline = absl::Now() + kPatience;
  while (absl::Now() < deadline) {
    const Ran ran = Run({"node", "status", "--output", "json"});
    if (ran.out.find("\"active\"") != std::string::npos) return;
  }
  ADD_FAILURE() << "the node is not active";
}

std::string NodeWorld::ProfileWith(const std::string& from, const std::string& to) const {
  const std::string text = Read(profile_);
  CHECK(text.find(from) != std::string::npos) << from;
  return Write("trial/" + member_ + "/changed.toml", absl::StrReplaceAll(text, {{from, to}}));
}

std::string NodeWorld::Write(const std::string& name, const std::string& text) const {
  dir_.Write(name, text);
  return Path(name);
}

std::string NodeWorld::Meeting(const std::string& id, const std::string& title,
                               const std::string& more) const {
  const std::string name = absl::StrCat("members/", member_, "/meetings/", id);
  return Write(id + ".json", absl::StrCat("{\"name\": ", nlohmann::json(name).dump(),
                                          ", \"meeting\": {\"title\": ",
                                          nlohmann::json(title).dump(), more, "}}"));
}

}  // namespace plenary::cli::testing
