// A row of the table: a figure beside what it must reach and what the machine allows.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace plenary::bench {

struct Row {
  std::string name;  // as in docs/PERFORMANCE.md
  double figure = 0;
  std::string unit;  // "records/s", "ms"
  bool higher_is_better = true;
  double must = 0;
  double aim = 0;
  // What a bare part of the same work reached in this run; nothing if no part bounds it.
  std::optional<double> limit;
  bool Met() const { return higher_is_better ? figure >= must : figure <= must; }
};

double Median(std::vector<double> values);
// The value below which `share` (0 to 1) of the values lie.
double Quantile(std::vector<double> values, double share);

void PrintTable(const std::vector<Row>& rows, std::ostream& out);
// {"machine": …, "rows": [{"name", "figure", "unit", "better", "must", "aim", "limit"}]}
void PrintJson(const std::vector<Row>& rows, std::ostream& out);

// Processor model, number of cores, kernel.
std::string Machine();

}  // namespace plenary::bench
