#include "certs/member_identity.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "certs/chain.h"
#include "ledger/status.h"

namespace plenary::certs {
namespace {

absl::Status Bad(absl::string_view what) {
  return MakeError(Reason::BAD_CERTIFICATE, absl::StrCat("certificate: ", what));
}

absl::Status CheckLeaf(const Certificate& leaf, const TlsIdentity& identity) {
  const std::string uri = identity.Uri();
  const auto bad = [&uri](absl::string_view what) { return Bad(absl::StrCat(uri, ": ", what)); };
  if (leaf.is_authority() || leaf.signs_certificates() || leaf.signs_crls()) {
    return bad("expected the certificate of a node or operator, got a CA's");
  }
  if (leaf.has_name_constraints()) return bad("expected no name constraints");
  if (!leaf.signs_data()) return bad("expected key usage digitalSignature");
  if (!leaf.tls_client()) return bad("expected extended key usage TLS client");
  if (identity.kind == TlsIdentity::Kind::kNode && !leaf.tls_server()) {
    return bad("expected extended key usage TLS server: it is a node's");
  }
  return CheckKey(leaf);
}

absl::Status CheckIssuer(const Certificate& issuer, TlsIdentity::Kind kind) {
  const auto bad = [&issuer](absl::string_view what) {
    return Bad(absl::StrCat("issuer \"", issuer.Subject(), "\": ", what));
  };
  if (!issuer.is_authority()) return bad("expected a CA");
  if (issuer.has_key_usage() && !issuer.signs_certificates()) {
    return bad("expected key usage keyCertSign");
  }
  const bool node = kind == TlsIdentity::Kind::kNode;
  if (issuer.has_extended_key_usage() && !(issuer.tls_client() && (!node || issuer.tls_server()))) {
    return bad("its extended key usage does not cover the certificate's");
  }
  return CheckKey(issuer);
}

bool MayConnect(MemberStatus status) {
  return status == MemberStatus::kFull || status == MemberStatus::kObserver;
}

absl::Status NotOnRoster(const TlsIdentity& identity, absl::string_view what) {
  return MakeError(Reason::NOT_ON_ROSTER,
                   absl::StrCat("member ", identity.member, " of ", identity.Uri(), ": ", what),
                   {{"identity", identity.Uri()}, {"member", identity.member}});
}

absl::Status CheckMember(const MemberTrust& member, const TlsIdentity& identity) {
  if (MayConnect(member.status)) return absl::OkStatus();
  return NotOnRoster(identity, member.status == MemberStatus::kSuspended
                                   ? "expected full or observer, got suspended"
                                   : "expected full or observer, got withdrawn");
}

absl::Status CheckNotRevoked(absl::Span<const Digest> chain_spki, const MemberTrust& member,
                             const TlsIdentity& identity) {
  for (const Digest& spki : chain_spki) {
    if (!member.revoked_spki.contains(spki)) continue;
    return MakeError(Reason::CERTIFICATE_REVOKED,
                     absl::StrCat("certificate of ", identity.Uri(), ": the card of ",
                                  identity.member, " revokes key ", spki.Hex()),
                     {{"identity", identity.Uri()}, {"spki", spki.Hex()}});
  }
  return absl::OkStatus();
}

absl::Status CheckExpectation(const TlsIdentity& identity, const Expectation& expectation) {
  const std::string uri = identity.Uri();
  const bool node = expectation.kind == TlsIdentity::Kind::kNode;
  const bool dialled = expectation.member.has_value() || expectation.name.has_value();
  if (identity.kind != expectation.kind) {
    return MakeError(
        dialled ? Reason::WRONG_IDENTITY : Reason::WRONG_PORT,
        absl::StrCat("identity: expected ", node ? "a node" : "an operator", ", got ", uri),
        {{"identity", uri}});
  }
  if (expectation.member.value_or(identity.member) != identity.member ||
      expectation.name.value_or(identity.name) != identity.name) {
    return MakeError(Reason::WRONG_IDENTITY,
                     absl::StrCat("identity: expected ", node ? "node " : "operator ",
                                  expectation.name.value_or("(any)"), " of member ",
                                  expectation.member.value_or("(any)"), ", got ", uri),
                     {{"identity", uri}});
  }
  return absl::OkStatus();
}

PeerIdentity MakePeerIdentity(TlsIdentity identity, const Chain& chain) {
  PeerIdentity peer{std::move(identity),    chain.front()->spki_digest(), absl::InfinitePast(),
                    absl::InfiniteFuture(), chain.back()->Fingerprint(),  {}};
  for (const Certificate* certificate : chain) {
    peer.not_before = std::max(peer.not_before, certificate->not_before());
    peer.not_after = std::min(peer.not_after, certificate->not_after());
    peer.chain_spki.push_back(certificate->spki_digest());
  }
  return peer;
}

}  // namespace

absl::StatusOr<TlsIdentity> ClaimedIdentity(absl::Span<const Certificate> sent) {
  if (sent.empty()) {
    return MakeError(Reason::NO_CERTIFICATE, "certificate: expected one, got none");
  }
  const AlternativeName* uri = nullptr;
  int uris = 0;
  for (const AlternativeName& name : sent.front().alternative_names()) {
    if (name.kind != AlternativeName::Kind::kUri) continue;
    uri = &name;
    ++uris;
  }
  if (uris != 1) {
    return Bad(absl::StrCat("expected exactly one URI among its alternative names, got ", uris));
  }
  auto identity = TlsIdentity::Parse(uri->text);
  if (!identity.ok()) return Bad(identity.status().message());
  return identity;
}

absl::StatusOr<PeerIdentity> JudgePeer(absl::Span<const Certificate> sent, const Trust& trust,
                                       absl::Time now, const Expectation& expectation) {
  if (sent.size() > kMaxSentCertificates) {
    return Bad(absl::StrCat("expected a leaf and at most one intermediate, got ", sent.size(),
                            " certificates"));
  }
  ASSIGN_OR_RETURN(TlsIdentity identity, ClaimedIdentity(sent));
  RETURN_IF_ERROR(CheckLeaf(sent.front(), identity));
  if (identity.federation != trust.federation) {
    return MakeError(Reason::WRONG_IDENTITY,
                     absl::StrCat("identity: expected one of federation ", trust.federation,
                                  ", got ", identity.Uri()),
                     {{"identity", identity.Uri()}});
  }
  const auto found = trust.members.find(identity.member);
  if (found == trust.members.end()) return NotOnRoster(identity, "the roster does not list it");
  const MemberTrust& member = found->second;
  ASSIGN_OR_RETURN(const Chain chain, FindChain(sent, member.issuers, now, identity));
  for (const Certificate* issuer : absl::MakeConstSpan(chain).subspan(1)) {
    RETURN_IF_ERROR(CheckIssuer(*issuer, identity.kind));
  }
  PeerIdentity peer = MakePeerIdentity(std::move(identity), chain);
  RETURN_IF_ERROR(CheckNotRevoked(peer.chain_spki, member, peer.identity));
  RETURN_IF_ERROR(CheckMember(member, peer.identity));
  RETURN_IF_ERROR(CheckExpectation(peer.identity, expectation));
  return peer;
}

absl::Status CheckStillTrusted(const PeerIdentity& peer, const Trust& trust, absl::Time now) {
  const auto found = trust.members.find(peer.identity.member);
  if (found == trust.members.end()) {
    return NotOnRoster(peer.identity, "the roster does not list it");
  }
  const MemberTrust& member = found->second;
  RETURN_IF_ERROR(CheckMember(member, peer.identity));
  RETURN_IF_ERROR(CheckNotRevoked(peer.chain_spki, member, peer.identity));
  const bool listed = std::any_of(
      member.issuers.begin(), member.issuers.end(),
      [&peer](const Certificate& issuer) { return issuer.Fingerprint() == peer.issuer; });
  if (!listed) {
    return MakeError(Reason::WRONG_ISSUER, absl::StrCat("certificate of ", peer.identity.Uri(),
                                                        ": its issuer is no longer on the card of ",
                                                        peer.identity.member));
  }
  if (now >= peer.not_after) {
    return MakeError(Reason::CERTIFICATE_EXPIRED,
                     absl::StrCat("certificate of ", peer.identity.Uri(), ": expired at ",
                                  TimeText(peer.not_after), ", now ", TimeText(now)));
  }
  if (now < peer.not_before) {
    return MakeError(Reason::CERTIFICATE_NOT_YET_VALID,
                     absl::StrCat("certificate of ", peer.identity.Uri(), ": valid from ",
                                  TimeText(peer.not_before), ", now ", TimeText(now)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Certificate>> SentChain(absl::string_view leaf_pem,
                                                   absl::string_view chain_pem) {
  if (leaf_pem.empty()) {
    return MakeError(Reason::NO_CERTIFICATE, "certificate: expected one, got none");
  }
  ASSIGN_OR_RETURN(std::vector<Certificate> sent, ParsePem(leaf_pem));
  if (sent.size() != 1) return Bad(absl::StrCat("expected one leaf, got ", sent.size()));
  if (chain_pem.empty()) return sent;
  ASSIGN_OR_RETURN(std::vector<Certificate> chain, ParsePem(chain_pem));
  if (chain.front() == sent.front()) return chain;
  sent.insert(sent.end(), std::make_move_iterator(chain.begin()),
              std::make_move_iterator(chain.end()));
  return sent;
}

}  // namespace plenary::certs
