#include "ledger/proof_file.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;

ProofFile Example() {
  ProofFile file;
  file.record = "record";
  file.envelope = "envelope";
  file.tlog_proof = "proof";
  file.rosters = {"roster 1", "roster 2"};
  file.cards = {"card"};
  file.timestamps = {"token"};
  file.steps = {{"leaf", "step"}, {"", ""}};
  file.unknown = {{0, "zero"}, {200, ""}};
  return file;
}

std::string Section(char type, absl::string_view content) {
  return absl::StrCat(std::string(1, type), std::string("\0\0\0", 3),
                      std::string(1, static_cast<char>(content.size())), content);
}

TEST(ProofFile, RoundTrips) {
  const std::string bytes = FormatProofFile(Example());
  const auto file = ParseProofFile(bytes);
  ASSERT_OK(file);
  EXPECT_EQ(file->record, "record");
  EXPECT_EQ(file->rosters, Example().rosters);
  EXPECT_EQ(file->timestamps, Example().timestamps);
  ASSERT_EQ(file->steps.size(), 2U);
  EXPECT_EQ(file->steps[0].leaf, "leaf");
  EXPECT_EQ(file->steps[0].tlog_proof, "step");
  EXPECT_EQ(file->unknown, Example().unknown);
  EXPECT_EQ(FormatProofFile(*file), bytes);
}

TEST(ProofFile, EveryCutIsRefused) {
  // Without sections that may be missing, so that no cut leaves a whole file.
  ProofFile file = Example();
  file.unknown.clear();
  file.steps = {{"leaf", "step"}};
  file.timestamps.clear();
  const std::string bytes = FormatProofFile(file);
  const size_t without_step = bytes.size() - 5 - 4 - 8;
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(ParseProofFile(bytes.substr(0, size)).ok(), size == without_step) << size;
  }
}

TEST(ProofFile, OtherFirstLinesAreNoProofFile) {
  const std::string rest = FormatProofFile(Example()).substr(kProofFileFirstLine.size());
  for (const char* line : {"", "plenary-proof/v2\n", "plenary-proof/v1\r\n", "Plenary-proof/v1\n",
                           " plenary-proof/v1\n", "\xEF\xBB\xBFplenary-proof/v1\n"}) {
    EXPECT_THAT(ParseProofFile(line + rest), HasReason(Reason::NOT_A_PROOF_FILE)) << line;
  }
}

TEST(ProofFile, SectionsInAnotherOrderOrNumberAreRefused) {
  const std::string a = Section(1, "r");
  const std::string b = Section(2, "e");
  const std::string c = Section(3, "p");
  const std::string d = Section(4, "v");
  const std::string e = Section(5, "k");
  const std::string line(kProofFileFirstLine);
  EXPECT_OK(ParseProofFile(line + a + b + c + d + e));
  for (const std::string& bad :
       {std::string(), a + b + c + d, a + b + c + e, a + b + d + e, a + c + d + e, b + c + d + e,
        b + a + c + d + e, a + b + c + e + d, a + a + b + c + d + e, a + b + b + c + d + e,
        a + b + c + c + d + e, a + b + c + d + e + Section(0, "")}) {
    EXPECT_THAT(ParseProofFile(line + bad), HasReason(Reason::BAD_SECTIONS));
  }
  for (const std::string& step :
       {std::string(), std::string(3, '\0'), std::string("\0\0\0\5leaf", 8)}) {
    EXPECT_THAT(ParseProofFile(line + a + b + c + d + e + Section(7, step)),
                HasReason(Reason::TRUNCATED));
  }
}

TEST(ProofFile, ALengthBeyondTheEndAllocatesNothing) {
  const std::string huge = absl::StrCat(kProofFileFirstLine, "\x01\xFF\xFF\xFF\xFF");
  EXPECT_THAT(ParseProofFile(huge), HasReason(Reason::TRUNCATED));
}

}  // namespace
}  // namespace plenary
