#include "ledger/envelope.h"

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/status.h"
#include "ledger/wire.h"

namespace plenary {
namespace {

struct KindRow {
  absl::string_view name;
  absl::string_view type;
};

constexpr KindRow kKinds[] = {
    {"manifest", "application/vnd.plenary.manifest.v1"},
    {"roster", "application/vnd.plenary.roster.v1"},
    {"card", "application/vnd.plenary.card.v1"},
    {"possession", "application/vnd.plenary.possession.v1"},
    {"proposal", "application/vnd.plenary.proposal.v1"},
    {"inquiry", "application/vnd.plenary.inquiry.v1"},
    {"acknowledgement", "application/vnd.plenary.acknowledgement.v1"},
    {"answer", "application/vnd.plenary.answer.v1"},
};

constexpr size_t kMaxSignatures = 256;
constexpr char kPayloadTag = 0x0A;
constexpr char kTypeTag = 0x12;
constexpr char kSignatureTag = 0x1A;

absl::Status NonCanonical(absl::string_view what) {
  return MakeError(Reason::NON_CANONICAL, absl::StrCat("envelope: ", what));
}

// Takes tag, minimal length and bytes; false if anything else stands there.
bool ConsumeField(char tag, absl::string_view& bytes, absl::string_view& content) {
  if (bytes.empty() || bytes[0] != tag) return false;
  absl::string_view rest = bytes.substr(1);
  const size_t before = rest.size();
  uint64_t length = 0;
  if (wire::ConsumeVarint(rest, length) != wire::VarintResult::kOk) return false;
  if (before - rest.size() != wire::VarintBytes(length) || length > rest.size()) return false;
  content = rest.substr(0, length);
  bytes = rest.substr(length);
  return true;
}

}  // namespace

absl::string_view KindName(PayloadKind kind) { return kKinds[static_cast<size_t>(kind)].name; }

absl::string_view PayloadType(PayloadKind kind) { return kKinds[static_cast<size_t>(kind)].type; }

std::string Pae(absl::string_view payload_type, absl::string_view payload) {
  return absl::StrCat("DSSEv1 ", payload_type.size(), " ", payload_type, " ", payload.size(), " ",
                      payload);
}

std::string Pae(PayloadKind kind, absl::string_view payload) {
  return Pae(PayloadType(kind), payload);
}

absl::StatusOr<Envelope> ParseEnvelope(absl::string_view bytes) {
  Envelope envelope;
  if (!ConsumeField(kPayloadTag, bytes, envelope.payload)) {
    return NonCanonical("expected the payload first, with a minimal length");
  }
  if (!ConsumeField(kTypeTag, bytes, envelope.type)) {
    return NonCanonical("expected the payload type second, with a minimal length");
  }
  absl::string_view wrapper;
  while (ConsumeField(kSignatureTag, bytes, wrapper)) {
    absl::string_view signature;
    if (!ConsumeField(kPayloadTag, wrapper, signature) || !wrapper.empty()) {
      return NonCanonical("expected a signature and nothing beside it");
    }
    envelope.signatures.push_back(signature);
    if (envelope.signatures.size() > kMaxSignatures) break;
  }
  if (!bytes.empty() || envelope.signatures.empty() ||
      envelope.signatures.size() > kMaxSignatures) {
    return NonCanonical("expected 1 to 256 signatures and nothing behind them");
  }
  return envelope;
}

absl::StatusOr<Envelope> ParseEnvelope(absl::string_view bytes, PayloadKind kind) {
  ASSIGN_OR_RETURN(Envelope envelope, ParseEnvelope(bytes));
  if (envelope.type != PayloadType(kind)) {
    return MakeError(Reason::WRONG_TYPE,
                     absl::StrCat("envelope: expected payload type ", PayloadType(kind)));
  }
  return envelope;
}

std::string FormatEnvelope(PayloadKind kind, absl::string_view payload,
                           absl::Span<const std::string> signatures) {
  CHECK(!signatures.empty() && signatures.size() <= kMaxSignatures);
  std::string bytes;
  wire::AppendBytes(1, payload, bytes);
  wire::AppendBytes(2, PayloadType(kind), bytes);
  for (const std::string& signature : signatures) {
    std::string wrapper;
    wire::AppendBytes(1, signature, wrapper);
    wire::AppendBytes(3, wrapper, bytes);
  }
  return bytes;
}

}  // namespace plenary
