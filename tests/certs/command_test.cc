// plenary cert, as an administrator uses it.
#include "certs/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "certs/authority_folder.h"
#include "certs/file.h"
#include "certs/identity_folder.h"
#include "certs/member_identity.h"
#include "tests/certs/forge.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace plenary::certs {
namespace {

using ::testing::HasSubstr;
using testing::kNow;
using ::testing::Not;

class CertCommand : public ::testing::Test {
 protected:
  int MakeCa(const std::string& folder = "ca", const std::string& member = "br") {
    CertCaOptions options;
    options.folder = dir_.File(folder);
    options.federation = "sti.brics.example";
    options.member = member;
    options.now = kNow;
    return CertCa(options, Fresh(out_), Fresh(err_));
  }
  CertIssueOptions IssueOptions(const std::string& folder, const std::string& name) {
    CertIssueOptions options;
    options.authority = dir_.File("ca");
    options.folder = dir_.File(folder);
    options.name = name;
    options.now = kNow;
    return options;
  }
  int MakeNode(const std::string& folder = "node") {
    return CertNode(IssueOptions(folder, "node-1"), Fresh(out_), Fresh(err_));
  }
  int Renew(bool keep_key, absl::Time now = kNow, const std::string& authority = "ca") {
    CertRenewOptions options;
    options.authority = dir_.File(authority);
    options.folder = dir_.File("node");
    options.keep_key = keep_key;
    options.now = now;
    return CertRenew(options, Fresh(out_), Fresh(err_));
  }
  int Show(const std::vector<std::string>& paths, absl::Time now = kNow) {
    CertShowOptions options;
    for (const std::string& path : paths) options.paths.push_back(dir_.File(path));
    options.now = now;
    return CertShow(options, Fresh(out_), Fresh(err_));
  }
  Certificate Leaf() { return LoadIdentity(dir_.File("node"))->chain.front(); }

  static std::ostream& Fresh(std::ostringstream& stream) {
    stream.str("");
    return stream;
  }

  plenary::testing::TempDir dir_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CertCommand, FromNothingToANodeAndAnOperator) {
  ASSERT_EQ(MakeCa(), 0) << err_.str();
  ASSERT_EQ(MakeNode(), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("spiffe://br.sti.brics.example/node/node-1"));
  ASSERT_EQ(CertOperator(IssueOptions("alice", "alice"), Fresh(out_), Fresh(err_)), 0)
      << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("spiffe://br.sti.brics.example/operator/alice"));
  EXPECT_EQ(err_.str(), "");
  struct stat found = {};
  ASSERT_EQ(stat(dir_.File("ca/ca-key.pem").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600U);
}

TEST_F(CertCommand, NothingIsOverwritten) {
  ASSERT_EQ(MakeCa(), 0);
  const std::string key = *ReadFile(dir_.File("ca/ca-key.pem"));
  EXPECT_EQ(MakeCa(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[FILE_EXISTS]"));
  EXPECT_THAT(err_.str(), HasSubstr("remedy: "));
  EXPECT_EQ(*ReadFile(dir_.File("ca/ca-key.pem")), key);
  ASSERT_EQ(MakeNode(), 0);
  const Certificate before = Leaf();
  EXPECT_EQ(MakeNode(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("plenary cert renew"));
  EXPECT_EQ(Leaf(), before);
}

// A CA certificate that is there already must not end up beside another key.
TEST_F(CertCommand, ACaIsMadeAsAWholeOrNotAtAll) {
  std::filesystem::create_directory(dir_.File("ca"));
  std::ofstream(dir_.File("ca/ca.pem")) << "mine";
  EXPECT_EQ(MakeCa(), 1);
  EXPECT_FALSE(std::filesystem::exists(dir_.File("ca/ca-key.pem")));
  EXPECT_EQ(*ReadFile(dir_.File("ca/ca.pem")), "mine");
}

TEST_F(CertCommand, OfflineRootAndIntermediate) {
  CertCaOptions root;
  root.folder = dir_.File("root");
  root.federation = "sti.brics.example";
  root.member = "br";
  root.allow_intermediate = true;
  root.now = kNow;
  ASSERT_EQ(CertCa(root, out_, err_), 0) << err_.str();
  CertCaOptions intermediate;
  intermediate.folder = dir_.File("ca");
  intermediate.parent = dir_.File("root");
  intermediate.now = kNow;
  ASSERT_EQ(CertCa(intermediate, out_, err_), 0) << err_.str();
  ASSERT_EQ(MakeNode(), 0) << err_.str();
  const auto identity = LoadIdentity(dir_.File("node"));
  ASSERT_OK(identity);
  EXPECT_EQ(identity->chain.size(), 2U);
  const auto issuer = LoadAuthority(dir_.File("root"));
  ASSERT_OK(issuer);
  EXPECT_OK(JudgeOwnIdentity(identity->key, identity->chain, {issuer->certificate()}, kNow));
  EXPECT_EQ(Renew(false), 0) << err_.str();
}

TEST_F(CertCommand, RenewMakesANewKeyAndSwapsAtOnce) {
  ASSERT_EQ(MakeCa(), 0);
  ASSERT_EQ(MakeNode(), 0);
  const Certificate before = Leaf();
  ASSERT_EQ(Renew(false, kNow + absl::Hours(24 * 300)), 0) << err_.str();
  const Certificate after = Leaf();
  EXPECT_EQ(after.alternative_names(), before.alternative_names());
  EXPECT_NE(after.spki_digest(), before.spki_digest());
  EXPECT_GT(after.not_after(), before.not_after());
  // What to revoke if the old key was stolen.
  EXPECT_THAT(out_.str(), HasSubstr(before.spki_digest().Hex()));
}

TEST_F(CertCommand, RenewMayKeepTheKey) {
  ASSERT_EQ(MakeCa(), 0);
  ASSERT_EQ(MakeNode(), 0);
  const Certificate before = Leaf();
  ASSERT_EQ(Renew(true, kNow + absl::Hours(24 * 300)), 0) << err_.str();
  EXPECT_EQ(Leaf().spki_digest(), before.spki_digest());
  EXPECT_NE(Leaf(), before);
}

TEST_F(CertCommand, RenewWorksAfterTheEnd) {
  ASSERT_EQ(MakeCa(), 0);
  ASSERT_EQ(MakeNode(), 0);
  EXPECT_EQ(Renew(false, kNow + absl::Hours(24 * 1000)), 0) << err_.str();
}

TEST_F(CertCommand, RenewKeepsTheKindOfKey) {
  ASSERT_EQ(MakeCa(), 0);
  CertIssueOptions options = IssueOptions("node", "node-1");
  options.algorithm = Algorithm::kEd25519;
  ASSERT_EQ(CertNode(options, out_, err_), 0);
  ASSERT_EQ(Renew(false), 0);
  EXPECT_EQ(Leaf().KeyText(), "Ed25519");
}

TEST_F(CertCommand, RenewUnderAnotherMembersCaChangesNothing) {
  ASSERT_EQ(MakeCa(), 0);
  ASSERT_EQ(MakeCa("ru", "ru"), 0);
  ASSERT_EQ(MakeNode(), 0);
  const Certificate before = Leaf();
  EXPECT_EQ(Renew(false, kNow, "ru"), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[WRONG_IDENTITY]"));
  EXPECT_EQ(Leaf(), before);
}

TEST_F(CertCommand, CutShortByItsCaIsSaid) {
  CertCaOptions ca;
  ca.folder = dir_.File("ca");
  ca.federation = "sti.brics.example";
  ca.member = "br";
  ca.days = 10;
  ca.now = kNow;
  ASSERT_EQ(CertCa(ca, out_, err_), 0);
  ASSERT_EQ(MakeNode(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("note: it ends with its CA"));
}

TEST_F(CertCommand, ShowsFilesFoldersAndCas) {
  ASSERT_EQ(MakeCa(), 0);
  ASSERT_EQ(MakeNode(), 0);
  for (const char* path : {"node", "node/current/cert.pem", "ca", "ca/ca.pem"}) {
    EXPECT_EQ(Show({path}), 0) << path << err_.str();
    EXPECT_THAT(out_.str(), HasSubstr("fingerprint")) << path;
    EXPECT_THAT(out_.str(), HasSubstr("days left")) << path;
  }
  EXPECT_EQ(Show({"node"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr(Leaf().spki_digest().Hex()));
}

TEST_F(CertCommand, ShowWarnsBeforeTheEnd) {
  ASSERT_EQ(MakeCa(), 0);
  ASSERT_EQ(MakeNode(), 0);
  const absl::Time end = Leaf().not_after();
  EXPECT_EQ(Show({"node"}, end - absl::Hours(24 * 32)), 0);
  EXPECT_EQ(err_.str(), "");
  EXPECT_EQ(Show({"node"}, end - absl::Hours(24 * 30)), 0);
  EXPECT_THAT(err_.str(), HasSubstr("ends in 30 days"));
  EXPECT_THAT(err_.str(), Not(HasSubstr("NOW")));
  EXPECT_EQ(Show({"node"}, end - absl::Hours(24 * 7)), 0);
  EXPECT_THAT(err_.str(), HasSubstr("NOW"));
  EXPECT_THAT(err_.str(), HasSubstr("plenary cert renew"));
  EXPECT_EQ(Show({"node"}, end), 1);
  EXPECT_THAT(err_.str(), HasSubstr("expired"));
}

TEST_F(CertCommand, ShowGoesOnAfterABadPath) {
  ASSERT_EQ(MakeCa(), 0);
  EXPECT_EQ(Show({"absent", "ca"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[FILE_ACCESS]"));
  EXPECT_THAT(out_.str(), HasSubstr("br TLS CA"));
}

TEST_F(CertCommand, BadWordsAreRefusedWithTheRemedy) {
  EXPECT_EQ(MakeCa("ca", "BR"), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[BAD_NAME]"));
  EXPECT_FALSE(std::filesystem::exists(dir_.File("ca")));
  EXPECT_EQ(MakeNode(), 1) << "no CA";
  EXPECT_THAT(err_.str(), HasSubstr("[FILE_ACCESS]"));
  ASSERT_EQ(MakeCa(), 0);
  EXPECT_EQ(CertNode(IssueOptions("node", "No De"), Fresh(out_), Fresh(err_)), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[BAD_NAME]"));
  for (const int64_t days : {int64_t{0}, int64_t{-1}, int64_t{100'000}, INT64_MAX}) {
    CertIssueOptions options = IssueOptions("node", "node-1");
    options.days = days;
    EXPECT_EQ(CertNode(options, Fresh(out_), Fresh(err_)), 1) << days;
    EXPECT_THAT(err_.str(), HasSubstr("[BAD_REQUEST]"));
  }
  EXPECT_FALSE(std::filesystem::exists(dir_.File("node")));
}

// A CA key that others can read is no CA key.
TEST_F(CertCommand, RefusesACaWhoseKeyOthersCanRead) {
  ASSERT_EQ(MakeCa(), 0);
  ASSERT_EQ(chmod(dir_.File("ca/ca-key.pem").c_str(), 0644), 0);
  EXPECT_EQ(MakeNode(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[KEY_FILE]"));
  EXPECT_THAT(err_.str(), HasSubstr("0600"));
}

}  // namespace
}  // namespace plenary::certs
