// What the view shows: records, their revisions, lists, and what does not count.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/digest.h"
#include "ledger/filter.h"
#include "ledger/sight.h"
#include "ledger/trust_book.h"
#include "ledger/verdict.h"
#include "node/store/reader.h"
#include "node/view/rows.h"
#include "plenary/v1/replication_service.pb.h"
#include "sync/trust.h"

namespace plenary::node {

// An entry of a log, or a whole leaf that does not count, with its verdict.
struct ShownEntry {
  std::string origin;
  uint64_t index = 0;
  uint32_t entry = 0;
  bool whole_leaf = false;  // about the leaf: everything about an entry is empty

  std::string name;  // empty if the bytes or the name cannot be read
  uint64_t revision = 0;
  std::string digest;    // 32 bytes
  uint32_t size = 0;     // of the record's bytes
  std::string identity;  // of the commit, 32 bytes; empty if the leaf cannot be read

  Verdict verdict = Verdict::kCounts;
  std::string reason;  // its name, if there is one
  std::string why;     // a sentence

  std::string audience;  // "members", "everyone" or a list: "br,in"
  bool permanent = false;
  // A redaction that counts names it, whatever its own verdict.
  bool redacted = false;
  plenary::v1::SlotState slot = plenary::v1::SLOT_STATE_UNSPECIFIED;
  // The record, exactly as received, if it is here.
  std::optional<std::string> record;
};

// An endorsement that has counted.
struct ShownEndorsement {
  std::string member;
  ShownEntry entry;     // without its record; the verdict is that which it counted by
  uint64_t roster = 0;  // version that its leaf names
};

// One page. `next` is what to give as `after` for the next one; empty: there is none.
struct EntryPage {
  std::vector<ShownEntry> entries;
  std::string next;
};

struct ListQuery {
  std::string collection;          // empty: all
  std::string member;              // empty: all
  const Filter* filter = nullptr;  // null: everything
  std::string after;               // `next` of the page before
  uint64_t page_size = 50;
};

// Reads one consistent state of the view. All calls fail as the store does. Thread-safe.
class ViewReader {
 public:
  // `snapshot` outlives the reader: a Snapshot, or a Store if nobody writes meanwhile.
  explicit ViewReader(const Reader& snapshot) : snapshot_(snapshot) {}

  // The newest revision that stands. Fails with BAD_NAME; NOT_FOUND.
  absl::StatusOr<ShownEntry> GetRecord(absl::string_view name) const;
  // That revision: the one that stands, else one that was redacted, else the first by place. Fails
  // with BAD_NAME; NOT_FOUND.
  absl::StatusOr<ShownEntry> GetRevision(absl::string_view name, uint64_t revision) const;
  // Every entry with that name, also what does not count, newest revision first. Fails with
  // BAD_NAME, BAD_PAGE_TOKEN; NOT_FOUND if there is none at all.
  absl::StatusOr<EntryPage> Revisions(absl::string_view name, absl::string_view after,
                                      uint64_t page_size) const;
  // The newest standing revisions, by collection and name. A page may be short and yet have a next
  // one: a call looks at no more than kMaxLooked records. Records that are no valid message match
  // no filter. Fails with BAD_PAGE_TOKEN.
  absl::StatusOr<EntryPage> List(const ListQuery& query) const;
  static constexpr uint64_t kMaxLooked = 20'000;

  // Entries and leaves whose verdict is not "counts", by log and place; `origin` empty: all logs.
  // Fails with BAD_PAGE_TOKEN; NOT_FOUND if the view has no such log.
  absl::StatusOr<EntryPage> NotCounted(absl::string_view origin, absl::string_view after,
                                       uint64_t page_size) const;
  // How many entries have each verdict but "counts". `collection` empty: all; else those whose name
  // can be read.
  absl::StatusOr<std::map<Verdict, uint64_t>> CountNotCounted(absl::string_view collection) const;
  // The verdict on one entry; NOT_FOUND if the view has not come there.
  absl::StatusOr<ShownEntry> EntryAt(absl::string_view origin, uint64_t index,
                                     uint32_t entry) const;

  // Every endorsement of exactly that text that has counted, by member, epoch and place. `name` is
  // a record name, `digest` that of the revision.
  absl::StatusOr<std::vector<ShownEndorsement>> Endorsements(absl::string_view name,
                                                             absl::string_view digest) const;

  // Leaves applied, by origin.
  absl::StatusOr<std::map<std::string, uint64_t>> Sizes() const;
  // The view digest (docs/FORMATS.md, section 7) of the audiences that the view keeps judged: of
  // all full members', or at an observer's node the public one. One pass over all rows.
  absl::StatusOr<plenary::Digest> Digest() const;
  // The digest of any audience: judges all logs anew unless it is the one that is kept.
  absl::StatusOr<plenary::Digest> DigestOf(const Sight& sight, const sync::Trust& trust) const;

 private:
  using Logs = std::map<uint32_t, nodev1::ViewLog>;  // by number

  absl::StatusOr<Logs> ReadLogs() const;
  // All but the record.
  absl::StatusOr<ShownEntry> Describe(const nodev1::ViewRow& row, const Logs& logs) const;
  absl::StatusOr<ShownEntry> Show(const nodev1::ViewRow& row, const Logs& logs) const;
  absl::StatusOr<std::optional<std::string>> RecordOf(const nodev1::ViewRow& row,
                                                      const Logs& logs) const;
  absl::StatusOr<bool> Matches(const nodev1::ViewRow& row, const ListQuery& query,
                               const Logs& logs) const;

  const Reader& snapshot_;
};

}  // namespace plenary::node
