// Records and commits for tests: what an honest author writes, and every way to write it wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "ledger/commit.h"
#include "ledger/digest.h"
#include "ledger/judge_logs.h"
#include "plenary/v1/manifest.pb.h"
#include "plenary/v1/record.pb.h"
#include "tests/support/world.h"

namespace plenary::testing {

// A record of `member` with everything that it needs: schema, name, salt (from the name, revision
// and `salt`) and, for a known collection, an empty body of its own. Change it, then serialise it.
v1::Record NewRecord(absl::string_view member, absl::string_view collection, absl::string_view id,
                     uint64_t revision = 1, absl::string_view previous = "",
                     absl::string_view salt = "");

// The same as bytes.
std::string RecordBytes(absl::string_view member, absl::string_view collection,
                        absl::string_view id, uint64_t revision = 1,
                        absl::string_view previous = "", absl::string_view salt = "");

// A redaction of these entries of logs of `member`.
std::string RedactionBytes(const World& world, absl::string_view member, absl::string_view id,
                           const std::vector<EntryPlace>& targets, uint64_t revision = 1,
                           absl::string_view previous = "");

// One record on its way into a commit.
struct RecordToLog {
  std::string bytes;
  uint32_t audience = 0;
  bool permanent = false;
  bool here = true;  // its bytes are in the slot
};

// The versions that a leaf names.
VersionName NameOf(const Roster& roster);
VersionName NameOf(const Card& card);

// The manifest of a commit of `member`, naming the world's newest roster and card and signed by
// nobody yet. Not checked: tests change it into what no author would write.
v1::Manifest NewManifest(const World& world, absl::string_view member, uint64_t epoch,
                         const std::vector<RecordToLog>& records);

// The leaf of that payload, by these keys.
std::string SignManifest(const v1::Manifest& manifest, absl::Span<const Signer* const> keys);

// A leaf with its slots: NewManifest signed by the member's author key.
LeafToJudge NewLeaf(const World& world, absl::string_view member, uint64_t epoch,
                    const std::vector<RecordToLog>& records);
// The same of a manifest that a test has changed.
LeafToJudge LeafOf(const World& world, const v1::Manifest& manifest,
                   const std::vector<RecordToLog>& records);

// What a judge knows of the world: all its rosters and all cards of its members.
TrustBook TrustOf(const World& world);

}  // namespace plenary::testing
