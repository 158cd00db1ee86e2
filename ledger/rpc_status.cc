#include "ledger/rpc_status.h"

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"
#include "ledger/status.h"
#include "ledger/utf8.h"

namespace plenary {

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status rpc;
  rpc.set_code(static_cast<int>(status.code()));
  rpc.set_message(CleanUtf8(status.message(), kRpcTextBytes));
  if (const auto payload = status.GetPayload(kErrorInfoUrl); payload.has_value()) {
    google::protobuf::Any* detail = rpc.add_details();
    detail->set_type_url(std::string(kErrorInfoUrl));
    detail->set_value(std::string(*payload));
  }
  return rpc;
}

absl::Status FromRpcStatus(const google::rpc::Status& rpc) {
  const bool known = rpc.code() >= 0 && rpc.code() <= 16;
  const auto code = known ? static_cast<absl::StatusCode>(rpc.code()) : absl::StatusCode::kUnknown;
  absl::Status status(code, CleanUtf8(rpc.message(), kRpcTextBytes));
  for (const google::protobuf::Any& detail : rpc.details()) {
    google::rpc::ErrorInfo info;
    if (detail.type_url() != kErrorInfoUrl || !info.ParseFromString(detail.value())) continue;
    if (info.domain() != "plenary" || FindReason(info.reason()) == nullptr) continue;
    status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
    break;
  }
  return status;
}

}  // namespace plenary
