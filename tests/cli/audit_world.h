// An export folder and the audits of it and of what it was exported from.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cli/audit/auditor.h"
#include "cli/audit/exporter.h"
#include "cli/audit/folder_source.h"
#include "tests/cli/memory_source.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace plenary::cli::testing {

// Four members; br's peers are in, cn, ru, and a quorum is two of them. One thread at a time.
class AuditWorldTest : public ::testing::Test {
 protected:
  AuditWorldTest() : source_(world_), console_{said_, said_, absl::UnixEpoch()} {}

  // The verdict on the only log that `source` has, or on br's first.
  LogVerdict Audit(LogSource& source, const AuditOptions& options = {}) {
    const std::vector<LogVerdict> all = AuditAll(source, options);
    return all.empty() ? LogVerdict() : all.front();
  }
  std::vector<LogVerdict> AuditAll(LogSource& source, const AuditOptions& options = {}) {
    const auto files = source.Trust();
    const auto heads = source.Logs();
    EXPECT_OK(files);
    EXPECT_OK(heads);
    if (!files.ok() || !heads.ok()) return {};
    auto trust = MakeTrustBook(*files);
    EXPECT_OK(trust);
    auto verdicts = AuditLogs(source, *trust, *heads, options, console_);
    EXPECT_OK(verdicts);
    return verdicts.ok() ? *std::move(verdicts) : std::vector<LogVerdict>();
  }
  LogVerdict AuditFolder(const AuditOptions& options = {}) {
    FolderSource folder(Dir());
    return Audit(folder, options);
  }

  absl::StatusOr<std::vector<ExportedLog>> Export(RecordsToExport records = RecordsToExport::kAll,
                                                  bool refresh = false) {
    const auto files = source_.Trust();
    auto trust = MakeTrustBook(*files);
    EXPECT_OK(trust);
    const ExportOptions options{.folder = Dir(), .records = records, .refresh = refresh};
    return ExportLogs(source_, *files, *trust, *source_.Logs(), options, console_);
  }
  // An export that works, of one log.
  ExportedLog ExportOne(RecordsToExport records = RecordsToExport::kAll, bool refresh = false) {
    const auto exported = Export(records, refresh);
    EXPECT_OK(exported);
    if (!exported.ok() || exported->size() != 1) return {};
    EXPECT_OK(exported->front().status);
    EXPECT_OK(exported->front().final);
    return exported->front();
  }

  // Adds meetings to br's log until it has so many leaves, and finishes it.
  void Grow(uint64_t leaves) {
    for (uint64_t i = source_.Of("br").leaves.size(); i < leaves; ++i) {
      source_.AddMeeting("br", "m-" + std::to_string(i));
    }
    source_.Finish("br", {"in", "ru"});
  }

  std::string Dir() const { return dir_.path() + "/export"; }
  std::string LogDir() const { return Dir() + "/" + world_.Origin("br"); }
  std::string File(const std::string& name) const { return LogDir() + "/" + name; }
  bool Has(const std::string& name) const { return std::filesystem::exists(File(name)); }
  std::string Read(const std::string& name) const {
    std::ifstream in(File(name), std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  }
  void Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(File(name), std::ios::binary | std::ios::trunc) << bytes;
  }
  // Changes one bit of a file.
  void Flip(const std::string& name, size_t at) const {
    std::string bytes = Read(name);
    ASSERT_LT(at, bytes.size()) << name;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    Write(name, bytes);
  }

  // All files below the log's folder, with what tells a rewritten file from one left alone.
  std::map<std::string, ino_t> Files() const {
    std::map<std::string, ino_t> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(LogDir())) {
      if (!entry.is_regular_file()) continue;
      struct stat found = {};
      EXPECT_EQ(stat(entry.path().c_str(), &found), 0);
      files[std::filesystem::relative(entry.path(), LogDir()).string()] = found.st_ino;
    }
    return files;
  }

  plenary::testing::World world_{4};
  MemorySource source_;
  plenary::testing::TempDir dir_;
  std::ostringstream said_;
  Console console_;
};

}  // namespace plenary::cli::testing
