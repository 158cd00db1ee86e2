// The text forms of certificates: PEM, and lines for people.
#include <openssl/x509.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "certs/certificate.h"
#include "certs/file.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary::certs {
namespace {

constexpr absl::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr absl::string_view kEnd = "-----END CERTIFICATE-----";

// The lines of a text, one after the other. One thread at a time.
class Lines {
 public:
  explicit Lines(absl::string_view text) : rest_(text) {}
  bool Next(absl::string_view& line) {
    if (rest_.empty()) return false;
    const size_t end = rest_.find('\n');
    line = rest_.substr(0, end);
    rest_.remove_prefix(end == absl::string_view::npos ? rest_.size() : end + 1);
    line = absl::StripTrailingAsciiWhitespace(line);
    ++number_;
    return true;
  }
  int number() const { return number_; }

 private:
  absl::string_view rest_;
  int number_ = 0;
};

absl::Status BadLine(const Lines& lines, absl::string_view what) {
  return MakeError(Reason::BAD_CERTIFICATE, absl::StrCat("PEM line ", lines.number(), ": ", what));
}

// The certificate whose BEGIN line was just read.
absl::StatusOr<Certificate> ParseBlock(Lines& lines) {
  const int first = lines.number();
  std::string base64;
  absl::string_view line;
  while (lines.Next(line) && line != kEnd) {
    if (absl::StartsWith(line, "-----")) {
      return BadLine(lines, absl::StrCat("expected ", kEnd, ", got \"",
                                         absl::CHexEscape(line.substr(0, 80)), "\""));
    }
    base64.append(line.data(), line.size());
    if (base64.size() > 2 * kMaxCertificateBytes) return BadLine(lines, "the block is too long");
  }
  if (line != kEnd) return BadLine(lines, absl::StrCat("expected ", kEnd, ", got the end"));
  const std::string where = absl::StrCat("PEM block at line ", first);
  const auto der = Base64Decode(base64);
  if (!der.ok()) {
    return MakeError(Reason::BAD_CERTIFICATE, absl::StrCat(where, ": ", der.status().message()));
  }
  auto certificate = Certificate::FromDer(*der);
  if (!certificate.ok()) return Annotate(certificate.status(), where);
  return certificate;
}

std::string NameLine(const AlternativeName& name) {
  using Kind = AlternativeName::Kind;
  const absl::string_view kind = name.kind == Kind::kUri     ? "URI "
                                 : name.kind == Kind::kDns   ? "DNS "
                                 : name.kind == Kind::kEmail ? "mail "
                                 : name.kind == Kind::kIp    ? "IP "
                                                             : "other name";
  return absl::StrCat(kind, absl::CHexEscape(name.text));
}

std::string UsageText(const Certificate& certificate) {
  std::vector<std::string> uses;
  if (certificate.is_authority()) {
    uses.push_back(certificate.path_length().has_value()
                       ? absl::StrCat("CA, path length ", *certificate.path_length())
                       : "CA");
  }
  if (certificate.signs_data()) uses.push_back("digital signature");
  if (certificate.signs_certificates()) uses.push_back("signs certificates");
  if (certificate.signs_crls()) uses.push_back("signs CRLs");
  if (certificate.tls_client()) uses.push_back("TLS client");
  if (certificate.tls_server()) uses.push_back("TLS server");
  return uses.empty() ? "none" : absl::StrJoin(uses, ", ");
}

std::string DaysText(const Certificate& certificate, absl::Time now) {
  if (now < certificate.not_before()) return "not yet valid";
  const int64_t days = DaysLeft(certificate, now);
  return now < certificate.not_after() ? absl::StrCat(days, " days left") : "EXPIRED";
}

}  // namespace

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

std::string Certificate::Pem() const {
  constexpr size_t kColumns = 64;
  const std::string base64 = Base64Encode(der_);
  std::string pem = absl::StrCat(kBegin, "\n");
  for (size_t at = 0; at < base64.size(); at += kColumns) {
    absl::StrAppend(&pem, base64.substr(at, kColumns), "\n");
  }
  absl::StrAppend(&pem, kEnd, "\n");
  return pem;
}

absl::StatusOr<std::vector<Certificate>> ParsePem(absl::string_view pem) {
  std::vector<Certificate> certificates;
  Lines lines(pem);
  absl::string_view line;
  while (lines.Next(line)) {
    if (line.empty()) continue;
    if (line != kBegin) {
      return BadLine(lines, absl::StrCat("expected ", kBegin, ", got \"",
                                         absl::CHexEscape(line.substr(0, 80)), "\""));
    }
    if (certificates.size() == kMaxChainCertificates) {
      return BadLine(lines,
                     absl::StrCat("expected at most ", kMaxChainCertificates, " certificates"));
    }
    ASSIGN_OR_RETURN(Certificate certificate, ParseBlock(lines));
    certificates.push_back(std::move(certificate));
  }
  if (certificates.empty()) {
    return MakeError(Reason::BAD_CERTIFICATE, "PEM: expected a certificate, got none");
  }
  return certificates;
}

std::string FormatPem(absl::Span<const Certificate> certificates) {
  std::string pem;
  for (const Certificate& certificate : certificates) absl::StrAppend(&pem, certificate.Pem());
  return pem;
}

absl::StatusOr<std::vector<Certificate>> LoadCertificates(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string pem, ReadFile(path));
  auto certificates = ParsePem(pem);
  if (!certificates.ok()) {
    return Annotate(certificates.status(), absl::StrCat("file \"", path, "\""));
  }
  return certificates;
}

std::string Describe(const Certificate& certificate, absl::Time now) {
  std::vector<std::string> names;
  for (const AlternativeName& name : certificate.alternative_names()) {
    names.push_back(NameLine(name));
  }
  std::string text;
  const auto line = [&text](absl::string_view label, absl::string_view value) {
    absl::StrAppend(&text, label, std::string(13 - label.size(), ' '), value, "\n");
  };
  line("names", names.empty() ? "none" : absl::StrJoin(names, ", "));
  line("subject", certificate.Subject());
  line("issuer", certificate.Issuer());
  line("serial", certificate.Serial());
  line("fingerprint", GroupedFingerprint(certificate.Fingerprint()));
  line("SPKI digest", certificate.spki_digest().Hex());
  line("key", certificate.KeyText());
  line("uses", UsageText(certificate));
  line("valid",
       absl::StrCat(TimeText(certificate.not_before()), " to ", TimeText(certificate.not_after()),
                    " (", DaysText(certificate, now), ")"));
  return text;
}

}  // namespace plenary::certs
