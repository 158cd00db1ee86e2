#include "node/transport/outbox.h"

#include <utility>

#include "ledger/check.h"

namespace plenary::node {

void Outbox::Push(Priority priority, std::unique_ptr<plenary::v1::Frame> frame,
                  const std::string& replaces) {
  Item item{.frame = std::move(frame), .bytes = 0, .replaces = replaces};
  item.bytes = item.frame->ByteSizeLong();
  CHECK_LE(item.bytes, kMaxFrameBytes);
  if (!replaces.empty()) {
    if (const auto found = places_.find(replaces); found != places_.end()) {
      const Place place = found->second;
      if (place.priority == priority) {
        BytesOf(priority) += item.bytes - place.item->bytes;
        *place.item = std::move(item);
        return;
      }
      Erase(place.priority, place.item);
    }
  }
  BytesOf(priority) += item.bytes;
  ++frames_;
  Queue& queue = QueueOf(priority);
  queue.push_back(std::move(item));
  if (!replaces.empty()) places_[replaces] = {priority, std::prev(queue.end())};
}

std::unique_ptr<plenary::v1::Frame> Outbox::Pop() {
  for (size_t i = 0; i < queues_.size(); ++i) {
    if (queues_[i].empty()) continue;
    std::unique_ptr<plenary::v1::Frame> frame = std::move(queues_[i].front().frame);
    Erase(static_cast<Priority>(i), queues_[i].begin());
    return frame;
  }
  return nullptr;
}

void Outbox::Erase(Priority priority, Queue::iterator item) {
  BytesOf(priority) -= item->bytes;
  if (!item->replaces.empty()) places_.erase(item->replaces);
  QueueOf(priority).erase(item);
  --frames_;
}

void Outbox::KeepAlarmsOnly() {
  for (const Priority priority : {Priority::kFinality, Priority::kLive, Priority::kBulk}) {
    while (!QueueOf(priority).empty()) Erase(priority, QueueOf(priority).begin());
  }
}

void Outbox::Clear() {
  KeepAlarmsOnly();
  Queue& alarms = QueueOf(Priority::kAlarm);
  while (!alarms.empty()) Erase(Priority::kAlarm, alarms.begin());
}

uint64_t Outbox::next_bytes() const {
  for (const Queue& queue : queues_) {
    if (!queue.empty()) return queue.front().bytes;
  }
  return 0;
}

}  // namespace plenary::node
