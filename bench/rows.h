// The rows, by what they need: each function founds its federations and measures some.
#pragma once

#include <string>
#include <vector>

#include "bench/row.h"

namespace plenary::bench {

struct Settings {
  std::string folder = "/tmp";  // where stores lie
  int repeats = 3;              // medians over so many
  bool quick = false;           // a tenth of the work: to see that it runs
  size_t Scaled(size_t work) const { return quick ? work / 10 : work; }
};

// Ingest by one client, by 64, in commits of 1,000.
std::vector<Row> IngestRows(const Settings& settings);
// An emptied node comes back: commits of 500, of one, and until its view answers.
std::vector<Row> CatchUpRows(const Settings& settings);
// Write → visible at a peer, write → final; reads.
std::vector<Row> LiveRows(const Settings& settings);

// Whole logs verified, commits of 500 and of one.
std::vector<Row> AuditRows(const Settings& settings);

}  // namespace plenary::bench
