// A transport with nobody to talk to: for work on the store alone, and for tests.
#pragma once

#include <memory>
#include <string>

#include "node/transport/transport.h"

namespace plenary::node {

// Drops everything, reports nothing. Thread-safe.
class NoTransport : public Transport {
 public:
  absl::Status Start(TransportEvents*) override { return absl::OkStatus(); }
  void Dial(uint64_t, const std::string&, const std::string&, const std::string&) override {}
  void Send(LinkId, Priority, std::unique_ptr<plenary::v1::Frame>, const std::string&) override {}
  uint64_t QueuedBytes(LinkId) const override { return 0; }
  void Close(LinkId, const absl::Status&) override {}
  void Stop() override {}
};

}  // namespace plenary::node
