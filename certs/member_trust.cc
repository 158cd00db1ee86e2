// From roster and cards to what judging a peer rests on.
#include "absl/strings/str_cat.h"
#include "certs/member_identity.h"
#include "ledger/status.h"

namespace plenary::certs {
namespace {

MemberStatus StatusOf(v1::MemberStatus status) {
  switch (status) {
    case v1::MEMBER_STATUS_FULL:
      return MemberStatus::kFull;
    case v1::MEMBER_STATUS_OBSERVER:
      return MemberStatus::kObserver;
    case v1::MEMBER_STATUS_SUSPENDED:
      return MemberStatus::kSuspended;
    default:
      return MemberStatus::kWithdrawn;
  }
}

}  // namespace

MemberTrust MakeMemberTrust(MemberStatus status, absl::Span<const std::string> issuer_ders,
                            absl::Span<const std::string> revoked_spki,
                            std::vector<absl::Status>* unreadable) {
  MemberTrust member;
  member.status = status;
  const auto report = [unreadable](const absl::Status& error, absl::string_view where) {
    if (unreadable != nullptr) unreadable->push_back(Annotate(error, where));
  };
  for (const std::string& der : issuer_ders) {
    auto issuer = Certificate::FromDer(der);
    if (issuer.ok()) {
      member.issuers.push_back(*std::move(issuer));
    } else {
      report(issuer.status(), "issuer on the card");
    }
  }
  for (const std::string& bytes : revoked_spki) {
    const auto digest = Digest::FromBytes(bytes);
    if (digest.ok()) {
      member.revoked_spki.insert(*digest);
    } else {
      report(digest.status(), "revoked key on the card");
    }
  }
  return member;
}

Trust MakeTrust(const v1::Roster& roster, absl::Span<const v1::Card* const> cards,
                std::vector<absl::Status>* unreadable) {
  Trust trust;
  trust.federation = roster.federation();
  for (const v1::Member& member : roster.members()) {
    trust.members[member.code()].status = StatusOf(member.status());
  }
  for (const v1::Card* card : cards) {
    const auto found = trust.members.find(card->member());
    if (found == trust.members.end()) continue;
    const std::vector<std::string> issuers(card->issuers().begin(), card->issuers().end());
    const std::vector<std::string> revoked(card->revoked_spki().begin(),
                                           card->revoked_spki().end());
    std::vector<absl::Status> errors;
    found->second = MakeMemberTrust(found->second.status, issuers, revoked, &errors);
    if (unreadable == nullptr) continue;
    for (const absl::Status& error : errors) {
      unreadable->push_back(Annotate(error, absl::StrCat("member ", card->member())));
    }
  }
  return trust;
}

}  // namespace plenary::certs
