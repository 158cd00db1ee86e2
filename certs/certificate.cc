#include "certs/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary::certs {
namespace {

// More than any issuer writes; it bounds the search for duplicates.
constexpr int kMaxExtensions = 64;

absl::Status Bad(absl::string_view what) {
  return MakeError(Reason::BAD_CERTIFICATE, absl::StrCat("certificate: ", what));
}

std::string ObjectText(const ASN1_OBJECT* object) {
  std::array<char, 128> text = {};
  OBJ_obj2txt(text.data(), text.size(), object, 0);
  return text.data();
}

bool MayBeCritical(int nid) {
  return nid == NID_basic_constraints || nid == NID_key_usage || nid == NID_ext_key_usage ||
         nid == NID_subject_alt_name || nid == NID_name_constraints;
}

absl::Status CheckExtensions(const X509* x509) {
  const int count = X509_get_ext_count(x509);
  if (count > kMaxExtensions) {
    return Bad(absl::StrCat("expected at most ", kMaxExtensions, " extensions, got ", count));
  }
  for (int i = 0; i < count; ++i) {
    X509_EXTENSION* extension = X509_get_ext(x509, i);
    const ASN1_OBJECT* object = X509_EXTENSION_get_object(extension);
    if (X509_get_ext_by_OBJ(x509, object, i) >= 0) {
      return Bad(absl::StrCat("extension ", ObjectText(object), " stands in it twice"));
    }
    if (X509_EXTENSION_get_critical(extension) != 0 && !MayBeCritical(OBJ_obj2nid(object))) {
      return Bad(absl::StrCat("critical extension ", ObjectText(object), " is not understood"));
    }
  }
  return absl::OkStatus();
}

// RFC 5280 section 4.1.2.5: seconds are written, the zone is Z.
absl::StatusOr<absl::Time> ReadTime(const ASN1_TIME* time, absl::string_view what) {
  const int bytes = ASN1_STRING_length(time);
  const unsigned char* text = ASN1_STRING_get0_data(time);
  const int expected = ASN1_STRING_type(time) == V_ASN1_UTCTIME ? 13 : 15;
  std::tm parts = {};
  if (bytes != expected || text[bytes - 1] != 'Z' || ASN1_TIME_to_tm(time, &parts) != 1) {
    return Bad(absl::StrCat(what, ": expected a date of RFC 5280"));
  }
  return absl::FromCivil(absl::CivilSecond(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                                           parts.tm_hour, parts.tm_min, parts.tm_sec),
                         absl::UTCTimeZone());
}

std::string Bytes(const ASN1_STRING* string) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                     static_cast<size_t>(ASN1_STRING_length(string)));
}

std::string AddressText(absl::string_view bytes) {
  const auto at = [bytes](size_t i) {
    return static_cast<unsigned>(static_cast<uint8_t>(bytes[i]));
  };
  std::string text;
  if (bytes.size() == 4) {
    return absl::StrCat(at(0), ".", at(1), ".", at(2), ".", at(3));
  }
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    absl::StrAppend(&text, i == 0 ? "" : ":", absl::Hex(at(i) << 8 | at(i + 1)));
  }
  return text;
}

AlternativeName ReadName(const GENERAL_NAME& name) {
  using Kind = AlternativeName::Kind;
  switch (name.type) {
    case GEN_URI:
      return {Kind::kUri, Bytes(name.d.uniformResourceIdentifier)};
    case GEN_DNS:
      return {Kind::kDns, Bytes(name.d.dNSName)};
    case GEN_EMAIL:
      return {Kind::kEmail, Bytes(name.d.rfc822Name)};
    case GEN_IPADD:
      return {Kind::kIp, AddressText(Bytes(name.d.iPAddress))};
    default:
      return {Kind::kOther, ""};
  }
}

std::vector<AlternativeName> ReadNames(const X509* x509) {
  std::vector<AlternativeName> names;
  auto* list =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(list); ++i) {
    names.push_back(ReadName(*sk_GENERAL_NAME_value(list, i)));
  }
  GENERAL_NAMES_free(list);
  return names;
}

std::string NameText(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  CHECK(bio != nullptr);
  CHECK_GE(X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253), 0);
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio.get(), &data);
  return bytes <= 0 ? std::string() : std::string(data, static_cast<size_t>(bytes));
}

std::string SpkiOf(const X509* x509) {
  unsigned char* der = nullptr;
  const int bytes = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der);
  CHECK_GT(bytes, 0);
  std::string spki(reinterpret_cast<char*>(der), static_cast<size_t>(bytes));
  OPENSSL_free(der);
  return spki;
}

std::string DerOf(const X509* x509) {
  unsigned char* der = nullptr;
  const int bytes = i2d_X509(x509, &der);
  if (bytes <= 0) return "";
  std::string text(reinterpret_cast<char*>(der), static_cast<size_t>(bytes));
  OPENSSL_free(der);
  return text;
}

}  // namespace

Certificate::Certificate(X509Ptr x509, std::string der)
    : x509_(std::move(x509)), der_(std::move(der)) {}

Certificate::Certificate(const Certificate& other)
    : x509_(other.x509_.get()),
      der_(other.der_),
      spki_digest_(other.spki_digest_),
      not_before_(other.not_before_),
      not_after_(other.not_after_),
      names_(other.names_),
      authority_(other.authority_),
      path_length_(other.path_length_),
      flags_(other.flags_) {
  if (x509_ != nullptr) CHECK_EQ(X509_up_ref(x509_.get()), 1);
}

Certificate& Certificate::operator=(const Certificate& other) {
  if (this != &other) *this = Certificate(other);
  return *this;
}

absl::StatusOr<Certificate> Certificate::FromDer(absl::string_view der) {
  const OpenSslErrors errors;
  if (der.empty() || der.size() > kMaxCertificateBytes) {
    return Bad(absl::StrCat("expected 1 to ", kMaxCertificateBytes, " bytes, got ", der.size()));
  }
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  X509Ptr x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (x509 == nullptr) return Bad(absl::StrCat("the bytes do not decode: ", errors.Text()));
  if (DerOf(x509.get()) != der) return Bad("expected the DER of one certificate and no more");
  Certificate certificate(std::move(x509), std::string(der));
  RETURN_IF_ERROR(certificate.ReadFields());
  return certificate;
}

absl::Status Certificate::ReadFields() {
  X509* x509 = x509_.get();
  if (X509_get_version(x509) != X509_VERSION_3) {
    return Bad(absl::StrCat("expected version 3, got ", X509_get_version(x509) + 1));
  }
  RETURN_IF_ERROR(CheckExtensions(x509));
  constexpr uint32_t kUnusable =
      EXFLAG_INVALID | EXFLAG_INVALID_POLICY | EXFLAG_PROXY | EXFLAG_NO_FINGERPRINT;
  // Also decodes the extensions once, so that threads may share the object afterwards.
  if (X509_check_purpose(x509, -1, 0) != 1 || (X509_get_extension_flags(x509) & kUnusable) != 0) {
    return Bad("an extension does not decode, or makes it a proxy certificate");
  }
  if (X509_get0_pubkey(x509) == nullptr) return Bad("its public key does not decode");
  ASSIGN_OR_RETURN(not_before_, ReadTime(X509_get0_notBefore(x509), "not before"));
  ASSIGN_OR_RETURN(not_after_, ReadTime(X509_get0_notAfter(x509), "not after"));
  spki_digest_ = Sha256(SpkiOf(x509));
  names_ = ReadNames(x509);
  ReadUsage();
  return absl::OkStatus();
}

void Certificate::ReadUsage() {
  X509* x509 = x509_.get();
  authority_ = (X509_get_extension_flags(x509) & EXFLAG_CA) != 0;
  if (const long length = X509_get_pathlen(x509); authority_ && length >= 0) {
    path_length_ = static_cast<int>(length);
  }
  const auto mark = [this](bool set, Flag flag) { flags_ |= set ? flag : 0U; };
  if (const uint32_t usage = X509_get_key_usage(x509); usage != UINT32_MAX) {
    mark(true, kKeyUsage);
    mark((usage & KU_DIGITAL_SIGNATURE) != 0, kSignsData);
    mark((usage & KU_KEY_CERT_SIGN) != 0, kSignsCertificates);
    mark((usage & KU_CRL_SIGN) != 0, kSignsCrls);
  }
  if (const uint32_t usage = X509_get_extended_key_usage(x509); usage != UINT32_MAX) {
    mark(true, kExtendedKeyUsage);
    mark((usage & XKU_SSL_CLIENT) != 0, kTlsClient);
    mark((usage & XKU_SSL_SERVER) != 0, kTlsServer);
  }
  mark(X509_get_ext_by_NID(x509, NID_name_constraints, -1) >= 0, kNameConstraints);
}

std::string Certificate::Subject() const { return NameText(X509_get_subject_name(native())); }

std::string Certificate::Issuer() const { return NameText(X509_get_issuer_name(native())); }

std::string Certificate::Serial() const {
  const Owned<BIGNUM> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(native()), nullptr));
  CHECK(number != nullptr);
  std::string bytes(static_cast<size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return absl::StrCat(BN_is_negative(number.get()) != 0 ? "-" : "",
                      bytes.empty() ? "00" : HexEncode(bytes));
}

std::string Certificate::KeyText() const {
  EVP_PKEY* key = X509_get0_pubkey(native());
  std::array<char, 64> group = {};
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) return "Ed25519";
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) {
    EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr);
    const absl::string_view name(group.data());
    return absl::StrCat("EC ", name == "prime256v1" ? "P-256" : name);
  }
  const char* type = EVP_PKEY_get0_type_name(key);
  return absl::StrCat(type == nullptr ? "unknown" : type, " ", EVP_PKEY_get_bits(key));
}

bool KeyMatches(const Certificate& certificate, EVP_PKEY& key) {
  const OpenSslErrors errors;
  return X509_check_private_key(certificate.native(), &key) == 1;
}

int64_t DaysLeft(const Certificate& certificate, absl::Time now) {
  constexpr int64_t kDaySeconds = 24 * 60 * 60;
  const int64_t seconds =
      absl::ToInt64Seconds(absl::Floor(certificate.not_after() - now, absl::Seconds(1)));
  return seconds >= 0 ? seconds / kDaySeconds : -((-seconds + kDaySeconds - 1) / kDaySeconds);
}

std::string GroupedFingerprint(const Digest& digest) {
  const std::string hex = digest.Hex();
  std::string text;
  for (size_t i = 0; i < hex.size(); i += 4) {
    absl::StrAppend(&text, i == 0 ? "" : " ", hex.substr(i, 4));
  }
  return text;
}

}  // namespace plenary::certs
