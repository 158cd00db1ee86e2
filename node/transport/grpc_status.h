// absl::Status on a gRPC call: google.rpc.Status with one ErrorInfo in the trailers (AIP-193).
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace plenary::node {

// What a call ends with. The details are cut so that trailers stay below gRPC's 8 KiB.
grpc::Status ToGrpcStatus(const absl::Status& status);

// What a call ended with, said by a peer or by gRPC itself; nothing in it is trusted to be short or
// to be text (ledger/rpc_status.h).
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace plenary::node
