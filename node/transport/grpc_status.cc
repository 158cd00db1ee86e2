#include "node/transport/grpc_status.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "ledger/rpc_status.h"
#include "ledger/status.h"
#include "ledger/utf8.h"

namespace plenary::node {
namespace {

// gRPC writes the message percent-encoded, which makes three bytes of one.
constexpr size_t kMessageBytes = 600;
constexpr size_t kDetailsBytes = 3000;
constexpr size_t kAcceptedDetailsBytes = 16 << 10;

// Drops what is least needed until the details fit: the metadata, then all but the reason.
std::string FittingDetails(google::rpc::Status rpc) {
  std::string details = rpc.SerializeAsString();
  if (details.size() <= kDetailsBytes) return details;
  for (google::protobuf::Any& detail : *rpc.mutable_details()) {
    google::rpc::ErrorInfo info;
    if (!info.ParseFromString(detail.value())) continue;
    info.clear_metadata();
    detail.set_value(info.SerializeAsString());
  }
  return rpc.SerializeAsString();
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status rpc = ToRpcStatus(status);
  rpc.set_message(CleanUtf8(status.message(), kMessageBytes));
  const auto code = static_cast<grpc::StatusCode>(rpc.code());
  std::string message = rpc.message();
  return {code, std::move(message), FittingDetails(std::move(rpc))};
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  google::rpc::Status rpc;
  const std::string details = status.error_details();
  if (details.size() > kAcceptedDetailsBytes || !rpc.ParseFromString(details)) rpc.Clear();
  // The call's own code and message stand, whatever the details repeat.
  rpc.set_code(static_cast<int>(status.error_code()));
  rpc.set_message(status.error_message());
  return FromRpcStatus(rpc);
}

}  // namespace plenary::node
