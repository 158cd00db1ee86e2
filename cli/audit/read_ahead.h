// Reads the leaves of a log on a thread of its own, a little ahead of whoever verifies them: then
// the network or the disk is not waited for.
#pragma once

#include <deque>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "cli/audit/log_source.h"

namespace plenary::cli {

// As the reader it is made of, whose runs it gives in their order. One thread at a time.
class ReadAhead final : public LeafReader {
 public:
  explicit ReadAhead(std::unique_ptr<LeafReader> reader);
  // Waits for the call that is under way.
  ~ReadAhead() override;
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  absl::StatusOr<LeafRun> Next() override;
  // Only after Next has given no leaves, or an error.
  std::vector<absl::Status> Problems() const override { return reader_->Problems(); }

 private:
  // Runs that wait to be taken, some 4 MiB each.
  static constexpr size_t kAhead = 3;

  void Read();
  static bool IsLast(const absl::StatusOr<LeafRun>& run) {
    return !run.ok() || run->leaves.empty();
  }
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopped_ || runs_.size() < kAhead;
  }
  bool HasRun() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !runs_.empty(); }

  const std::unique_ptr<LeafReader> reader_;
  absl::Mutex mutex_;
  std::deque<absl::StatusOr<LeafRun>> runs_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // begins when all above is there
};

}  // namespace plenary::cli
