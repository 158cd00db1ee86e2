// plenary-bench: what the node does on this machine, beside what the machine allows.
#include <CLI/CLI.hpp>

#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "bench/rows.h"
#include "ledger/signature.h"
#include "node/transport/tls.h"

int main(int argc, char** argv) {
  using namespace plenary::bench;
  plenary::node::AllowOnlyTls13();
  plenary::CheckEd25519Rule();
  CLI::App app("Measures the node; docs/PERFORMANCE.md says what the figures mean",
               "plenary-bench");
  Settings settings;
  std::vector<std::string> suites = {"ingest", "catch-up", "live", "audit"};
  bool json = false;
  app.add_option("SUITE", suites, "ingest, catch-up, live, audit [all]")
      ->check(CLI::IsMember({"ingest", "catch-up", "live", "audit"}));
  app.add_option("--dir", settings.folder, "Where the stores lie: a disk of the kind to measure")
      ->capture_default_str();
  app.add_option("--repeats", settings.repeats, "Medians over so many")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_flag("--quick", settings.quick, "A tenth of the work, to see that it runs");
  app.add_flag("--json", json, "Print JSON");
  CLI11_PARSE(app, argc, argv);
  std::vector<Row> rows;
  for (const std::string& suite : suites) {
    std::cerr << suite << " …\n";
    const auto of_suite = suite == "ingest"     ? IngestRows(settings)
                          : suite == "catch-up" ? CatchUpRows(settings)
                          : suite == "audit"    ? AuditRows(settings)
                                                : LiveRows(settings);
    rows.insert(rows.end(), of_suite.begin(), of_suite.end());
  }
  if (json) {
    PrintJson(rows, std::cout);
  } else {
    std::cout << Machine() << "\n\n";
    PrintTable(rows, std::cout);
  }
  return 0;
}
