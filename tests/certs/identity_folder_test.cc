#include "certs/identity_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "certs/file.h"
#include "tests/certs/forge.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace plenary::certs {
namespace {

using plenary::testing::HasReason;
using plenary::testing::TempDir;
using testing::kNow;

class IdentityFolder : public ::testing::Test {
 protected:
  static Authority MakeCa(const std::string& member) {
    Secret key("");
    auto ca = Authority::Create({{member, "sti.brics.example"}}, kNow, key);
    EXPECT_OK(ca);
    return *std::move(ca);
  }
  IssuedIdentity Issue(absl::Duration validity = kIdentityValidity) const {
    const TlsIdentity node{"br", "sti.brics.example", TlsIdentity::Kind::kNode, "node-1"};
    auto issued = ca_.Issue({node, Algorithm::kEcdsaP256, validity}, kNow);
    EXPECT_OK(issued);
    return *std::move(issued);
  }
  absl::StatusOr<std::string> Install(const IssuedIdentity& identity, absl::Time now = kNow) const {
    return InstallIdentity(folder_, identity.key, identity.chain, {ca_.certificate()}, now);
  }
  std::string Current() const {
    return std::filesystem::read_symlink(folder_ + "/current").string();
  }

  TempDir dir_;
  std::string folder_ = dir_.File("tls");
  Authority ca_ = MakeCa("br");
};

TEST_F(IdentityFolder, InstallsAndReplacesAsOne) {
  const IssuedIdentity first = Issue();
  ASSERT_OK(Install(first));
  EXPECT_EQ(Current(), "v1");
  EXPECT_EQ(LoadIdentity(folder_)->chain, first.chain);
  const IssuedIdentity second = Issue();
  EXPECT_EQ(*Install(second), "v2");
  EXPECT_EQ(Current(), "v2");
  const auto loaded = LoadIdentity(folder_);
  ASSERT_OK(loaded);
  EXPECT_EQ(loaded->chain, second.chain);
  EXPECT_EQ(loaded->key.view(), second.key.view());
}

TEST_F(IdentityFolder, KeysAreTheOwnersAlone) {
  ASSERT_OK(Install(Issue()));
  struct stat found = {};
  ASSERT_EQ(stat((folder_ + "/current/key.pem").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600U);
  ASSERT_EQ(stat(folder_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 077, 0U);
}

TEST_F(IdentityFolder, KeepsTheVersionBeforeAndNoOlder) {
  for (int i = 0; i < 4; ++i) ASSERT_OK(Install(Issue()));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/v1"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/v2"));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/v3/key.pem"));
  EXPECT_EQ(Current(), "v4");
}

// What a crash left behind is neither in force nor in the way.
TEST_F(IdentityFolder, SurvivesLeftoversOfACrash) {
  ASSERT_OK(Install(Issue()));
  std::filesystem::create_directory(folder_ + "/v2");
  std::ofstream(folder_ + "/v2/key.pem") << "half a key";
  std::filesystem::create_symlink("v2", folder_ + "/.current.next");
  EXPECT_OK(LoadIdentity(folder_));
  EXPECT_EQ(*Install(Issue()), "v3");
  EXPECT_EQ(Current(), "v3");
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/v2"));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/v1"));
}

TEST_F(IdentityFolder, NeverRemovesWhatItDidNotWrite) {
  ASSERT_OK(Install(Issue()));
  std::ofstream(folder_ + "/v1/notes.txt") << "mine";
  for (int i = 0; i < 3; ++i) ASSERT_OK(Install(Issue()));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/v1/notes.txt"));
}

// Every refusal leaves the identity in force as it was.
TEST_F(IdentityFolder, ABadIdentityChangesNothing) {
  const IssuedIdentity good = Issue();
  ASSERT_OK(Install(good));
  const auto unchanged = [&] {
    EXPECT_EQ(Current(), "v1");
    EXPECT_FALSE(std::filesystem::exists(folder_ + "/v2"));
    EXPECT_EQ(LoadIdentity(folder_)->chain, good.chain);
  };
  const IssuedIdentity other = Issue();
  EXPECT_THAT(InstallIdentity(folder_, other.key, good.chain, {ca_.certificate()}, kNow),
              HasReason(Reason::BAD_CERTIFICATE));
  unchanged();
  EXPECT_THAT(Install(Issue(absl::Hours(1)), kNow + absl::Hours(2)),
              HasReason(Reason::CERTIFICATE_EXPIRED));
  unchanged();
  EXPECT_THAT(Install(good, kNow - absl::Hours(1)), HasReason(Reason::CERTIFICATE_NOT_YET_VALID));
  unchanged();
  EXPECT_THAT(InstallIdentity(folder_, good.key, good.chain, {MakeCa("br").certificate()}, kNow),
              HasReason(Reason::WRONG_ISSUER));
  unchanged();
  EXPECT_THAT(InstallIdentity(folder_, good.key, {}, {ca_.certificate()}, kNow),
              HasReason(Reason::NO_CERTIFICATE));
  unchanged();
  EXPECT_THAT(InstallIdentity(folder_, Secret("x"), good.chain, {ca_.certificate()}, kNow),
              HasReason(Reason::KEY_FILE));
  unchanged();
}

// A reader sees the old pair or the new one, at every moment of a replacement.
TEST_F(IdentityFolder, ReadersNeverSeeHalfAPair) {
  std::vector<IssuedIdentity> identities;
  for (int i = 0; i < 20; ++i) identities.push_back(Issue());
  ASSERT_OK(Install(identities[0]));
  std::atomic<bool> done = false;
  std::atomic<int> failures = 0;
  std::thread reader([&] {
    while (!done) failures += LoadIdentity(folder_).ok() ? 0 : 1;
  });
  for (const IssuedIdentity& identity : identities) EXPECT_OK(Install(identity));
  done = true;
  reader.join();
  EXPECT_EQ(failures, 0);
}

TEST_F(IdentityFolder, OneReplacementAtATime) {
  ASSERT_OK(Install(Issue()));
  const int held = open(folder_.c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  EXPECT_THAT(Install(Issue()), HasReason(Reason::BUSY));
  close(held);
  EXPECT_OK(Install(Issue()));
}

TEST_F(IdentityFolder, NoPlace) {
  const IssuedIdentity identity = Issue();
  EXPECT_THAT(
      InstallIdentity(dir_.File("no/tls"), identity.key, identity.chain, {ca_.certificate()}, kNow),
      HasReason(Reason::FILE_ACCESS));
  std::ofstream(dir_.File("file")) << "x";
  EXPECT_THAT(
      InstallIdentity(dir_.File("file"), identity.key, identity.chain, {ca_.certificate()}, kNow),
      HasReason(Reason::FILE_ACCESS));
  EXPECT_THAT(LoadIdentity(dir_.File("absent")), HasReason(Reason::FILE_ACCESS));
}

TEST_F(IdentityFolder, LoadRefusesAPairThatDoesNotMatch) {
  ASSERT_OK(Install(Issue()));
  std::filesystem::remove(folder_ + "/v1/key.pem");
  ASSERT_OK(CreateKeyFile(folder_ + "/v1/key.pem", Issue().key));
  EXPECT_THAT(LoadIdentity(folder_), HasReason(Reason::BAD_CERTIFICATE));
}

}  // namespace
}  // namespace plenary::certs
