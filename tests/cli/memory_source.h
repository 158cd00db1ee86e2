// Logs in memory, as a node would show them: what an audit and an export are tried against. Honest
// unless a test changes what it holds.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/audit/log_source.h"
#include "ledger/judge_logs.h"
#include "tests/support/log_maker.h"
#include "tests/support/world.h"

namespace plenary::cli::testing {

// The logs of members of a world. One thread at a time; readers on others.
class MemorySource final : public LogSource {
 public:
  // One leaf as the source shows it.
  struct Shown {
    LeafToJudge leaf;
    // Of slots that are not what their bytes say: present or missing.
    std::map<uint32_t, v1::SlotState> states;
  };
  struct Log {
    std::vector<Shown> leaves;
    LogHead head;
  };

  // `world` outlives the source.
  explicit MemorySource(const plenary::testing::World& world) : world_(world) {}

  // The log of a member's epoch; made when it is first asked for.
  Log& Of(const std::string& member, uint64_t epoch = 1);
  // Adds a leaf with one meeting for everyone, or for that audience.
  void AddMeeting(const std::string& member, const std::string& id, uint32_t audience = 1);
  // Signs the first `size` leaves (all if left out) and lets these members cosign: the log's
  // checkpoint from now on.
  void Finish(const std::string& member, const std::vector<std::string>& cosigners,
              std::optional<uint64_t> size = std::nullopt, uint64_t epoch = 1);
  // Such a note.
  std::string Note(const std::string& member, uint64_t size,
                   const std::vector<std::string>& cosigners, uint64_t epoch = 1);

  std::string Name() const override { return "a source in memory"; }
  absl::StatusOr<certs::TrustFiles> Trust() override;
  absl::StatusOr<std::vector<LogHead>> Logs() override;
  absl::StatusOr<std::vector<std::string>> Evidence() override { return evidence; }
  absl::StatusOr<std::unique_ptr<LeafReader>> Open(const LogHead& log, uint64_t from,
                                                   uint64_t to) override;
  absl::StatusOr<std::vector<std::string>> ReadGroup(const LogHead& log, uint64_t group,
                                                     uint64_t to) override;
  absl::StatusOr<std::optional<std::string>> ReadRecord(const LogHead& log, uint64_t index,
                                                        uint32_t entry) override;

  std::vector<std::string> evidence;
  // Reading this leaf fails with STALLED, as when a node goes away.
  std::optional<uint64_t> fails_at;
  // How many leaves have been read.
  uint64_t leaves_read = 0;

 private:
  const plenary::testing::World& world_;
  std::map<std::string, Log> logs_;  // by origin
};

}  // namespace plenary::cli::testing
