// The house rules, as a test: floors, banned includes, sizes of files and functions, orphan tests.
//
// ARCHITECTURE.md says why; this file is the same table in executable form.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr int kMaxFileLines = 400;
constexpr int kMaxFunctionLines = 70;
constexpr size_t kMaxColumns = 100;

struct Source {
  std::string path;  // relative to the root
  std::vector<std::string> lines;
};

std::vector<Source> Sources() {
  std::vector<Source> sources;
  for (const char* top : {"ledger", "certs", "sync", "node", "cli", "tests", "bench"}) {
    if (!fs::exists(top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      Source source{entry.path().string(), {}};
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) source.lines.push_back(line);
      sources.push_back(std::move(source));
    }
  }
  std::sort(sources.begin(), sources.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return sources;
}

bool StartsWith(const std::string& text, const std::string& prefix) {
  return text.rfind(prefix, 0) == 0;
}

std::vector<std::string> Includes(const Source& source) {
  static const std::regex kInclude(R"(^#include [<"]([^>"]+)[>"])");
  std::vector<std::string> includes;
  for (const std::string& line : source.lines) {
    std::smatch match;
    if (std::regex_search(line, match, kInclude)) includes.push_back(match[1]);
  }
  return includes;
}

// Which of our folders a folder may include besides itself; protos are open to all.
struct Floor {
  std::string folder;
  std::set<std::string> may_see;
};
const Floor kFloors[] = {
    {"ledger/", {}},
    {"certs/", {"ledger/"}},
    {"sync/", {"ledger/"}},
    {"node/", {"ledger/", "certs/", "sync/"}},
    {"cli/", {"ledger/", "certs/"}},
};

// Headers that only some files may include.
struct Fence {
  std::string header;                // prefix of the include
  std::vector<std::string> allowed;  // prefixes of paths
};
const Fence kFences[] = {
    {"openssl/",
     {"ledger/digest.cc", "ledger/signature", "certs/", "node/transport/tls", "tests/"}},
    {"sodium.h", {"ledger/signature"}},
    {"rocksdb/", {"node/store/", "tests/simulation/", "tests/node/"}},
    {"grpcpp/", {"node/transport/", "node/services/", "cli/client", "tests/", "bench/"}},
    {"CLI/", {"cli/", "bench/", "certs/", "node/main.cc", "tests/"}},
    {"toml++/", {"node/config", "cli/profile", "tests/"}},
};

// What the pure floors may not include: no I/O, clock, thread or randomness.
const std::set<std::string> kImpure = {
    "thread", "mutex",  "shared_mutex", "condition_variable", "future",  "atomic",
    "chrono", "random", "fstream",      "filesystem",         "iostream"};

TEST(Architecture, ArrowsOnlyGoDown) {
  for (const Source& source : Sources()) {
    for (const Floor& floor : kFloors) {
      if (!StartsWith(source.path, floor.folder)) continue;
      for (const std::string& include : Includes(source)) {
        for (const Floor& other : kFloors) {
          if (other.folder == floor.folder || !StartsWith(include, other.folder)) continue;
          EXPECT_TRUE(floor.may_see.contains(other.folder))
              << source.path << " includes " << include;
        }
        EXPECT_FALSE(StartsWith(include, "tests/")) << source.path << " includes " << include;
      }
    }
  }
}

TEST(Architecture, LibrariesStayBehindTheirFences) {
  for (const Source& source : Sources()) {
    for (const std::string& include : Includes(source)) {
      for (const Fence& fence : kFences) {
        if (!StartsWith(include, fence.header)) continue;
        const bool allowed =
            std::any_of(fence.allowed.begin(), fence.allowed.end(),
                        [&](const std::string& prefix) { return StartsWith(source.path, prefix); });
        EXPECT_TRUE(allowed) << source.path << " includes " << include;
      }
    }
  }
}

TEST(Architecture, LedgerAndSyncArePure) {
  for (const Source& source : Sources()) {
    if (!StartsWith(source.path, "ledger/") && !StartsWith(source.path, "sync/")) continue;
    for (const std::string& include : Includes(source)) {
      EXPECT_FALSE(kImpure.contains(include)) << source.path << " includes <" << include << ">";
    }
  }
}

TEST(Architecture, FilesAreShortAndNarrow) {
  for (const Source& source : Sources()) {
    EXPECT_LE(static_cast<int>(source.lines.size()), kMaxFileLines) << source.path;
    for (size_t i = 0; i < source.lines.size(); ++i) {
      // Columns are code points, not bytes.
      const auto columns = std::count_if(source.lines[i].begin(), source.lines[i].end(),
                                         [](char c) { return (c & 0xC0) != 0x80; });
      // The table of reasons has one row a line.
      if (source.path == "ledger/reasons.h") continue;
      EXPECT_LE(static_cast<size_t>(columns), kMaxColumns) << source.path << ":" << i + 1;
    }
  }
}

// A function in this format begins in column 0 (or 2 inside a class) and ends with a brace there.
TEST(Architecture, FunctionsAreShort) {
  for (const Source& source : Sources()) {
    if (StartsWith(source.path, "tests/")) continue;
    for (const std::string indent : {"", "  "}) {
      size_t begin = 0;
      for (size_t i = 0; i < source.lines.size(); ++i) {
        const std::string& line = source.lines[i];
        const bool opens = StartsWith(line, indent) && line.size() > indent.size() &&
                           line[indent.size()] != ' ' && line.back() == '{' &&
                           line.find('(') != std::string::npos;
        if (opens) begin = i + 1;
        if (line == indent + "}" && begin > 0) {
          EXPECT_LE(i + 1 - begin, kMaxFunctionLines) << source.path << ":" << begin;
          begin = 0;
        }
      }
    }
  }
}

TEST(Architecture, EveryTestIsRegistered) {
  std::stringstream registered;
  for (const auto& entry : fs::recursive_directory_iterator("tests")) {
    if (entry.path().filename() == "CMakeLists.txt") {
      registered << std::ifstream(entry.path()).rdbuf();
    }
  }
  const std::string text = registered.str();
  for (const Source& source : Sources()) {
    if (!StartsWith(source.path, "tests/") || source.path.size() < 8 ||
        source.path.substr(source.path.size() - 8) != "_test.cc")
      continue;
    const std::string relative = source.path.substr(std::string("tests/").size());
    EXPECT_NE(text.find(relative), std::string::npos) << source.path << " is in no CMakeLists.txt";
  }
}

}  // namespace
