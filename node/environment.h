// The world that a node lives in, as five injected parts: clock, random, executor, transport, disk.
//
// main.cc builds a node over the real ones (system_environment.h), the simulator over its own; the
// node is the same. Nothing in node/ or below reads a clock, makes randomness, starts a thread or
// opens a socket in any other way.
#pragma once

#include <cstdint>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace rocksdb {
class Env;
}

namespace plenary::node {

class Transport;

// Time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall clock, which may jump: for cosignature times and what people read.
  virtual absl::Time Now() const = 0;
  // Milliseconds that never go back: for every deadline and timer.
  virtual int64_t MonotonicMs() const = 0;
};

// The only source of salts, store ids, instances and jitter. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::string Bytes(size_t count) = 0;
  virtual uint64_t Uint64() = 0;
};

// Runs the node's work. Everything posted runs on one thread, the loop, one task at a time; what is
// waiting together runs as one drain, after which the drain's end is called once.
// Thread-safe.
class Executor {
 public:
  using Task = absl::AnyInvocable<void()>;

  virtual ~Executor() = default;
  // Queues `task` for the loop. False, and the task is dropped, if the inbox is full or the loop
  // has stopped: the caller answers BUSY.
  virtual bool Post(Task task) = 0;
  // As Post, for the node's own continuations: never refused while the loop runs.
  virtual void PostInternal(Task task) = 0;
  // Queues `task` for the loop at or after `monotonic_ms`; equal times run in the order of calls.
  virtual void PostAt(int64_t monotonic_ms, Task task) = 0;
  // Runs `work` on a verifier thread, then `done` on the loop.
  virtual void RunVerifier(Task work, Task done) = 0;
  // What runs at the end of each drain: the node's one write and its outputs. Set once, before the
  // first task.
  virtual void SetDrainEnd(Task drain_end) = 0;
};

// The five, borrowed; they outlive the node.
struct Environment {
  Clock* clock = nullptr;
  Random* random = nullptr;
  Executor* executor = nullptr;
  Transport* transport = nullptr;
  rocksdb::Env* disk = nullptr;
};

}  // namespace plenary::node
