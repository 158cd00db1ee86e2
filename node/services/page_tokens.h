// Page tokens (AIP-158): opaque, good only for the request that they continue.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace plenary::node {

// Makes and checks page tokens. A token carries a cursor of at most kCursorBytes in the clear, and
// a check over it, the method and the request without its page fields; it says nothing that its
// holder may not know, and a changed or foreign one is refused. Immutable; thread-safe.
class PageTokens {
 public:
  static constexpr size_t kCursorBytes = 1024;

  // `secret`: 32 random bytes of this start of the node; tokens of an earlier start are refused.
  explicit PageTokens(std::string secret);

  // CHECKs that the cursor is not empty and not too long.
  std::string Make(const google::protobuf::Message& request, absl::string_view cursor) const;
  // The cursor of the request's `page_token`; empty for the first page. Fails with BAD_PAGE_TOKEN.
  absl::StatusOr<std::string> Cursor(const google::protobuf::Message& request) const;

 private:
  std::string Check(const google::protobuf::Message& request, absl::string_view cursor) const;
  const std::string secret_;
};

// The page size that `asked` means: `otherwise` for 0, at most `most`. Fails with BAD_REQUEST if it
// is negative.
absl::StatusOr<uint32_t> PageSize(int32_t asked, uint32_t otherwise, uint32_t most);

}  // namespace plenary::node
