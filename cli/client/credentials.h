// The client's side of mutual TLS: who the node must be, judged by certs::JudgePeer.
#pragma once

#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "certs/certificate.h"
#include "certs/member_identity.h"

namespace plenary::cli {

// Why the node's certificate was refused, if it was: gRPC says so only in prose. Thread-safe.
class NodeVerdict {
 public:
  void Refuse(absl::Status why);
  // OK while nothing was refused.
  absl::Status Get() const;

 private:
  mutable absl::Mutex mutex_;
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
};

// The caller's key and certificate chain as PEM, read from files. Fails with FILE_ACCESS, KEY_FILE,
// BAD_CERTIFICATE (also if they do not belong together).
struct OwnIdentity {
  std::string key;
  std::vector<certs::Certificate> chain;
};
absl::StatusOr<OwnIdentity> LoadOwnIdentity(const std::string& key, const std::string& certificate);

// Credentials of `own` for a connection to a node of `member`. What is refused goes to `verdict`.
std::shared_ptr<grpc::ChannelCredentials> NodeCredentials(const OwnIdentity& own,
                                                          const std::string& member,
                                                          const certs::Trust& trust,
                                                          std::shared_ptr<NodeVerdict> verdict);

}  // namespace plenary::cli
