#include "node/services/receipts.h"

#include "ledger/status.h"
#include "node/services/log_reader.h"
#include "node/services/shown_records.h"

namespace plenary::node {
namespace {

namespace api = ::plenary::v1;

api::ReceiptState StateOf(const CommitState& state) {
  if (state.set_aside) return api::RECEIPT_STATE_SET_ASIDE;
  switch (state.stage) {
    case CommitState::Stage::kWaiting:
      return api::RECEIPT_STATE_WAITING;
    case CommitState::Stage::kProvisional:
      return api::RECEIPT_STATE_PROVISIONAL;
    case CommitState::Stage::kFinal:
      return api::RECEIPT_STATE_FINAL;
  }
  return api::RECEIPT_STATE_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<api::Receipt> MakeReceipt(const Node& node, const CommitState& state) {
  api::Receipt receipt;
  receipt.set_commit(state.identity.bytes());
  receipt.set_state(StateOf(state));
  receipt.set_origin(state.origin);
  receipt.set_leaf_hash(state.leaf_hash.bytes());
  receipt.set_repeated_submission(state.repeated);
  if (!state.index.has_value()) return receipt;
  receipt.set_index(*state.index);
  const auto status = node.Status();
  const LogStatus* shown = status->Find(state.origin);
  if (shown == nullptr) return receipt;
  receipt.set_quorum(static_cast<uint32_t>(shown->quorum));
  if (*state.index >= shown->signed_size) return receipt;
  const Snapshot snapshot(node.store());
  ASSIGN_OR_RETURN(const LogReader log, LogReader::Find(snapshot, state.origin));
  const bool final = *state.index < log.final_size();
  const uint64_t size = final ? log.final_size() : log.signed_size();
  if (*state.index >= size) return receipt;
  receipt.set_checkpoint(final ? log.record().final_checkpoint() : log.record().checkpoint());
  ASSIGN_OR_RETURN(const std::vector<Digest> hashes, log.Inclusion(*state.index, size));
  for (const Digest& hash : hashes) receipt.add_inclusion(hash.bytes());
  for (const std::string& member : CosignersOn(receipt.checkpoint())) receipt.add_cosigners(member);
  return receipt;
}

}  // namespace plenary::node
