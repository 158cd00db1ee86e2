// Names: the grammar of docs/FORMATS.md, section 1. All names are ASCII and match as a whole.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace plenary {

// Two or more DNS labels, lower case, at most 100 bytes: "sti.brics.example".
bool IsFederation(absl::string_view text);
// [a-z][a-z0-9-]{1,30}, not "public": "br".
bool IsMember(absl::string_view text);
// [a-z0-9-]{1,63}: the rule for nodes, operators, record ids and collections.
bool IsLabel(absl::string_view text);

// "<federation>/<member>/<epoch>", the name of a log.
struct Origin {
  std::string federation;
  std::string member;
  uint64_t epoch = 0;

  // Fails with BAD_NAME.
  static absl::StatusOr<Origin> Parse(absl::string_view text);
  std::string Text() const;
  friend bool operator==(const Origin&, const Origin&) = default;
};

// "<federation>/<member>/cosigner", the key name on cosignature lines.
std::string CosignerName(absl::string_view federation, absl::string_view member);
// The member of a cosigner name; BAD_NAME.
absl::StatusOr<std::string> ParseCosignerName(absl::string_view text);

// The parts of a record's name; views into the text that was parsed.
struct RecordNameView {
  absl::string_view member;
  absl::string_view collection;
  absl::string_view id;
};
// "members/<member>/<collection>/<id>"; BAD_NAME.
absl::StatusOr<RecordNameView> ParseRecordName(absl::string_view text);

// "members/<member>/<collection>/<id>", the name of a record without its revision.
struct RecordName {
  std::string member;
  std::string collection;
  std::string id;

  // Fails with BAD_NAME.
  static absl::StatusOr<RecordName> Parse(absl::string_view text);
  std::string Text() const;
  friend bool operator==(const RecordName&, const RecordName&) = default;
};

// "<record name>/revisions/<n>"; BAD_NAME.
struct RevisionName {
  RecordName record;
  uint64_t revision = 0;

  static absl::StatusOr<RevisionName> Parse(absl::string_view text);
  std::string Text() const;
};

// "spiffe://<member>.<federation>/node/<node>" or "…/operator/<operator>".
struct TlsIdentity {
  enum class Kind { kNode, kOperator };
  std::string member;
  std::string federation;
  Kind kind = Kind::kNode;
  std::string name;

  // Fails with BAD_NAME.
  static absl::StatusOr<TlsIdentity> Parse(absl::string_view uri);
  std::string Uri() const;
  friend bool operator==(const TlsIdentity&, const TlsIdentity&) = default;
};

// The collections that this build understands, in the order of the record's bodies (16, 17, …).
inline constexpr absl::string_view kCollections[] = {
    "meetings", "projects",     "declarations", "endorsements", "bodies",
    "calls",    "chairships",   "parties",      "delegations",  "actions",
    "funders",  "vocabularies", "redactions",   "erasures",     "openings"};
// The body's field number in Record for a known collection, 0 for an unknown one.
int BodyFieldOf(absl::string_view collection);

}  // namespace plenary
