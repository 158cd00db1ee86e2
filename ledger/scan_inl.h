// Template of scan.h.
#pragma once

#include "ledger/check.h"
#include "ledger/scan.h"

namespace plenary {

template <typename Message>
absl::StatusOr<Message> ScanAndParse(absl::string_view bytes) {
  const auto scanned = StrictScan(*Message::descriptor(), bytes, UnknownFields::kRefuse);
  if (!scanned.ok()) return scanned.status();
  Message message;
  CHECK(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
      << "the strict scan passed what protobuf refuses";
  return message;
}

}  // namespace plenary
