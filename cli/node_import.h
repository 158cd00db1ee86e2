// Loaded rows into a node: what is new is entered, what is the same stays, what is refused is said.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/author.h"
#include "cli/import/load.h"
#include "cli/register_index.h"

namespace plenary::cli {

struct ImportSettings {
  bool wait_final = false;
  int64_t wait_seconds = 30;
  bool dry_run = false;
  size_t commit_records = 500;  // in one commit, at most
  absl::Time now;
};

// A record that went in, or would have.
struct EnteredRecord {
  std::string name;
  uint64_t revision = 0;
  bool is_final = false;
};

// A row that did not go in: the loader's words, or the error that it ended with.
struct RefusedRow {
  RowError row;
  absl::Status why;  // OK: `row` says it all

  std::string Text() const;
};

struct ImportOutcome {
  std::vector<EnteredRecord> entered;    // in import order
  size_t unchanged = 0;                  // the node has the same
  std::map<std::string, size_t> others;  // rows of other members, by member
  std::vector<RefusedRow> refused;       // rows that did not go in, the loader's included
  size_t not_final = 0;                  // of those entered
  absl::Status stopped;                  // why the rest was not tried
};

// Enters the records of `import` that are the author's member's, in commits of at most
// `commit_records`, over one stream. A commit that is refused for one of its records is divided
// until that record is found, so that the others go in. Never fails: what stopped it is in the
// outcome.
ImportOutcome EnterRecords(Client& client, const Author& author, const Audience& audience,
                           Import import, const RegisterIndex& held, const ImportSettings& settings,
                           Console& console);

}  // namespace plenary::cli
