// The rotation scenarios of TUF's conformance tests, played on our roster.
#pragma once

#include <nlohmann/json.hpp>

#include "tests/vectors/vector_runner.h"

namespace plenary::vectors {

// One scenario: versions with keys, threshold, signatures and what TUF says.
//
// A TUF key is the active root key of one full member here. A key that leaves while another comes
// is that member's rotation: the old one is retired, the new one is active. A key that only comes
// is a new member; one that only leaves, a withdrawal. Versions[0] is trusted as given in TUF; here
// every key signs it. A version that is refused leaves the one before in force.
//
// We demand more than TUF: a threshold above half, the signature of every new key, no signature by
// a key of neither version, no retired key that comes back. So
// - what TUF refuses must be refused, whatever the reason;
// - what TUF accepts and meets those four rules must be accepted;
// - what TUF accepts and breaks some of them must be refused for exactly such a reason, and
//   accepted once it is mended: threshold raised to the lowest above half (then all keys listed
//   sign), new keys sign too, foreign signatures left out. A key that comes back cannot be mended:
//   the scenario ends there.
Verdict PlayRotation(const nlohmann::json& test_case);

}  // namespace plenary::vectors
