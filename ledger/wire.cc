#include "ledger/wire.h"

#include "ledger/check.h"

namespace plenary::wire {

VarintResult ConsumeVarint(absl::string_view& bytes, uint64_t& value) {
  constexpr size_t kMaxBytes = 10;
  uint64_t result = 0;
  for (size_t i = 0; i < kMaxBytes; ++i) {
    if (i == bytes.size()) return VarintResult::kTruncated;
    const auto byte = static_cast<uint8_t>(bytes[i]);
    if (i == kMaxBytes - 1 && byte > 1) return VarintResult::kOverflow;
    result |= static_cast<uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      value = result;
      bytes.remove_prefix(i + 1);
      return VarintResult::kOk;
    }
  }
  return VarintResult::kOverflow;
}

Field ConsumeField(absl::string_view& bytes) {
  uint64_t tag = 0;
  CHECK(ConsumeVarint(bytes, tag) == VarintResult::kOk);
  Field field;
  field.number = static_cast<uint32_t>(tag >> 3);
  field.type = static_cast<Type>(tag & 7);
  uint64_t length = 0;
  switch (field.type) {
    case kVarint:
      CHECK(ConsumeVarint(bytes, field.value) == VarintResult::kOk);
      return field;
    case kFixed64:
      length = 8;
      break;
    case kFixed32:
      length = 4;
      break;
    case kBytes:
      CHECK(ConsumeVarint(bytes, length) == VarintResult::kOk);
      break;
  }
  CHECK(length <= bytes.size());
  field.bytes = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return field;
}

void AppendVarint(uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>((value & 0x7F) | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void AppendBytes(uint32_t field, absl::string_view bytes, std::string& out) {
  AppendVarint(uint64_t{field} << 3 | kBytes, out);
  AppendVarint(bytes.size(), out);
  out.append(bytes.data(), bytes.size());
}

void AppendUint(uint32_t field, uint64_t value, std::string& out) {
  AppendVarint(uint64_t{field} << 3 | kVarint, out);
  AppendVarint(value, out);
}

size_t VarintBytes(uint64_t value) {
  size_t bytes = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++bytes;
  }
  return bytes;
}

}  // namespace plenary::wire
