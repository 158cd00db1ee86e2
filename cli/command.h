// What a command of `plenary` is, without the library that reads the command line.
//
// A command is one file in cli/commands/ and one line in its table (commands.cc). It says what it
// takes and does one thing with it; parser.h turns the table into a program with help, checks and
// completions.
#pragma once

#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace plenary::cli {

// Exit codes that every command shares; a command may have further ones of its own, below 64.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 64;

// What a command sees of the world besides files and the network.
struct Console {
  std::ostream& out;
  std::ostream& err;
  absl::Time now;
  bool err_is_terminal = false;  // progress may rewrite its line
};

// A positional argument.
struct Argument {
  std::string name;  // "FILE"
  std::string help;
  bool required = true;
  bool repeated = false;
};

// An option, or a flag if `value` is empty.
struct Option {
  std::string name;   // "--roster-digest"
  std::string value;  // "HEX"
  std::string help;
  std::string fallback = "";              // what it is if left out
  std::vector<std::string> choices = {};  // if not empty, the only values allowed
  bool required = false;
  bool repeated = false;
};

// What the user gave, by the names of arguments and options.
class Invocation {
 public:
  void Set(const std::string& name, std::vector<std::string> values) {
    values_[name] = std::move(values);
  }
  // Was it given (or does it have a fallback)?
  bool Has(const std::string& name) const { return !All(name).empty(); }
  // The value; empty if it was not given.
  std::string Get(const std::string& name) const {
    return Has(name) ? All(name).front() : std::string();
  }
  const std::vector<std::string>& All(const std::string& name) const {
    static const std::vector<std::string> kNone;
    const auto at = values_.find(name);
    return at == values_.end() ? kNone : at->second;
  }

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

struct Command {
  std::string path;  // "verify", "roster show": noun and verb
  std::string summary;
  std::string details = "";  // for --help, below the options: exit codes, examples
  std::vector<Argument> arguments = {};
  std::vector<Option> options = {};
  // Returns the exit code.
  std::function<int(const Invocation&, Console&)> run = {};
};

// Every command has it; "csv" only where rows come out.
Option OutputOption(std::vector<std::string> formats);

// Prints "plenary: " and the error with its remedy to `console.err`.
void PrintError(const absl::Status& status, Console& console);

// `text` with control characters and bytes that are not UTF-8 made visible, so that no file can
// write to a terminal.
std::string Printable(absl::string_view text);

}  // namespace plenary::cli
