// Canonical DSSE envelopes and the bytes that their signatures are over.
//
// Source: DSSE v1.0.2 (PAE and the protobuf envelope); canonical form: docs/FORMATS.md, section 3.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace plenary {

// The kinds of payload; the type is application/vnd.plenary.<kind>.v1.
enum class PayloadKind {
  kManifest,
  kRoster,
  kCard,
  kPossession,
  kProposal,
  kInquiry,
  kAcknowledgement,
  kAnswer,
};

// "manifest", "roster", …
absl::string_view KindName(PayloadKind kind);
// "application/vnd.plenary.manifest.v1", …
absl::string_view PayloadType(PayloadKind kind);

// DSSE's pre-authentication encoding: what is signed.
std::string Pae(absl::string_view payload_type, absl::string_view payload);
std::string Pae(PayloadKind kind, absl::string_view payload);

// A parsed envelope. Its views point into the bytes that were parsed and live as long as those.
struct Envelope {
  absl::string_view payload;
  absl::string_view type;
  std::vector<absl::string_view> signatures;  // 1 to 256, any length
};

// Parses canonical bytes. Fails with NON_CANONICAL for anything that FormatEnvelope would not
// write.
absl::StatusOr<Envelope> ParseEnvelope(absl::string_view bytes);

// As ParseEnvelope, and the payload type must be that of `kind`, else WRONG_TYPE.
absl::StatusOr<Envelope> ParseEnvelope(absl::string_view bytes, PayloadKind kind);

// The canonical bytes. CHECKs that there are 1 to 256 signatures.
std::string FormatEnvelope(PayloadKind kind, absl::string_view payload,
                           absl::Span<const std::string> signatures);

}  // namespace plenary
