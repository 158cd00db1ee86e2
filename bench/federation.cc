#include "bench/federation.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/founding.h"
#include "cli/founding_folder.h"
#include "ledger/status.h"
#include "node/config.h"

namespace plenary::bench {
namespace {

// Ports that were free a moment ago, all different.
std::vector<int> FreePorts(size_t count) {
  std::vector<int> sockets;
  std::vector<int> ports;
  for (size_t i = 0; i < count; ++i) {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      Must(absl::InternalError("no free port"));
    }
    sockets.push_back(descriptor);
    ports.push_back(ntohs(address.sin_port));
  }
  for (const int descriptor : sockets) close(descriptor);
  return ports;
}

}  // namespace

struct Federation::Running {
  std::unique_ptr<node::LogLines> log;
  std::unique_ptr<node::Process> process;
  std::thread thread;
};

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "plenary-bench: " << Explain(status) << "\n";
  // Without destructors: nodes are running.
  std::_Exit(1);
}

Federation::Federation(const std::string& parent, std::vector<std::string> members)
    : members_(std::move(members)) {
  std::string pattern = parent + "/plenary-bench-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) Must(absl::InternalError("no folder in " + parent));
  folder_ = pattern;
  const std::vector<int> ports = FreePorts(2 * members_.size());
  cli::FoundingOptions options;
  options.federation = "bench.example";
  options.members = members_;
  options.now = absl::Now();
  std::map<std::string, std::string> operators;
  for (size_t i = 0; i < members_.size(); ++i) {
    options.endpoints[members_[i]] = absl::StrCat("127.0.0.1:", ports[2 * i]);
    operators[members_[i]] = absl::StrCat("127.0.0.1:", ports[2 * i + 1]);
  }
  const cli::Founding founding = Must(cli::Found(options));
  const auto listeners = Must(cli::ChooseListeners(founding, operators));
  Must(cli::WriteFounding(founding, options, listeners, folder_ + "/fed"));
  for (const std::string& member : members_) {
    Must(node::InitStore(node::LoadConfig(Folder(member) + "/plenaryd.toml").config,
                         node::StoreKind::kFirst));
    Start(member);
  }
  for (const std::string& member : members_) WaitReady(member);
}

Federation::~Federation() {
  for (const std::string& member : members_) {
    if (running_.contains(member)) Stop(member);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Federation::Start(const std::string& member) {
  auto running = std::make_unique<Running>();
  const node::ConfigResult loaded = node::LoadConfig(Folder(member) + "/plenaryd.toml");
  running->log = Must(node::LogLines::Open(folder_ + "/" + member + ".log",
                                           node::LogLevel::kWarning, &system_.clock()));
  running->process = Must(node::Process::Create(loaded.config, running->log.get(), &system_));
  Must(running->process->Start());
  running->thread = std::thread([process = running->process.get()] { Must(process->Run()); });
  running_[member] = std::move(running);
}

void Federation::Stop(const std::string& member) {
  Running& running = *running_.at(member);
  running.process->Stop();
  running.thread.join();
  running_.erase(member);
}

void Federation::Empty(const std::string& member) {
  const node::ConfigResult loaded = node::LoadConfig(Folder(member) + "/plenaryd.toml");
  std::filesystem::remove_all(loaded.config.store);
  Must(node::InitStore(loaded.config, node::StoreKind::kFirst));
}

void Federation::WaitReady(const std::string& member) {
  WaitUntil([&] { return running_.at(member)->process->node().Status()->ready; });
}

cli::Session Federation::Open(const std::string& member) const {
  return Must(cli::OpenSession(Folder(member) + "/profile.toml", "", "", absl::Now()));
}

Federation::Sizes Federation::LogSizes(const std::string& at, const std::string& member) const {
  const auto status = running_.at(at)->process->node().Status();
  const std::string origin = absl::StrCat("bench.example/", member, "/1");
  Sizes sizes;
  if (const node::LogStatus* log = status->Find(origin)) {
    sizes.size = log->size;
    sizes.signed_size = log->signed_size;
    sizes.final_size = log->final_size;
  }
  if (const auto view = status->view_sizes.find(origin); view != status->view_sizes.end()) {
    sizes.in_view = view->second;
  }
  return sizes;
}

}  // namespace plenary::bench
