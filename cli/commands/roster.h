// plenary roster: what a roster says, and which one is trusted on this machine.
#pragma once

#include <ostream>
#include <string>

namespace plenary::cli {

struct RosterShowOptions {
  // A folder of certs/trust_folder.h.
  std::string folder;
};
// Verifies every version and shows the newest. Returns the exit code: 0 shown, 1 not good.
int RosterShow(const RosterShowOptions& options, std::ostream& out, std::ostream& err);

struct RosterTrustOptions {
  std::string folder;
  // The digest that the person got by another way, hex, spaces allowed; empty: none.
  std::string digest;
  // Where trusted rosters are kept; empty: DefaultPinsPath.
  std::string pins;
};
// Trusts the version in the folder that has the digest given. Without a digest it shows the newest
// one's, to be compared, and trusts nothing. Returns the exit code: 0 trusted, 1 not.
int RosterTrust(const RosterTrustOptions& options, std::ostream& out, std::ostream& err);

}  // namespace plenary::cli
