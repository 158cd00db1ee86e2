// SHA-256 and the text forms of bytes: hex, base64, big-endian numbers.
//
// Source: FIPS 180-4; RFC 4648 section 4 (base64), read strictly: one value has one spelling.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace plenary {

// 32 bytes of SHA-256. Immutable value type; default is all zero.
class Digest {
 public:
  static constexpr size_t kBytes = 32;

  constexpr Digest() : bytes_{} {}

  // Fails with BAD_ENCODING unless `bytes` has 32 bytes.
  static absl::StatusOr<Digest> FromBytes(absl::string_view bytes);
  // Fails with BAD_ENCODING unless `hex` is 64 lower-case hex digits.
  static absl::StatusOr<Digest> FromHex(absl::string_view hex);

  // The bytes, valid as long as this object.
  absl::string_view view() const { return {reinterpret_cast<const char*>(bytes_.data()), kBytes}; }
  std::string bytes() const { return std::string(view()); }
  const uint8_t* data() const { return bytes_.data(); }
  uint8_t* mutable_data() { return bytes_.data(); }
  // 64 lower-case hex digits.
  std::string Hex() const;

  friend auto operator<=>(const Digest&, const Digest&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const Digest& digest) {
    return H::combine_contiguous(std::move(h), digest.bytes_.data(), kBytes);
  }

 private:
  std::array<uint8_t, kBytes> bytes_;
};

// SHA-256 of `bytes`. Thread-safe.
Digest Sha256(absl::string_view bytes);

// SHA-256 of the parts one after the other, without joining them first. Thread-safe.
Digest Sha256(std::initializer_list<absl::string_view> parts);

// An incremental SHA-256. One thread at a time.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void Update(absl::string_view bytes);
  // Ends the stream; it may not be used afterwards.
  Digest Finish();

 private:
  void* context_;
};

// Lower-case hex.
std::string HexEncode(absl::string_view bytes);
// Fails with BAD_ENCODING for anything but an even number of lower-case hex digits.
absl::StatusOr<std::string> HexDecode(absl::string_view hex);

// Standard base64 with padding.
std::string Base64Encode(absl::string_view bytes);
// Strict: standard alphabet, padded, no line breaks, unused bits zero; else BAD_ENCODING.
absl::StatusOr<std::string> Base64Decode(absl::string_view text);

// Big-endian numbers.
void AppendBigEndian32(uint32_t value, std::string& out);
void AppendBigEndian64(uint64_t value, std::string& out);
// `bytes` must hold at least 4 or 8 bytes.
uint32_t ReadBigEndian32(absl::string_view bytes);
uint64_t ReadBigEndian64(absl::string_view bytes);

// Canonical decimal below 2^64: no sign, no leading zero, "0" allowed; else BAD_ENCODING.
absl::StatusOr<uint64_t> ParseDecimal(absl::string_view text);

}  // namespace plenary
