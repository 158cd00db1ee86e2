// Nodes on loopback with real certificates, for the tests of the network edge.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "node/transport/grpc_transport.h"
#include "tests/certs/forge.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thread_loop.h"

namespace plenary::node::testing {

using certs::testing::Forge;
using certs::testing::Forged;
using certs::testing::Forgery;
using plenary::testing::HasReason;
using plenary::testing::IsOk;
using plenary::testing::MovableClock;
using plenary::testing::TempDir;
using plenary::testing::ThreadLoop;

inline constexpr char kFederation[] = "sti.brics.example";
inline constexpr absl::Duration kPatience = absl::Seconds(120);

// A CA for each of br, in and za, all full members, and what their nodes present.
class Federation {
 public:
  Federation();
  // The trust in force at the beginning.
  certs::Trust Trust() const;
  const Forged& Ca(const std::string& member) const { return cas_.at(member); }
  static Forgery NodePlan(const std::string& member, const std::string& node);
  static Forgery OperatorPlan(const std::string& member, const std::string& name);

 private:
  std::map<std::string, Forged> cas_;
};

// Writes certificate and key into `folder`, replacing what was there in one step.
TlsFiles Install(const std::string& folder, const Forged& identity);

struct LinkRecord {
  LinkPeer peer;
  std::vector<uint64_t> pings;  // numbers of the Ping frames that came
  uint64_t frames = 0;
  uint64_t bytes = 0;
  int writable = 0;
  std::optional<absl::Status> down;
};

// Keeps what a transport reports, and lets the test wait for it. Thread-safe.
class Recorder : public TransportEvents {
 public:
  void OnLinkUp(LinkId link, const LinkPeer& peer) override;
  void OnFrame(LinkId link, std::unique_ptr<plenary::v1::Frame> frame) override;
  void OnWritable(LinkId link) override;
  void OnLinkDown(LinkId link, const absl::Status& why) override;
  void OnDialFailed(uint64_t dial, const absl::Status& why) override;
  void OnRefused(const std::string& address, const absl::Status& why) override;

  // While held, the loop stands still at the next frame: a node that is too busy to read.
  void Hold();
  void LetGo();
  // Called at each OnWritable and OnLinkUp, on the loop.
  void WhenWritable(std::function<void(LinkId)> writable) { writable_ = std::move(writable); }

  // Waits until `true_now` holds; a failure of the test after kPatience.
  struct State {
    std::map<LinkId, LinkRecord> links;
    std::map<uint64_t, absl::Status> failed_dials;
    std::vector<std::pair<std::string, absl::Status>> refused;
    uint64_t events = 0;
  };
  bool Wait(const std::function<bool(const State&)>& true_now, const char* what);
  State Get() const;

  // The n-th link that came up, from 0.
  LinkId WaitForLink(size_t n = 0);
  absl::Status WaitForDown(LinkId link);
  absl::Status WaitForFailedDial(uint64_t dial);
  // The first refusal with this reason.
  bool WaitForRefusal(Reason reason);

 private:
  mutable absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_);
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void(LinkId)> writable_;
};

// A node: its files, its loop and its transport.
class Station {
 public:
  // `identity` overrides what it presents.
  Station(const Federation& federation, const std::string& member, const std::string& node,
          bool listens = true, const Forged* identity = nullptr);
  ~Station();

  absl::Status Start() { return transport_->Start(&recorder_); }
  void Stop();
  std::string Address() const;
  // Dials `other` and gives both ends' links.
  std::pair<LinkId, LinkId> LinkWith(Station& other);
  void Dial(uint64_t dial, const Station& other);
  void SendPing(LinkId link, uint64_t number, Priority priority = Priority::kLive,
                const std::string& replaces = "");
  // A Commits frame of about `bytes` bytes.
  void SendBulk(LinkId link, size_t bytes, Priority priority = Priority::kBulk);

  Recorder& recorder() { return recorder_; }
  GrpcTransport& transport() { return *transport_; }
  TrustHolder& trust() { return trust_; }
  MovableClock& clock() { return clock_; }
  ThreadLoop& loop() { return loop_; }
  const std::string& member() const { return member_; }
  const std::string& node() const { return node_; }
  std::string folder() const { return dir_.path(); }

 private:
  const std::string member_;
  const std::string node_;
  TempDir dir_;
  MovableClock clock_;
  ThreadLoop loop_;
  TrustHolder trust_;
  Recorder recorder_;
  std::unique_ptr<GrpcTransport> transport_;
};

}  // namespace plenary::node::testing
