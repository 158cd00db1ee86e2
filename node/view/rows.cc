#include "node/view/rows.h"

#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/judging_notes.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary::node {
namespace {

constexpr absl::string_view kZero("\0", 1);

absl::Status Damaged(absl::string_view what) {
  return MakeError(Reason::STORE_DAMAGED, absl::StrCat("view: ", what));
}

std::string PlaceKey(RowPlace place) {
  std::string key = LeafVerdictKey(place.log, place.index);
  AppendBigEndian32(place.entry, key);
  return key;
}

template <typename Message>
absl::StatusOr<Message> ParseMessage(absl::string_view value, absl::string_view what) {
  Message message;
  if (!message.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return Damaged(absl::StrCat("a ", what, " cannot be read"));
  }
  return message;
}

}  // namespace

std::string NamePrefix(absl::string_view name) { return absl::StrCat(name, kZero); }

std::string RevisionPrefix(absl::string_view name, uint64_t revision) {
  std::string key = NamePrefix(name);
  AppendBigEndian64(revision, key);
  return key;
}

std::string RevisionKey(const nodev1::ViewRow& row) {
  std::string key = RevisionPrefix(row.name(), row.revision());
  key += row.digest();
  key += PlaceKey(PlaceOf(row));
  return key;
}

std::string CollectionPrefix(absl::string_view collection) {
  return absl::StrCat(collection, kZero);
}

std::string CurrentKey(absl::string_view name) {
  const auto parts = ParseRecordName(name);
  CHECK(parts.ok()) << "only a record has a current revision";
  return absl::StrCat(parts->collection, kZero, name);
}

std::string LogPrefix(uint32_t log) {
  std::string key;
  AppendBigEndian32(log, key);
  return key;
}

std::string LeafVerdictKey(uint32_t log, uint64_t index) {
  std::string key = LogPrefix(log);
  AppendBigEndian64(index, key);
  return key;
}

std::string EntryVerdictKey(RowPlace place) { return PlaceKey(place); }

std::string EndorsementPrefix(absl::string_view name, absl::string_view digest) {
  return absl::StrCat(kEndorsementsPrefix, name, kZero, digest);
}

std::string EndorsementKey(absl::string_view name, absl::string_view digest, RowPlace place) {
  return absl::StrCat(EndorsementPrefix(name, digest), PlaceKey(place));
}

std::string LogStateKey(absl::string_view origin) { return absl::StrCat(kLogKeyPrefix, origin); }

std::string TrustMarkKey(absl::string_view member) { return absl::StrCat("T", member); }

std::string AwaitedKey(RowPlace place) { return absl::StrCat(kAwaitedPrefix, PlaceKey(place)); }

absl::StatusOr<RowPlace> ParseAwaitedKey(absl::string_view key) {
  if (key.size() != 17) return Damaged("the place of an awaited entry has the wrong length");
  key.remove_prefix(1);
  return RowPlace{ReadBigEndian32(key), ReadBigEndian64(key.substr(4)),
                  ReadBigEndian32(key.substr(12))};
}

std::string JudgePrefix(absl::string_view member) { return absl::StrCat("J", member, kZero); }

std::string IdentityKey(absl::string_view member, const Digest& identity) {
  return absl::StrCat(JudgePrefix(member), "I", identity.view());
}

std::string StandingKey(absl::string_view member, absl::string_view name, uint64_t revision) {
  std::string key = absl::StrCat(JudgePrefix(member), "S", name, kZero);
  AppendBigEndian64(revision, key);
  return key;
}

std::string NotePrefix(absl::string_view member) { return absl::StrCat(JudgePrefix(member), "N"); }

std::string LeafPlaceValue(LeafPlace place) {
  std::string value;
  AppendBigEndian64(place.epoch, value);
  AppendBigEndian64(place.index, value);
  return value;
}

absl::StatusOr<LeafPlace> ParseLeafPlaceValue(absl::string_view value) {
  if (value.size() != 16) return Damaged("the place of a leaf has the wrong length");
  return LeafPlace{ReadBigEndian64(value), ReadBigEndian64(value.substr(8))};
}

std::string StandingValue(const StandingRevision& standing) {
  std::string value = judging_notes::PlaceBytes(standing.place);
  absl::StrAppend(&value, standing.digest.view());
  value.push_back(static_cast<char>((standing.understood ? 1 : 0) | (standing.ready ? 2 : 0)));
  return value;
}

absl::StatusOr<StandingRevision> ParseStandingValue(absl::string_view value) {
  constexpr size_t kPlaceBytes = 20;
  if (value.size() != kPlaceBytes + Digest::kBytes + 1) {
    return Damaged("a standing revision has the wrong length");
  }
  StandingRevision standing;
  ASSIGN_OR_RETURN(standing.place, judging_notes::ParsePlace(value.substr(0, kPlaceBytes)));
  ASSIGN_OR_RETURN(standing.digest, Digest::FromBytes(value.substr(kPlaceBytes, Digest::kBytes)));
  standing.understood = (value.back() & 1) != 0;
  standing.ready = (value.back() & 2) != 0;
  return standing;
}

absl::StatusOr<nodev1::ViewRow> ParseRow(absl::string_view value) {
  ASSIGN_OR_RETURN(auto row, ParseMessage<nodev1::ViewRow>(value, "row"));
  if (row.verdict() > static_cast<uint32_t>(Verdict::kDoesNotCount)) {
    return Damaged("a row has an unknown verdict");
  }
  return row;
}

absl::StatusOr<nodev1::ViewLog> ParseLog(absl::string_view value) {
  ASSIGN_OR_RETURN(auto log, ParseMessage<nodev1::ViewLog>(value, "log's state"));
  if (log.segments().empty() || log.segments(0).from() != 0) {
    return Damaged("a log's state has no first segment");
  }
  return log;
}

absl::StatusOr<nodev1::ViewFormat> ParseFormat(absl::string_view value) {
  return ParseMessage<nodev1::ViewFormat>(value, "format");
}

uint32_t BranchOf(const nodev1::ViewLog& log, uint64_t index) {
  uint32_t branch = 0;
  for (const nodev1::ViewSegment& segment : log.segments()) {
    if (segment.from() > index) break;
    branch = segment.branch();
  }
  return branch;
}

}  // namespace plenary::node
