// Records: what the bytes of one revision say, and what must hold of them by themselves.
//
// Bytes and rules: docs/FORMATS.md, section 3.2. A record is signed through its digest in a
// manifest; its bytes are kept as received. Whether it counts is for judge.h: that needs the log.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/names.h"
#include "plenary/v1/declaration.pb.h"
#include "plenary/v1/redaction.pb.h"

namespace plenary {

// The level of the field list that this build knows.
inline constexpr uint32_t kSchemaLevel = 1;

// A record's exact bytes, by name and digest.
struct LinkView {
  absl::string_view name;
  absl::string_view digest;
};

// The fields of a record. Every view points into the bytes that were read and lives as long as
// those.
struct RecordView {
  uint32_t schema = 0;
  absl::string_view name;
  // The parts of `name`; nothing if it is no record name.
  std::optional<RecordNameView> parts;
  uint64_t revision = 0;
  absl::string_view previous;
  absl::string_view salt;
  absl::string_view reason;
  std::optional<LinkView> continues;
  // The field number of the body, 0 if there is none that this build knows; its content.
  int body_field = 0;
  absl::string_view body;
  // The body passes the strict scan by its own message. One that does not is its author's affair:
  // it says nothing to anybody, and the record stands. A redaction always passes.
  bool body_readable = true;
  // No unknown field, collection or body, and no higher schema: docs/FORMATS.md, section 3.2.
  bool understood = true;
  bool unknown_fields = false;
  // Bytes of the longest string in a readable body.
  size_t longest_text = 0;
};

// Reads a record in one scan and one pass, without copying. Says nothing about whether the values
// make sense: see CheckRecord. Fails with a reason of the strict scan. Thread-safe.
absl::StatusOr<RecordView> ReadRecord(absl::string_view bytes);

// What must hold of a record by itself. Fails with BAD_SCHEMA, BAD_NAME (its own name or that of
// `continues`), BAD_REVISION, BAD_PREVIOUS, BAD_SALT, BAD_FIELD (the digest of `continues`),
// WRONG_BODY, NO_BODY. Thread-safe.
absl::Status CheckRecord(const RecordView& record);

// ReadRecord and CheckRecord.
absl::StatusOr<RecordView> ParseRecord(absl::string_view bytes);

// Must the entry of this record be permanent? Endorsements, redactions and openings must, and
// declarations whose status is "tabled" or "adopted". `record` has passed CheckRecord.
bool MustBePermanent(const RecordView& record);

// The bodies that the register itself acts on. `record` has passed CheckRecord.
// A redaction's targets; BAD_FIELD if the record's body is another one.
absl::StatusOr<v1::Redaction> ReadRedaction(const RecordView& record);
// Fails with BAD_FIELD unless the body is an erasure that is readable, names an entry by an origin
// of our grammar, and has a state from 1 to 3.
absl::StatusOr<v1::Erasure> ReadErasure(const RecordView& record);
// Fails with BAD_FIELD unless the body is an opening that is readable and names the end of a log:
// an origin, a size below 2^63, a root of 32 bytes.
absl::StatusOr<v1::Opening> ReadOpening(const RecordView& record);
// A text, and a position on one; BAD_FIELD unless that body is there and readable.
absl::StatusOr<v1::Declaration> ReadDeclaration(const RecordView& record);
absl::StatusOr<v1::Endorsement> ReadEndorsement(const RecordView& record);

}  // namespace plenary
