// Logs as a node shows them to an operator.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/audit/log_source.h"
#include "cli/client/client.h"
#include "cli/held_trust.h"

namespace plenary::cli {

// One thread at a time, as LogSource says.
class NodeSource final : public LogSource {
 public:
  // Both outlive the source. `own` are the rosters and cards of this side: a node that holds fewer
  // of them is not asked to.
  NodeSource(Client& client, const HeldTrust& own) : client_(client), own_(own) {}

  std::string Name() const override;
  // Fails with SECOND_OF_VERSION if the node holds another roster of a version than this side.
  absl::StatusOr<certs::TrustFiles> Trust() override;
  absl::StatusOr<std::vector<LogHead>> Logs() override;
  absl::StatusOr<std::vector<std::string>> Evidence() override;
  absl::StatusOr<std::unique_ptr<LeafReader>> Open(const LogHead& log, uint64_t from,
                                                   uint64_t to) override;
  absl::StatusOr<std::vector<std::string>> ReadGroup(const LogHead& log, uint64_t group,
                                                     uint64_t to) override;
  absl::StatusOr<std::optional<std::string>> ReadRecord(const LogHead& log, uint64_t index,
                                                        uint32_t entry) override;

 private:
  absl::StatusOr<std::vector<std::string>> Rosters();
  absl::StatusOr<std::vector<std::string>> CardsOf(const std::string& member);
  absl::StatusOr<std::string> NoteOf(const std::string& origin, v1::CheckpointKind kind);

  Client& client_;
  const HeldTrust& own_;
};

}  // namespace plenary::cli
