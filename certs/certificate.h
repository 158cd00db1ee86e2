// X.509 certificates, read strictly.
//
// Source: RFC 5280 (certificates), RFC 7468 (PEM). What OpenSSL repairs or skips is refused here: a
// file with a bad block is no file.
#pragma once

#include <openssl/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "certs/openssl_ptr.h"
#include "ledger/digest.h"

namespace plenary::certs {

inline constexpr size_t kMaxCertificateBytes = size_t{64} << 10;
inline constexpr size_t kMaxChainCertificates = 16;

// A subject alternative name.
struct AlternativeName {
  enum class Kind { kUri, kDns, kEmail, kIp, kOther };
  Kind kind = Kind::kOther;
  // The bytes as they stand (any byte may); an address in its usual form; empty for kOther.
  std::string text;
  friend bool operator==(const AlternativeName&, const AlternativeName&) = default;
};

// One certificate and what its extensions say. Nothing is implied by reading it: who issued it is
// not checked. Copies share one underlying object. Immutable.
class Certificate {
 public:
  // Fails with BAD_CERTIFICATE for anything but the DER of one X.509 version 3 certificate whose
  // extensions this build can read, each at most once, whose dates and key it can read, and for a
  // critical extension other than basic constraints, key usage, extended key usage, alternative
  // names and name constraints.
  static absl::StatusOr<Certificate> FromDer(absl::string_view der);

  Certificate(const Certificate& other);
  Certificate& operator=(const Certificate& other);
  Certificate(Certificate&&) noexcept = default;
  Certificate& operator=(Certificate&&) noexcept = default;
  ~Certificate() = default;

  const std::string& der() const { return der_; }
  std::string Pem() const;
  // SHA-256 of the DER.
  Digest Fingerprint() const { return Sha256(der_); }
  // SHA-256 of the SubjectPublicKeyInfo: what a card revokes.
  const Digest& spki_digest() const { return spki_digest_; }

  // Names as RFC 4514 writes them, with whatever is not printable ASCII escaped.
  std::string Subject() const;
  std::string Issuer() const;
  // Lower-case hex without leading zeros.
  std::string Serial() const;

  // The certificate is in date while not_before() <= now < not_after().
  absl::Time not_before() const { return not_before_; }
  absl::Time not_after() const { return not_after_; }

  // All of them, in their order.
  const std::vector<AlternativeName>& alternative_names() const { return names_; }

  // basicConstraints says that it is a CA.
  bool is_authority() const { return authority_; }
  // How many intermediates may follow a CA; nothing: no bound.
  std::optional<int> path_length() const { return path_length_; }
  // Key usage; without the extension all three uses are false.
  bool has_key_usage() const { return (flags_ & kKeyUsage) != 0; }
  bool signs_data() const { return (flags_ & kSignsData) != 0; }  // digitalSignature
  bool signs_certificates() const { return (flags_ & kSignsCertificates) != 0; }  // keyCertSign
  bool signs_crls() const { return (flags_ & kSignsCrls) != 0; }                  // cRLSign
  // Extended key usage; anyExtendedKeyUsage is neither client nor server.
  bool has_extended_key_usage() const { return (flags_ & kExtendedKeyUsage) != 0; }
  bool tls_client() const { return (flags_ & kTlsClient) != 0; }
  bool tls_server() const { return (flags_ & kTlsServer) != 0; }
  bool has_name_constraints() const { return (flags_ & kNameConstraints) != 0; }

  // "EC P-256", "RSA 2048", "Ed25519", …
  std::string KeyText() const;
  // The object for OpenSSL's functions, valid as long as this; none of them may change it.
  X509* native() const { return x509_.get(); }

  friend bool operator==(const Certificate& a, const Certificate& b) { return a.der_ == b.der_; }

 private:
  enum Flag : unsigned {
    kKeyUsage = 1,
    kSignsData = 2,
    kSignsCertificates = 4,
    kSignsCrls = 8,
    kExtendedKeyUsage = 16,
    kTlsClient = 32,
    kTlsServer = 64,
    kNameConstraints = 128,
  };
  Certificate(X509Ptr x509, std::string der);
  absl::Status ReadFields();
  void ReadUsage();

  X509Ptr x509_;
  std::string der_;
  Digest spki_digest_;
  absl::Time not_before_;
  absl::Time not_after_;
  std::vector<AlternativeName> names_;
  bool authority_ = false;
  std::optional<int> path_length_;
  unsigned flags_ = 0;
};

// The certificates of a PEM text, in their order: one block after the other, nothing but blank
// lines between them. Fails with BAD_CERTIFICATE, and the number of the line, if any block does not
// parse, if anything else stands there, if there is none or more than kMaxChainCertificates.
absl::StatusOr<std::vector<Certificate>> ParsePem(absl::string_view pem);

std::string FormatPem(absl::Span<const Certificate> certificates);

// Reads a PEM file of certificates; FILE_ACCESS, or BAD_CERTIFICATE with the file's name.
absl::StatusOr<std::vector<Certificate>> LoadCertificates(const std::string& path);

// Does `key` belong to `certificate`?
bool KeyMatches(const Certificate& certificate, EVP_PKEY& key);

// Whole days from `now` to the end, rounded down; negative when it has ended.
int64_t DaysLeft(const Certificate& certificate, absl::Time now);

// A digest in 16 groups of 4 hex digits, which two people can compare on the telephone.
std::string GroupedFingerprint(const Digest& digest);

// "2026-11-24 16:20:00 UTC".
std::string TimeText(absl::Time time);

// Several lines for people: identity, issuer, fingerprint, SPKI digest, dates, uses.
std::string Describe(const Certificate& certificate, absl::Time now);

}  // namespace plenary::certs
