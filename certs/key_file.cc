#include "certs/key_file.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "certs/file.h"
#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary::certs {
namespace {

constexpr mode_t kKeyMode = 0600;
constexpr mode_t kGroupAndOthers = 077;
constexpr size_t kMaxKeyBytes = size_t{64} << 10;

absl::Status BadKeyFile(absl::string_view path, absl::string_view what) {
  return MakeError(Reason::KEY_FILE, absl::StrCat("key file \"", path, "\": ", what),
                   {{"path", path}});
}

int NoPassphrase(char*, int, int, void*) { return -1; }

absl::Status CheckKeyFile(const std::string& path, const struct stat& found) {
  if (!S_ISREG(found.st_mode)) return BadKeyFile(path, "expected a regular file");
  if ((found.st_mode & kGroupAndOthers) != 0) {
    return BadKeyFile(
        path, absl::StrFormat("expected mode 0600 or stricter, got %04o", found.st_mode & 07777));
  }
  const uid_t user = geteuid();
  if (user != 0 && found.st_uid != user && found.st_uid != 0) {
    return BadKeyFile(
        path, absl::StrCat("expected owner ", user, " (this user), got owner ", found.st_uid));
  }
  if (static_cast<size_t>(found.st_size) > kMaxKeyBytes) {
    return BadKeyFile(path,
                      absl::StrCat("expected a PEM of one key, got ", found.st_size, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    Wipe();
    bytes_ = std::move(other.bytes_);
    other.Wipe();
  }
  return *this;
}

void Secret::Wipe() {
  // A string that was moved from may still hold the bytes in its capacity.
  bytes_.resize(bytes_.capacity());
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
  bytes_.clear();
}

Secret GenerateKey(Algorithm algorithm) { return Secret(GeneratePrivateKeyPem(algorithm)); }

absl::StatusOr<EvpKeyPtr> ParseKey(absl::string_view pem) {
  const auto bad = [](absl::string_view got) {
    return MakeError(Reason::KEY_FILE,
                     absl::StrCat("private key: expected an unencrypted PKCS#8 PEM of an Ed25519 "
                                  "or P-256 key, got ",
                                  got));
  };
  if (absl::StartsWith(pem, "-----BEGIN ENCRYPTED PRIVATE KEY-----")) {
    return bad("an encrypted one");
  }
  if (!absl::StartsWith(pem, "-----BEGIN PRIVATE KEY-----")) {
    return bad("something else (openssl pkcs8 -topk8 -nocrypt converts other PEM keys)");
  }
  constexpr absl::string_view kEnd = "-----END PRIVATE KEY-----";
  const size_t end = pem.find(kEnd);
  if (end == absl::string_view::npos) return bad("a PEM without its end");
  if (!absl::StripAsciiWhitespace(pem.substr(end + kEnd.size())).empty()) {
    return bad("something more behind the key");
  }
  const OpenSslErrors errors;
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CHECK(bio != nullptr);
  EvpKeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) return bad("bytes that do not decode");
  if (EVP_PKEY_is_a(key.get(), "ED25519") == 1) return key;
  char group[32] = "";
  if (EVP_PKEY_is_a(key.get(), "EC") == 1 &&
      EVP_PKEY_get_group_name(key.get(), group, sizeof group, nullptr) == 1 &&
      absl::string_view(group) == "prime256v1") {
    return key;
  }
  return bad("a key of another kind");
}

absl::Status CreateKeyFile(const std::string& path, const Secret& pem) {
  return CreateFile(path, pem.view(), kKeyMode);
}

absl::StatusOr<Secret> ReadKeyFile(const std::string& path) {
  // Not blocking: a pipe in the key's place would never open.
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat found = {};
  if (!file.ok() || fstat(file.get(), &found) != 0) return FileError("key file", path, errno);
  RETURN_IF_ERROR(CheckKeyFile(path, found));
  std::string bytes(static_cast<size_t>(found.st_size), '\0');
  const bool read = ReadAll(file.get(), bytes);
  const int error_number = errno;
  Secret secret(std::move(bytes));
  if (!read) return FileError("key file", path, error_number);
  return secret;
}

absl::StatusOr<EvpKeyPtr> LoadKey(const std::string& path) {
  ASSIGN_OR_RETURN(const Secret pem, ReadKeyFile(path));
  auto key = ParseKey(pem.view());
  if (!key.ok()) return Annotate(key.status(), absl::StrCat("key file \"", path, "\""));
  return key;
}

absl::StatusOr<std::unique_ptr<Signer>> LoadSigner(const std::string& path) {
  ASSIGN_OR_RETURN(const Secret pem, ReadKeyFile(path));
  // Checked here first: SignerFromPem also takes encodings that a key file may not have.
  const auto key = ParseKey(pem.view());
  if (!key.ok()) return Annotate(key.status(), absl::StrCat("key file \"", path, "\""));
  return SignerFromPem(pem.view());
}

}  // namespace plenary::certs
