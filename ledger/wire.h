// The protobuf wire format, read and written byte by byte: for the few places where the exact bytes
// matter (the strict scan, canonical envelopes, the possession statement).
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace plenary::wire {

enum Type : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

enum class VarintResult { kOk, kTruncated, kOverflow };

// Takes a varint of at most ten bytes and below 2^64 off the front of `bytes`, which is left alone
// on failure.
VarintResult ConsumeVarint(absl::string_view& bytes, uint64_t& value);

// One field of a message that has passed the strict scan.
struct Field {
  uint32_t number = 0;
  Type type = kVarint;
  uint64_t value = 0;       // of a varint
  absl::string_view bytes;  // of the others: the content
};

// Takes the first field off the front of `bytes`, which is what the strict scan passed and not
// empty; CHECKs.
Field ConsumeField(absl::string_view& bytes);

// Minimal varint.
void AppendVarint(uint64_t value, std::string& out);
// Tag, length, bytes.
void AppendBytes(uint32_t field, absl::string_view bytes, std::string& out);
// Tag, varint.
void AppendUint(uint32_t field, uint64_t value, std::string& out);
// How many bytes a minimal varint takes.
size_t VarintBytes(uint64_t value);

}  // namespace plenary::wire
