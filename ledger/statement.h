// The statements of finality: inquiry, proposal, acknowledgement, answer.
//
// Bytes and rules: docs/FORMATS.md, section 3.5; what they are for: docs/PROTOCOL.md (design
// section 6). Each is a struct of what the payload says, with the exact envelope that says it. The
// Parse functions check content, never signatures: Verify does, once the right key is known. The
// Make functions sign.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/checkpoint.h"
#include "ledger/digest.h"
#include "ledger/signature.h"

namespace plenary {

// One start of a log's node. Immutable value type.
struct Incarnation {
  uint64_t counter = 0;  // from 1
  std::string instance;  // 16 random bytes

  // Compared by counter alone: equal counters with other instances are two incarnations, of which
  // neither is above the other.
  bool IsAbove(const Incarnation& other) const { return counter > other.counter; }
  friend bool operator==(const Incarnation&, const Incarnation&) = default;
};

// Fails with COUNTER_JUMP if `counter` is more than 2^32 above the promised one: else one statement
// could use up all counters.
absl::Status CheckCounterJump(uint64_t counter, uint64_t promised);

// The log's node asks its peers to promise. Log key.
struct Inquiry {
  std::string envelope;
  std::string origin;
  Incarnation incarnation;
  uint64_t roster_version = 0;

  // OK, or BAD_SIGNATURE.
  absl::Status Verify(const PublicKey& log_key, Strictness strictness = Strictness::kStrict) const;
};

// The log's node asks its peers to store. Log key.
struct Proposal {
  std::string envelope;
  std::string origin;
  Incarnation incarnation;
  uint64_t size = 0;
  Digest root;
  std::vector<std::string> without;  // stores that abstained to this incarnation

  absl::Status Verify(const PublicKey& log_key, Strictness strictness = Strictness::kStrict) const;
  // Does it name that store among those that abstained?
  bool LeavesOut(absl::string_view store) const;
  // The state of the log that it proposes.
  Checkpoint Content() const { return Checkpoint{origin, size, root}; }
};

// A peer holds all leaves below `size` on its disk. Cosigner key.
struct Acknowledgement {
  std::string envelope;
  std::string origin;
  Incarnation incarnation;  // of the proposal
  uint64_t size = 0;
  Digest root;
  std::string store;

  absl::Status Verify(const PublicKey& cosigner_key,
                      Strictness strictness = Strictness::kStrict) const;
};

// A peer's promise, with what it holds; or that it abstains. Cosigner key.
struct Answer {
  std::string envelope;
  std::string origin;
  Incarnation incarnation;  // of the inquiry (abstaining, also of the proposal) that it answers
  std::string store;
  bool abstains = false;
  std::string checkpoint_note;           // empty if there is none
  std::optional<Checkpoint> checkpoint;  // what the note claims
  std::optional<Proposal> proposal;

  // The peer's own signature: OK, or BAD_SIGNATURE.
  absl::Status Verify(const PublicKey& cosigner_key,
                      Strictness strictness = Strictness::kStrict) const;
  // That checkpoint and proposal are by the log's key: OK, NOT_SIGNED_BY_LOG, or BAD_SIGNATURE.
  // Cosignatures on the checkpoint are not looked at: VerifyCheckpoint does that.
  absl::Status VerifyContent(const PublicKey& log_key) const;
};

// Each fails with NON_CANONICAL, WRONG_TYPE, SIGNATURE_COUNT (not one), a reason of the strict
// scan, BAD_NAME (origin), BAD_COUNTER, BAD_INSTANCE, and as named.
absl::StatusOr<Inquiry> ParseInquiry(absl::string_view envelope);  // BAD_VERSION
absl::StatusOr<Proposal> ParseProposal(
    absl::string_view envelope);  // BAD_SIZE, BAD_ROOT, BAD_STORE
// BAD_SIZE, BAD_ROOT, BAD_STORE.
absl::StatusOr<Acknowledgement> ParseAcknowledgement(absl::string_view envelope);
// BAD_STORE, ABSTAINS_WITH_CONTENT; WRONG_ORIGIN if checkpoint or proposal are of another log; for
// them as ReadUnverifiedCheckpoint and ParseProposal.
absl::StatusOr<Answer> ParseAnswer(absl::string_view envelope);

// Each signs what the fields say and gives the statement back with its envelope. The answer's
// checkpoint is taken from `checkpoint_note`, its proposal from that one's envelope. CHECKs that
// the content is good: it is ours.
Inquiry MakeInquiry(Inquiry inquiry, const Signer& log_key);
Proposal MakeProposal(Proposal proposal, const Signer& log_key);
Acknowledgement MakeAcknowledgement(Acknowledgement acknowledgement, const Signer& cosigner_key);
Answer MakeAnswer(Answer answer, const Signer& cosigner_key);

}  // namespace plenary
