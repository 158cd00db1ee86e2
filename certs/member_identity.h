// Who is at the other end of a connection: the one check of a TLS peer.
//
// Both listeners, the dialler and a node that looks at its own certificate use it. There is no
// common CA: a certificate proves an identity only under an issuer on the card of the very member
// that it names. Rules: docs/ARCHITECTURE.md ("TLS identity"); SPIFFE X509-SVID; RFC 5280.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "certs/certificate.h"
#include "ledger/digest.h"
#include "ledger/names.h"
#include "plenary/v1/card.pb.h"
#include "plenary/v1/roster.pb.h"

namespace plenary::certs {

// What the roster in force says of a member. Only kFull and kObserver may connect.
enum class MemberStatus { kFull, kObserver, kSuspended, kWithdrawn };

// What roster and newest card say of one member's connections.
struct MemberTrust {
  MemberStatus status = MemberStatus::kWithdrawn;
  std::vector<Certificate> issuers;          // trust anchors, as the card lists them
  absl::flat_hash_set<Digest> revoked_spki;  // SHA-256 of SPKIs
};

// Everything that judging a peer rests on. A value: made anew when a roster or card is adopted.
struct Trust {
  std::string federation;
  std::map<std::string, MemberTrust, std::less<>> members;  // by member code
};

// From the fields of a card. An issuer that is no readable certificate opens nothing and is left
// out; its error is added to `unreadable`, if given. The same for revoked digests of a wrong size.
MemberTrust MakeMemberTrust(MemberStatus status, absl::Span<const std::string> issuer_ders,
                            absl::Span<const std::string> revoked_spki,
                            std::vector<absl::Status>* unreadable = nullptr);

// The trust that the roster in force and the newest card of each member give. A member without a
// card has no issuers. A status that is not listed reads as withdrawn. Cards of members that are
// not on the roster are ignored. `unreadable`: as MakeMemberTrust, with the member's code.
Trust MakeTrust(const v1::Roster& roster, absl::Span<const v1::Card* const> cards,
                std::vector<absl::Status>* unreadable = nullptr);

// Who is wanted at the other end.
struct Expectation {
  TlsIdentity::Kind kind = TlsIdentity::Kind::kNode;
  // Set by a dialler, and by a node that judges its own certificate; a listener takes any member.
  std::optional<std::string> member;
  std::optional<std::string> name;
};

// A peer whose certificate was accepted.
struct PeerIdentity {
  TlsIdentity identity;
  Digest spki_digest;  // of the leaf
  // When every certificate of the chain is in date: the latest beginning, the earliest end.
  absl::Time not_before;
  absl::Time not_after;
  Digest issuer;                   // fingerprint of the trust anchor
  std::vector<Digest> chain_spki;  // of every certificate in the chain, leaf first
};

// The identity that the leaf of `sent` claims, unproven. Fails with NO_CERTIFICATE, or
// BAD_CERTIFICATE unless exactly one URI stands among its alternative names, of the grammar.
absl::StatusOr<TlsIdentity> ClaimedIdentity(absl::Span<const Certificate> sent);

// Judges the certificates that a peer sent, leaf first. Fails with the reason of the first rule
// that is broken:
//   NO_CERTIFICATE             nothing was sent
//   BAD_CERTIFICATE            more than a leaf and one intermediate; not exactly one URI among the
//                              alternative names, or one outside the grammar; a CA; without
//                              digitalSignature; without the extended key usages of its kind (node:
//                              client and server, operator: client); a weak key or signature
//                              (RSA below 2048 bits, SHA-1); an issuer that may not issue it (no
//                              CA, path length, key usage, name constraints)
//   WRONG_IDENTITY             of another federation; not the kind, member or name that was dialled
//   NOT_ON_ROSTER              its member is unknown, suspended or withdrawn
//   WRONG_ISSUER               it does not lead to an issuer on the card of the member it names
//   CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID   it, or an issuer of it, at `now`
//   CERTIFICATE_REVOKED        the card revokes its key, or an issuer's
//   WRONG_PORT                 a node where an operator is expected, or the reverse
// Common name, DNS names and every other name mean nothing. Nothing is said of whom the peer
// claims to be before its issuer is proven, but in the text of an error. Pure; thread-safe.
absl::StatusOr<PeerIdentity> JudgePeer(absl::Span<const Certificate> sent, const Trust& trust,
                                       absl::Time now, const Expectation& expectation);

// Is a peer that JudgePeer accepted still acceptable? Cheap enough for every call: no signature is
// checked again. Fails with NOT_ON_ROSTER, WRONG_ISSUER (the issuer left the card),
// CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED or CERTIFICATE_NOT_YET_VALID (the clock went back).
// Pure; thread-safe.
absl::Status CheckStillTrusted(const PeerIdentity& peer, const Trust& trust, absl::Time now);

// The certificates that a peer sent, from the two PEM texts that TLS libraries give: `leaf_pem`,
// and `chain_pem` which begins with the leaf again on one side of a connection and not on the
// other. Fails with NO_CERTIFICATE (no leaf) or BAD_CERTIFICATE.
absl::StatusOr<std::vector<Certificate>> SentChain(absl::string_view leaf_pem,
                                                   absl::string_view chain_pem);

}  // namespace plenary::certs
