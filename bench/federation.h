// A federation inside this process: real nodes, real TLS on loopback, real disks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cli/session.h"
#include "node/process.h"

namespace plenary::bench {

// Every failure ends the program: a figure of something broken is no figure. One thread at a time,
// but for the sessions that it opens.
class Federation {
 public:
  // Founds a federation of `members` below a new folder in `parent` and starts all nodes.
  Federation(const std::string& parent, std::vector<std::string> members);
  // Stops all nodes and removes the folder.
  ~Federation();

  // Stops the node of `member`, cleanly.
  void Stop(const std::string& member);
  // Removes its store and everything in it, and makes one that takes part at once.
  void Empty(const std::string& member);
  // Starts it; returns when its listeners stand.
  void Start(const std::string& member);
  void WaitReady(const std::string& member);

  // A connection as the member's administrator.
  cli::Session Open(const std::string& member) const;
  // Size and final size of a member's log, as the node of `at` has it; no call, no copy of records.
  struct Sizes {
    uint64_t size = 0;
    uint64_t signed_size = 0;
    uint64_t final_size = 0;
    uint64_t in_view = 0;
  };
  Sizes LogSizes(const std::string& at, const std::string& member) const;
  // Waits until `true_now`; polls every 100 µs.
  template <typename Predicate>
  void WaitUntil(Predicate true_now) const {
    while (!true_now()) std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  const std::vector<std::string>& members() const { return members_; }

 private:
  struct Running;
  std::string Folder(const std::string& member) const { return folder_ + "/fed/" + member; }

  const std::vector<std::string> members_;
  std::string folder_;
  node::SystemEnvironment system_;
  std::map<std::string, std::unique_ptr<Running>> running_;
};

// Ends the program with the error, if it is one.
void Must(const absl::Status& status);
template <typename T>
T Must(absl::StatusOr<T> value) {
  Must(value.status());
  return *std::move(value);
}

}  // namespace plenary::bench
