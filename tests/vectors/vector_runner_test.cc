#include "tests/vectors/vector_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace plenary::vectors {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class VectorRunnerTest : public ::testing::Test {
 protected:
  VectorRunnerTest()
      : root_(fs::path(::testing::TempDir()) /
              ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(root_);
    fs::create_directories(root_ / "deep" / "er");
    table_["even"] = [](const nlohmann::json& c, const std::string&) {
      if (c.at("number") == 7) return Verdict::NotOurs("sevens");
      return Expect(c, c.at("number").get<int>() % 2 == 0, "it is odd");
    };
  }
  ~VectorRunnerTest() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) const {
    std::ofstream(root_ / path) << text;
  }
  std::string Run() {
    std::ostringstream out;
    Runner runner(table_, out);
    runner.RunFolder(root_);
    runner.PrintSummary();
    passed_ = runner.passed();
    failed_ = runner.failed();
    found_any_ = runner.found_any();
    return out.str();
  }

  const fs::path root_;
  KindTable table_;
  int passed_ = 0;
  int failed_ = 0;
  bool found_any_ = false;
};

TEST_F(VectorRunnerTest, CountsCasesAndExplainsTheOnesThatFail) {
  Write("deep/er/even.json", R"({"kind": "even", "cases": [
      {"name": "two", "number": 2, "expect": "accept"},
      {"name": "three", "number": 3, "expect": "reject"},
      {"name": "five", "number": 5, "expect": "accept"}]})");
  const std::string out = Run();
  EXPECT_THAT(out, HasSubstr("deep/er/even.json: 2 passed, 1 failed\n"));
  EXPECT_THAT(out, HasSubstr("case 2: five: expected accept, got reject: it is odd\n"));
  EXPECT_THAT(out, EndsWith("\n2 passed, 1 failed\n"));
}

TEST_F(VectorRunnerTest, WhatIsNotOursIsCountedByKindHoweverManyItsCasesAre) {
  Write("a.json", R"({"kind": "odd", "cases": [{}, {}, {}]})");
  Write("b.json", R"({"kind": "even", "cases": [{"number": 7}, {"number": 7},
      {"number": 2, "expect": "accept"}]})");
  const std::string out = Run();
  EXPECT_THAT(out, HasSubstr("skipped: kind odd, 3 cases\n"));
  EXPECT_THAT(out, HasSubstr("skipped: kind sevens, 2 cases\n"));
  EXPECT_THAT(out, EndsWith("\n1 passed, 0 failed, 2 skipped\n"));
}

TEST_F(VectorRunnerTest, AMalformedCaseOrFileFailsAndHidesNothingElse) {
  Write("a.json", "{\"kind\": \"even\", \"cases\": [");
  Write("b.json", R"({"kind": "even", "cases": [{"expect": "accept"}, 3,
      {"number": 2, "expect": "accept"}]})");
  Write("c.json", R"({"kind": "even"})");
  Run();
  EXPECT_EQ(passed_, 1);
  EXPECT_EQ(failed_, 4);
}

TEST_F(VectorRunnerTest, WycheproofsOwnLayoutIsRead) {
  table_["wycheproof-EVEN"] = [](const nlohmann::json& c, const std::string&) {
    return Expect(c, c.at("public_key").at("pk") == c.at("sig"), "");
  };
  Write("w.json", R"({"algorithm": "EVEN", "testGroups": [{"publicKey": {"pk": "x"}, "tests": [
      {"tcId": 1, "sig": "x", "result": "valid"}, {"tcId": 2, "sig": "y", "result": "invalid"},
      {"tcId": 3, "sig": "y", "result": "valid"}]}]})");
  EXPECT_THAT(Run(), HasSubstr("case 2: tcId 3"));
  EXPECT_EQ(passed_, 2);
  EXPECT_EQ(failed_, 1);
}

TEST_F(VectorRunnerTest, AFolderWithoutVectorsIsNoSuccess) {
  Write("data.json", "[1, 2]");
  Write("other.json", R"({"name": "no vectors"})");
  Run();
  EXPECT_FALSE(found_any_);
}

}  // namespace
}  // namespace plenary::vectors
