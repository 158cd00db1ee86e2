// The strict wire scan: what must hold of a signed payload before anybody parses it.
//
// protobuf's parser forgives what two readers could read in two ways; the scan does not. Rules:
// docs/FORMATS.md, section 3 ("Strict scan"), over the protobuf wire format.
#pragma once

#include <google/protobuf/descriptor.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace plenary {

inline constexpr int kScanDepth = 32;

// What an unknown field means.
enum class UnknownFields {
  kRefuse,  // UNKNOWN_FIELD: every payload but a record
  kReport,  // kept for ever, "not understood": records
};

// How a scan goes about it.
struct ScanOptions {
  UnknownFields unknown = UnknownFields::kRefuse;
  // The contents of this choice's members are not looked at; null: of none.
  const google::protobuf::OneofDescriptor* opaque = nullptr;
  // Of the message itself; a message that is part of another one starts deeper.
  int depth = 1;
};

// What a scan that succeeds has seen.
struct ScanResult {
  bool understood = true;   // no unknown field anywhere
  size_t longest_text = 0;  // bytes of the longest string
};

// Scans `bytes` as a message of `type`. Fails with the reason of the first rule that is broken:
// TRUNCATED, DUPLICATE_FIELD, TWO_OF_ONEOF, WRONG_WIRE_TYPE, GROUP, BAD_FIELD_NUMBER,
// VARINT_OVERFLOW, OUT_OF_RANGE, BAD_UTF8, TOO_DEEP, UNKNOWN_FIELD; the message names the field.
// Thread-safe.
absl::StatusOr<ScanResult> StrictScan(const google::protobuf::Descriptor& type,
                                      absl::string_view bytes, UnknownFields unknown);
absl::StatusOr<ScanResult> StrictScan(const google::protobuf::Descriptor& type,
                                      absl::string_view bytes, const ScanOptions& options);

// Scans and then parses into `message`, refusing unknown fields. `message` is cleared on failure.
template <typename Message>
absl::StatusOr<Message> ScanAndParse(absl::string_view bytes);

}  // namespace plenary

#include "ledger/scan_inl.h"
