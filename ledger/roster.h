// The roster: who is a member, which root keys count, how many must agree.
//
// Bytes and rules: docs/FORMATS.md, sections 3.3 and 6; docs/PROTOCOL.md (quorum), TUF 1.0.34
// section 5.3 (succession). Three steps, each usable alone: Roster::Parse checks what one version
// says by itself; VerifyFounding and VerifySuccession check signatures and the step from one
// version to the next; RosterChain holds a federation's versions, all verified.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/digest.h"
#include "ledger/signature.h"
#include "plenary/v1/roster.pb.h"

namespace plenary {

// The highest level of judging rules that this build knows.
inline constexpr uint32_t kRulesLevel = 1;

// How many of a log's peers may be faulty in any way, and how many make it final.
struct QuorumRule {
  int peers = 0;
  int faulty = 0;
  int quorum = 0;
  friend bool operator==(const QuorumRule&, const QuorumRule&) = default;
};

// f = floor((W - 1) / 3), q = the larger of floor((W + f) / 2) + 1 and `asked`; W = 0: f = 0 and
// q = `asked`. `asked` is a roster's own quorum, 0 for none. CHECKs that `peers` is not negative.
QuorumRule QuorumOf(int peers, uint32_t asked);

// What a commit may hold under one roster: docs/FORMATS.md, section 6, lowered by the roster.
struct EffectiveLimits {
  uint64_t leaves_per_day = 0;  // beyond the final size: pacing, never a verdict; 0: none
  uint64_t bytes_per_day = 0;   // likewise
  uint64_t record_bytes = 0;
  uint64_t entries = 0;
  uint64_t commit_bytes = 0;
  uint64_t leaf_bytes = 0;
  uint64_t text_bytes = 0;
  uint64_t attachment_bytes = 0;
};

// A status as it is to be read: one that is not listed, or 0, is the most careful one, WITHDRAWN or
// COMPROMISED.
v1::MemberStatus CarefulStatus(v1::MemberStatus status);
v1::KeyStatus CarefulStatus(v1::KeyStatus status);

// A root key on the roster.
struct RootKey {
  PublicKey key;
  v1::KeyStatus status;  // careful
  std::string member;
};

// One version of the roster whose own content is good. Says nothing about who signed it: see
// RosterChain. Cheap to copy; views and pointers into it live as long as any copy.
// Immutable.
class Roster {
 public:
  // Parses an envelope. Fails with TOO_LARGE (above 1 MiB), NON_CANONICAL, WRONG_TYPE, a reason of
  // the strict scan, BAD_NAME, BAD_VERSION, BAD_PREVIOUS, BAD_RULES, BAD_MEMBER_COUNT,
  // DUPLICATE_MEMBER, BAD_CARD_REFERENCE, BAD_ALGORITHM, BAD_KEY, BAD_POSSESSION, DUPLICATE_KEY,
  // NO_ACTIVE_ROOT_KEY, BAD_THRESHOLD, BAD_QUORUM, BAD_AUTHOR_ALGORITHMS, BAD_LIMITS, BAD_CONSENTS.
  // A version 1 with more root keys than signatures fails with MISSING_ROOT_SIGNATURE here already.
  static absl::StatusOr<Roster> Parse(absl::string_view envelope);

  const v1::Roster& payload() const;
  uint64_t version() const;
  const std::string& federation() const;
  // SHA-256 of the payload.
  const Digest& digest() const;
  // The bytes that were parsed.
  absl::string_view envelope() const;

  // The member of that code, or null.
  const v1::Member* Find(absl::string_view code) const;
  // Careful; MEMBER_STATUS_UNSPECIFIED if the roster does not list the code.
  v1::MemberStatus StatusOf(absl::string_view code) const;
  bool IsFull(absl::string_view code) const { return StatusOf(code) == v1::MEMBER_STATUS_FULL; }
  // Codes of the full members, sorted.
  const std::vector<std::string>& FullMembers() const;
  // The full members but `owner`, sorted: the peers of that member's logs.
  std::vector<std::string> PeersOf(absl::string_view owner) const;
  // The rule for logs of `owner`, on this roster or not.
  QuorumRule QuorumFor(absl::string_view owner) const;
  // Members that must endorse a text of `type`, sorted: those that a consent names, else all full
  // members.
  std::vector<std::string> MustEndorse(absl::string_view type) const;

  // Root keys in the order of the roster, of every status and of every member.
  absl::Span<const RootKey> root_keys() const;
  // Those of one member.
  absl::Span<const RootKey> RootKeysOf(absl::string_view code) const;
  // The root key with that SPKI, or null.
  const RootKey* FindRootKey(absl::string_view spki) const;

  // Does this build know the rules and every author algorithm that the roster asks for? If not, a
  // leaf that names this roster is "unjudged".
  bool RulesKnown() const;
  bool AlgorithmsKnown() const;
  // Does the roster allow author keys of that algorithm?
  bool AllowsAuthorAlgorithm(uint32_t algorithm) const;
  const EffectiveLimits& limits() const;

 private:
  friend class RosterChain;
  struct Content;
  // As above; keys that `before` (or null) lists are not checked again.
  static absl::StatusOr<Roster> Parse(absl::string_view envelope, const Roster* before);
  explicit Roster(std::shared_ptr<const Content> content);
  std::shared_ptr<const Content> content_;
};

// Verifies that `roster` is a version 1 that every root key in it has signed. Fails with
// SKIPPED_VERSION, NEW_KEY_NOT_ACTIVE, BAD_SIGNATURE, DUPLICATE_SIGNATURE, MISSING_ROOT_SIGNATURE.
absl::Status VerifyFounding(const Roster& roster, Strictness strictness = Strictness::kStrict);

// Verifies that `after` may follow `before`, signatures included. `before` must have been verified
// itself. Fails with SECOND_OF_VERSION, SKIPPED_VERSION, WRONG_PREVIOUS, BAD_NAME (another
// federation), RULES_TAKEN_BACK, MEMBER_DROPPED, WITHDRAWAL_TAKEN_BACK, KEY_DROPPED, KEY_REVIVED,
// NEW_KEY_NOT_ACTIVE, NEW_KEY_DID_NOT_SIGN, BAD_SIGNATURE, DUPLICATE_SIGNATURE, THRESHOLD_OF_OLD,
// THRESHOLD_OF_NEW.
absl::Status VerifySuccession(const Roster& before, const Roster& after,
                              Strictness strictness = Strictness::kStrict);

// The roster's versions from 1 on, each verified against the one before (looser than kStrict only
// for evidence). A value: copies share the
// rosters. One thread at a time; const members are safe from several.
class RosterChain {
 public:
  // Founds the chain with version 1. Fails as Roster::Parse and VerifyFounding.
  static absl::StatusOr<RosterChain> Begin(absl::string_view envelope,
                                           Strictness strictness = Strictness::kStrict);
  // Adds the next version. Fails as Roster::Parse and VerifySuccession; the chain is then as
  // before.
  absl::Status Append(absl::string_view envelope, Strictness strictness = Strictness::kStrict);
  // Begin and Append over all of `envelopes`; ROSTER_MISSING if there is none.
  static absl::StatusOr<RosterChain> Verify(absl::Span<const std::string> envelopes,
                                            Strictness strictness = Strictness::kStrict);

  // Digest of version 1: names the federation.
  const Digest& genesis() const { return rosters_.front().digest(); }
  const std::string& federation() const { return rosters_.front().federation(); }
  const Roster& newest() const { return rosters_.back(); }
  // That version, or null. Valid until the next Append.
  const Roster* Find(uint64_t version) const;
  // How many versions; the newest one's number.
  uint64_t size() const { return rosters_.size(); }

 private:
  RosterChain() = default;
  std::vector<Roster> rosters_;  // version v at v - 1
};

}  // namespace plenary
