#include "bench/row.h"

#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ledger/check.h"

namespace plenary::bench {
namespace {

std::string Number(double value) {
  if (value >= 1000) return absl::StrFormat("%.0f", value);
  return value >= 10 ? absl::StrFormat("%.1f", value) : absl::StrFormat("%.2f", value);
}

}  // namespace

double Quantile(std::vector<double> values, double share) {
  CHECK(!values.empty()) << "no samples";
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<size_t>(std::llround(share * last))];
}

double Median(std::vector<double> values) { return Quantile(std::move(values), 0.5); }

std::string Machine() {
  std::ifstream info("/proc/cpuinfo");
  std::string model = "unknown processor";
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) == 0) model = line.substr(line.find(':') + 2);
  }
  utsname system{};
  uname(&system);
  return absl::StrCat(std::thread::hardware_concurrency(), " x ", model, ", Linux ",
                      system.release);
}

void PrintTable(const std::vector<Row>& rows, std::ostream& out) {
  out << absl::StrFormat("%-66s %10s %-10s %10s %10s %10s\n", "work", "figure", "", "must", "aim",
                         "limit");
  for (const Row& row : rows) {
    out << absl::StrFormat("%-66s %10s %-10s %10s %10s %10s%s\n", row.name, Number(row.figure),
                           row.unit, Number(row.must), Number(row.aim),
                           row.limit.has_value() ? Number(*row.limit) : "",
                           row.Met() ? "" : "  below must");
  }
}

void PrintJson(const std::vector<Row>& rows, std::ostream& out) {
  nlohmann::ordered_json json = {{"machine", Machine()}, {"rows", nlohmann::ordered_json::array()}};
  for (const Row& row : rows) {
    json["rows"].push_back({{"name", row.name},
                            {"figure", row.figure},
                            {"unit", row.unit},
                            {"better", row.higher_is_better ? "higher" : "lower"},
                            {"must", row.must},
                            {"aim", row.aim},
                            {"limit", row.limit.has_value() ? nlohmann::ordered_json(*row.limit)
                                                            : nlohmann::ordered_json(nullptr)}});
  }
  out << json.dump(2) << "\n";
}

}  // namespace plenary::bench
