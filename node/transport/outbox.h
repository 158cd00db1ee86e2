// What waits to be sent on one link: four queues, the most urgent first.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "node/transport/transport.h"

namespace plenary::node {

// Frames by priority. A frame that replaces another takes its place, so statements that are
// overtaken while a peer reads slowly cost nothing. One thread at a time.
class Outbox {
 public:
  Outbox() = default;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // Queues `frame`. A waiting frame with the same non-empty `replaces` is dropped; if it waits at
  // the same priority, this one takes its place in the queue.
  void Push(Priority priority, std::unique_ptr<plenary::v1::Frame> frame,
            const std::string& replaces);

  // The next frame, or null.
  std::unique_ptr<plenary::v1::Frame> Pop();

  // Drops everything below kAlarm.
  void KeepAlarmsOnly();
  void Clear();

  bool empty() const { return frames_ == 0; }
  size_t frames() const { return frames_; }
  // Serialised bytes of all that waits.
  uint64_t bytes() const { return bulk_bytes_ + urgent_bytes_; }
  // … of what waits above kBulk.
  uint64_t urgent_bytes() const { return urgent_bytes_; }
  // Serialised bytes of the frame that Pop would give; 0 if empty.
  uint64_t next_bytes() const;

 private:
  struct Item {
    std::unique_ptr<plenary::v1::Frame> frame;
    uint64_t bytes = 0;
    std::string replaces;
  };
  using Queue = std::list<Item>;
  struct Place {
    Priority priority;
    Queue::iterator item;
  };

  Queue& QueueOf(Priority priority) { return queues_[static_cast<size_t>(priority)]; }
  uint64_t& BytesOf(Priority priority) {
    return priority == Priority::kBulk ? bulk_bytes_ : urgent_bytes_;
  }
  void Erase(Priority priority, Queue::iterator item);

  std::array<Queue, 4> queues_;
  absl::flat_hash_map<std::string, Place> places_;  // of frames with a non-empty `replaces`
  size_t frames_ = 0;
  uint64_t urgent_bytes_ = 0;
  uint64_t bulk_bytes_ = 0;
};

}  // namespace plenary::node
