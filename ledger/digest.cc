#include "ledger/digest.h"

#include <openssl/evp.h>

#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary {
namespace {

// Fetched once: an implicit fetch per call triples the cost of a Merkle node.
const EVP_MD* FetchedSha256() {
  static const EVP_MD* const md = [] {
    const EVP_MD* fetched = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
    CHECK(fetched != nullptr);
    return fetched;
  }();
  return md;
}

EVP_MD_CTX* NewContext() {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  CHECK(context != nullptr);
  CHECK_EQ(EVP_DigestInit_ex2(context, FetchedSha256(), nullptr), 1);
  return context;
}

// One context per thread, reset for each digest.
EVP_MD_CTX* ThreadContext() {
  struct Owner {
    EVP_MD_CTX* context = NewContext();
    ~Owner() { EVP_MD_CTX_free(context); }
  };
  thread_local Owner owner;
  return owner.context;
}

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

constexpr std::array<int8_t, 256> MakeBase64Values() {
  std::array<int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (int i = 0; i < 64; ++i) {
    values[static_cast<uint8_t>(kBase64[i])] = static_cast<int8_t>(i);
  }
  return values;
}
constexpr std::array<int8_t, 256> kBase64Values = MakeBase64Values();

}  // namespace

absl::StatusOr<Digest> Digest::FromBytes(absl::string_view bytes) {
  if (bytes.size() != kBytes) {
    return MakeError(Reason::BAD_ENCODING,
                     "digest: expected 32 bytes, got " + std::to_string(bytes.size()));
  }
  Digest digest;
  std::memcpy(digest.bytes_.data(), bytes.data(), kBytes);
  return digest;
}

absl::StatusOr<Digest> Digest::FromHex(absl::string_view hex) {
  ASSIGN_OR_RETURN(const std::string bytes, HexDecode(hex));
  return FromBytes(bytes);
}

std::string Digest::Hex() const { return HexEncode(view()); }

Digest Sha256(absl::string_view bytes) { return Sha256({bytes}); }

Digest Sha256(std::initializer_list<absl::string_view> parts) {
  EVP_MD_CTX* context = ThreadContext();
  CHECK_EQ(EVP_DigestInit_ex2(context, nullptr, nullptr), 1);
  for (absl::string_view part : parts) {
    CHECK_EQ(EVP_DigestUpdate(context, part.data(), part.size()), 1);
  }
  Digest digest;
  CHECK_EQ(EVP_DigestFinal_ex(context, digest.mutable_data(), nullptr), 1);
  return digest;
}

Sha256Stream::Sha256Stream() : context_(NewContext()) {}

Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

void Sha256Stream::Update(absl::string_view bytes) {
  CHECK_EQ(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()), 1);
}

Digest Sha256Stream::Finish() {
  Digest digest;
  CHECK_EQ(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest.mutable_data(), nullptr),
           1);
  return digest;
}

std::string HexEncode(absl::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    hex.push_back(kHexDigits[byte >> 4]);
    hex.push_back(kHexDigits[byte & 15]);
  }
  return hex;
}

absl::StatusOr<std::string> HexDecode(absl::string_view hex) {
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = HexValue(hex[i]);
    const int low = HexValue(hex[i + 1]);
    if (high < 0 || low < 0) break;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  if (bytes.size() * 2 != hex.size()) {
    return MakeError(Reason::BAD_ENCODING,
                     "hex: expected an even number of digits 0-9 and a-f (lower case)");
  }
  return bytes;
}

std::string Base64Encode(absl::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t rest = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < rest ? static_cast<uint8_t>(bytes[i + j]) : 0U);
    }
    text.push_back(kBase64[group >> 18]);
    text.push_back(kBase64[group >> 12 & 63]);
    text.push_back(rest > 1 ? kBase64[group >> 6 & 63] : '=');
    text.push_back(rest > 2 ? kBase64[group & 63] : '=');
  }
  return text;
}

absl::StatusOr<std::string> Base64Decode(absl::string_view text) {
  const auto bad = [] {
    return MakeError(Reason::BAD_ENCODING, "base64: expected canonical standard base64");
  };
  if (text.size() % 4 != 0) return bad();
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (size_t i = 0; i < text.size(); i += 4) {
    const size_t digits = i + 4 == text.size() ? 4 - padding : 4;
    uint32_t group = 0;
    for (size_t j = 0; j < 4; ++j) {
      const int value = j < digits ? kBase64Values[static_cast<uint8_t>(text[i + j])] : 0;
      if (value < 0) return bad();
      group = group << 6 | static_cast<uint32_t>(value);
    }
    if (digits < 4 && (group & (digits == 3 ? 0xFFU : 0xFFFFU)) != 0) return bad();
    bytes.push_back(static_cast<char>(group >> 16));
    if (digits > 2) bytes.push_back(static_cast<char>(group >> 8 & 255));
    if (digits > 3) bytes.push_back(static_cast<char>(group & 255));
  }
  return bytes;
}

void AppendBigEndian32(uint32_t value, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

void AppendBigEndian64(uint64_t value, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

uint32_t ReadBigEndian32(absl::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

uint64_t ReadBigEndian64(absl::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

absl::StatusOr<uint64_t> ParseDecimal(absl::string_view text) {
  const auto bad = [] {
    return MakeError(Reason::BAD_ENCODING, "number: expected a decimal without leading zero");
  };
  if (text.empty() || text.size() > 20 || (text.size() > 1 && text[0] == '0')) return bad();
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return bad();
    const auto digit = static_cast<uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return bad();
    value = value * 10 + digit;
  }
  return value;
}

}  // namespace plenary
