// Proof files: the exit code of `plenary verify`.
#include <optional>

#include "absl/strings/str_cat.h"
#include "ledger/digest.h"
#include "ledger/proof_file.h"
#include "ledger/proof_verdict.h"
#include "ledger/status.h"
#include "tests/vectors/vector_runner.h"

namespace plenary::vectors {
namespace {

Verdict ProofOf(const nlohmann::json& c, const std::string& /*folder*/) {
  const std::string bytes = Bytes(c, "proof_b64");
  std::optional<Digest> pinned;
  if (c.at("roster_digest_hex") != "") {
    auto digest = Digest::FromBytes(Bytes(c, "roster_digest_hex"));
    if (!digest.ok()) return "the pinned digest has not 32 bytes";
    pinned = *digest;
  }
  const ProofVerdict verdict = VerifyProof(bytes, pinned);
  const std::string why = verdict.why.ok() ? "" : Explain(verdict.why);
  if (static_cast<int>(verdict.exit) != c.at("exit")) {
    return absl::StrCat("expected exit ", c.at("exit").get<int>(), ", got ",
                        static_cast<int>(verdict.exit), ": ", why);
  }
  if (Verdict v = Expect(c, verdict.exit == ProofExit::kProven, why); !v.empty()) return v;
  if (c.value("surplus", false) && verdict.surplus.empty()) return "the surplus is not reported";
  const auto file = ParseProofFile(bytes);
  if (file.ok() && FormatProofFile(*file) != bytes) return "does not format to the same bytes";
  return {};
}

}  // namespace

void AddProofKinds(KindTable& table) { table["plenary-proofs"] = ProofOf; }

}  // namespace plenary::vectors
