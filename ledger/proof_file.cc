#include "ledger/proof_file.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "ledger/check.h"
#include "ledger/digest.h"
#include "ledger/status.h"

namespace plenary {
namespace {

enum SectionType : uint8_t {
  kRecord = 1,
  kEnvelope = 2,
  kTlogProof = 3,
  kRoster = 4,
  kCard = 5,
  kTimestamp = 6,
  kStep = 7,
};
constexpr size_t kLengthBytes = 4;

struct Section {
  uint8_t type;
  absl::string_view content;
};

absl::Status Truncated(absl::string_view what) {
  return MakeError(Reason::TRUNCATED, absl::StrCat("proof file: ", what));
}

absl::Status BadSections(absl::string_view what) {
  return MakeError(Reason::BAD_SECTIONS, absl::StrCat("proof file: ", what));
}

absl::StatusOr<std::vector<Section>> Split(absl::string_view bytes) {
  std::vector<Section> sections;
  while (!bytes.empty()) {
    const auto type = static_cast<uint8_t>(bytes[0]);
    bytes.remove_prefix(1);
    if (bytes.size() < kLengthBytes) return Truncated("the length of the last section is missing");
    const size_t length = ReadBigEndian32(bytes);
    bytes.remove_prefix(kLengthBytes);
    if (length > bytes.size()) {
      return Truncated(absl::StrCat("a section of type ", type, ": expected ", length,
                                    " bytes, got ", bytes.size()));
    }
    if (!sections.empty() && type < sections.back().type) {
      return BadSections(absl::StrCat("a section of type ", type, " stands behind one of type ",
                                      sections.back().type));
    }
    sections.push_back({type, bytes.substr(0, length)});
    bytes.remove_prefix(length);
  }
  return sections;
}

absl::StatusOr<ProofStep> ParseStep(absl::string_view content) {
  if (content.size() < kLengthBytes) return Truncated("a step lacks the length of its leaf");
  const size_t length = ReadBigEndian32(content);
  content.remove_prefix(kLengthBytes);
  if (length > content.size()) return Truncated("a step's leaf ends beyond its section");
  return ProofStep{std::string(content.substr(0, length)), std::string(content.substr(length))};
}

void AppendSection(uint8_t type, absl::string_view content, std::string& out) {
  CHECK_LE(content.size(), kMaxProofFileBytes);
  out.push_back(static_cast<char>(type));
  AppendBigEndian32(static_cast<uint32_t>(content.size()), out);
  absl::StrAppend(&out, content);
}

}  // namespace

absl::StatusOr<ProofFile> ParseProofFile(absl::string_view bytes) {
  if (!absl::ConsumePrefix(&bytes, kProofFileFirstLine)) {
    return MakeError(Reason::NOT_A_PROOF_FILE,
                     "proof file: expected the first line "
                     "plenary-proof/v1");
  }
  if (bytes.size() > kMaxProofFileBytes - kProofFileFirstLine.size()) {
    return MakeError(Reason::TOO_LARGE, "proof file: expected at most 64 MiB");
  }
  ASSIGN_OR_RETURN(const std::vector<Section> sections, Split(bytes));
  ProofFile file;
  int singles[kTlogProof + 1] = {};
  for (const auto& [type, content] : sections) {
    if (type == kRecord || type == kEnvelope || type == kTlogProof) {
      std::string* const parts[] = {&file.record, &file.envelope, &file.tlog_proof};
      *parts[type - kRecord] = std::string(content);
      ++singles[type];
    } else if (type == kRoster) {
      file.rosters.emplace_back(content);
    } else if (type == kCard) {
      file.cards.emplace_back(content);
    } else if (type == kTimestamp) {
      file.timestamps.emplace_back(content);
    } else if (type == kStep) {
      ASSIGN_OR_RETURN(ProofStep step, ParseStep(content));
      file.steps.push_back(std::move(step));
    } else {
      file.unknown.emplace_back(type, std::string(content));
    }
  }
  for (const uint8_t type : {kRecord, kEnvelope, kTlogProof}) {
    if (singles[type] != 1) {
      return BadSections(
          absl::StrCat("expected one section of type ", type, ", got ", singles[type]));
    }
  }
  if (file.rosters.empty()) return BadSections("expected the rosters from version 1, got none");
  if (file.cards.empty()) return BadSections("expected the cards that name the keys, got none");
  return file;
}

std::string FormatProofFile(const ProofFile& file) {
  CHECK(!file.rosters.empty() && !file.cards.empty());
  std::vector<std::pair<uint8_t, std::string>> sections = {
      {kRecord, file.record}, {kEnvelope, file.envelope}, {kTlogProof, file.tlog_proof}};
  for (const std::string& roster : file.rosters) sections.emplace_back(kRoster, roster);
  for (const std::string& card : file.cards) sections.emplace_back(kCard, card);
  for (const std::string& token : file.timestamps) sections.emplace_back(kTimestamp, token);
  for (const ProofStep& step : file.steps) {
    std::string content;
    AppendBigEndian32(static_cast<uint32_t>(step.leaf.size()), content);
    absl::StrAppend(&content, step.leaf, step.tlog_proof);
    sections.emplace_back(kStep, std::move(content));
  }
  for (const auto& section : file.unknown) {
    CHECK(section.first < kRecord || section.first > kStep);
    sections.push_back(section);
  }
  std::stable_sort(sections.begin(), sections.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string bytes(kProofFileFirstLine);
  for (const auto& [type, content] : sections) AppendSection(type, content, bytes);
  CHECK_LE(bytes.size(), kMaxProofFileBytes);
  return bytes;
}

}  // namespace plenary
