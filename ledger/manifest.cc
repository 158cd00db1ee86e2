#include "ledger/manifest.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ledger/check.h"
#include "ledger/digest.h"
#include "ledger/limits.h"
#include "ledger/names.h"
#include "ledger/scan.h"
#include "ledger/status.h"
#include "ledger/wire.h"
#include "plenary/v1/manifest.pb.h"

namespace plenary {
namespace {

constexpr size_t kMaxSigners = 4;

VersionRefView ReadVersionRef(absl::string_view bytes) {
  VersionRefView ref;
  while (!bytes.empty()) {
    const wire::Field field = wire::ConsumeField(bytes);
    if (field.number == v1::VersionRef::kVersionFieldNumber) ref.version = field.value;
    if (field.number == v1::VersionRef::kDigestFieldNumber) ref.digest = field.bytes;
  }
  return ref;
}

AuthorTime ReadTime(absl::string_view bytes) {
  constexpr uint32_t kSeconds = google::protobuf::Timestamp::kSecondsFieldNumber;
  AuthorTime time;
  while (!bytes.empty()) {
    const wire::Field field = wire::ConsumeField(bytes);
    if (field.number == kSeconds) {
      time.seconds = static_cast<int64_t>(field.value);
    } else {
      time.nanos = static_cast<int32_t>(field.value);
    }
  }
  return time;
}

std::vector<absl::string_view> ReadAudience(absl::string_view bytes) {
  std::vector<absl::string_view> members;
  while (!bytes.empty()) members.push_back(wire::ConsumeField(bytes).bytes);
  return members;
}

ManifestEntry ReadEntry(absl::string_view bytes) {
  ManifestEntry entry;
  while (!bytes.empty()) {
    const wire::Field field = wire::ConsumeField(bytes);
    switch (field.number) {
      case v1::Entry::kDigestFieldNumber:
        entry.digest = field.bytes;
        break;
      case v1::Entry::kSizeFieldNumber:
        entry.size = static_cast<uint32_t>(field.value);
        break;
      case v1::Entry::kAudienceFieldNumber:
        entry.audience = static_cast<uint32_t>(field.value);
        break;
      default:
        entry.permanent = field.value != 0;
        break;
    }
  }
  return entry;
}

void TakeField(const wire::Field& field, ManifestView& manifest) {
  switch (field.number) {
    case v1::Manifest::kOriginFieldNumber:
      manifest.origin = field.bytes;
      return;
    case v1::Manifest::kSignersFieldNumber:
      manifest.signers.push_back(field.bytes);
      return;
    case v1::Manifest::kRosterFieldNumber:
      manifest.roster = ReadVersionRef(field.bytes);
      return;
    case v1::Manifest::kCardFieldNumber:
      manifest.card = ReadVersionRef(field.bytes);
      return;
    case v1::Manifest::kAuthorTimeFieldNumber:
      manifest.author_time = ReadTime(field.bytes);
      return;
    case v1::Manifest::kAudiencesFieldNumber:
      manifest.audiences.push_back(ReadAudience(field.bytes));
      return;
    default:
      manifest.entries.push_back(ReadEntry(field.bytes));
      return;
  }
}

absl::Status Bad(Reason reason, absl::string_view what) {
  return MakeError(reason, absl::StrCat("manifest: ", what));
}

absl::Status CheckSigners(const ManifestView& manifest) {
  const auto& signers = manifest.signers;
  if (signers.empty() || signers.size() > kMaxSigners) {
    return Bad(Reason::BAD_SIGNERS,
               absl::StrCat("expected 1 to ", kMaxSigners, " signers, got ", signers.size()));
  }
  for (size_t i = 0; i < signers.size(); ++i) {
    if (signers[i].size() != Digest::kBytes) {
      return Bad(Reason::BAD_SIGNERS, absl::StrCat("signer ", i, ": expected ", Digest::kBytes,
                                                   " bytes, got ", signers[i].size()));
    }
    if (std::find(signers.begin(), signers.begin() + static_cast<ptrdiff_t>(i), signers[i]) !=
        signers.begin() + static_cast<ptrdiff_t>(i)) {
      return Bad(Reason::BAD_SIGNERS, absl::StrCat("signer ", i, " stands twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRef(Reason reason, absl::string_view what, const VersionRefView& ref) {
  if (ref.version != 0 && ref.digest.size() == Digest::kBytes) return absl::OkStatus();
  return Bad(reason, absl::StrCat(what, ": expected a version from 1 and a digest of ",
                                  Digest::kBytes, " bytes, got version ", ref.version, " and ",
                                  ref.digest.size(), " bytes"));
}

absl::Status CheckAudiences(const ManifestView& manifest) {
  if (manifest.audiences.size() > static_cast<size_t>(kMaxAudiences)) {
    return Bad(Reason::BAD_AUDIENCE, absl::StrCat("expected at most ", kMaxAudiences,
                                                  " audiences, got ", manifest.audiences.size()));
  }
  for (size_t i = 0; i < manifest.audiences.size(); ++i) {
    const auto& members = manifest.audiences[i];
    absl::flat_hash_set<absl::string_view> seen;
    for (const absl::string_view member : members) {
      if (!IsMember(member) || !seen.insert(member).second) {
        return Bad(Reason::BAD_AUDIENCE,
                   absl::StrCat("audience ", i, ": expected member codes, each once"));
      }
    }
    if (members.empty()) {
      return Bad(Reason::BAD_AUDIENCE, absl::StrCat("audience ", i, ": expected a member"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckEntries(const ManifestView& manifest) {
  if (manifest.entries.empty() || manifest.entries.size() > kMaxEntries) {
    return Bad(Reason::BAD_ENTRIES, absl::StrCat("expected 1 to ", kMaxEntries, " entries, got ",
                                                 manifest.entries.size()));
  }
  uint64_t together = 0;
  for (size_t i = 0; i < manifest.entries.size(); ++i) {
    const ManifestEntry& entry = manifest.entries[i];
    if (entry.digest.size() != Digest::kBytes || entry.size == 0 || entry.size > kMaxRecordBytes) {
      return Bad(Reason::BAD_ENTRIES,
                 absl::StrCat("entry ", i, ": expected a digest of ", Digest::kBytes,
                              " bytes and a size from 1 to ", kMaxRecordBytes, ", got ",
                              entry.digest.size(), " bytes and size ", entry.size));
    }
    if (entry.audience >= kFirstAudienceList + manifest.audiences.size()) {
      return Bad(Reason::BAD_AUDIENCE, absl::StrCat("entry ", i, ": audience ", entry.audience,
                                                    " of ", manifest.audiences.size(), " lists"));
    }
    together += entry.size;
  }
  if (together > kMaxCommitBytes) {
    return Bad(Reason::BAD_ENTRIES,
               absl::StrCat("expected at most ", kMaxCommitBytes, " record bytes, got ", together));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ManifestView> ReadManifest(absl::string_view payload) {
  RETURN_IF_ERROR(
      StrictScan(*v1::Manifest::descriptor(), payload, UnknownFields::kRefuse).status());
  ManifestView manifest;
  while (!payload.empty()) TakeField(wire::ConsumeField(payload), manifest);
  return manifest;
}

absl::Status CheckManifest(const ManifestView& manifest) {
  RETURN_IF_ERROR(Origin::Parse(manifest.origin).status());
  RETURN_IF_ERROR(CheckSigners(manifest));
  RETURN_IF_ERROR(CheckRef(Reason::BAD_ROSTER_REFERENCE, "roster", manifest.roster));
  RETURN_IF_ERROR(CheckRef(Reason::BAD_CARD_REFERENCE, "card", manifest.card));
  RETURN_IF_ERROR(CheckAudiences(manifest));
  return CheckEntries(manifest);
}

Audience Audience::List(absl::string_view owner, const std::vector<absl::string_view>& members) {
  Audience audience(Kind::kList, owner);
  audience.members_.reserve(members.size() + 1);
  for (const absl::string_view member : members) audience.members_.emplace_back(member);
  audience.members_.emplace_back(owner);
  std::sort(audience.members_.begin(), audience.members_.end());
  audience.members_.erase(std::unique(audience.members_.begin(), audience.members_.end()),
                          audience.members_.end());
  return audience;
}

Audience Audience::Of(const ManifestView& manifest, uint32_t audience, absl::string_view owner) {
  if (audience == kAudienceMembers) return Members(owner);
  if (audience == kAudienceEveryone) return Everyone(owner);
  CHECK_LT(audience - kFirstAudienceList, manifest.audiences.size());
  return List(owner, manifest.audiences[audience - kFirstAudienceList]);
}

std::string Audience::Text() const {
  switch (kind_) {
    case Kind::kMembers:
      return "members";
    case Kind::kEveryone:
      return "everyone";
    case Kind::kList:
      break;
  }
  return absl::StrJoin(members_, ",");
}

bool Audience::Includes(absl::string_view member, const Roster& newest) const {
  if (member == owner_) return true;
  switch (kind_) {
    case Kind::kMembers:
      return newest.IsFull(member);
    case Kind::kEveryone:
      return true;
    case Kind::kList:
      break;
  }
  return std::binary_search(members_.begin(), members_.end(), member);
}

}  // namespace plenary
