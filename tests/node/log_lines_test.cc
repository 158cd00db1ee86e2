// The log is what an administrator and an investigator read: a peer that can forge, hide or break a
// line, or fill the disk, would own it.
#include "node/log_lines.h"

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

#include "ledger/status.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace plenary::node {
namespace {

class FixedClock : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixMillis(1795514400123); }
  int64_t MonotonicMs() const override { return now_ms; }
  int64_t now_ms = 1000;
};

class LogLinesTest : public ::testing::Test {
 protected:
  std::unique_ptr<LogLines> Open(LogLevel least = LogLevel::kDebug) {
    auto log = LogLines::Open(path_, least, &clock_);
    EXPECT_OK(log);
    return *std::move(log);
  }
  std::vector<nlohmann::json> Lines() const {
    std::vector<nlohmann::json> lines;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
      lines.push_back(nlohmann::json::parse(line));
    }
    return lines;
  }

  testing::TempDir folder_;
  std::string path_ = folder_.path() + "/node.log";
  FixedClock clock_;
};

TEST_F(LogLinesTest, WritesOneJsonObjectPerEvent) {
  Open()->Write(LogLevel::kInfo, "link_up",
                {{"member", "br"}, {"size", uint64_t{1} << 63}, {"lag", -3}, {"dialled", true}});
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["time"], "2026-11-24T10:00:00.123Z");
  EXPECT_EQ(lines[0]["level"], "info");
  EXPECT_EQ(lines[0]["event"], "link_up");
  EXPECT_EQ(lines[0]["member"], "br");
  EXPECT_EQ(lines[0]["size"], uint64_t{1} << 63);
  EXPECT_EQ(lines[0]["lag"], -3);
  EXPECT_EQ(lines[0]["dialled"], true);
}

TEST_F(LogLinesTest, HostileBytesNeverBreakOrForgeALine) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  Open()->Write(LogLevel::kWarning, "refused",
                {{"name", "a\"}\n{\"event\":\"forged\"}"}, {"bytes", every_byte}});
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 1u) << "a newline in a value made a second line";
  EXPECT_EQ(lines[0]["event"], "refused");
  EXPECT_EQ(lines[0]["name"], "a\"}\n{\"event\":\"forged\"}");
}

TEST_F(LogLinesTest, MarksThatDeceiveTheEyeAreEscaped) {
  std::string out;
  AppendJsonText("x\u202egnp.exe\u200b\u2028\x1b[2J\u009b", out);
  EXPECT_EQ(out, "\"x\\u202egnp.exe\\u200b\\u2028\\u001b[2J\\u009b\"");
  out.clear();
  AppendJsonText("São Paulo — 北京", out);
  EXPECT_EQ(out, "\"São Paulo — 北京\"") << "honest text must stay readable";
}

TEST_F(LogLinesTest, CutsLongTexts) {
  std::string out;
  AppendJsonText(std::string(1 << 20, 'x'), out);
  EXPECT_LE(out.size(), kLogTextBytes + 16);
}

TEST_F(LogLinesTest, DropsWhatIsBelowTheLevel) {
  const auto log = Open(LogLevel::kWarning);
  log->Write(LogLevel::kInfo, "quiet");
  log->Write(LogLevel::kError, "loud");
  ASSERT_EQ(Lines().size(), 1u);
  EXPECT_EQ(Lines()[0]["event"], "loud");
}

TEST_F(LogLinesTest, AStatusBringsReasonAndRemedy) {
  Open()->WriteStatus(LogLevel::kError, "dial_failed",
                      MakeError(Reason::WRONG_ISSUER, "issuer: expected br's, got in's"));
  const auto line = Lines().at(0);
  EXPECT_EQ(line["reason"], "WRONG_ISSUER");
  EXPECT_EQ(line["text"], "issuer: expected br's, got in's");
  EXPECT_EQ(line["remedy"], RowOf(Reason::WRONG_ISSUER).remedy);
}

TEST_F(LogLinesTest, AFloodIsLimitedAndCounted) {
  const auto log = Open();
  const absl::Status status = MakeError(Reason::NO_CERTIFICATE, "none");
  for (int i = 0; i < 500; ++i) log->WriteLimited(LogLevel::kWarning, "refused", status);
  EXPECT_EQ(Lines().size(), LogLines::kLimitedLines);
  log->WriteLimited(LogLevel::kWarning, "other", status);
  EXPECT_EQ(Lines().size(), LogLines::kLimitedLines + 1) << "one event's flood silenced another";
  clock_.now_ms += LogLines::kLimitedMs;
  log->WriteLimited(LogLevel::kWarning, "refused", status);
  EXPECT_EQ(Lines().back()["left_out_before"], 500 - LogLines::kLimitedLines);
}

TEST_F(LogLinesTest, ThreadsDoNotMixTheirLines) {
  const auto log = Open();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        log->Write(LogLevel::kInfo, "busy", {{"text", std::string(300, 'y')}});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Lines().size(), 800u);
}

TEST_F(LogLinesTest, ReopenFollowsARotation) {
  const auto log = Open();
  log->Write(LogLevel::kInfo, "before");
  ASSERT_EQ(std::rename(path_.c_str(), (path_ + ".1").c_str()), 0);
  ASSERT_OK(log->Reopen());
  log->Write(LogLevel::kInfo, "after");
  ASSERT_EQ(Lines().size(), 1u);
  EXPECT_EQ(Lines()[0]["event"], "after");
}

TEST_F(LogLinesTest, AFileThatCannotBeOpenedIsAnError) {
  EXPECT_THAT(LogLines::Open("/nowhere/at/all.log", LogLevel::kInfo, &clock_).status(),
              testing::HasReason(Reason::BAD_CONFIG));
}

TEST_F(LogLinesTest, LinesThatAFullDiskSwallowsAreCounted) {
  auto log = LogLines::Open("/dev/full", LogLevel::kInfo, &clock_);
  ASSERT_OK(log);
  (*log)->Write(LogLevel::kInfo, "lost");  // must neither block nor stop the node
}

}  // namespace
}  // namespace plenary::node
