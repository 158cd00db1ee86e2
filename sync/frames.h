// Frames that more than one part of replication sends.
#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "plenary/v1/replication_service.pb.h"

namespace plenary::sync {

// A statement's envelope with the member that signed it; `signer` is empty for the log's own key.
std::unique_ptr<v1::Frame> StatementFrame(absl::string_view envelope, const std::string& signer);
// A checkpoint with its cosignature lines.
std::unique_ptr<v1::Frame> CheckpointFrame(const std::string& note);
// A refusal that encloses the log-signed statement that it yields to.
std::unique_ptr<v1::Frame> RefusalFrame(const std::string& statement);

}  // namespace plenary::sync
