// A folder of source files becomes records, each with the member that owns it, ready to be signed.
//
// Reads files; knows nothing of nodes. The layout is that of examples/brics-sti: a file
// <kind>.json, or else <kind>.csv, for each kind of rows, and owners.csv.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/import/references.h"
#include "cli/import/rows.h"
#include "plenary/v1/record.pb.h"

namespace plenary {

// A record that lacks what its node and its author add: salt, revision, previous.
struct PreparedRecord {
  std::string owner;  // member
  std::string kind;   // "working_groups"
  // schema, name and body.
  v1::Record record;
  // Where it comes from, for messages.
  std::string file;
  size_t number = 0;
};

struct Import {
  std::vector<PreparedRecord> records;  // in import order: what others refer to comes first
  std::vector<RowError> errors;         // rows that did not go in; each row may have several
  std::vector<RowError> warnings;       // of rows that went in
  size_t rows = 0;                      // rows that were read, good and bad
};

struct ImportOptions {
  // Who can own rows, besides those that owners.csv names.
  std::set<std::string> members = {"br", "cn", "in", "ru", "za"};
  // Owns what nobody else does, and the vocabularies.
  std::string fallback_owner = "za";
  // Records that are there already, so that rows can refer to them.
  ReferenceIndex known;
};

// Loads all kinds that the folder has. Fails with NOT_FOUND if there is no folder or none of the
// files, and with TOO_LARGE or BAD_REQUEST for a file that cannot be read. A bad row is no failure.
absl::StatusOr<Import> LoadFolder(const std::string& folder, const ImportOptions& options);

// Loads one file, JSON or CSV by its ending, of the kind or collection `kind`; empty: the kind that
// the file is named after. With an owner given all rows are its. Fails like LoadFolder.
absl::StatusOr<Import> LoadFile(const std::string& path, absl::string_view kind,
                                absl::string_view owner, const ImportOptions& options);

// The bytes of a file. Fails with NOT_FOUND, TOO_LARGE or BAD_REQUEST.
absl::StatusOr<std::string> ReadSourceFile(const std::string& path);

}  // namespace plenary
