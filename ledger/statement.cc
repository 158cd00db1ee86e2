#include "ledger/statement.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "ledger/check.h"
#include "ledger/envelope.h"
#include "ledger/limits.h"
#include "ledger/merkle.h"
#include "ledger/names.h"
#include "ledger/scan.h"
#include "ledger/status.h"
#include "plenary/v1/statement.pb.h"

namespace plenary {
namespace {

template <typename Message>
absl::StatusOr<Message> OpenEnvelope(PayloadKind kind, absl::string_view bytes) {
  ASSIGN_OR_RETURN(const Envelope envelope, ParseEnvelope(bytes, kind));
  if (envelope.signatures.size() != 1) {
    return MakeError(
        Reason::SIGNATURE_COUNT,
        absl::StrCat(KindName(kind), ": expected one signature, got ", envelope.signatures.size()));
  }
  return ScanAndParse<Message>(envelope.payload);
}

absl::Status VerifySignature(PayloadKind kind, absl::string_view bytes, absl::string_view origin,
                             const PublicKey& key, Strictness strictness) {
  ASSIGN_OR_RETURN(const Envelope envelope, ParseEnvelope(bytes, kind));
  CHECK_EQ(envelope.signatures.size(), size_t{1});
  return Annotate(key.Verify(Pae(kind, envelope.payload), envelope.signatures.front(), strictness),
                  absl::StrCat(KindName(kind), " about ", origin));
}

template <typename Message>
std::string Sign(PayloadKind kind, const Message& message, const Signer& key) {
  const std::string payload = message.SerializeAsString();
  return FormatEnvelope(kind, payload, {key.Sign(Pae(kind, payload))});
}

// Origin and incarnation, which every statement has.
template <typename Message>
absl::StatusOr<Incarnation> ReadIncarnation(PayloadKind kind, const Message& message) {
  RETURN_IF_ERROR(Annotate(Origin::Parse(message.origin()).status(), KindName(kind)));
  const auto where = absl::StrCat(KindName(kind), " about ", message.origin());
  if (message.counter() == 0) {
    return MakeError(Reason::BAD_COUNTER, absl::StrCat(where, ": expected a counter from 1 on"),
                     {{"origin", message.origin()}});
  }
  if (message.instance().size() != kIdBytes) {
    return MakeError(Reason::BAD_INSTANCE,
                     absl::StrCat(where, ": instance: expected ", kIdBytes, " bytes, got ",
                                  message.instance().size()),
                     {{"origin", message.origin()}});
  }
  return Incarnation{message.counter(), message.instance()};
}

// Size and root, of proposals and acknowledgements.
template <typename Message>
absl::StatusOr<Digest> ReadRoot(PayloadKind kind, const Message& message) {
  const auto where = absl::StrCat(KindName(kind), " about ", message.origin());
  if (message.size() > kMaxLogSize) {
    return MakeError(Reason::BAD_SIZE,
                     absl::StrCat(where, ": expected a size below 2^63, got ", message.size()));
  }
  const auto root = Digest::FromBytes(message.root());
  if (!root.ok()) {
    return MakeError(Reason::BAD_ROOT,
                     absl::StrCat(where, ": root: expected 32 bytes, got ", message.root().size()));
  }
  if (message.size() == 0 && *root != EmptyRoot()) {
    return MakeError(Reason::BAD_ROOT,
                     absl::StrCat(where, ": expected the empty root at size 0, got ", root->Hex()));
  }
  return *root;
}

absl::Status CheckStore(PayloadKind kind, absl::string_view origin, absl::string_view store) {
  if (store.size() == kIdBytes) return absl::OkStatus();
  return MakeError(Reason::BAD_STORE,
                   absl::StrCat(KindName(kind), " about ", origin, ": store: expected ", kIdBytes,
                                " bytes, got ", store.size()));
}

absl::Status CheckContentOrigin(absl::string_view what, absl::string_view origin,
                                absl::string_view expected) {
  if (origin == expected) return absl::OkStatus();
  return MakeError(Reason::WRONG_ORIGIN,
                   absl::StrCat("answer about ", expected, ": ", what,
                                ": expected it of the same log, got ", origin),
                   {{"origin", expected}});
}

}  // namespace

absl::Status CheckCounterJump(uint64_t counter, uint64_t promised) {
  if (counter <= promised || counter - promised <= kMaxCounterJump) return absl::OkStatus();
  return MakeError(
      Reason::COUNTER_JUMP,
      absl::StrCat("counter: expected at most 2^32 above ", promised, ", got ", counter),
      {{"promised", absl::StrCat(promised)}, {"counter", absl::StrCat(counter)}});
}

absl::Status Inquiry::Verify(const PublicKey& log_key, Strictness strictness) const {
  return VerifySignature(PayloadKind::kInquiry, envelope, origin, log_key, strictness);
}

absl::Status Proposal::Verify(const PublicKey& log_key, Strictness strictness) const {
  return VerifySignature(PayloadKind::kProposal, envelope, origin, log_key, strictness);
}

bool Proposal::LeavesOut(absl::string_view store) const {
  return std::find(without.begin(), without.end(), store) != without.end();
}

absl::Status Acknowledgement::Verify(const PublicKey& cosigner_key, Strictness strictness) const {
  return VerifySignature(PayloadKind::kAcknowledgement, envelope, origin, cosigner_key, strictness);
}

absl::Status Answer::Verify(const PublicKey& cosigner_key, Strictness strictness) const {
  return VerifySignature(PayloadKind::kAnswer, envelope, origin, cosigner_key, strictness);
}

absl::Status Answer::VerifyContent(const PublicKey& log_key) const {
  if (checkpoint.has_value()) {
    RETURN_IF_ERROR(VerifyCheckpoint(checkpoint_note, log_key, {}).status());
  }
  return proposal.has_value() ? proposal->Verify(log_key) : absl::OkStatus();
}

absl::StatusOr<Inquiry> ParseInquiry(absl::string_view envelope) {
  ASSIGN_OR_RETURN(const v1::Inquiry message,
                   OpenEnvelope<v1::Inquiry>(PayloadKind::kInquiry, envelope));
  ASSIGN_OR_RETURN(Incarnation incarnation, ReadIncarnation(PayloadKind::kInquiry, message));
  if (message.roster_version() == 0) {
    return MakeError(Reason::BAD_VERSION, absl::StrCat("inquiry about ", message.origin(),
                                                       ": expected a roster version from 1 on"));
  }
  return Inquiry{std::string(envelope), message.origin(), std::move(incarnation),
                 message.roster_version()};
}

absl::StatusOr<Proposal> ParseProposal(absl::string_view envelope) {
  constexpr PayloadKind kKind = PayloadKind::kProposal;
  ASSIGN_OR_RETURN(const v1::Proposal message, OpenEnvelope<v1::Proposal>(kKind, envelope));
  ASSIGN_OR_RETURN(Incarnation incarnation, ReadIncarnation(kKind, message));
  ASSIGN_OR_RETURN(const Digest root, ReadRoot(kKind, message));
  absl::flat_hash_set<absl::string_view> stores;
  for (const std::string& store : message.without()) {
    RETURN_IF_ERROR(CheckStore(kKind, message.origin(), store));
    if (!stores.insert(store).second) {
      return MakeError(Reason::BAD_STORE, absl::StrCat("proposal about ", message.origin(),
                                                       ": without: expected each store once"));
    }
  }
  return Proposal{std::string(envelope),
                  message.origin(),
                  std::move(incarnation),
                  message.size(),
                  root,
                  {message.without().begin(), message.without().end()}};
}

absl::StatusOr<Acknowledgement> ParseAcknowledgement(absl::string_view envelope) {
  constexpr PayloadKind kKind = PayloadKind::kAcknowledgement;
  ASSIGN_OR_RETURN(const v1::Acknowledgement message,
                   OpenEnvelope<v1::Acknowledgement>(kKind, envelope));
  ASSIGN_OR_RETURN(Incarnation incarnation, ReadIncarnation(kKind, message));
  ASSIGN_OR_RETURN(const Digest root, ReadRoot(kKind, message));
  RETURN_IF_ERROR(CheckStore(kKind, message.origin(), message.store()));
  return Acknowledgement{
      std::string(envelope), message.origin(), std::move(incarnation), message.size(), root,
      message.store()};
}

absl::StatusOr<Answer> ParseAnswer(absl::string_view envelope) {
  constexpr PayloadKind kKind = PayloadKind::kAnswer;
  ASSIGN_OR_RETURN(v1::Answer message, OpenEnvelope<v1::Answer>(kKind, envelope));
  Answer answer;
  ASSIGN_OR_RETURN(answer.incarnation, ReadIncarnation(kKind, message));
  RETURN_IF_ERROR(CheckStore(kKind, message.origin(), message.store()));
  answer.envelope = std::string(envelope);
  answer.origin = message.origin();
  answer.store = message.store();
  answer.abstains = message.abstains();
  if (answer.abstains && !(message.checkpoint().empty() && message.proposal().empty())) {
    return MakeError(Reason::ABSTAINS_WITH_CONTENT,
                     absl::StrCat("answer about ", answer.origin,
                                  ": expected neither checkpoint nor proposal: it abstains"));
  }
  if (!message.checkpoint().empty()) {
    ASSIGN_OR_RETURN(answer.checkpoint, ReadUnverifiedCheckpoint(message.checkpoint()));
    RETURN_IF_ERROR(CheckContentOrigin("checkpoint", answer.checkpoint->origin, answer.origin));
    answer.checkpoint_note = std::move(*message.mutable_checkpoint());
  }
  if (!message.proposal().empty()) {
    ASSIGN_OR_RETURN(answer.proposal, ParseProposal(message.proposal()));
    RETURN_IF_ERROR(CheckContentOrigin("proposal", answer.proposal->origin, answer.origin));
  }
  return answer;
}

Inquiry MakeInquiry(Inquiry inquiry, const Signer& log_key) {
  v1::Inquiry message;
  message.set_origin(inquiry.origin);
  message.set_counter(inquiry.incarnation.counter);
  message.set_instance(inquiry.incarnation.instance);
  message.set_roster_version(inquiry.roster_version);
  inquiry.envelope = Sign(PayloadKind::kInquiry, message, log_key);
  CHECK_OK(ParseInquiry(inquiry.envelope));
  return inquiry;
}

Proposal MakeProposal(Proposal proposal, const Signer& log_key) {
  v1::Proposal message;
  message.set_origin(proposal.origin);
  message.set_counter(proposal.incarnation.counter);
  message.set_instance(proposal.incarnation.instance);
  message.set_size(proposal.size);
  message.set_root(proposal.root.bytes());
  for (const std::string& store : proposal.without) message.add_without(store);
  proposal.envelope = Sign(PayloadKind::kProposal, message, log_key);
  CHECK_OK(ParseProposal(proposal.envelope));
  return proposal;
}

Acknowledgement MakeAcknowledgement(Acknowledgement acknowledgement, const Signer& cosigner_key) {
  v1::Acknowledgement message;
  message.set_origin(acknowledgement.origin);
  message.set_counter(acknowledgement.incarnation.counter);
  message.set_instance(acknowledgement.incarnation.instance);
  message.set_size(acknowledgement.size);
  message.set_root(acknowledgement.root.bytes());
  message.set_store(acknowledgement.store);
  acknowledgement.envelope = Sign(PayloadKind::kAcknowledgement, message, cosigner_key);
  CHECK_OK(ParseAcknowledgement(acknowledgement.envelope));
  return acknowledgement;
}

Answer MakeAnswer(Answer answer, const Signer& cosigner_key) {
  v1::Answer message;
  message.set_origin(answer.origin);
  message.set_counter(answer.incarnation.counter);
  message.set_instance(answer.incarnation.instance);
  message.set_store(answer.store);
  message.set_abstains(answer.abstains);
  message.set_checkpoint(answer.checkpoint_note);
  if (answer.proposal.has_value()) message.set_proposal(answer.proposal->envelope);
  auto made = ParseAnswer(Sign(PayloadKind::kAnswer, message, cosigner_key));
  CHECK_OK(made);
  return *std::move(made);
}

}  // namespace plenary
