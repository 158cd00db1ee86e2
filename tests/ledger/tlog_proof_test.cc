#include "ledger/tlog_proof.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;

TlogProof Example() {
  TlogProof proof;
  proof.extra = "anything";
  proof.index = 3;
  proof.hashes = {Sha256("a"), Sha256("b")};
  proof.checkpoint = "origin\n4\nroot\n\n\xE2\x80\x94 name blob\n";
  return proof;
}

TEST(TlogProof, RoundTrips) {
  for (const bool extra : {true, false}) {
    TlogProof proof = Example();
    if (!extra) proof.extra.reset();
    const std::string bytes = FormatTlogProof(proof);
    const auto parsed = ParseTlogProof(bytes);
    ASSERT_OK(parsed);
    EXPECT_EQ(parsed->extra, proof.extra);
    EXPECT_EQ(parsed->index, proof.index);
    EXPECT_EQ(parsed->hashes, proof.hashes);
    EXPECT_EQ(parsed->checkpoint, proof.checkpoint);
    EXPECT_EQ(FormatTlogProof(*parsed), bytes);
  }
}

TEST(TlogProof, OneMeaningHasOneSpelling) {
  // Whatever bit is flipped before the checkpoint: refused, or it says something else.
  const std::string bytes = FormatTlogProof(Example());
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string mutant = bytes;
      mutant[at] = static_cast<char>(mutant[at] ^ (1 << bit));
      const auto parsed = ParseTlogProof(mutant);
      if (!parsed.ok()) continue;
      EXPECT_EQ(FormatTlogProof(*parsed), mutant) << at;
    }
  }
}

TEST(TlogProof, MalformedFilesAreRefused) {
  const std::string head = "c2sp.org/tlog-proof@v1\n";
  const std::string hash = Base64Encode(Sha256("a").view()) + "\n";
  std::string many = head + "index 0\n";
  for (int i = 0; i < 65; ++i) many += hash;
  for (const std::string& bad :
       {std::string(), head, std::string("c2sp.org/tlog-proof@v2\nindex 0\n\nc\n"),
        head + "index 0\n", head + "index 0\n\n", head + "\nindex 0\n\nc\n",
        head + "index 00\n\nc\n", head + "index -1\n\nc\n", head + "index \n\nc\n",
        head + "index 18446744073709551616\n\nc\n", head + "index 0\r\n\r\nc\n",
        head + "index 0\n" + hash, head + "index 0\nAAAA\n\nc\n", head + "extra x\nindex 0\n\nc\n",
        head + "extra AAAA\nextra AAAA\nindex 0\n\nc\n", head + "index 0\nextra AAAA\n\nc\n",
        many + "\nc\n"}) {
    EXPECT_THAT(ParseTlogProof(bad), HasReason(Reason::BAD_TLOG_PROOF)) << bad;
  }
  EXPECT_OK(ParseTlogProof(head + "extra \nindex 0\n\nc\n"));
}

}  // namespace
}  // namespace plenary
