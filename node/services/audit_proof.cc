// ExportProof: a proof file out of what this node holds.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "ledger/commit.h"
#include "ledger/names.h"
#include "ledger/note.h"
#include "ledger/proof_file.h"
#include "ledger/status.h"
#include "ledger/tlog_proof.h"
#include "node/services/audit_service.h"
#include "node/services/log_reader.h"
#include "node/view/reader.h"

namespace plenary::node {
namespace {

namespace api = ::plenary::v1;

constexpr size_t kPieceBytes = size_t{1} << 20;

// Writes a file piece by piece, or ends at once with an error. Owns itself.
class PieceWriter : public grpc::ServerWriteReactor<api::ExportProofResponse> {
 public:
  explicit PieceWriter(absl::StatusOr<std::string> file) {
    if (!file.ok()) {
      Finish(ToGrpcStatus(file.status()));
      return;
    }
    file_ = *std::move(file);
    WriteNext();
  }

 private:
  void WriteNext() {
    if (written_ == file_.size()) return Finish(grpc::Status::OK);
    const size_t size = std::min(kPieceBytes, file_.size() - written_);
    piece_.set_piece(file_.substr(written_, size));
    written_ += size;
    StartWrite(&piece_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    WriteNext();
  }
  void OnDone() override { delete this; }

  std::string file_;
  size_t written_ = 0;
  api::ExportProofResponse piece_;
};

absl::StatusOr<ShownEntry> FindEntry(const ViewReader& view,
                                     const api::ExportProofRequest& request) {
  if (request.has_entry()) {
    return view.EntryAt(request.entry().origin(), request.entry().index(), request.entry().entry());
  }
  if (const auto revision = RevisionName::Parse(request.name()); revision.ok()) {
    return view.GetRevision(revision->record.Text(), revision->revision);
  }
  return view.GetRecord(request.name());
}

// The cards that the verdict needs: the manifest's, the log key's, each cosigner's newest.
void AddCards(const sync::Trust& trust, const LeafView& leaf, const std::string& owner,
              absl::string_view note, ProofFile& file) {
  std::set<const Card*> cards;
  if (const CardChain* chain = trust.CardsOf(owner)) {
    cards.insert(chain->Find(leaf.manifest.card.version));
    cards.insert(&chain->newest());
  }
  if (const auto parsed = ParseNote(note); parsed.ok()) {
    for (const NoteLine& line : parsed->lines) {
      const auto member = ParseCosignerName(line.name);
      if (member.ok()) cards.insert(trust.NewestCard(*member));
    }
  }
  cards.erase(nullptr);
  for (const Card* card : cards) file.cards.emplace_back(card->envelope());
}

absl::StatusOr<std::string> TlogProofOf(const LogReader& log, uint64_t index) {
  ASSIGN_OR_RETURN(std::vector<Digest> hashes, log.Inclusion(index, log.final_size()));
  return FormatTlogProof({.extra = std::nullopt,
                          .index = index,
                          .hashes = std::move(hashes),
                          .checkpoint = log.record().final_checkpoint()});
}

}  // namespace

absl::StatusOr<std::string> AuditServer::BuildProof(const Caller& caller,
                                                    const api::ExportProofRequest& request) const {
  const Snapshot snapshot(service_.node->store());
  const auto trust = service_.node->HeldTrust();
  ASSIGN_OR_RETURN(const ShownEntry entry, FindEntry(ViewReader(snapshot), request));
  ASSIGN_OR_RETURN(const LogReader log, LogReader::Find(snapshot, entry.origin));
  ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(entry.origin));
  ProofFile file;
  ASSIGN_OR_RETURN(file.envelope, log.Leaf(entry.index));
  ASSIGN_OR_RETURN(const LeafView leaf, ParseLeaf(file.envelope));
  const bool shown =
      entry.record.has_value() && entry.entry < leaf.slots() &&
      CallerSight(service_, caller)
          .Sees(Audience::Of(leaf.manifest, leaf.manifest.entries[entry.entry].audience,
                             origin.member));
  if (!shown) {
    return MakeError(Reason::NOT_FOUND, "proof: expected a record whose bytes are here for you");
  }
  if (entry.index >= log.final_size()) {
    return MakeError(
        Reason::NOT_FINAL,
        absl::StrCat("leaf ", entry.index, " of log ", entry.origin,
                     ": expected below a final checkpoint, the newest has size ", log.final_size()),
        {{"origin", entry.origin}, {"index", absl::StrCat(entry.index)}});
  }
  file.record = *entry.record;
  ASSIGN_OR_RETURN(file.tlog_proof, TlogProofOf(log, entry.index));
  for (uint64_t version = 1; version <= trust->rosters().size(); ++version) {
    file.rosters.emplace_back(trust->rosters().Find(version)->envelope());
  }
  AddCards(*trust, leaf, origin.member, log.record().final_checkpoint(), file);
  if (const uint64_t last = log.final_size() - 1; last != entry.index) {
    ProofStep step;
    ASSIGN_OR_RETURN(step.leaf, log.Leaf(last));
    ASSIGN_OR_RETURN(step.tlog_proof, TlogProofOf(log, last));
    file.steps.push_back(std::move(step));
  }
  return FormatProofFile(file);
}

grpc::ServerWriteReactor<api::ExportProofResponse>* AuditServer::ExportProof(
    grpc::CallbackServerContext* context, const api::ExportProofRequest* request) {
  const auto caller = service_.edge->Admit(*context, Role::kReader);
  if (!caller.ok()) return new PieceWriter(caller.status());
  return new PieceWriter(BuildProof(*caller, *request));
}

}  // namespace plenary::node
