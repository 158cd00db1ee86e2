// Proof at start that a listener speaks TLS 1.3 and nothing older.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace plenary::node {

// Says hello to the listener on this machine at `address` (host:port; 0.0.0.0 and [::] stand for
// loopback), first as TLS 1.3, then as TLS 1.2, and hangs up. Fails with TLS_TOO_OLD if the second
// is answered, with UNAVAILABLE if the first is not. Takes at most some seconds; blocks.
absl::Status CheckOnlyTls13(const std::string& address);

}  // namespace plenary::node
