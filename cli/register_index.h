// What a node's register holds, as far as an import must know it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "cli/client/client.h"
#include "cli/command.h"
#include "cli/import/references.h"
#include "ledger/digest.h"
#include "plenary/v1/record.pb.h"

namespace plenary::cli {

// The newest revision of one record.
struct HeldRecord {
  uint64_t revision = 0;
  std::string digest;  // of the record's bytes
  Digest body;         // of the body's bytes alone
};

struct RegisterIndex {
  ReferenceIndex references;                             // of all members' records
  absl::flat_hash_map<std::string, HeldRecord> records;  // of one member, by name
};

// Reads all records at the node, page after page; those of `member` with the node's tail. Fails as
// the node does.
absl::StatusOr<RegisterIndex> ReadRegister(Client& client, const std::string& member,
                                           Console& console);

// The digest of the body of a record's bytes: two revisions with the same say the same. Nothing if
// the bytes cannot be read.
std::optional<Digest> BodyDigest(absl::string_view record);

}  // namespace plenary::cli
