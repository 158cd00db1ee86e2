// What a judge of one member's logs remembers between leaves: asked for row by row, so that a node
// keeps it in its database and a test in a map.
//
// One state is that of one member and one set of audiences in sight. Whatever was put is found at
// once, also before it is durable. Failures are those of the disk and are handed on unchanged.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/digest.h"
#include "ledger/verdict.h"

namespace plenary {

// The revision of a name that counts, or is not understood and stands.
struct StandingRevision {
  EntryPlace place;
  Digest digest;
  bool understood = true;
  // Its previous will do for good: it is a first revision, or follows a digest of which no more
  // than the digest is in sight. Else it follows the standing revision before it.
  bool ready = false;
  friend bool operator==(const StandingRevision&, const StandingRevision&) = default;
};

// The bytes of one member's logs. Asked for only when a redaction names an entry, or when bytes
// come late.
class LogBytes {
 public:
  virtual ~LogBytes() = default;
  // A leaf; nothing if the log has none there.
  virtual absl::StatusOr<std::optional<std::string>> Leaf(LeafPlace place) = 0;
  // The record of an entry, if its bytes are here.
  virtual absl::StatusOr<std::optional<std::string>> Record(EntryPlace place) = 0;
};

// The judge's memory. Loop only.
class JudgingState : public LogBytes {
 public:
  // The first leaf with a commit identity.
  virtual absl::StatusOr<std::optional<LeafPlace>> FindIdentity(const Digest& identity) = 0;
  virtual void PutIdentity(const Digest& identity, LeafPlace place) = 0;

  // The standing revision of (name, revision): at most one. Asked once or twice for each record.
  virtual absl::StatusOr<std::optional<StandingRevision>> FindStanding(absl::string_view name,
                                                                       uint64_t revision) = 0;
  // Nothing: forgets it.
  virtual void PutStanding(absl::string_view name, uint64_t revision,
                           const std::optional<StandingRevision>& standing) = 0;

  // Notes: few, small, in the order of their keys' bytes. Keys are at most 256 bytes.
  virtual absl::StatusOr<std::optional<std::string>> FindNote(absl::string_view key) = 0;
  // The first note whose key starts with `prefix` and is above `after` (empty: from the first).
  virtual absl::StatusOr<std::optional<std::pair<std::string, std::string>>> NextNote(
      absl::string_view prefix, absl::string_view after) = 0;
  virtual void PutNote(absl::string_view key, absl::string_view value) = 0;
  virtual void DropNote(absl::string_view key) = 0;
};

// A state in memory. One thread at a time.
class MemoryJudgingState final : public JudgingState {
 public:
  // `bytes` outlives the state.
  explicit MemoryJudgingState(LogBytes& bytes) : bytes_(bytes) {}

  absl::StatusOr<std::optional<LeafPlace>> FindIdentity(const Digest& identity) override;
  void PutIdentity(const Digest& identity, LeafPlace place) override;
  absl::StatusOr<std::optional<StandingRevision>> FindStanding(absl::string_view name,
                                                               uint64_t revision) override;
  void PutStanding(absl::string_view name, uint64_t revision,
                   const std::optional<StandingRevision>& standing) override;
  absl::StatusOr<std::optional<std::string>> FindNote(absl::string_view key) override;
  absl::StatusOr<std::optional<std::pair<std::string, std::string>>> NextNote(
      absl::string_view prefix, absl::string_view after) override;
  void PutNote(absl::string_view key, absl::string_view value) override;
  void DropNote(absl::string_view key) override;
  absl::StatusOr<std::optional<std::string>> Leaf(LeafPlace place) override {
    return bytes_.Leaf(place);
  }
  absl::StatusOr<std::optional<std::string>> Record(EntryPlace place) override {
    return bytes_.Record(place);
  }

 private:
  LogBytes& bytes_;
  absl::flat_hash_map<Digest, LeafPlace> identities_;
  absl::flat_hash_map<std::pair<std::string, uint64_t>, StandingRevision> standing_;
  std::map<std::string, std::string> notes_;
};

}  // namespace plenary
