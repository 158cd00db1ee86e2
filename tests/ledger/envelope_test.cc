#include "ledger/envelope.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;

TEST(Pae, IsThatOfTheSpecificationsExample) {
  EXPECT_EQ(Pae("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

TEST(Envelope, RoundTrips) {
  const std::string bytes = FormatEnvelope(PayloadKind::kCard, "payload", {"one", "two"});
  const auto envelope = ParseEnvelope(bytes, PayloadKind::kCard);
  ASSERT_OK(envelope);
  EXPECT_EQ(envelope->payload, "payload");
  ASSERT_EQ(envelope->signatures.size(), 2U);
  EXPECT_EQ(envelope->signatures[1], "two");
}

TEST(Envelope, AnotherKindIsRefused) {
  const std::string bytes = FormatEnvelope(PayloadKind::kCard, "payload", {"one"});
  EXPECT_THAT(ParseEnvelope(bytes, PayloadKind::kRoster), HasReason(Reason::WRONG_TYPE));
}

TEST(Envelope, EveryCutAndEveryExtraByteIsRefused) {
  const std::string bytes = FormatEnvelope(PayloadKind::kCard, "payload", {"one"});
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(ParseEnvelope(bytes.substr(0, size)), HasReason(Reason::NON_CANONICAL)) << size;
  }
  for (const char extra : {'\0', '\x0A', '\x1A', '\x22'}) {
    EXPECT_THAT(ParseEnvelope(bytes + extra), HasReason(Reason::NON_CANONICAL));
  }
}

TEST(Envelope, LengthsAreMinimal) {
  // The payload's length 1 written in two bytes.
  const std::string padded = std::string("\x0A\x81\x00x\x12\x01t\x1A\x03\x0A\x01s", 13);
  EXPECT_THAT(ParseEnvelope(padded), HasReason(Reason::NON_CANONICAL));
}

TEST(Envelope, TakesAtMost256Signatures) {
  EXPECT_OK(
      ParseEnvelope(FormatEnvelope(PayloadKind::kRoster, "p", std::vector<std::string>(256, "s"))));
  std::string bytes = FormatEnvelope(PayloadKind::kRoster, "p", std::vector<std::string>(256, "s"));
  bytes += bytes.substr(bytes.size() - 5);
  EXPECT_THAT(ParseEnvelope(bytes), HasReason(Reason::NON_CANONICAL));
}

}  // namespace
}  // namespace plenary
