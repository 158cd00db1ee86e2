// What bare parts of the work reach on this machine, measured in the same run.
#pragma once

#include <string>

namespace plenary::bench {

// Ed25519 checks of a 700-byte message in a second, on one core.
double SignatureChecksPerSecond();
// Records of 700 bytes hashed with SHA-256 in a second, on one core.
double HashesPerSecond();
// Appends of 4 KiB with an fdatasync each, in a second, to a file in `folder`.
double SyncsPerSecond(const std::string& folder);

}  // namespace plenary::bench
