// The rows of the view: every key and value on one page.
//
// Numbers in keys are big-endian. A change here, or in what the judge remembers, is a new
// kViewFormat: a view of another format is forgotten and built anew.
//
// family      key                                                 value
// revisions   name 00 revision:8 digest:32 log:4 index:8 entry:4  ViewRow of every entry
// current     collection 00 name                                  ViewRow of the newest standing
//                                                                 revision
// verdicts    log:4 index:8 entry:4                               ViewRow of every entry whose
//                                                                 verdict is not "counts"
//             log:4 index:8                                       the same of a whole leaf
// index       E name 00 digest:32 log:4 index:8 entry:4           ViewRow of every endorsement of
//                                                                 that text that has counted
// state       F                                                   ViewFormat
//             L origin                                            ViewLog
//             T member                                            trust that judged it
//             X log:4 index:8 entry:4                             empty: the entry's bytes may come
//             J member 00 I identity:32                           epoch:8 index:8
//             J member 00 S name 00 revision:8                    a standing revision
//             J member 00 N key                                   a note of the judge
//
// A name holds no byte 00, so the keys of revisions are in the order of the view digest: name,
// revision, digest. Entries without a name have an empty one.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/digest.h"
#include "ledger/judging_state.h"
#include "ledger/verdict.h"
#include "plenary/node/v1/view.pb.h"

namespace plenary::node {

namespace nodev1 = ::plenary::node::v1;

inline constexpr uint32_t kViewFormat = 2;

// An entry by the number of its log in this store.
struct RowPlace {
  uint32_t log = 0;
  uint64_t index = 0;
  uint32_t entry = 0;
  friend auto operator<=>(const RowPlace&, const RowPlace&) = default;
};

// The keys of revisions that are about `name`, and those of one revision.
std::string NamePrefix(absl::string_view name);
std::string RevisionPrefix(absl::string_view name, uint64_t revision);
std::string RevisionKey(const nodev1::ViewRow& row);

std::string CollectionPrefix(absl::string_view collection);
// `name` is a record name (CHECKed).
std::string CurrentKey(absl::string_view name);

std::string LogPrefix(uint32_t log);
std::string LeafVerdictKey(uint32_t log, uint64_t index);
std::string EntryVerdictKey(RowPlace place);

inline constexpr absl::string_view kEndorsementsPrefix = "E";
// The endorsements of one text. `name` is a record name, `digest` 32 bytes.
std::string EndorsementPrefix(absl::string_view name, absl::string_view digest);
std::string EndorsementKey(absl::string_view name, absl::string_view digest, RowPlace place);

inline constexpr absl::string_view kFormatKey = "F";
inline constexpr absl::string_view kLogKeyPrefix = "L";
inline constexpr absl::string_view kAwaitedPrefix = "X";
std::string LogStateKey(absl::string_view origin);
std::string TrustMarkKey(absl::string_view member);
std::string AwaitedKey(RowPlace place);
// Out of an awaited key; STORE_DAMAGED.
absl::StatusOr<RowPlace> ParseAwaitedKey(absl::string_view key);

std::string JudgePrefix(absl::string_view member);
std::string IdentityKey(absl::string_view member, const Digest& identity);
std::string StandingKey(absl::string_view member, absl::string_view name, uint64_t revision);
std::string NotePrefix(absl::string_view member);

std::string LeafPlaceValue(LeafPlace place);
absl::StatusOr<LeafPlace> ParseLeafPlaceValue(absl::string_view value);
std::string StandingValue(const StandingRevision& standing);
absl::StatusOr<StandingRevision> ParseStandingValue(absl::string_view value);

// Rows of one message type; STORE_DAMAGED if they cannot be read.
absl::StatusOr<nodev1::ViewRow> ParseRow(absl::string_view value);
absl::StatusOr<nodev1::ViewLog> ParseLog(absl::string_view value);
absl::StatusOr<nodev1::ViewFormat> ParseFormat(absl::string_view value);

inline Verdict VerdictOf(const nodev1::ViewRow& row) { return static_cast<Verdict>(row.verdict()); }
inline bool Stands(const nodev1::ViewRow& row) {
  return !row.whole_leaf() && Judgement::Of(VerdictOf(row)).stands();
}
inline RowPlace PlaceOf(const nodev1::ViewRow& row) {
  return {row.log(), row.index(), row.entry()};
}
// The branch in which a leaf lies; `log` has a segment from 0 on.
uint32_t BranchOf(const nodev1::ViewLog& log, uint64_t index);

}  // namespace plenary::node
