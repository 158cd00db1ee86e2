// Private keys in files: who may read them is checked when they are made and when they are used.
//
// A key file is an unencrypted PKCS#8 PEM (RFC 5958, RFC 7468) of an Ed25519 or P-256 key, readable
// by its owner alone.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "certs/openssl_ptr.h"
#include "ledger/signature.h"

namespace plenary::certs {

// Bytes that are wiped from memory when their owner goes. Move only; one thread at a time.
class Secret {
 public:
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.Wipe(); }
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Wipe(); }
  // Valid as long as this object.
  absl::string_view view() const { return bytes_; }

 private:
  void Wipe();
  std::string bytes_;
};

// A fresh private key as PKCS#8 PEM, from the system's random source.
Secret GenerateKey(Algorithm algorithm);

// The key of a PKCS#8 PEM, for OpenSSL. Fails with KEY_FILE for another encoding, an encrypted key,
// or a key that is neither Ed25519 nor P-256.
absl::StatusOr<EvpKeyPtr> ParseKey(absl::string_view pem);

// Creates `path` with mode 0600 and syncs it; at no moment can anybody but the owner read it. Fails
// with FILE_EXISTS (also for a link) or FILE_ACCESS.
absl::Status CreateKeyFile(const std::string& path, const Secret& pem);

// Reads a key file. Links are followed; what they lead to is judged. Fails with FILE_ACCESS if it
// cannot be opened, with KEY_FILE if it is not a regular file, if group or others have any
// permission on it, or if its owner is neither this process's user nor root (root may use
// anybody's).
absl::StatusOr<Secret> ReadKeyFile(const std::string& path);

// ReadKeyFile and ParseKey: for certificates and TLS.
absl::StatusOr<EvpKeyPtr> LoadKey(const std::string& path);

// ReadKeyFile and SignerFromPem: for statements.
absl::StatusOr<std::unique_ptr<Signer>> LoadSigner(const std::string& path);

}  // namespace plenary::certs
