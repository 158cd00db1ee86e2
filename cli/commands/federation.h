// plenary federation init: a federation on one machine, for trials.
#pragma once

#include <map>
#include <ostream>
#include <string>

#include "cli/founding.h"

namespace plenary::cli {

struct FederationInitOptions {
  FoundingOptions founding;
  // Addresses for operators, by member code; the others get free ports on the loopback address.
  std::map<std::string, std::string> operator_listen;
  std::string folder;
};

// Founds and writes it, says what was made and warns that one machine has seen every key. It makes
// no store. Returns the exit code: 0 done, 1 not done, nothing written.
int FederationInit(const FederationInitOptions& options, std::ostream& out, std::ostream& err);

}  // namespace plenary::cli
