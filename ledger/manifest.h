// The manifest: the signed list of record digests in a commit, and whom each record is for.
//
// Bytes and rules: docs/FORMATS.md, section 3.1. Read without copying: every view points into the
// bytes that were read and lives as long as those.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/roster.h"

namespace plenary {

// A version of a roster or a card, as it is named; zeros and empty if it is not.
struct VersionRefView {
  uint64_t version = 0;
  absl::string_view digest;
};

// One record of a commit.
struct ManifestEntry {
  absl::string_view digest;  // 32 bytes
  uint32_t size = 0;
  uint32_t audience = 0;  // 0 full members, 1 everyone, n >= 2 audiences[n - 2]
  bool permanent = false;
};

// What an author claims about the time.
struct AuthorTime {
  int64_t seconds = 0;
  int32_t nanos = 0;
};

struct ManifestView {
  absl::string_view origin;
  std::vector<absl::string_view> signers;  // fingerprints
  VersionRefView roster;
  VersionRefView card;
  std::optional<AuthorTime> author_time;
  std::vector<std::vector<absl::string_view>> audiences;
  std::vector<ManifestEntry> entries;
};

inline constexpr uint32_t kAudienceMembers = 0;
inline constexpr uint32_t kAudienceEveryone = 1;
inline constexpr uint32_t kFirstAudienceList = 2;

// Scans and reads a payload. Says nothing about whether the values make sense: see CheckManifest.
// Fails with a reason of the strict scan, unknown fields among them. Thread-safe.
absl::StatusOr<ManifestView> ReadManifest(absl::string_view payload);

// What must hold of a manifest by itself. Fails with BAD_NAME (origin), BAD_SIGNERS,
// BAD_ROSTER_REFERENCE, BAD_CARD_REFERENCE, BAD_ENTRIES, BAD_AUDIENCE. Thread-safe.
absl::Status CheckManifest(const ManifestView& manifest);

// Whom one record is for. A value.
class Audience {
 public:
  enum class Kind { kMembers, kEveryone, kList };

  // Full members, present and future; everyone on the roster and the public.
  static Audience Members(absl::string_view owner) { return Audience(Kind::kMembers, owner); }
  static Audience Everyone(absl::string_view owner) { return Audience(Kind::kEveryone, owner); }
  // `members`, in any order, and `owner`.
  static Audience List(absl::string_view owner, const std::vector<absl::string_view>& members);
  // That of an entry; `audience` is one of the manifest's (CHECKed), `owner` the log's member.
  static Audience Of(const ManifestView& manifest, uint32_t audience, absl::string_view owner);

  Kind kind() const { return kind_; }
  // Of a list: sorted, distinct, the owner in; else empty.
  const std::vector<std::string>& members() const { return members_; }
  // "members", "everyone" or the list: "br,in".
  std::string Text() const;
  // May a node of `member` hold the bytes? `newest` is the newest roster held. The owner always
  // may. Members on a list may whatever the roster says of them.
  bool Includes(absl::string_view member, const Roster& newest) const;

  // Two lists are the same if they name the same members once the owner is added.
  friend bool operator==(const Audience& a, const Audience& b) {
    return a.kind_ == b.kind_ && a.members_ == b.members_;
  }

 private:
  Audience(Kind kind, absl::string_view owner) : kind_(kind), owner_(owner) {}
  Kind kind_;
  std::string owner_;
  std::vector<std::string> members_;
};

}  // namespace plenary
