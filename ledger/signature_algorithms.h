// The two algorithms behind PublicKey and Signer; used by signature.cc alone.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/signature.h"

namespace plenary::signature_internal {

// What an algorithm can do. Immutable.
class Verifier {
 public:
  virtual ~Verifier() = default;
  virtual uint32_t code() const = 0;
  // OK or BAD_KEY.
  virtual absl::Status CheckSpki(absl::string_view spki) const = 0;
  // True if valid. `spki` has passed CheckSpki.
  virtual bool Verify(absl::string_view spki, absl::string_view message,
                      absl::string_view signature, Strictness strictness) const = 0;
};

inline constexpr absl::string_view kEd25519SpkiPrefix(
    "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);

const Verifier& Ed25519Verifier();
const Verifier& EcdsaP256Verifier();

// A P-256 signer that takes over `evp_pkey` (an EVP_PKEY*).
std::unique_ptr<Signer> MakeEcdsaP256Signer(void* evp_pkey, PublicKey public_key);

}  // namespace plenary::signature_internal
