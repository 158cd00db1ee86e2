// Records as JSON that people write and read: the protobuf JSON mapping with the field names of the
// protos, read strictly.
//
//   {"name": "members/br/meetings/mm-13", "meeting": {"title": "…", "start_date": "2025-06-25"}}
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "plenary/v1/record.pb.h"

namespace plenary {

// Longest JSON of a record that is read.
inline constexpr size_t kRecordJsonBytes = 4U << 20;

// Two spaces of indentation, fields in the order of their numbers, a line feed at the end. Bytes
// are base64, 64-bit numbers texts. What is not set is left out.
std::string RecordToJson(const v1::Record& record);

// Reads one record and checks it as far as one record can be: fields that exist, with values of
// their type and format; a name whose collection is the body's. Revision, previous and salt may be
// left out; digests may stand in hex, as commands show them. Fails with BAD_ENCODING for what is no
// JSON, BAD_FIELD (the message and the metadata `field` say where), BAD_NAME, NO_BODY, WRONG_BODY,
// TWO_OF_ONEOF or TOO_LARGE.
absl::StatusOr<v1::Record> RecordFromJson(absl::string_view text);

}  // namespace plenary
