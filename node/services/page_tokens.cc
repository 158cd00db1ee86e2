#include "node/services/page_tokens.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/digest.h"
#include "ledger/status.h"

namespace plenary::node {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kCheckBytes = 16;

void ClearField(Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field != nullptr) message.GetReflection()->ClearField(&message, field);
}

// What one listing asks for, whatever its page: the method's request type and its other fields.
Digest WhatIsAsked(const Message& request) {
  const std::unique_ptr<Message> rest(request.New());
  rest->CopyFrom(request);
  ClearField(*rest, "page_token");
  ClearField(*rest, "page_size");
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    rest->SerializeToCodedStream(&coded);
  }
  return Sha256({request.GetDescriptor()->full_name(), absl::string_view("\0", 1), bytes});
}

std::string TokenOf(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("page_token");
  CHECK(field != nullptr) << "a list request has a page_token";
  return request.GetReflection()->GetString(request, field);
}

}  // namespace

PageTokens::PageTokens(std::string secret) : secret_(std::move(secret)) {
  CHECK_GE(secret_.size(), 32u);
}

std::string PageTokens::Check(const Message& request, absl::string_view cursor) const {
  // Hashed twice with the secret in front, so that the check cannot be lengthened.
  const Digest inner = Sha256({secret_, WhatIsAsked(request).view(), cursor});
  return Sha256({secret_, inner.view()}).bytes().substr(0, kCheckBytes);
}

std::string PageTokens::Make(const Message& request, absl::string_view cursor) const {
  CHECK(!cursor.empty());
  CHECK_LE(cursor.size(), kCursorBytes);
  return absl::WebSafeBase64Escape(absl::StrCat(Check(request, cursor), cursor));
}

absl::StatusOr<std::string> PageTokens::Cursor(const Message& request) const {
  const std::string token = TokenOf(request);
  if (token.empty()) return std::string();
  std::string bytes;
  if (token.size() <= 2 * kCursorBytes && absl::WebSafeBase64Unescape(token, &bytes) &&
      bytes.size() > kCheckBytes) {
    const absl::string_view view(bytes);
    const absl::string_view cursor = view.substr(kCheckBytes);
    if (Check(request, cursor) == view.substr(0, kCheckBytes)) return std::string(cursor);
  }
  return MakeError(
      Reason::BAD_PAGE_TOKEN,
      "page_token: expected one that this node gave for the same request, got another");
}

absl::StatusOr<uint32_t> PageSize(int32_t asked, uint32_t otherwise, uint32_t most) {
  if (asked < 0) {
    return MakeError(Reason::BAD_REQUEST,
                     absl::StrCat("page_size: expected 0 or more, got ", asked),
                     {{"field", "page_size"}});
  }
  if (asked == 0) return otherwise;
  return std::min(static_cast<uint32_t>(asked), most);
}

}  // namespace plenary::node
