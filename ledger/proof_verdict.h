// The offline verdict: does a proof file prove a record, to somebody who trusts one roster?
//
// Rules: docs/FORMATS.md, section 5. Needs no node, no account, no network and no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/digest.h"

namespace plenary {

// Values are those of the exit code of `plenary verify`.
enum class ProofExit : int {
  kProven = 0,
  kDisproved = 1,    // not final, too
  kNotAnchored = 2,  // consistent with itself, but not with a roster that the reader trusts
  kUnreadable = 3,   // no proof file, or one that asks for rules or algorithms unknown here
};

// How many members hold the record, by one of the rosters in play.
struct HeldBy {
  uint64_t roster_version = 0;
  Digest roster_digest;
  std::vector<std::string> members;  // peers that cosigned, sorted
  int quorum = 0;                    // how many it takes
  int peers = 0;                     // of how many
};

// What a file says. Facts are set as far as the verdict came and are proven only if `exit` is
// kProven (or would be, kNotAnchored). A value.
struct ProofVerdict {
  ProofExit exit = ProofExit::kUnreadable;
  absl::Status why;  // OK if proven

  std::string record_name;
  uint64_t revision = 0;
  Digest record_digest;
  bool understood = true;
  std::string owner;
  std::string origin;
  uint64_t index = 0;
  uint64_t size = 0;
  Digest root;
  std::vector<std::string> authors;  // fingerprints in hex
  std::vector<HeldBy> held;          // by version; what was in play for the record's checkpoint
  // The record existed no later than this POSIX second; nothing if nobody cosigned.
  std::optional<uint64_t> no_later_than_seconds;
  // The newest roster of the file, and the one that is pinned, if it is here.
  uint64_t newest_roster = 0;
  Digest newest_roster_digest;
  std::optional<uint64_t> pinned_roster;

  // Sentences for people: what was checked, in order, each true; what a proof never says; what the
  // file holds besides, which the verdict does not rest on.
  std::vector<std::string> checked;
  std::vector<std::string> not_proven;
  std::vector<std::string> surplus;
};

// Judges a file. `pinned` are digests of payloads of rosters that the reader trusts; one of them
// has to be here. Thread-safe.
ProofVerdict VerifyProof(absl::string_view bytes, absl::Span<const Digest> pinned);
// The same with one, or none.
ProofVerdict VerifyProof(absl::string_view bytes, const std::optional<Digest>& pinned);

// "proven", "disproved", "not anchored", "unreadable".
absl::string_view ProofExitWord(ProofExit exit);

}  // namespace plenary
