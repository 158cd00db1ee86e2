// Kinds about signatures, keys, envelopes, the strict scan and names.
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "ledger/envelope.h"
#include "ledger/names.h"
#include "ledger/scan.h"
#include "ledger/signature.h"
#include "ledger/status.h"
#include "plenary/v1/card.pb.h"
#include "plenary/v1/manifest.pb.h"
#include "plenary/v1/record.pb.h"
#include "plenary/v1/roster.pb.h"
#include "tests/vectors/vector_runner.h"

namespace plenary::vectors {
namespace {

using nlohmann::json;

std::string Why(const absl::Status& status) { return status.ok() ? "" : Explain(status); }

Verdict DssePae(const json& c, const std::string&) {
  const std::string type = c.at("type");
  return ExpectField(c, "pae_b64", Base64Encode(Pae(type, Bytes(c, "body_b64"))));
}

// DSSE's JSON allows both base64 alphabets.
std::string FromEitherBase64(const std::string& text) {
  return FromBase64(absl::StrReplaceAll(text, {{"-", "+"}, {"_", "/"}}));
}

// The SPKI inside a PEM public key.
std::string SpkiOfPem(const std::string& pem) {
  const std::string body = absl::StrReplaceAll(
      pem, {{"-----BEGIN PUBLIC KEY-----", ""}, {"-----END PUBLIC KEY-----", ""}, {"\n", ""}});
  return FromBase64(body);
}

Verdict DsseEnvelope(const json& c, const std::string&) {
  std::vector<PublicKey> keys;
  for (const json& entry : c.at("keys")) {
    const std::string algorithm = entry.at("alg");
    if (algorithm != "ecdsa-p256-sha256-raw-rs") {
      return Verdict::NotOurs(absl::StrCat("dsse with ", algorithm));
    }
    auto key = PublicKey::FromSpki(static_cast<uint32_t>(Algorithm::kEcdsaP256),
                                   SpkiOfPem(entry.at("pem")));
    if (!key.ok()) return Why(key.status());
    keys.push_back(*std::move(key));
  }
  const json& envelope = c.at("envelope");
  const std::string pae =
      Pae(envelope.at("payloadType").get<std::string>(), FromEitherBase64(envelope.at("payload")));
  // Keys count, not signatures.
  size_t signed_by = 0;
  for (const PublicKey& key : keys) {
    for (const json& signature : envelope.at("signatures")) {
      if (!key.Verify(pae, FromEitherBase64(signature.at("sig"))).ok()) continue;
      ++signed_by;
      break;
    }
  }
  return Expect(c, signed_by >= c.at("threshold").get<size_t>(),
                absl::StrCat(signed_by, " keys signed"));
}

absl::Status VerifyEd25519(const std::string& raw, const std::string& message,
                           const std::string& signature) {
  ASSIGN_OR_RETURN(const PublicKey key, PublicKey::FromEd25519(raw));
  return key.Verify(message, signature);
}

std::string Hex(const json& c, const std::string& field) {
  auto bytes = HexDecode(c.at(field).get<std::string>());
  if (!bytes.ok()) throw std::invalid_argument(field + " is not hex");
  return *std::move(bytes);
}

Verdict Ed25519(const json& c, const std::string&) {
  const auto status = VerifyEd25519(Hex(c, "pub"), Bytes(c, "msg_b64"), Hex(c, "sig"));
  return Expect(c, status.ok(), Why(status));
}

Verdict WycheproofEddsa(const json& c, const std::string&) {
  const json& key = c.at("public_key");
  const std::string curve = key.at("curve");
  if (curve != "edwards25519") return Verdict::NotOurs(absl::StrCat("wycheproof-EDDSA ", curve));
  const auto status = VerifyEd25519(Hex(key, "pk"), Hex(c, "msg"), Hex(c, "sig"));
  return Expect(c, status.ok(), Why(status));
}

Verdict Enrolment(const json& c, const std::string&) {
  const auto status = CheckEnrolment(c.at("algorithm"), Bytes(c, "spki_hex"));
  return Expect(c, status.ok(), Why(status));
}

absl::Status VerifyRaw(const json& c, Strictness strictness) {
  ASSIGN_OR_RETURN(const PublicKey key,
                   PublicKey::FromSpki(c.at("algorithm"), Bytes(c, "spki_hex")));
  return key.Verify(Bytes(c, "message_b64"), Bytes(c, "signature_hex"), strictness);
}

Verdict RawSignature(const json& c, const std::string&) {
  const absl::Status strict = VerifyRaw(c, Strictness::kStrict);
  if (Verdict v = Expect(c, strict.ok(), Why(strict)); !v.empty()) return v;
  const bool evidence = VerifyRaw(c, Strictness::kEvidence).ok();
  return ExpectField(c, "looser", std::string(evidence ? "accept" : "reject"));
}

absl::StatusOr<Envelope> ParseOfKind(const std::string& bytes, const std::string& kind) {
  for (int i = 0; i <= static_cast<int>(PayloadKind::kAnswer); ++i) {
    const auto candidate = static_cast<PayloadKind>(i);
    if (KindName(candidate) == kind) return ParseEnvelope(bytes, candidate);
  }
  return MakeError(Reason::WRONG_TYPE, absl::StrCat("no payload kind ", kind));
}

Verdict CanonicalEnvelope(const json& c, const std::string&) {
  const std::string bytes = Bytes(c, "envelope_b64");
  const auto envelope = ParseOfKind(bytes, c.at("payload_kind"));
  if (Verdict v = Expect(c, envelope.ok(), Why(envelope.status())); !v.empty() || !envelope.ok()) {
    return v;
  }
  const std::string digest = Sha256(envelope->payload).Hex();
  if (Verdict v = ExpectField(c, "payload_sha256_hex", digest); !v.empty()) return v;
  return ExpectField(c, "signatures", envelope->signatures.size());
}

Verdict Scan(const json& c, const std::string&) {
  const std::map<std::string, const google::protobuf::Descriptor*> types = {
      {"Manifest", v1::Manifest::descriptor()},
      {"Record", v1::Record::descriptor()},
      {"Roster", v1::Roster::descriptor()},
      {"Card", v1::Card::descriptor()}};
  const std::string name = c.at("message");
  const auto scanned =
      StrictScan(*types.at(name), Bytes(c, "payload_b64"),
                 name == "Record" ? UnknownFields::kReport : UnknownFields::kRefuse);
  if (Verdict v = Expect(c, scanned.ok(), Why(scanned.status())); !v.empty() || !scanned.ok()) {
    return v;
  }
  return ExpectField(c, "understood", scanned->understood);
}

bool IsName(const std::string& thing, const std::string& text) {
  if (thing == "federation") return IsFederation(text);
  if (thing == "member") return IsMember(text);
  if (thing == "node" || thing == "operator") return IsLabel(text);
  if (thing == "origin") return Origin::Parse(text).ok();
  if (thing == "cosigner") return ParseCosignerName(text).ok();
  if (thing == "record") return RecordName::Parse(text).ok();
  if (thing == "revision") return RevisionName::Parse(text).ok();
  if (thing == "tls") return TlsIdentity::Parse(text).ok();
  throw std::invalid_argument("no such thing: " + thing);
}

Verdict Name(const json& c, const std::string&) {
  return Expect(c, IsName(c.at("thing"), c.at("text")), "");
}

}  // namespace

void AddSignatureKinds(KindTable& table) {
  table["dsse-pae"] = DssePae;
  table["dsse"] = DsseEnvelope;
  table["ed25519"] = Ed25519;
  table["wycheproof-EDDSA"] = WycheproofEddsa;
  table["plenary-keys"] = Enrolment;
  table["plenary-signatures"] = RawSignature;
  table["plenary-envelopes"] = CanonicalEnvelope;
  table["plenary-scan"] = Scan;
  table["plenary-names"] = Name;
}

}  // namespace plenary::vectors
