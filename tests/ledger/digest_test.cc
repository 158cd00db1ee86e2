#include "ledger/digest.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;

TEST(Sha256, MatchesTheStandardsExamples) {
  EXPECT_EQ(Sha256("").Hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256("abc").Hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, PartsGiveTheDigestOfTheWhole) {
  EXPECT_EQ(Sha256({"a", "", "bc"}), Sha256("abc"));
  Sha256Stream stream;
  stream.Update("ab");
  stream.Update("c");
  EXPECT_EQ(stream.Finish(), Sha256("abc"));
}

TEST(Hex, HasOneSpelling) {
  EXPECT_EQ(HexEncode("\x01\xAB"), "01ab");
  EXPECT_EQ(*HexDecode("01ab"), "\x01\xAB");
  for (const char* bad : {"0", "01A0", "0g", "01ab "}) {
    EXPECT_THAT(HexDecode(bad), HasReason(Reason::BAD_ENCODING)) << bad;
  }
  EXPECT_THAT(Digest::FromHex("01ab"), HasReason(Reason::BAD_ENCODING));
}

TEST(Base64, RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(*Base64Decode(Base64Encode(bytes)), bytes) << i;
    bytes.push_back(static_cast<char>(i * 37));
  }
}

TEST(Base64, HasOneSpelling) {
  EXPECT_EQ(*Base64Decode("Zg=="), "f");
  // Unused bits set, padding missing or too long, other alphabet, line break.
  for (const char* bad :
       {"Zh==", "Zg", "Zg=", "Z===", "====", "Zm9=", "Zm_v", "Zm9v\n", "Zg==Zg=="}) {
    EXPECT_THAT(Base64Decode(bad), HasReason(Reason::BAD_ENCODING)) << bad;
  }
}

TEST(BigEndian, RoundTrips) {
  std::string bytes;
  AppendBigEndian32(0x01020304, bytes);
  AppendBigEndian64(0x05060708090A0B0CULL, bytes);
  EXPECT_EQ(HexEncode(bytes), "0102030405060708090a0b0c");
  EXPECT_EQ(ReadBigEndian32(bytes), 0x01020304U);
  EXPECT_EQ(ReadBigEndian64(absl::string_view(bytes).substr(4)), 0x05060708090A0B0CULL);
}

TEST(Decimal, IsCanonicalAndBounded) {
  EXPECT_EQ(*ParseDecimal("0"), 0U);
  EXPECT_EQ(*ParseDecimal("18446744073709551615"), UINT64_MAX);
  for (const char* bad : {"", "00", "01", "+1", "-1", "1 ", "18446744073709551616", "1e3"}) {
    EXPECT_THAT(ParseDecimal(bad), HasReason(Reason::BAD_ENCODING)) << bad;
  }
}

}  // namespace
}  // namespace plenary
