#include "cli/audit/read_ahead.h"

#include <utility>

namespace plenary::cli {

ReadAhead::ReadAhead(std::unique_ptr<LeafReader> reader)
    : reader_(std::move(reader)), thread_([this] { Read(); }) {}

ReadAhead::~ReadAhead() {
  {
    const absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  thread_.join();
}

void ReadAhead::Read() {
  bool last = false;
  while (!last) {
    absl::StatusOr<LeafRun> run = reader_->Next();
    last = IsLast(run);
    const absl::MutexLock lock(&mutex_, absl::Condition(this, &ReadAhead::HasRoom));
    if (stopped_) return;
    runs_.push_back(std::move(run));
  }
}

absl::StatusOr<LeafRun> ReadAhead::Next() {
  const absl::MutexLock lock(&mutex_, absl::Condition(this, &ReadAhead::HasRun));
  // The end, or the error, stays.
  if (IsLast(runs_.front())) return runs_.front();
  absl::StatusOr<LeafRun> run = std::move(runs_.front());
  runs_.pop_front();
  return run;
}

}  // namespace plenary::cli
