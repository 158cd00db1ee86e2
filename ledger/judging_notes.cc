#include "ledger/judging_notes.h"

#include <tuple>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"

namespace plenary::judging_notes {
namespace {

constexpr size_t kPlaceBytes = 20;
constexpr size_t kRevisionBytes = 8;

absl::Status Damaged(absl::string_view what) {
  return MakeError(Reason::STORE_DAMAGED, absl::StrCat("judging state: ", what));
}

}  // namespace

std::string NameAndRevision(absl::string_view name, uint64_t revision) {
  std::string bytes = absl::StrCat(name, absl::string_view("\0", 1));
  AppendBigEndian64(revision, bytes);
  return bytes;
}

std::string BareKey(absl::string_view digest) { return absl::StrCat("B", digest); }

std::string RedactedKey(EntryPlace place) { return absl::StrCat("R", PlaceBytes(place)); }

std::string IdleLeafKey(LeafPlace place) {
  std::string key = "N";
  AppendBigEndian64(place.epoch, key);
  AppendBigEndian64(place.index, key);
  return key;
}

std::string WaitingPlacePrefix(absl::string_view previous) { return absl::StrCat("V", previous); }

std::string WaitingPrefix(absl::string_view previous, absl::string_view name, uint64_t revision) {
  return absl::StrCat("W", previous, NameAndRevision(name, revision));
}

std::string ReadyPrefix(absl::string_view name, uint64_t revision) {
  return absl::StrCat("Y", NameAndRevision(name, revision));
}

std::string PlaceBytes(EntryPlace place) {
  std::string bytes;
  AppendBigEndian64(place.epoch, bytes);
  AppendBigEndian64(place.index, bytes);
  AppendBigEndian32(place.entry, bytes);
  return bytes;
}

absl::StatusOr<EntryPlace> ParsePlace(absl::string_view bytes) {
  if (bytes.size() != kPlaceBytes) {
    return Damaged(absl::StrCat("expected a place of 20 bytes, got ", bytes.size()));
  }
  return EntryPlace{ReadBigEndian64(bytes), ReadBigEndian64(bytes.substr(8)),
                    ReadBigEndian32(bytes.substr(16))};
}

absl::StatusOr<std::pair<std::string, uint64_t>> ParseNameAndRevision(absl::string_view bytes) {
  if (bytes.size() < 1 + kRevisionBytes) return Damaged("a name and revision are cut off");
  const absl::string_view name = bytes.substr(0, bytes.size() - 1 - kRevisionBytes);
  return std::pair(std::string(name), ReadBigEndian64(bytes.substr(name.size() + 1)));
}

std::string PassedOverValue(const Digest& digest, bool understood) {
  return absl::StrCat(digest.view(), absl::string_view(understood ? "\1" : "\0", 1));
}

absl::StatusOr<PassedOver> ParsePassedOver(absl::string_view key, absl::string_view value) {
  const size_t prefix = !key.empty() && key[0] == 'W' ? 1 + Digest::kBytes : 1;
  if (key.size() < prefix + kPlaceBytes || value.size() != Digest::kBytes + 1) {
    return Damaged("a note on a candidate has the wrong length");
  }
  key.remove_prefix(prefix);
  PassedOver passed;
  ASSIGN_OR_RETURN(passed.place, ParsePlace(key.substr(key.size() - kPlaceBytes)));
  key.remove_suffix(kPlaceBytes);
  ASSIGN_OR_RETURN(std::tie(passed.name, passed.revision), ParseNameAndRevision(key));
  ASSIGN_OR_RETURN(passed.digest, Digest::FromBytes(value.substr(0, Digest::kBytes)));
  passed.understood = value.back() != 0;
  return passed;
}

}  // namespace plenary::judging_notes
