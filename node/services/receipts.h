// Receipts: what a clerk is told of a commit.
#pragma once

#include "absl/status/statusor.h"
#include "node/node.h"
#include "plenary/v1/register_service.pb.h"

namespace plenary::node {

// The receipt for `state`, with the newest checkpoint that covers the leaf and the proof to it.
// Reads the store if there is such a checkpoint; fails as the store's reads. Thread-safe.
absl::StatusOr<plenary::v1::Receipt> MakeReceipt(const Node& node, const CommitState& state);

}  // namespace plenary::node
