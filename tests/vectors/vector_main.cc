// plenary-vectors DIR: runs every file of test vectors below DIR.
//
// Exit 0 if at least one case passed and none failed, 1 if not, 64 for bad usage.
#include <filesystem>
#include <iostream>

#include "tests/vectors/vector_runner.h"

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 64;

plenary::vectors::KindTable AllKinds() {
  plenary::vectors::KindTable table;
  plenary::vectors::AddTreeKinds(table);
  plenary::vectors::AddSignatureKinds(table);
  plenary::vectors::AddTrustKinds(table);
  plenary::vectors::AddJudgingKinds(table);
  plenary::vectors::AddProofKinds(table);
  return table;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: plenary-vectors DIR\n";
    return kExitUsage;
  }
  if (!std::filesystem::is_directory(argv[1])) {
    std::cerr << "plenary-vectors: expected a folder, got \"" << argv[1] << "\"\n";
    return kExitUsage;
  }
  plenary::vectors::Runner runner(AllKinds(), std::cout);
  try {
    runner.RunFolder(argv[1]);
  } catch (const std::filesystem::filesystem_error& unreadable) {
    std::cerr << "plenary-vectors: " << unreadable.what() << "\n";
    return kExitFailed;
  }
  if (!runner.found_any()) {
    std::cerr << "plenary-vectors: no file of test vectors below \"" << argv[1]
              << "\": expected *.json with a \"kind\"\n";
  }
  runner.PrintSummary();
  return runner.failed() == 0 && runner.passed() > 0 ? 0 : kExitFailed;
}
