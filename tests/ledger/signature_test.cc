#include "ledger/signature.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;

class SignerTest : public ::testing::TestWithParam<Algorithm> {};

TEST_P(SignerTest, SignsWhatItsKeyVerifies) {
  const auto signer = SignerFromPem(GeneratePrivateKeyPem(GetParam()));
  ASSERT_OK(signer);
  const PublicKey& key = (*signer)->public_key();
  EXPECT_EQ(key.algorithm(), GetParam());
  // Many times, since ECDSA's s is above n/2 for half of all signatures before it is folded.
  for (int i = 0; i < 32; ++i) {
    const std::string message = "message " + std::to_string(i);
    std::string signature = (*signer)->Sign(message);
    EXPECT_OK(key.Verify(message, signature));
    EXPECT_THAT(key.Verify(message + "x", signature), HasReason(Reason::BAD_SIGNATURE));
    signature[static_cast<size_t>(i)] = static_cast<char>(signature[static_cast<size_t>(i)] ^ 1);
    EXPECT_THAT(key.Verify(message, signature), HasReason(Reason::BAD_SIGNATURE));
  }
  EXPECT_THAT(key.Verify("m", std::string(63, 'x')), HasReason(Reason::BAD_SIGNATURE));
  EXPECT_THAT(key.Verify("m", std::string(64, '\0')), HasReason(Reason::BAD_SIGNATURE));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, SignerTest,
                         ::testing::Values(Algorithm::kEd25519, Algorithm::kEcdsaP256));

TEST(Signature, Rfc8032TestVector) {
  const auto signer = Ed25519SignerFromSeed(
      *HexDecode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  ASSERT_OK(signer);
  EXPECT_EQ(HexEncode((*signer)->public_key().ed25519()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(HexEncode((*signer)->Sign("")),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39"
            "701cf9b46bd25bf5f0595bbe24655141438e7a100b");
}

TEST(Signature, UnknownAlgorithmsAreNamed) {
  EXPECT_THAT(PublicKey::FromSpki(5, "x"), HasReason(Reason::ALGORITHM_UNKNOWN));
  EXPECT_FALSE(IsKnownAlgorithm(3));
}

TEST(Signature, WeakKeysAreNotEnrolled) {
  EXPECT_THAT(PublicKey::FromEd25519(std::string(1, '\x01') + std::string(31, '\0')),
              HasReason(Reason::BAD_KEY));
  EXPECT_THAT(PublicKey::FromEd25519(std::string(31, 'x')), HasReason(Reason::BAD_KEY));
}

TEST(Signature, UnreadableKeysAreRefused) {
  for (const char* pem :
       {"", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
    EXPECT_THAT(SignerFromPem(pem), HasReason(Reason::BAD_KEY)) << pem;
  }
}

TEST(Signature, ThisProcessHasTheFederationsEd25519) { CheckEd25519Rule(); }

}  // namespace
}  // namespace plenary
