#include "ledger/possession.h"

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/envelope.h"
#include "ledger/status.h"
#include "ledger/wire.h"

namespace plenary {
namespace {

// Field numbers of plenary.v1.Possession.
enum Field : uint32_t {
  kGenesis = 1,
  kMember = 2,
  kRole = 3,
  kEpoch = 4,
  kAlgorithm = 5,
  kSpki = 6,
};

std::string SignedText(const Enrolment& enrolment, const PublicKey& key) {
  return Pae(PayloadKind::kPossession,
             PossessionPayload(enrolment, static_cast<uint32_t>(key.algorithm()), key.spki()));
}

}  // namespace

absl::string_view RoleName(KeyRole role) {
  switch (role) {
    case KeyRole::kLog:
      return "log";
    case KeyRole::kCosigner:
      return "cosigner";
    case KeyRole::kAuthor:
      return "author";
  }
  CHECK(false) << "no such role";
  return "";
}

std::string PossessionPayload(const Enrolment& enrolment, uint32_t algorithm,
                              absl::string_view spki) {
  std::string payload;
  wire::AppendBytes(kGenesis, enrolment.genesis.view(), payload);
  if (!enrolment.member.empty()) wire::AppendBytes(kMember, enrolment.member, payload);
  wire::AppendBytes(kRole, RoleName(enrolment.role), payload);
  if (enrolment.epoch != 0) wire::AppendUint(kEpoch, enrolment.epoch, payload);
  if (algorithm != 0) wire::AppendUint(kAlgorithm, algorithm, payload);
  if (!spki.empty()) wire::AppendBytes(kSpki, spki, payload);
  return payload;
}

std::string SignPossession(const Enrolment& enrolment, const Signer& key) {
  return key.Sign(SignedText(enrolment, key.public_key()));
}

absl::Status VerifyPossession(const Enrolment& enrolment, const PublicKey& key,
                              absl::string_view signature) {
  if (key.Verify(SignedText(enrolment, key), signature).ok()) return absl::OkStatus();
  return MakeError(Reason::BAD_POSSESSION,
                   absl::StrCat("possession of a ", RoleName(enrolment.role), " key of member ",
                                enrolment.member, ": expected the key's own signature for this ",
                                "member, role and epoch ", enrolment.epoch),
                   {{"member", enrolment.member}, {"role", RoleName(enrolment.role)}});
}

}  // namespace plenary
