#include "ledger/scan.h"

#include <algorithm>
#include <bitset>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "ledger/utf8.h"
#include "ledger/wire.h"

namespace plenary {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::OneofDescriptor;

constexpr uint64_t kMaxFieldNumber = (1U << 29) - 1;

absl::Status Refuse(Reason reason, absl::string_view where, absl::string_view what) {
  return MakeError(reason, absl::StrCat(where, ": ", what), {{"field", where}});
}

absl::Status ReadVarint(absl::string_view where, absl::string_view& bytes, uint64_t& value) {
  switch (wire::ConsumeVarint(bytes, value)) {
    case wire::VarintResult::kOk:
      return absl::OkStatus();
    case wire::VarintResult::kTruncated:
      return Refuse(Reason::TRUNCATED, where, "expected the rest of a varint");
    case wire::VarintResult::kOverflow:
      return Refuse(Reason::VARINT_OVERFLOW, where, "expected a varint of 10 bytes below 2^64");
  }
  return absl::OkStatus();
}

absl::Status TakeBytes(absl::string_view where, absl::string_view& bytes, uint64_t length,
                       absl::string_view& taken) {
  if (length > bytes.size()) {
    return Refuse(Reason::TRUNCATED, where,
                  absl::StrCat("expected ", length, " bytes, got ", bytes.size()));
  }
  taken = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return absl::OkStatus();
}

wire::Type WireTypeOf(const FieldDescriptor& field) {
  if (field.is_packable() && field.is_repeated()) return wire::kBytes;
  switch (field.type()) {
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_MESSAGE:
      return wire::kBytes;
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
    case FieldDescriptor::TYPE_DOUBLE:
      return wire::kFixed64;
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
    case FieldDescriptor::TYPE_FLOAT:
      return wire::kFixed32;
    default:
      return wire::kVarint;
  }
}

absl::Status CheckVarint(const FieldDescriptor& field, uint64_t value) {
  const auto in_int32 = [](uint64_t v) {
    const auto number = static_cast<int64_t>(v);
    return number >= INT32_MIN && number <= INT32_MAX;
  };
  bool good = true;
  switch (field.type()) {
    case FieldDescriptor::TYPE_BOOL:
      good = value <= 1;
      break;
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_SINT32:
      good = value <= UINT32_MAX;
      break;
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_ENUM:
      good = in_int32(value);
      break;
    default:
      break;
  }
  if (good) return absl::OkStatus();
  return Refuse(Reason::OUT_OF_RANGE, field.full_name(), "number beyond the range of its type");
}

// Which singular fields and oneofs of one message have been seen.
class Seen {
 public:
  // False if `number` was here before.
  bool Add(int number) {
    if (number < static_cast<int>(kSmall)) {
      if (small_[static_cast<size_t>(number)]) return false;
      small_.set(static_cast<size_t>(number));
      return true;
    }
    for (const int other : large_) {
      if (other == number) return false;
    }
    large_.push_back(number);
    return true;
  }

 private:
  static constexpr size_t kSmall = 64;
  std::bitset<kSmall> small_;
  absl::InlinedVector<int, 4> large_;
};

class Scanner {
 public:
  explicit Scanner(const ScanOptions& options) : options_(options) {}

  absl::Status Message(const Descriptor& type, absl::string_view bytes, int depth) {
    if (depth > kScanDepth) {
      return Refuse(Reason::TOO_DEEP, type.full_name(),
                    absl::StrCat("expected at most ", kScanDepth, " levels"));
    }
    Seen fields;
    Seen oneofs;
    while (!bytes.empty()) {
      uint64_t tag = 0;
      RETURN_IF_ERROR(ReadVarint(type.full_name(), bytes, tag));
      const uint64_t number = tag >> 3;
      const auto wire_type = static_cast<uint32_t>(tag & 7);
      RETURN_IF_ERROR(CheckTag(type, number, wire_type));
      const FieldDescriptor* field = type.FindFieldByNumber(static_cast<int>(number));
      if (field == nullptr) {
        RETURN_IF_ERROR(Unknown(type, number, wire_type, bytes));
        continue;
      }
      RETURN_IF_ERROR(CheckOccurrence(*field, fields, oneofs));
      RETURN_IF_ERROR(Value(*field, wire_type, bytes, depth));
    }
    return absl::OkStatus();
  }

  const ScanResult& result() const { return result_; }

 private:
  static absl::Status CheckTag(const Descriptor& type, uint64_t number, uint32_t wire_type) {
    if (number == 0 || number > kMaxFieldNumber) {
      return Refuse(Reason::BAD_FIELD_NUMBER, type.full_name(),
                    absl::StrCat("expected a field number from 1 to 2^29 - 1, got ", number));
    }
    if (wire_type == 3 || wire_type == 4) {
      return Refuse(Reason::GROUP, type.full_name(), absl::StrCat("field ", number, " is a group"));
    }
    if (wire_type > 5) {
      return Refuse(Reason::WRONG_WIRE_TYPE, type.full_name(),
                    absl::StrCat("field ", number, " has wire type ", wire_type));
    }
    return absl::OkStatus();
  }

  absl::Status Unknown(const Descriptor& type, uint64_t number, uint32_t wire_type,
                       absl::string_view& bytes) {
    if (options_.unknown == UnknownFields::kRefuse) {
      return Refuse(Reason::UNKNOWN_FIELD, type.full_name(),
                    absl::StrCat("field ", number, " is not known"));
    }
    result_.understood = false;
    uint64_t length = 0;
    absl::string_view ignored;
    switch (wire_type) {
      case wire::kVarint:
        return ReadVarint(type.full_name(), bytes, length);
      case wire::kFixed64:
        return TakeBytes(type.full_name(), bytes, 8, ignored);
      case wire::kFixed32:
        return TakeBytes(type.full_name(), bytes, 4, ignored);
      default:
        RETURN_IF_ERROR(ReadVarint(type.full_name(), bytes, length));
        return TakeBytes(type.full_name(), bytes, length, ignored);
    }
  }

  // Repeated scalars are packed and in one piece, so they too come once.
  static absl::Status CheckOccurrence(const FieldDescriptor& field, Seen& fields, Seen& oneofs) {
    if (field.is_repeated() && !field.is_packable()) return absl::OkStatus();
    if (!fields.Add(field.number())) {
      return Refuse(Reason::DUPLICATE_FIELD, field.full_name(), "expected once");
    }
    const OneofDescriptor* oneof = field.containing_oneof();
    if (oneof != nullptr && !oneofs.Add(oneof->index())) {
      return Refuse(Reason::TWO_OF_ONEOF, field.full_name(),
                    absl::StrCat("expected one member of ", oneof->name()));
    }
    return absl::OkStatus();
  }

  absl::Status Value(const FieldDescriptor& field, uint32_t wire_type, absl::string_view& bytes,
                     int depth) {
    if (wire_type != WireTypeOf(field)) {
      return Refuse(Reason::WRONG_WIRE_TYPE, field.full_name(),
                    absl::StrCat("expected wire type ", WireTypeOf(field), ", got ", wire_type));
    }
    if (wire_type != wire::kBytes) return Scalar(field, wire_type, bytes);
    uint64_t length = 0;
    absl::string_view content;
    RETURN_IF_ERROR(ReadVarint(field.full_name(), bytes, length));
    RETURN_IF_ERROR(TakeBytes(field.full_name(), bytes, length, content));
    return Content(field, content, depth);
  }

  static absl::Status Scalar(const FieldDescriptor& field, uint32_t wire_type,
                             absl::string_view& bytes) {
    absl::string_view ignored;
    if (wire_type == wire::kFixed64) return TakeBytes(field.full_name(), bytes, 8, ignored);
    if (wire_type == wire::kFixed32) return TakeBytes(field.full_name(), bytes, 4, ignored);
    uint64_t value = 0;
    RETURN_IF_ERROR(ReadVarint(field.full_name(), bytes, value));
    return CheckVarint(field, value);
  }

  absl::Status Content(const FieldDescriptor& field, absl::string_view content, int depth) {
    switch (field.type()) {
      case FieldDescriptor::TYPE_MESSAGE:
        if (options_.opaque != nullptr && field.containing_oneof() == options_.opaque) {
          return absl::OkStatus();
        }
        return Message(*field.message_type(), content, depth + 1);
      case FieldDescriptor::TYPE_BYTES:
        return absl::OkStatus();
      case FieldDescriptor::TYPE_STRING:
        result_.longest_text = std::max(result_.longest_text, content.size());
        if (IsUtf8(content)) return absl::OkStatus();
        return Refuse(Reason::BAD_UTF8, field.full_name(), "expected UTF-8");
      default:
        return Packed(field, content);
    }
  }

  static absl::Status Packed(const FieldDescriptor& field, absl::string_view content) {
    wire::Type element = wire::kVarint;
    if (field.type() == FieldDescriptor::TYPE_FIXED64) element = wire::kFixed64;
    if (field.type() == FieldDescriptor::TYPE_FIXED32) element = wire::kFixed32;
    while (!content.empty()) RETURN_IF_ERROR(Scalar(field, element, content));
    return absl::OkStatus();
  }

  const ScanOptions options_;
  ScanResult result_;
};

}  // namespace

absl::StatusOr<ScanResult> StrictScan(const Descriptor& type, absl::string_view bytes,
                                      UnknownFields unknown) {
  return StrictScan(type, bytes, ScanOptions{.unknown = unknown});
}

absl::StatusOr<ScanResult> StrictScan(const Descriptor& type, absl::string_view bytes,
                                      const ScanOptions& options) {
  Scanner scanner(options);
  RETURN_IF_ERROR(scanner.Message(type, bytes, options.depth));
  return scanner.result();
}

}  // namespace plenary
