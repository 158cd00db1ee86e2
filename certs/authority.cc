#include "certs/authority.h"

#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "certs/chain.h"
#include "certs/issue.h"
#include "certs/member_identity.h"
#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary::certs {
namespace {

absl::Status CheckValidity(absl::Duration validity) {
  if (validity >= absl::Hours(1) && validity <= kMaxValidity) return absl::OkStatus();
  return MakeError(Reason::BAD_REQUEST,
                   absl::StrCat("validity: expected one hour to 30 years, got ",
                                absl::FormatDuration(validity)));
}

// Seconds are all that a certificate can say; what was asked for is given in full.
absl::Time EarlierSecond(absl::Time time) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(time));
}
absl::Time LaterSecond(absl::Time time) {
  const absl::Time earlier = EarlierSecond(time);
  return earlier == time ? time : earlier + absl::Seconds(1);
}

CertificatePlan AuthorityPlan(const AuthorityOptions& options, const EVP_PKEY& key,
                              absl::Time now) {
  // A part of the key's digest, so that the CA that replaces this one has another name.
  unsigned char* der = nullptr;
  const int bytes = i2d_PUBKEY(&key, &der);
  CHECK_GT(bytes, 0);
  const Digest spki =
      Sha256(absl::string_view(reinterpret_cast<char*>(der), static_cast<size_t>(bytes)));
  OPENSSL_free(der);
  CertificatePlan plan;
  plan.common_name = absl::StrCat(options.domain.member, " TLS CA ", spki.Hex().substr(0, 8));
  plan.federation = options.domain.federation;
  plan.uri = options.domain.Uri();
  plan.not_before = EarlierSecond(now - kBackdated);
  plan.not_after = LaterSecond(now + options.validity);
  plan.extensions = {
      {NID_basic_constraints, absl::StrCat("critical,CA:TRUE,pathlen:", options.path_length)},
      {NID_key_usage, "critical,keyCertSign,cRLSign"}};
  return plan;
}

CertificatePlan IdentityPlan(const IdentityOptions& options, absl::Time now) {
  CertificatePlan plan;
  plan.common_name = options.identity.name;
  plan.federation = options.identity.federation;
  plan.uri = options.identity.Uri();
  plan.not_before = EarlierSecond(now - kBackdated);
  plan.not_after = LaterSecond(now + options.validity);
  plan.extensions = {
      {NID_basic_constraints, "critical,CA:FALSE"},
      {NID_key_usage, "critical,digitalSignature"},
      {NID_ext_key_usage,
       options.identity.kind == TlsIdentity::Kind::kNode ? "clientAuth,serverAuth" : "clientAuth"}};
  return plan;
}

absl::Status CheckInDate(const Certificate& issuer, absl::Time now) {
  if (now >= issuer.not_before() && now < issuer.not_after()) return absl::OkStatus();
  return MakeError(
      now < issuer.not_before() ? Reason::CERTIFICATE_NOT_YET_VALID : Reason::CERTIFICATE_EXPIRED,
      absl::StrCat("CA \"", issuer.Subject(), "\": valid ", TimeText(issuer.not_before()), " to ",
                   TimeText(issuer.not_after()), ", now ", TimeText(now)));
}

void KeepWithin(const Certificate& issuer, CertificatePlan& plan) {
  plan.not_before = std::max(plan.not_before, issuer.not_before());
  plan.not_after = std::min(plan.not_after, issuer.not_after());
}

absl::StatusOr<TrustDomain> DomainOf(const Certificate& authority) {
  for (const AlternativeName& name : authority.alternative_names()) {
    if (name.kind == AlternativeName::Kind::kUri) return TrustDomain::Parse(name.text);
  }
  return MakeError(Reason::BAD_CERTIFICATE,
                   absl::StrCat("CA \"", authority.Subject(),
                                "\": expected the URI name of a trust domain; make the CA with "
                                "plenary cert ca, or issue with the tool that made it"));
}

}  // namespace

std::string TrustDomain::Uri() const { return absl::StrCat("spiffe://", member, ".", federation); }

absl::StatusOr<TrustDomain> TrustDomain::Parse(absl::string_view uri) {
  // A trust domain is what stands before the path of every identity in it.
  const auto identity = TlsIdentity::Parse(absl::StrCat(uri, "/node/x"));
  if (!identity.ok()) {
    return Annotate(identity.status(), "trust domain, as if it had a node \"x\"");
  }
  return TrustDomain{identity->member, identity->federation};
}

absl::StatusOr<Authority> Authority::Create(const AuthorityOptions& options, absl::Time now,
                                            Secret& key) {
  ASSIGN_OR_RETURN(const TrustDomain domain, TrustDomain::Parse(options.domain.Uri()));
  if (!(domain == options.domain)) {
    return MakeError(Reason::BAD_NAME, absl::StrCat("trust domain: expected a member and a "
                                                    "federation, got ",
                                                    options.domain.Uri()));
  }
  RETURN_IF_ERROR(CheckValidity(options.validity));
  if (options.path_length < 0 || options.path_length > 1) {
    return MakeError(Reason::BAD_REQUEST,
                     absl::StrCat("path length: expected 0 or 1, got ", options.path_length));
  }
  Secret pem = GenerateKey(options.algorithm);
  ASSIGN_OR_RETURN(EvpKeyPtr pair, ParseKey(pem.view()));
  Certificate certificate =
      SignCertificate(AuthorityPlan(options, *pair, now), *pair, nullptr, *pair);
  key = std::move(pem);
  return Authority({std::move(certificate)}, std::move(pair), domain);
}

absl::StatusOr<Authority> Authority::Load(std::vector<Certificate> certificates,
                                          const Secret& key_pem) {
  const auto bad = [](absl::string_view what) {
    return MakeError(Reason::BAD_CERTIFICATE, absl::StrCat("CA: ", what));
  };
  if (certificates.empty() || certificates.size() > 2) {
    return bad(absl::StrCat("expected a CA, or an intermediate and its parent, got ",
                            certificates.size(), " certificates"));
  }
  const Certificate& own = certificates.front();
  if (!own.is_authority()) return bad("expected the certificate of a CA");
  if (certificates.size() == 2) {
    const OpenSslErrors errors;
    const Certificate& parent = certificates.back();
    if (X509_check_issued(parent.native(), own.native()) != X509_V_OK ||
        X509_verify(own.native(), X509_get0_pubkey(parent.native())) != 1) {
      return bad("the second certificate did not issue the first");
    }
  }
  ASSIGN_OR_RETURN(EvpKeyPtr key, ParseKey(key_pem.view()));
  if (!KeyMatches(own, *key)) return bad("the key is not that of the certificate");
  ASSIGN_OR_RETURN(TrustDomain domain, DomainOf(own));
  return Authority(std::move(certificates), std::move(key), std::move(domain));
}

absl::StatusOr<Authority> Authority::CreateIntermediate(Algorithm algorithm,
                                                        absl::Duration validity, absl::Time now,
                                                        Secret& key) const {
  if (certificates_.size() != 1 || certificate().path_length().value_or(1) < 1) {
    return MakeError(Reason::BAD_REQUEST,
                     absl::StrCat("CA \"", certificate().Subject(),
                                  "\": may have no intermediate; a root that shall have one is "
                                  "made with path length 1"));
  }
  RETURN_IF_ERROR(CheckValidity(validity));
  RETURN_IF_ERROR(CheckInDate(certificate(), now));
  Secret pem = GenerateKey(algorithm);
  ASSIGN_OR_RETURN(EvpKeyPtr pair, ParseKey(pem.view()));
  CertificatePlan plan = AuthorityPlan({domain_, algorithm, validity, 0}, *pair, now);
  KeepWithin(certificate(), plan);
  Certificate intermediate = SignCertificate(plan, *pair, &certificate(), *key_);
  key = std::move(pem);
  return Authority({std::move(intermediate), certificate()}, std::move(pair), domain_);
}

absl::StatusOr<IssuedIdentity> Authority::Issue(const IdentityOptions& options,
                                                absl::Time now) const {
  Secret pem = GenerateKey(options.algorithm);
  ASSIGN_OR_RETURN(const EvpKeyPtr pair, ParseKey(pem.view()));
  ASSIGN_OR_RETURN(std::vector<Certificate> chain, IssueFor(*pair, options, now));
  return IssuedIdentity{std::move(pem), std::move(chain)};
}

absl::StatusOr<std::vector<Certificate>> Authority::IssueFor(EVP_PKEY& key,
                                                             const IdentityOptions& options,
                                                             absl::Time now) const {
  const std::string uri = options.identity.Uri();
  ASSIGN_OR_RETURN(const TlsIdentity identity, TlsIdentity::Parse(uri));
  if (!(identity == options.identity)) {
    return MakeError(Reason::BAD_NAME, absl::StrCat("identity: its parts do not fit: ", uri));
  }
  if (!(domain_ == TrustDomain{identity.member, identity.federation})) {
    return MakeError(Reason::WRONG_IDENTITY,
                     absl::StrCat("identity: expected one of ", domain_.Uri(), ", got ", uri));
  }
  RETURN_IF_ERROR(CheckValidity(options.validity));
  RETURN_IF_ERROR(CheckInDate(certificate(), now));
  CertificatePlan plan = IdentityPlan(options, now);
  KeepWithin(certificate(), plan);
  std::vector<Certificate> chain = {SignCertificate(plan, key, &certificate(), *key_)};
  RETURN_IF_ERROR(CheckKey(chain.front()));
  // Peers hold the root; an intermediate they must be sent.
  if (certificates_.size() == 2) chain.push_back(certificate());
  return chain;
}

}  // namespace plenary::certs
