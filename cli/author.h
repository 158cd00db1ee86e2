// From records to signed commits: what the author, the node and the register each add.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/session.h"
#include "ledger/commit.h"
#include "ledger/roster.h"
#include "ledger/signature.h"
#include "plenary/v1/record.pb.h"

namespace plenary::cli {

// What every commit of one run names, and who signs it. One thread at a time.
struct Author {
  std::string member;
  std::string origin;
  VersionName roster;
  VersionName card;
  EffectiveLimits limits;
  std::unique_ptr<Signer> signer;
  uint32_t peers = 0;  // other full members, who make the log final
};

// Asks the node which log it writes and which roster and card versions it holds, fetches and
// verifies those that the trust folder lacks, and loads the author key (`key_file`, or the
// profile's). Fails with NO_LOG; WRONG_MEMBER if the node is another member's; WRONG_ROSTER_DIGEST
// or WRONG_CARD_DIGEST if the node names another content of a version that is held; UNKNOWN_AUTHOR
// or AUTHOR_NOT_ACTIVE by the card; BAD_PROFILE if no key is named; and as certs::LoadSigner.
absl::StatusOr<Author> OpenAuthor(Session& session, const std::string& key_file);

// The newest revision of a record at the node, its own tail included.
struct NewestRevision {
  uint64_t revision = 0;
  std::string digest;
  std::string record;  // bytes; empty where they are not shown
};
absl::StatusOr<std::optional<NewestRevision>> FindNewest(Client& client, const std::string& name);

// Fills in what is left out: schema, salt, revision and `previous`, so that the record follows
// `newest` (nothing: it is the first). Says nothing about what is there already.
void CompleteRecord(const std::optional<NewestRevision>& newest, v1::Record& record);

// 16 bytes from the kernel.
std::string NewSalt();

// "members", "public" or a list of members. BAD_REQUEST.
absl::StatusOr<Audience> AudienceOf(const std::string& text, const std::string& owner);

// What must hold of a complete record before it is worth sending. Fails as ParseRecord, with
// WRONG_MEMBER for a record of another member's, and with OVER_LIMIT by the limits of the roster.
absl::Status CheckForEntry(const Author& author, const v1::Record& record);

// A signed commit of complete records. Entries are permanent where they must be, and all of them
// if `permanent`. Fails as CheckForEntry and MakeCommit.
absl::StatusOr<v1::SubmitCommitRequest> SignCommit(const Author& author,
                                                   const std::vector<v1::Record>& records,
                                                   const Audience& audience, bool permanent,
                                                   absl::Time now);

// "final: held by 3 of 4 other members", "stored here; held by 1 of 4 other members, 3 needed".
std::string StageInWords(const v1::Receipt& receipt, uint32_t peers);

}  // namespace plenary::cli
