#include "tests/vectors/vector_runner.h"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ledger/digest.h"
#include "ledger/status.h"

namespace plenary::vectors {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot be read");
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

// A Wycheproof file as cases: each test with its group's key beside it.
json WycheproofCases(const json& file) {
  json cases = json::array();
  for (const json& group : file.at("testGroups")) {
    for (const json& test : group.at("tests")) {
      json test_case = test;
      test_case["name"] = absl::StrCat("tcId ", test.at("tcId").get<int>());
      test_case["expect"] = test.at("result") == "valid" ? "accept" : "reject";
      test_case["public_key"] = group.value("publicKey", json());
      cases.push_back(std::move(test_case));
    }
  }
  return cases;
}

std::string NameOf(const json& test_case, size_t index) {
  const std::string name =
      test_case.is_object() && test_case.contains("name") && test_case["name"].is_string()
          ? test_case["name"].get<std::string>()
          : "";
  return absl::StrCat("case ", index, name.empty() ? "" : ": ", name);
}

bool IsTileLog(const fs::path& folder) {
  return fs::exists(folder / "checkpoint") && fs::exists(folder / "vkey") &&
         fs::is_directory(folder / "tile");
}

// One case per checkpoint file of a log in tiles.
json TileLogCases(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (absl::StartsWith(name, "checkpoint")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  json cases = json::array();
  for (const std::string& name : names) cases.push_back({{"name", name}, {"file", name}});
  return cases;
}

}  // namespace

Verdict Expect(const json& test_case, bool accepted, const std::string& why) {
  const std::string expected = test_case.at("expect").get<std::string>();
  const std::string got = accepted ? "accept" : "reject";
  if (expected == got) return {};
  return absl::StrCat("expected ", expected, ", got ", got, why.empty() ? "" : ": ", why);
}

std::string FromBase64(const std::string& text) {
  auto bytes = Base64Decode(text);
  if (!bytes.ok()) throw std::invalid_argument("a field is not base64");
  return *std::move(bytes);
}

std::string Bytes(const json& test_case, const std::string& field) {
  const std::string text = test_case.at(field).get<std::string>();
  if (absl::EndsWith(field, "_b64")) return FromBase64(text);
  auto bytes = HexDecode(text);
  if (!bytes.ok()) throw std::invalid_argument(field + " is not hex");
  return *std::move(bytes);
}

void Runner::Fail(const std::string& shown, const std::string& why) {
  ++failed_;
  out_ << shown << ": 0 passed, 1 failed\n    " << why << "\n";
}

void Runner::RunCases(const std::string& kind, const json& cases, const std::string& folder,
                      const std::string& shown) {
  found_any_ = true;
  const auto at = table_.find(kind);
  if (at == table_.end()) {
    skipped_[kind] += static_cast<int>(cases.size());
    out_ << shown << ": skipped, kind " << kind << "\n";
    return;
  }
  int passed = 0;
  std::vector<std::string> complaints;
  for (size_t i = 0; i < cases.size(); ++i) {
    Verdict verdict;
    try {
      verdict = at->second(cases[i], folder);
    } catch (const std::exception& malformed) {
      verdict = Verdict(absl::StrCat("malformed case: ", malformed.what()));
    }
    if (!verdict.not_ours().empty()) {
      ++skipped_[verdict.not_ours()];
    } else if (verdict.empty()) {
      ++passed;
    } else {
      complaints.push_back(absl::StrCat(NameOf(cases[i], i), ": ", verdict.complaint()));
    }
  }
  passed_ += passed;
  failed_ += static_cast<int>(complaints.size());
  out_ << shown << ": " << passed << " passed, " << complaints.size() << " failed\n";
  for (const std::string& complaint : complaints) out_ << "    " << complaint << "\n";
}

void Runner::RunFile(const fs::path& file, const std::string& shown) {
  json content;
  try {
    content = json::parse(ReadFile(file));
  } catch (const std::exception& broken) {
    found_any_ = true;
    Fail(shown, absl::StrCat("not a JSON file: ", broken.what()));
    return;
  }
  if (!content.is_object()) return;  // other data: no vectors
  try {
    const std::string folder = file.parent_path().string();
    if (content.contains("kind")) {
      RunCases(content.at("kind").get<std::string>(), content.at("cases"), folder, shown);
    } else if (content.contains("algorithm") && content.contains("testGroups")) {
      RunCases(absl::StrCat("wycheproof-", content.at("algorithm").get<std::string>()),
               WycheproofCases(content), folder, shown);
    }
  } catch (const json::exception& broken) {
    found_any_ = true;
    Fail(shown, absl::StrCat("not a file of vectors: ", broken.what()));
  }
}

void Runner::RunFolder(const fs::path& root) {
  std::vector<fs::path> paths;
  for (const auto& entry :
       fs::recursive_directory_iterator(root, fs::directory_options::follow_directory_symlink)) {
    paths.push_back(entry.path());
  }
  paths.push_back(root);
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    const std::string shown = path == root ? "." : fs::relative(path, root).string();
    if (fs::is_directory(path)) {
      if (IsTileLog(path)) RunCases("tlog-tiles", TileLogCases(path), path.string(), shown);
    } else if (path.extension() == ".json") {
      RunFile(path, shown);
    } else if (path.filename() == "token.tsr") {
      RunCases("rfc3161", json::array({json::object()}), path.parent_path().string(), shown);
    }
  }
}

void Runner::PrintSummary() const {
  for (const auto& [kind, cases] : skipped_) {
    out_ << "skipped: kind " << kind << ", " << cases << " cases\n";
  }
  out_ << passed_ << " passed, " << failed_ << " failed";
  if (!skipped_.empty()) out_ << ", " << skipped_.size() << " skipped";
  out_ << "\n";
}

}  // namespace plenary::vectors
