// The part of AuditService that is about rosters, cards and evidence.
#include "absl/strings/str_cat.h"
#include "ledger/digest.h"
#include "ledger/envelope.h"
#include "ledger/evidence.h"
#include "ledger/names.h"
#include "ledger/status.h"
#include "node/services/audit_service.h"
#include "plenary/v1/evidence.pb.h"

namespace plenary::node {
namespace {

namespace api = ::plenary::v1;

absl::StatusOr<uint64_t> After(const std::string& cursor) {
  return cursor.empty() ? absl::StatusOr<uint64_t>(0) : ParseDecimal(cursor);
}

void Fill(const Roster& roster, api::RosterVersion& shown) {
  shown.set_version(roster.version());
  shown.set_digest(roster.digest().bytes());
  shown.set_envelope(std::string(roster.envelope()));
}

void Fill(const Card& card, api::CardVersion& shown) {
  shown.set_member(card.member());
  shown.set_version(card.version());
  shown.set_digest(card.digest().bytes());
  shown.set_envelope(std::string(card.envelope()));
}

absl::Status NotHeld(absl::string_view what, uint64_t version, uint64_t newest) {
  return MakeError(Reason::NOT_FOUND,
                   absl::StrCat(what, ": expected a version from 1 to ", newest, ", got ", version),
                   {{"version", absl::StrCat(version)}});
}

}  // namespace

grpc::ServerUnaryReactor* AuditServer::GetRoster(grpc::CallbackServerContext* context,
                                                 const api::GetRosterRequest* request,
                                                 api::GetRosterResponse* response) {
  return Answer(service_, Role::kReader, context, [&](const Caller&) -> absl::Status {
    const auto trust = service_.node->HeldTrust();
    const RosterChain& rosters = trust->rosters();
    const uint64_t version = request->version() == 0 ? rosters.size() : request->version();
    const Roster* roster = rosters.Find(version);
    if (roster == nullptr) return NotHeld("roster", version, rosters.size());
    Fill(*roster, *response->mutable_roster());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AuditServer::ListRosters(grpc::CallbackServerContext* context,
                                                   const api::ListRostersRequest* request,
                                                   api::ListRostersResponse* response) {
  return Answer(service_, Role::kReader, context, [&](const Caller&) -> absl::Status {
    ASSIGN_OR_RETURN(const uint32_t page, PageSize(request->page_size(), 10, 50));
    ASSIGN_OR_RETURN(const std::string cursor, service_.tokens->Cursor(*request));
    ASSIGN_OR_RETURN(uint64_t version, After(cursor));
    const auto trust = service_.node->HeldTrust();
    uint64_t bytes = 0;
    while (const Roster* roster = trust->rosters().Find(version + 1)) {
      const bool full = response->rosters_size() == static_cast<int>(page) ||
                        (bytes > 0 && bytes + roster->envelope().size() > kPageBytes);
      if (full) {
        response->set_next_page_token(service_.tokens->Make(*request, absl::StrCat(version)));
        break;
      }
      Fill(*roster, *response->add_rosters());
      bytes += roster->envelope().size();
      ++version;
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AuditServer::GetCard(grpc::CallbackServerContext* context,
                                               const api::GetCardRequest* request,
                                               api::GetCardResponse* response) {
  return Answer(service_, Role::kReader, context, [&](const Caller&) -> absl::Status {
    const auto trust = service_.node->HeldTrust();
    const CardChain* cards = trust->CardsOf(request->member());
    const std::string what = absl::StrCat("card of \"", request->member(), "\"");
    if (cards == nullptr) return NotHeld(what, request->version(), 0);
    const uint64_t version = request->version() == 0 ? cards->size() : request->version();
    const Card* card = cards->Find(version);
    if (card == nullptr) return NotHeld(what, version, cards->size());
    Fill(*card, *response->mutable_card());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AuditServer::ListCards(grpc::CallbackServerContext* context,
                                                 const api::ListCardsRequest* request,
                                                 api::ListCardsResponse* response) {
  return Answer(service_, Role::kReader, context, [&](const Caller&) -> absl::Status {
    ASSIGN_OR_RETURN(const uint32_t page, PageSize(request->page_size(), 10, 100));
    ASSIGN_OR_RETURN(const std::string cursor, service_.tokens->Cursor(*request));
    const auto trust = service_.node->HeldTrust();
    // All that may be shown, in order, each with the cursor that it leaves behind.
    std::vector<std::pair<const Card*, std::string>> cards;
    if (request->member() == "-") {
      const auto& chains = trust->cards();
      for (auto next = chains.upper_bound(cursor); next != chains.end(); ++next) {
        cards.emplace_back(&next->second.newest(), next->first);
      }
    } else if (const CardChain* chain = trust->CardsOf(request->member())) {
      ASSIGN_OR_RETURN(const uint64_t after, After(cursor));
      for (uint64_t version = after + 1; version <= chain->size(); ++version) {
        cards.emplace_back(chain->Find(version), absl::StrCat(version));
      }
    } else {
      return NotHeld(absl::StrCat("card of \"", request->member(), "\""), 1, 0);
    }
    uint64_t bytes = 0;
    for (const auto& [card, place] : cards) {
      Fill(*card, *response->add_cards());
      bytes += card->envelope().size();
      const bool full = response->cards_size() == static_cast<int>(page) || bytes >= kPageBytes;
      if (!full || card == cards.back().first) continue;
      response->set_next_page_token(service_.tokens->Make(*request, place));
      break;
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AuditServer::ListEvidence(grpc::CallbackServerContext* context,
                                                    const api::ListEvidenceRequest* request,
                                                    api::ListEvidenceResponse* response) {
  return Answer(service_, Role::kReader, context, [&](const Caller&) -> absl::Status {
    ASSIGN_OR_RETURN(const uint32_t page, PageSize(request->page_size(), 50, 100));
    ASSIGN_OR_RETURN(const std::string after, service_.tokens->Cursor(*request));
    const Snapshot snapshot(service_.node->store());
    ASSIGN_OR_RETURN(const std::vector<EvidenceRow> rows, snapshot.AllEvidence());
    std::string last;
    for (const EvidenceRow& row : rows) {
      if (row.key <= after) continue;
      if (response->evidence_size() == static_cast<int>(page)) {
        response->set_next_page_token(service_.tokens->Make(*request, last));
        break;
      }
      last = row.key;
      api::EvidenceSummary& shown = *response->add_evidence();
      shown.set_digest(Sha256(row.evidence).bytes());
      api::Evidence evidence;
      if (evidence.ParseFromString(row.evidence)) shown.set_kind(evidence.kind());
      const size_t slash = row.key.find('/');
      shown.set_subject(slash == std::string::npos ? row.key : row.key.substr(slash + 1));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AuditServer::GetEvidence(grpc::CallbackServerContext* context,
                                                   const api::GetEvidenceRequest* request,
                                                   api::GetEvidenceResponse* response) {
  return Answer(service_, Role::kReader, context, [&](const Caller&) -> absl::Status {
    const Snapshot snapshot(service_.node->store());
    ASSIGN_OR_RETURN(const std::vector<EvidenceRow> rows, snapshot.AllEvidence());
    for (const EvidenceRow& row : rows) {
      if (Sha256(row.evidence).view() != request->digest()) continue;
      response->set_evidence(row.evidence);
      return absl::OkStatus();
    }
    const std::string digest = HexEncode(request->digest().substr(0, Digest::kBytes));
    return MakeError(Reason::NOT_FOUND,
                     absl::StrCat("evidence ", digest, ": expected one that is listed"),
                     {{"digest", digest}});
  });
}

}  // namespace plenary::node
