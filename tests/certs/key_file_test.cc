#include "certs/key_file.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "certs/file.h"
#include "tests/certs/forge.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace plenary::certs {
namespace {

using plenary::testing::HasReason;
using plenary::testing::TempDir;

mode_t ModeOf(const std::string& path) {
  struct stat found = {};
  EXPECT_EQ(lstat(path.c_str(), &found), 0);
  return found.st_mode & 07777;
}

void Write(const std::string& path, absl::string_view bytes, mode_t mode) {
  std::ofstream(path) << bytes;
  ASSERT_EQ(chmod(path.c_str(), mode), 0);
}

TEST(KeyFile, RoundTripsBothKinds) {
  const TempDir dir;
  for (const Algorithm algorithm : {Algorithm::kEd25519, Algorithm::kEcdsaP256}) {
    const std::string path = dir.File(std::to_string(static_cast<int>(algorithm)));
    const Secret pem = GenerateKey(algorithm);
    ASSERT_OK(CreateKeyFile(path, pem));
    EXPECT_EQ(ReadKeyFile(path)->view(), pem.view());
    EXPECT_OK(LoadKey(path));
    const auto signer = LoadSigner(path);
    ASSERT_OK(signer);
    EXPECT_EQ((*signer)->public_key().algorithm(), algorithm);
    EXPECT_OK((*signer)->public_key().Verify("m", (*signer)->Sign("m")));
  }
}

// A key that was readable for a moment is a stolen key, whatever the umask says.
TEST(KeyFile, IsItsOwnersAloneUnderEveryUmask) {
  const TempDir dir;
  const Secret pem = GenerateKey(Algorithm::kEd25519);
  for (const mode_t mask : {0, 022, 0777}) {
    const std::string path = dir.File(std::to_string(mask));
    const mode_t before = umask(mask);
    const absl::Status created = CreateKeyFile(path, pem);
    umask(before);
    ASSERT_OK(created);
    EXPECT_EQ(ModeOf(path), 0600U) << mask;
  }
}

TEST(KeyFile, NeverReplacesAnything) {
  const TempDir dir;
  const Secret pem = GenerateKey(Algorithm::kEd25519);
  Write(dir.File("key"), "precious", 0600);
  EXPECT_THAT(CreateKeyFile(dir.File("key"), pem), HasReason(Reason::FILE_EXISTS));
  EXPECT_EQ(*ReadFile(dir.File("key")), "precious");
  // A link that leads nowhere would let its maker choose where the key goes.
  ASSERT_EQ(symlink(dir.File("elsewhere").c_str(), dir.File("link").c_str()), 0);
  EXPECT_THAT(CreateKeyFile(dir.File("link"), pem), HasReason(Reason::FILE_EXISTS));
  EXPECT_NE(access(dir.File("elsewhere").c_str(), F_OK), 0);
}

TEST(KeyFile, NoFolder) {
  const TempDir dir;
  EXPECT_THAT(CreateKeyFile(dir.File("no/key"), GenerateKey(Algorithm::kEd25519)),
              HasReason(Reason::FILE_ACCESS));
}

TEST(KeyFile, RefusesWhatOthersMayTouch) {
  const TempDir dir;
  const Secret pem = GenerateKey(Algorithm::kEd25519);
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0610, 0601, 0644, 0666}) {
    const std::string path = dir.File("key");
    Write(path, pem.view(), mode);
    const auto read = ReadKeyFile(path);
    EXPECT_THAT(read, HasReason(Reason::KEY_FILE)) << mode;
    EXPECT_NE(read.status().message().find(path), absl::string_view::npos);
  }
  for (const mode_t mode : {0600, 0400, 0700}) {
    Write(dir.File("key"), pem.view(), mode);
    EXPECT_OK(ReadKeyFile(dir.File("key"))) << mode;
  }
}

TEST(KeyFile, JudgesWhatALinkLeadsTo) {
  const TempDir dir;
  const Secret pem = GenerateKey(Algorithm::kEd25519);
  Write(dir.File("key"), pem.view(), 0600);
  ASSERT_EQ(symlink("key", dir.File("link").c_str()), 0);
  EXPECT_OK(ReadKeyFile(dir.File("link")));
  ASSERT_EQ(chmod(dir.File("key").c_str(), 0644), 0);
  EXPECT_THAT(ReadKeyFile(dir.File("link")), HasReason(Reason::KEY_FILE));
}

TEST(KeyFile, RefusesWhatIsNoFile) {
  const TempDir dir;
  EXPECT_THAT(ReadKeyFile(dir.File("absent")), HasReason(Reason::FILE_ACCESS));
  EXPECT_THAT(ReadKeyFile(dir.path()), HasReason(Reason::KEY_FILE));
  ASSERT_EQ(mkfifo(dir.File("pipe").c_str(), 0600), 0);
  EXPECT_THAT(ReadKeyFile(dir.File("pipe")), HasReason(Reason::KEY_FILE));
  EXPECT_THAT(ReadKeyFile("/dev/zero"), HasReason(Reason::KEY_FILE));
  Write(dir.File("large"), std::string(100'000, 'x'), 0600);
  EXPECT_THAT(ReadKeyFile(dir.File("large")), HasReason(Reason::KEY_FILE));
}

// Runs `body` as the user `user`, who keeps root's capabilities (a service may have one that opens
// every file), and gives back whether it returned true. Root only.
bool AsUser(uid_t user, const std::function<bool()>& body) {
  constexpr unsigned long kNoSetuidFixup = 4;
  const pid_t child = fork();
  if (child == 0) {
    _exit(prctl(PR_SET_SECUREBITS, kNoSetuidFixup) == 0 && seteuid(user) == 0 && body() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(KeyFile, RefusesAnotherUsersFile) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make files for others";
  const TempDir dir;
  constexpr uid_t kNode = 1001;
  constexpr uid_t kOther = 1002;
  ASSERT_EQ(chmod(dir.path().c_str(), 0755), 0);
  const Secret pem = GenerateKey(Algorithm::kEd25519);
  const std::string path = dir.File("key");
  Write(path, pem.view(), 0600);
  ASSERT_EQ(chown(path.c_str(), kOther, kOther), 0);
  EXPECT_TRUE(
      AsUser(kNode, [&] { return ReasonOf(ReadKeyFile(path).status()) == Reason::KEY_FILE; }));
  EXPECT_TRUE(AsUser(kOther, [&] { return ReadKeyFile(path).ok(); }));
  EXPECT_OK(ReadKeyFile(path)) << "root may use anybody's";
}

TEST(ParseKey, RefusesWhatIsNoPlainPkcs8OfOurKinds) {
  const auto refused = [](const std::string& pem) {
    EXPECT_THAT(ParseKey(pem), HasReason(Reason::KEY_FILE)) << pem.substr(0, 40);
  };
  const Secret good = GenerateKey(Algorithm::kEcdsaP256);
  const std::string pem(good.view());
  refused("");
  refused("garbage");
  refused(" " + pem);
  refused(pem + "garbage");
  refused(pem + pem);
  refused(pem.substr(0, pem.size() / 2));
  refused(std::string(pem).replace(40, 1, "*"));
  EXPECT_OK(ParseKey(pem + "\n"));
  for (const auto kind : {testing::KeyKind::kRsa2048, testing::KeyKind::kSecp256k1}) {
    refused(testing::KeyPem(*testing::ForgeKey(kind)));
  }
  const EvpKeyPtr key = testing::ForgeKey(testing::KeyKind::kP256);
  const BioPtr sec1(BIO_new(BIO_s_mem()));
  ASSERT_EQ(PEM_write_bio_PrivateKey_traditional(sec1.get(), key.get(), nullptr, nullptr, 0,
                                                 nullptr, nullptr),
            1);
  const BioPtr encrypted(BIO_new(BIO_s_mem()));
  ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(encrypted.get(), key.get(), EVP_aes_256_cbc(), "pass", 4,
                                          nullptr, nullptr),
            1);
  for (const BioPtr* bio : {&sec1, &encrypted}) {
    char* data = nullptr;
    const long bytes = BIO_get_mem_data(bio->get(), &data);
    refused(std::string(data, static_cast<size_t>(bytes)));
  }
}

TEST(ParseKey, ErrorsNeverShowTheKey) {
  std::string pem(GenerateKey(Algorithm::kEd25519).view());
  const std::string body = pem.substr(28, 64);
  pem.replace(30, 2, "**");
  const auto error = ParseKey(pem);
  EXPECT_EQ(error.status().message().find(body.substr(8, 12)), absl::string_view::npos);
}

TEST(Secret, IsGoneAfterAMove) {
  Secret first(std::string(100, 's'));
  const Secret second(std::move(first));
  EXPECT_EQ(second.view(), std::string(100, 's'));
  EXPECT_TRUE(first.view().empty());  // NOLINT: what is left is the point
  Secret third("short");
  third = Secret("other");
  EXPECT_EQ(third.view(), "other");
}

TEST(FolderOf, NamesTheFolder) {
  EXPECT_EQ(FolderOf("a"), ".");
  EXPECT_EQ(FolderOf("a/b"), "a");
  EXPECT_EQ(FolderOf("a/b/"), "a");
  EXPECT_EQ(FolderOf("/a"), "/");
  EXPECT_EQ(FolderOf("/a/b"), "/a");
  EXPECT_EQ(FolderOf("/"), "/");
  EXPECT_EQ(FolderOf(""), ".");
}

}  // namespace
}  // namespace plenary::certs
