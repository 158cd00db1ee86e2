// Where an audit takes logs from: a node, or a folder that was exported from one.
//
// Nothing that a source says is believed: leaves, notes, rosters, cards and record bytes verify by
// themselves or not at all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "certs/trust_folder.h"
#include "ledger/judge_entry.h"
#include "ledger/verdict.h"
#include "plenary/v1/slot.pb.h"

namespace plenary::cli {

// One leaf with its slots. Views live as long as the run that it is in.
struct SourceLeaf {
  absl::string_view envelope;
  std::vector<v1::SlotState> states;
  std::vector<SlotBytes> slots;  // as many; bytes only of present ones
};

// Leaves one after the other.
struct LeafRun {
  std::vector<SourceLeaf> leaves;
  std::shared_ptr<const void> owner;  // of the bytes
};

// One log as the source says it is.
struct LogHead {
  std::string origin;
  std::string checkpoint;            // the note that is said to be final; empty: there is none
  std::string newest;                // a later note, or empty
  std::vector<std::string> earlier;  // final notes of before, which decide what rosters are in play
  uint64_t size = 0;                 // leaves held, those that nobody has signed yet included
  bool has_records = true;           // slots are shown, or asked for
  absl::Status status;               // why its checkpoint cannot be read
};

// Reads the leaves of one log in their order, from the first to a size that was asked for. One
// thread at a time.
class LeafReader {
 public:
  virtual ~LeafReader() = default;
  // The next leaves: at least one, and at most some 4 MiB or one leaf; none when all have been
  // read. Fails with LOG_SHORTER if the source ends before that, and as the source does.
  virtual absl::StatusOr<LeafRun> Next() = 0;
  // What was wrong beside the leaves: asked after the last one.
  virtual std::vector<absl::Status> Problems() const { return {}; }
};

// One thread at a time; readers that it opened may each run on another one meanwhile.
class LogSource {
 public:
  virtual ~LogSource() = default;
  // "the node at 127.0.0.1:8443", "the folder export".
  virtual std::string Name() const = 0;
  // Rosters and cards as they are there, each version from 1.
  virtual absl::StatusOr<certs::TrustFiles> Trust() = 0;
  // All logs, by origin.
  virtual absl::StatusOr<std::vector<LogHead>> Logs() = 0;
  // Evidence files.
  virtual absl::StatusOr<std::vector<std::string>> Evidence() = 0;
  // Reads leaves [from, to); only a node reads from the middle.
  virtual absl::StatusOr<std::unique_ptr<LeafReader>> Open(const LogHead& log, uint64_t from,
                                                           uint64_t to) = 0;
  // Leaves that were read before, [256 * group, to) and at most 256 of them, without records.
  virtual absl::StatusOr<std::vector<std::string>> ReadGroup(const LogHead& log, uint64_t group,
                                                             uint64_t to) = 0;
  // The bytes of one record, if they are here.
  virtual absl::StatusOr<std::optional<std::string>> ReadRecord(const LogHead& log, uint64_t index,
                                                                uint32_t entry) = 0;
};

}  // namespace plenary::cli
