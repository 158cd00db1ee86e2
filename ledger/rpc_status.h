// Errors on the wire: absl::Status as google.rpc.Status with one ErrorInfo (AIP-193), and back.
#pragma once

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace plenary {

// Code, message, and the ErrorInfo if the status carries a reason.
google::rpc::Status ToRpcStatus(const absl::Status& status);

// What another program said. Its text is only text: cut to kRpcTextBytes, made valid UTF-8; a code
// outside the canonical ones reads as UNKNOWN; of the details only the first ErrorInfo of domain
// "plenary" is kept, and only if this build knows its reason.
absl::Status FromRpcStatus(const google::rpc::Status& status);
inline constexpr size_t kRpcTextBytes = 2048;

}  // namespace plenary
