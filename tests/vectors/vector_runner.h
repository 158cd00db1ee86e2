// Runs files of test vectors: each {"kind", "source", "note", "cases": [...]}, by kind, case by
// case.
//
// A kind is a function from one case to a verdict. Files of kinds say what they know by adding to
// the table; main() walks a folder. ./run vectors DIR is this program. Two further layouts are
// read: Wycheproof's own (kind "wycheproof-<algorithm>") and a tlog-tiles log as a folder (kind
// "tlog-tiles"); an RFC 3161 bundle is a folder with a token.tsr (kind "rfc3161").
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>

namespace plenary::vectors {

// How a case came out: as it says, or what was expected and what came; or not run at all, because
// it belongs to a kind that Plenary does not use.
class Verdict {
 public:
  Verdict() = default;
  // Empty: passed. Implicit, so that a kind returns its complaint.
  Verdict(std::string complaint) : complaint_(std::move(complaint)) {}
  Verdict(const char* complaint) : complaint_(complaint) {}
  // Not run. `kind` is named in the summary and counted once, however many its cases are.
  static Verdict NotOurs(std::string kind) {
    Verdict verdict;
    verdict.not_ours_ = std::move(kind);
    return verdict;
  }

  bool empty() const { return complaint_.empty() && not_ours_.empty(); }
  const std::string& complaint() const { return complaint_; }
  const std::string& not_ours() const { return not_ours_; }

 private:
  std::string complaint_;
  std::string not_ours_;
};

// One case. `folder` is that of the file, for cases that name further files.
using CaseFunction =
    std::function<Verdict(const nlohmann::json& test_case, const std::string& folder)>;

// From "kind" to what runs its cases.
using KindTable = std::map<std::string, CaseFunction>;

// One function per family of kinds; vector_main.cc calls them all.
void AddTreeKinds(KindTable& table);  // merkle, notes, checkpoints, tiles, tlog-proof
void AddSignatureKinds(
    KindTable& table);                   // dsse, ed25519, keys, signatures, envelopes, scan, names
void AddTrustKinds(KindTable& table);    // rosters, cards, possession, quorum, statements, evidence
void AddJudgingKinds(KindTable& table);  // manifests, records, judging, views
void AddProofKinds(KindTable& table);    // proofs

// Compares what a case expects ("accept" or "reject") with what happened. `why` is the error's
// text.
Verdict Expect(const nlohmann::json& test_case, bool accepted, const std::string& why);

// Compares a field, if the case has it, with what came.
template <typename T>
Verdict ExpectField(const nlohmann::json& test_case, const std::string& field, const T& got) {
  if (!test_case.contains(field)) return {};
  const nlohmann::json json(got);
  if (test_case.at(field) == json) return {};
  return field + ": expected " + test_case.at(field).dump() + ", got " + json.dump();
}

// The bytes of a field "x_b64" or "x_hex". Throws std::invalid_argument (the case then fails as
// malformed) if they are not so encoded.
std::string Bytes(const nlohmann::json& test_case, const std::string& field);
// The bytes of standard base64, likewise.
std::string FromBase64(const std::string& text);

// Runs everything below a folder. One thread at a time.
class Runner {
 public:
  // `out` outlives the runner.
  Runner(KindTable table, std::ostream& out) : table_(std::move(table)), out_(out) {}

  // One line per file or folder of vectors, then the details of cases that failed.
  void RunFolder(const std::filesystem::path& folder);
  // Kinds that were skipped, then the line "N passed, N failed" (", N skipped" kinds).
  void PrintSummary() const;

  int passed() const { return passed_; }
  int failed() const { return failed_; }
  // Was there any file or folder of vectors, of whatever kind?
  bool found_any() const { return found_any_; }

 private:
  void RunFile(const std::filesystem::path& file, const std::string& shown);
  void RunCases(const std::string& kind, const nlohmann::json& cases, const std::string& folder,
                const std::string& shown);
  void Fail(const std::string& shown, const std::string& why);

  KindTable table_;
  std::ostream& out_;
  int passed_ = 0;
  int failed_ = 0;
  bool found_any_ = false;
  std::map<std::string, int> skipped_;  // kind → cases
};

}  // namespace plenary::vectors
