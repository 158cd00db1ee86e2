#include "ledger/judge_entry.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "ledger/status.h"
#include "plenary/v1/record.pb.h"

namespace plenary {
namespace {

absl::Status Entry(Reason reason, absl::string_view what) {
  return MakeError(reason, absl::StrCat("entry: ", what));
}

// The place that a reference names, if it is in one of the member's logs.
std::optional<EntryPlace> PlaceOf(const v1::EntryRef& ref, absl::string_view origin_stem) {
  absl::string_view epoch_text = ref.origin();
  if (!absl::ConsumePrefix(&epoch_text, origin_stem)) return std::nullopt;
  const auto epoch = ParseDecimal(epoch_text);
  if (!epoch.ok() || *epoch == 0) return std::nullopt;
  return EntryPlace{*epoch, ref.index(), ref.entry()};
}

// The places that a redaction names, sorted, each once; BAD_TARGET.
absl::StatusOr<std::vector<EntryPlace>> PlacesOf(const v1::Redaction& redaction,
                                                 EntryPlace redaction_place,
                                                 absl::string_view origin_stem) {
  std::vector<EntryPlace> places;
  for (const v1::EntryRef& ref : redaction.entries()) {
    const std::optional<EntryPlace> place = PlaceOf(ref, origin_stem);
    if (!place.has_value() || *place >= redaction_place) {
      return Entry(Reason::BAD_TARGET,
                   absl::StrCat("redaction: expected an earlier entry of ", origin_stem,
                                "…, got index ", ref.index(), ", entry ", ref.entry()));
    }
    places.push_back(*place);
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

absl::Status CheckTarget(EntryPlace place, const LeafView* leaf, uint32_t own_audience) {
  const auto bad = [place](Reason reason, absl::string_view what) {
    return Entry(reason, absl::StrCat("redaction: epoch ", place.epoch, ", index ", place.index,
                                      ", entry ", place.entry, " ", what));
  };
  if (leaf == nullptr || place.entry >= leaf->manifest.entries.size()) {
    return bad(Reason::BAD_TARGET, "is not there");
  }
  const ManifestEntry& target = leaf->manifest.entries[place.entry];
  if (target.permanent) return bad(Reason::REDACTS_PERMANENT, "is permanent");
  if (target.audience == kAudienceEveryone && own_audience != kAudienceEveryone) {
    return bad(Reason::NARROW_REDACTION, "is for everyone, the redaction is not");
  }
  return absl::OkStatus();
}

}  // namespace

EntryRecord ReadEntry(const ManifestEntry& entry, absl::string_view bytes, bool verified) {
  EntryRecord read;
  if (!verified && Sha256(bytes).view() != entry.digest) {
    read.why = Entry(Reason::WRONG_DIGEST, "the bytes are not those of the digest");
    return read;
  }
  auto record = ReadRecord(bytes);
  if (!record.ok()) {
    read.why = record.status();
    return read;
  }
  read.record = *std::move(record);
  if (bytes.size() != entry.size) {
    read.why = Entry(Reason::WRONG_SIZE,
                     absl::StrCat("expected ", entry.size, " bytes, got ", bytes.size()));
  }
  return read;
}

absl::Status CheckEntry(absl::string_view member, const LeafOutcome& leaf,
                        const ManifestEntry& entry, const RecordView& record) {
  RETURN_IF_ERROR(CheckRecord(record));
  if (record.parts->member != member) {
    return Entry(Reason::WRONG_MEMBER,
                 absl::StrCat("expected a record of ", member, ", got ", record.name));
  }
  for (const AuthorKey* author : leaf.authors) {
    if (!author->MayWrite(record.parts->collection)) {
      return Entry(Reason::COLLECTION_NOT_ALLOWED,
                   absl::StrCat("author ", author->key->Fingerprint().Hex(), " may not write ",
                                record.parts->collection));
    }
  }
  if (record.longest_text > leaf.roster->limits().text_bytes) {
    return Entry(Reason::OVER_LIMIT,
                 absl::StrCat("text: the roster allows ", leaf.roster->limits().text_bytes,
                              " bytes, got ", record.longest_text));
  }
  if (!entry.permanent && MustBePermanent(record)) {
    return Entry(Reason::NOT_PERMANENT, absl::StrCat(record.name, " must be permanent"));
  }
  return absl::OkStatus();
}

absl::StatusOr<RedactionScope> CheckRedaction(const RecordView& record, EntryPlace place,
                                              const LeafView& leaf, absl::string_view origin_stem,
                                              FindLeaf find) {
  RedactionScope scope;
  const uint32_t own_audience = leaf.manifest.entries[place.entry].audience;
  if (own_audience >= kFirstAudienceList) {
    scope.why = Entry(Reason::BAD_AUDIENCE, "a redaction is for full members or everyone");
    return scope;
  }
  // A record of the collection that has no body known here names nothing that can be read.
  if (record.body_field != v1::Record::kRedactionFieldNumber) return scope;
  ASSIGN_OR_RETURN(const v1::Redaction redaction, ReadRedaction(record));
  const auto places = PlacesOf(redaction, place, origin_stem);
  if (!places.ok()) {
    scope.why = places.status();
    return scope;
  }
  std::optional<LeafPlace> at;
  const LeafView* view = nullptr;
  for (const EntryPlace target : *places) {
    if (at != target.leaf()) {
      at = target.leaf();
      view = &leaf;
      if (target.leaf() != place.leaf()) {
        ASSIGN_OR_RETURN(view, find(target.leaf()));
      }
    }
    scope.why = CheckTarget(target, view, own_audience);
    if (!scope.why.ok()) return scope;
    ASSIGN_OR_RETURN(const Digest digest,
                     Digest::FromBytes(view->manifest.entries[target.entry].digest));
    scope.targets.push_back({target, digest});
  }
  return scope;
}

}  // namespace plenary
