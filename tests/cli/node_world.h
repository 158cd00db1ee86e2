// A federation as `plenary federation init` founds it, and one of its nodes running in this process
// on real TLS: what the commands that ask a node are tried against.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/command.h"
#include "node/config.h"
#include "node/loop.h"
#include "node/node.h"
#include "node/services/admin_service.h"
#include "node/services/audit_service.h"
#include "node/services/operator_server.h"
#include "node/services/register_service.h"
#include "node/system_environment.h"
#include "node/transport/no_transport.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace plenary::cli::testing {

using plenary::testing::TempDir;

// Runs the node that lies in the folder of a founded member, by its own plenaryd.toml. One thread.
class RunningNode {
 public:
  explicit RunningNode(const std::string& folder);
  ~RunningNode();
  std::string address() const;
  void StopListening();

 private:
  node::Config config_;
  std::unique_ptr<Signer> log_key_;
  std::unique_ptr<Signer> cosigner_key_;
  node::SystemEnvironment system_;
  node::SystemRandom random_;
  node::NoTransport transport_;
  node::Loop loop_{system_.clock()};
  std::unique_ptr<node::Store> store_;
  std::unique_ptr<node::Node> node_;
  std::thread thread_;
  std::optional<node::TrustHolder> trust_;
  std::unique_ptr<node::Tls> tls_;
  std::optional<node::RpcEdge> edge_;
  node::PageTokens tokens_{std::string(32, 'p')};
  node::ServiceContext service_;
  std::optional<node::RegisterServer> records_;
  std::optional<node::AuditServer> audit_;
  std::optional<node::AdminServer> admin_;
  std::unique_ptr<node::OperatorServer> server_;
};

struct Ran {
  int exit = -1;
  std::string out;
  std::string err;
};

// Runs `plenary` with these words.
Ran Plenary(std::vector<std::string> words);

// A federation in a folder of its own; the node of the first member runs. In a federation of one
// what is signed is final.
class NodeWorld {
 public:
  explicit NodeWorld(const std::vector<std::string>& members);

  // Runs a command by the first member's profile.
  Ran Run(std::vector<std::string> words) const;
  // Waits until the node is active.
  void WaitUntilActive() const;

  std::string Path(const std::string& name) const { return dir_.path() + "/" + name; }
  std::string profile() const { return profile_; }
  // The profile with one text replaced by another, as a file of its own.
  std::string ProfileWith(const std::string& from, const std::string& to) const;
  // Writes a file; its path.
  std::string Write(const std::string& name, const std::string& text) const;
  std::string Meeting(const std::string& id, const std::string& title = "A meeting",
                      const std::string& more = "") const;
  RunningNode& node() { return *node_; }
  const std::string& member() const { return member_; }

 private:
  TempDir dir_;
  std::string member_;
  std::string profile_;
  std::unique_ptr<RunningNode> node_;
};

}  // namespace plenary::cli::testing
