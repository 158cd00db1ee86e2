// The reads of the default family and of commit identities: few or small values.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "node/store/reader.h"
#include "node/store/walk.h"

namespace plenary::node {
namespace {

absl::Status Damaged(absl::string_view what) { return MakeError(Reason::STORE_DAMAGED, what); }

// The value at a key, or nothing.
absl::StatusOr<std::optional<std::string>> Get(const Engine& engine,
                                               const rocksdb::Snapshot* snapshot, Family family,
                                               const Key& key, absl::string_view what) {
  std::string value;
  const rocksdb::Status got =
      engine.db->Get(OptionsFor(snapshot), engine.handle(family), ToSlice(key.view()), &value);
  if (got.IsNotFound()) return std::optional<std::string>();
  if (!got.ok()) return FromRocks(got, what);
  return std::optional<std::string>(std::move(value));
}

absl::StatusOr<std::vector<CardRow>> ReadCards(const Engine& engine,
                                               const rocksdb::Snapshot* snapshot, const Key& prefix,
                                               const Key& from) {
  std::vector<CardRow> rows;
  PrefixWalk walk(engine, snapshot, Family::kSmall, prefix, from);
  for (; walk.Valid(); walk.Next()) {
    absl::string_view key = walk.key().substr(1);
    const size_t end = key.find('\0');
    if (end == absl::string_view::npos || key.size() != end + 1 + 8 + Digest::kBytes) {
      return Damaged("key of a card: unreadable");
    }
    CardRow& row = rows.emplace_back();
    row.member = std::string(key.substr(0, end));
    key.remove_prefix(end + 1);
    row.version = ReadBigEndian64(key);
    ASSIGN_OR_RETURN(row.digest, Digest::FromBytes(key.substr(8)));
    row.envelope = std::string(walk.value());
  }
  if (!walk.status().ok()) return FromRocks(walk.status(), "cards");
  return rows;
}

absl::Status ScanSubmissions(const Engine& engine, const rocksdb::Snapshot* snapshot, Small kind,
                             uint64_t from, Reader::VisitWaiting visit) {
  PrefixWalk walk(engine, snapshot, Family::kSmall, SmallKey(kind), WaitingKey(kind, from));
  for (; walk.Valid(); walk.Next()) {
    nodev1::Waiting waiting;
    if (!waiting.ParseFromArray(walk.value().data(), static_cast<int>(walk.value().size()))) {
      return Damaged(absl::StrCat("submission ", HexEncode(walk.key().substr(1)), ": unreadable"));
    }
    if (!visit(waiting)) return absl::OkStatus();
  }
  if (!walk.status().ok()) return FromRocks(walk.status(), "submissions");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<nodev1::StoreIdentity> Reader::Identity() const {
  ASSIGN_OR_RETURN(
      const std::optional<std::string> value,
      Get(*engine_, snapshot_, Family::kSmall, SmallKey(Small::kIdentity), "store identity"));
  if (!value.has_value()) return MakeError(Reason::NOT_FOUND, "store identity: not written yet");
  nodev1::StoreIdentity identity;
  if (!identity.ParseFromString(*value)) return Damaged("store identity: unreadable");
  return identity;
}

absl::StatusOr<std::vector<nodev1::LogRecord>> Reader::AllLogs() const {
  std::vector<nodev1::LogRecord> logs;
  const Key prefix = SmallKey(Small::kLog);
  PrefixWalk walk(*engine_, snapshot_, Family::kSmall, prefix, prefix);
  for (; walk.Valid(); walk.Next()) {
    nodev1::LogRecord& log = logs.emplace_back();
    const bool parsed =
        log.ParseFromArray(walk.value().data(), static_cast<int>(walk.value().size()));
    if (!parsed || walk.key() != LogKey(log.number()).view()) {
      return Damaged(absl::StrCat("log record ", HexEncode(walk.key()), ": unreadable"));
    }
  }
  if (!walk.status().ok()) return FromRocks(walk.status(), "log records");
  return logs;
}

absl::StatusOr<std::optional<uint64_t>> Reader::CommitIndex(uint32_t log,
                                                            const Digest& identity) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> value,
                   Get(*engine_, snapshot_, Family::kCommits, CommitKey(log, identity),
                       absl::StrCat("commit ", identity.Hex(), " of log ", log)));
  if (!value.has_value()) return std::optional<uint64_t>();
  if (value->size() != 8) {
    return Damaged(absl::StrCat("commit ", identity.Hex(), " of log ", log, ": unreadable"));
  }
  return std::optional<uint64_t>(ReadBigEndian64(*value));
}

absl::StatusOr<std::vector<RosterRow>> Reader::Rosters(uint64_t from) const {
  std::vector<RosterRow> rows;
  PrefixWalk walk(*engine_, snapshot_, Family::kSmall, SmallKey(Small::kRoster), RosterKey(from));
  for (; walk.Valid(); walk.Next()) {
    if (walk.key().size() != 9) return Damaged("key of a roster: unreadable");
    rows.push_back({ReadBigEndian64(walk.key().substr(1)), std::string(walk.value())});
  }
  if (!walk.status().ok()) return FromRocks(walk.status(), "rosters");
  return rows;
}

absl::StatusOr<std::vector<CardRow>> Reader::AllCards() const {
  const Key prefix = SmallKey(Small::kCard);
  return ReadCards(*engine_, snapshot_, prefix, prefix);
}

absl::StatusOr<std::vector<CardRow>> Reader::Cards(absl::string_view member, uint64_t from) const {
  const Key prefix = CardPrefix(member);
  return ReadCards(*engine_, snapshot_, prefix, Key(prefix).Big64(from));
}

absl::StatusOr<std::vector<EvidenceRow>> Reader::AllEvidence() const {
  std::vector<EvidenceRow> rows;
  const Key prefix = SmallKey(Small::kEvidence);
  PrefixWalk walk(*engine_, snapshot_, Family::kSmall, prefix, prefix);
  for (; walk.Valid(); walk.Next()) {
    rows.push_back({std::string(walk.key().substr(1)), std::string(walk.value())});
  }
  if (!walk.status().ok()) return FromRocks(walk.status(), "evidence");
  return rows;
}

absl::StatusOr<std::optional<std::string>> Reader::Evidence(absl::string_view key) const {
  return Get(*engine_, snapshot_, Family::kSmall, EvidenceKey(key), "evidence");
}

absl::StatusOr<std::vector<BranchLeaf>> Reader::Purges() const {
  std::vector<BranchLeaf> leaves;
  const Key prefix = SmallKey(Small::kPurge);
  PrefixWalk walk(*engine_, snapshot_, Family::kSmall, prefix, prefix);
  for (; walk.Valid(); walk.Next()) {
    const std::optional<BranchLeaf> at = ParseLeafKey(walk.key().substr(1));
    if (!at.has_value() || walk.key() != PurgeKey(*at).view()) {
      return Damaged(absl::StrCat("leaf to purge ", HexEncode(walk.key()), ": unreadable"));
    }
    leaves.push_back(*at);
  }
  if (!walk.status().ok()) return FromRocks(walk.status(), "leaves to purge");
  return leaves;
}

absl::Status Reader::ScanWaiting(uint64_t from_sequence, VisitWaiting visit) const {
  return ScanSubmissions(*engine_, snapshot_, Small::kWaiting, from_sequence, visit);
}

absl::Status Reader::ScanAside(uint64_t from_sequence, VisitWaiting visit) const {
  return ScanSubmissions(*engine_, snapshot_, Small::kAside, from_sequence, visit);
}

}  // namespace plenary::node
