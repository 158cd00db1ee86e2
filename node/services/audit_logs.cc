// The part of AuditService that is about logs: checkpoints, proofs, leaves.
#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "ledger/commit.h"
#include "ledger/names.h"
#include "ledger/status.h"
#include "node/services/audit_service.h"
#include "node/services/log_reader.h"

namespace plenary::node {
namespace {

namespace api = ::plenary::v1;

// The place where a page begins: the cursor is a decimal number.
absl::StatusOr<uint64_t> Begin(const std::string& cursor, uint64_t first_page) {
  return cursor.empty() ? absl::StatusOr<uint64_t>(first_page) : ParseDecimal(cursor);
}

absl::Status FillLog(const ServiceContext& service, const LogReader& log, api::LogState& state) {
  state.set_origin(log.origin());
  state.set_size(log.size());
  state.set_signed_size(log.signed_size());
  state.set_final_size(log.final_size());
  ASSIGN_OR_RETURN(const Digest root, log.Root(log.size()));
  state.set_root(root.bytes());
  const sync::Trust& trust = *service.node->HeldTrust();
  const LogKey* key = trust.FindLog(log.origin());
  state.set_closed(key != nullptr && key->closed);
  const auto status = service.node->Status();
  const LogStatus* shown = status->Find(log.origin());
  state.set_frozen(shown != nullptr && shown->frozen);
  return absl::OkStatus();
}

absl::Status NoCheckpoint(const LogReader& log, const char* which) {
  return MakeError(
      Reason::NOT_FINAL,
      absl::StrCat("log ", log.origin(), ": expected a ", which, " checkpoint, got none so far"),
      {{"origin", log.origin()}});
}

// What a request's size means: 0 is that of the newest final checkpoint.
absl::StatusOr<uint64_t> ProofSize(const LogReader& log, uint64_t asked) {
  if (asked != 0) return asked;
  if (log.final_size() == 0) return NoCheckpoint(log, "final");
  return log.final_size();
}

// The slots of one leaf as this caller may see them.
void FillSlots(const CallerSight& sight, absl::string_view owner, absl::string_view envelope,
               absl::Span<const SlotView> slots, bool omit_records, api::Leaf& leaf) {
  const auto read = ReadLeaf(envelope);
  for (const SlotView& slot : slots) {
    api::Slot& shown = *leaf.add_slots();
    shown.set_state(slot.state);
    if (slot.state != api::SLOT_STATE_PRESENT || omit_records) continue;
    const bool readable = read.ok() && slot.entry < read->slots();
    if (readable && sight.Sees(Audience::Of(read->manifest,
                                            read->manifest.entries[slot.entry].audience, owner))) {
      shown.set_record(std::string(slot.bytes));
    } else {
      shown.set_state(api::SLOT_STATE_WITHHELD);
    }
  }
}

}  // namespace

grpc::ServerUnaryReactor* AuditServer::ListLogs(grpc::CallbackServerContext* context,
                                                const api::ListLogsRequest* request,
                                                api::ListLogsResponse* response) {
  return Answer(service_, Role::kReader, context, [&](const Caller&) -> absl::Status {
    ASSIGN_OR_RETURN(const uint32_t page, PageSize(request->page_size(), 100, 1000));
    ASSIGN_OR_RETURN(const std::string after, service_.tokens->Cursor(*request));
    const Snapshot snapshot(service_.node->store());
    ASSIGN_OR_RETURN(std::vector<nodev1::LogRecord> records, snapshot.AllLogs());
    std::map<std::string, nodev1::LogRecord> by_origin;
    for (nodev1::LogRecord& record : records) {
      std::string origin = record.origin();
      by_origin.emplace(std::move(origin), std::move(record));
    }
    auto next = by_origin.upper_bound(after);
    for (; next != by_origin.end(); ++next) {
      if (response->logs_size() == static_cast<int>(page)) {
        const std::string& last = response->logs(response->logs_size() - 1).origin();
        response->set_next_page_token(service_.tokens->Make(*request, last));
        break;
      }
      RETURN_IF_ERROR(FillLog(service_, LogReader(snapshot, next->second), *response->add_logs()));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AuditServer::GetCheckpoint(grpc::CallbackServerContext* context,
                                                     const api::GetCheckpointRequest* request,
                                                     api::GetCheckpointResponse* response) {
  return Answer(service_, Role::kReader, context, [&](const Caller&) -> absl::Status {
    const Snapshot snapshot(service_.node->store());
    ASSIGN_OR_RETURN(const LogReader log, LogReader::Find(snapshot, request->origin()));
    const bool newest = request->kind() == api::CHECKPOINT_KIND_NEWEST;
    const std::string& note = newest ? log.record().checkpoint() : log.record().final_checkpoint();
    if (note.empty()) return NoCheckpoint(log, newest ? "signed" : "final");
    response->set_note(note);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AuditServer::GetInclusionProof(
    grpc::CallbackServerContext* context, const api::GetInclusionProofRequest* request,
    api::GetInclusionProofResponse* response) {
  return Answer(service_, Role::kReader, context, [&](const Caller&) -> absl::Status {
    const Snapshot snapshot(service_.node->store());
    ASSIGN_OR_RETURN(const LogReader log, LogReader::Find(snapshot, request->origin()));
    ASSIGN_OR_RETURN(const uint64_t size, ProofSize(log, request->size()));
    ASSIGN_OR_RETURN(const auto hashes, log.Inclusion(request->index(), size));
    ASSIGN_OR_RETURN(const std::string leaf, log.Leaf(request->index()));
    response->set_leaf_hash(LeafHash(leaf).bytes());
    for (const Digest& hash : hashes) response->add_hashes(hash.bytes());
    response->set_size(size);
    response->set_note(log.NoteOf(size));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AuditServer::GetConsistencyProof(
    grpc::CallbackServerContext* context, const api::GetConsistencyProofRequest* request,
    api::GetConsistencyProofResponse* response) {
  return Answer(service_, Role::kReader, context, [&](const Caller&) -> absl::Status {
    const Snapshot snapshot(service_.node->store());
    ASSIGN_OR_RETURN(const LogReader log, LogReader::Find(snapshot, request->origin()));
    ASSIGN_OR_RETURN(const uint64_t to, ProofSize(log, request->to_size()));
    ASSIGN_OR_RETURN(const auto hashes, log.Consistency(request->from_size(), to));
    for (const Digest& hash : hashes) response->add_hashes(hash.bytes());
    response->set_to_size(to);
    response->set_note(log.NoteOf(to));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AuditServer::ListLeaves(grpc::CallbackServerContext* context,
                                                  const api::ListLeavesRequest* request,
                                                  api::ListLeavesResponse* response) {
  return Answer(service_, Role::kReader, context,
                [&](const Caller& caller) { return FillLeaves(caller, *request, *response); });
}

absl::Status AuditServer::FillLeaves(const Caller& caller, const api::ListLeavesRequest& request,
                                     api::ListLeavesResponse& response) const {
  ASSIGN_OR_RETURN(const uint32_t page, PageSize(request.page_size(), 500, 10'000));
  ASSIGN_OR_RETURN(const std::string cursor, service_.tokens->Cursor(request));
  ASSIGN_OR_RETURN(uint64_t index, Begin(cursor, request.from()));
  const Snapshot snapshot(service_.node->store());
  ASSIGN_OR_RETURN(const LogReader log, LogReader::Find(snapshot, request.origin()));
  ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(log.origin()));
  const CallerSight sight(service_, caller);
  uint64_t bytes = 0;
  const auto visit = [&](uint64_t at, absl::string_view envelope,
                         absl::Span<const SlotView> slots) {
    api::Leaf& leaf = *response.add_leaves();
    leaf.set_index(at);
    leaf.set_envelope(std::string(envelope));
    FillSlots(sight, origin.member, envelope, slots, request.omit_records(), leaf);
    bytes += leaf.ByteSizeLong();
    return bytes < kPageBytes;
  };
  // The store shows one branch at a time.
  while (index < log.size() && bytes < kPageBytes &&
         response.leaves_size() < static_cast<int>(page)) {
    const uint64_t left = page - static_cast<uint64_t>(response.leaves_size());
    const ScanLimits limits{.max_leaves = std::min(left, log.BranchEnd(index) - index),
                            .max_bytes = kPageBytes};
    ASSIGN_OR_RETURN(index, snapshot.ScanCommits(log.At(index), limits, visit));
  }
  if (index < log.size()) {
    response.set_next_page_token(service_.tokens->Make(request, absl::StrCat(index)));
  }
  return absl::OkStatus();
}

}  // namespace plenary::node
