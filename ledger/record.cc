#include "ledger/record.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/digest.h"
#include "ledger/limits.h"
#include "ledger/scan.h"
#include "ledger/status.h"
#include "ledger/wire.h"
#include "plenary/v1/record.pb.h"

namespace plenary {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::OneofDescriptor;

const OneofDescriptor& BodyChoice() {
  static const OneofDescriptor& choice = *v1::Record::descriptor()->FindOneofByName("content");
  return choice;
}

LinkView ReadLink(absl::string_view bytes) {
  LinkView link;
  while (!bytes.empty()) {
    const wire::Field field = wire::ConsumeField(bytes);
    if (field.number == v1::Link::kNameFieldNumber) link.name = field.bytes;
    if (field.number == v1::Link::kDigestFieldNumber) link.digest = field.bytes;
  }
  return link;
}

// Takes one field of a record that has passed the scan.
void TakeField(const wire::Field& field, RecordView& record) {
  switch (field.number) {
    case v1::Record::kSchemaFieldNumber:
      record.schema = static_cast<uint32_t>(field.value);
      return;
    case v1::Record::kNameFieldNumber:
      record.name = field.bytes;
      return;
    case v1::Record::kRevisionFieldNumber:
      record.revision = field.value;
      return;
    case v1::Record::kPreviousFieldNumber:
      record.previous = field.bytes;
      return;
    case v1::Record::kSaltFieldNumber:
      record.salt = field.bytes;
      return;
    case v1::Record::kReasonFieldNumber:
      record.reason = field.bytes;
      return;
    case v1::Record::kContinuesFieldNumber:
      record.continues = ReadLink(field.bytes);
      return;
    default:
      break;
  }
  const FieldDescriptor* known =
      v1::Record::descriptor()->FindFieldByNumber(static_cast<int>(field.number));
  if (known != nullptr && known->containing_oneof() == &BodyChoice()) {
    record.body_field = known->number();
    record.body = field.bytes;
  }
}

// Scans the body by its own message. Only a redaction's faults are the record's.
absl::Status ScanBody(RecordView& record) {
  const Descriptor& type =
      *v1::Record::descriptor()->FindFieldByNumber(record.body_field)->message_type();
  const auto scanned =
      StrictScan(type, record.body, ScanOptions{.unknown = UnknownFields::kReport, .depth = 2});
  if (scanned.ok()) {
    if (!scanned->understood) record.unknown_fields = true;
    record.longest_text = scanned->longest_text;
    return absl::OkStatus();
  }
  if (record.body_field == v1::Record::kRedactionFieldNumber) return scanned.status();
  record.body_readable = false;
  return absl::OkStatus();
}

absl::Status Bad(Reason reason, absl::string_view what) {
  return MakeError(reason, absl::StrCat("record: ", what));
}

absl::Status CheckChain(const RecordView& record) {
  if (record.revision == 0) return Bad(Reason::BAD_REVISION, "revisions count from 1, got 0");
  const size_t expected = record.revision == 1 ? 0 : Digest::kBytes;
  if (record.previous.size() != expected) {
    return Bad(Reason::BAD_PREVIOUS,
               absl::StrCat("revision ", record.revision, ": expected a previous of ", expected,
                            " bytes, got ", record.previous.size()));
  }
  return absl::OkStatus();
}

absl::Status CheckContinues(const LinkView& link) {
  const auto name = ParseRecordName(link.name);
  if (!name.ok()) return Annotate(name.status(), "record: continues");
  if (link.digest.size() != Digest::kBytes) {
    return Bad(Reason::BAD_FIELD, absl::StrCat("continues: expected a digest of ", Digest::kBytes,
                                               " bytes, got ", link.digest.size()));
  }
  return absl::OkStatus();
}

absl::Status CheckBody(const RecordView& record) {
  const int expected = BodyFieldOf(record.parts->collection);
  if (record.body_field != 0 && record.body_field != expected) {
    return Bad(Reason::WRONG_BODY,
               absl::StrCat("collection ", record.parts->collection, ": expected ",
                            expected == 0 ? "no body that is known" : "its own body",
                            ", got field ", record.body_field));
  }
  if (record.body_field == 0 && expected != 0 && !record.unknown_fields) {
    return Bad(Reason::NO_BODY,
               absl::StrCat("collection ", record.parts->collection, ": expected a body"));
  }
  return absl::OkStatus();
}

// The body as a message, if it is that field and readable.
template <typename Message>
absl::StatusOr<Message> BodyAs(const RecordView& record, int field) {
  Message message;
  if (record.body_field != field || !record.body_readable) {
    return Bad(Reason::BAD_FIELD, absl::StrCat("expected a readable body in field ", field,
                                               ", got field ", record.body_field));
  }
  CHECK(message.ParseFromArray(record.body.data(), static_cast<int>(record.body.size())))
      << "the strict scan passed what protobuf refuses";
  return message;
}

}  // namespace

absl::StatusOr<RecordView> ReadRecord(absl::string_view bytes) {
  ASSIGN_OR_RETURN(
      const ScanResult scanned,
      StrictScan(*v1::Record::descriptor(), bytes,
                 ScanOptions{.unknown = UnknownFields::kReport, .opaque = &BodyChoice()}));
  RecordView record;
  record.unknown_fields = !scanned.understood;
  while (!bytes.empty()) TakeField(wire::ConsumeField(bytes), record);
  if (record.body_field != 0) RETURN_IF_ERROR(ScanBody(record));
  if (auto parts = ParseRecordName(record.name); parts.ok()) record.parts = *parts;
  record.understood = !record.unknown_fields && record.schema <= kSchemaLevel &&
                      record.parts.has_value() && BodyFieldOf(record.parts->collection) != 0;
  return record;
}

absl::Status CheckRecord(const RecordView& record) {
  if (record.schema == 0) return Bad(Reason::BAD_SCHEMA, "expected a schema level from 1, got 0");
  if (!record.parts.has_value()) return ParseRecordName(record.name).status();
  RETURN_IF_ERROR(CheckChain(record));
  if (record.salt.size() != kIdBytes) {
    return Bad(Reason::BAD_SALT,
               absl::StrCat("expected a salt of ", kIdBytes, " bytes, got ", record.salt.size()));
  }
  if (record.continues.has_value()) RETURN_IF_ERROR(CheckContinues(*record.continues));
  return CheckBody(record);
}

absl::StatusOr<RecordView> ParseRecord(absl::string_view bytes) {
  ASSIGN_OR_RETURN(RecordView record, ReadRecord(bytes));
  RETURN_IF_ERROR(CheckRecord(record));
  return record;
}

bool MustBePermanent(const RecordView& record) {
  const absl::string_view collection = record.parts->collection;
  if (record.body_field == v1::Record::kDeclarationFieldNumber && record.body_readable) {
    absl::string_view body = record.body;
    absl::string_view status;
    while (!body.empty()) {
      const wire::Field field = wire::ConsumeField(body);
      if (field.number == v1::Declaration::kStatusFieldNumber) status = field.bytes;
    }
    return status == "tabled" || status == "adopted";
  }
  return collection == "endorsements" || collection == "redactions" || collection == "openings";
}

absl::StatusOr<v1::Redaction> ReadRedaction(const RecordView& record) {
  return BodyAs<v1::Redaction>(record, v1::Record::kRedactionFieldNumber);
}

absl::StatusOr<v1::Erasure> ReadErasure(const RecordView& record) {
  constexpr uint32_t kHighestState = 3;
  ASSIGN_OR_RETURN(v1::Erasure erasure,
                   BodyAs<v1::Erasure>(record, v1::Record::kErasureFieldNumber));
  if (!Origin::Parse(erasure.redaction().origin()).ok()) {
    return Bad(Reason::BAD_FIELD, "erasure: expected the origin of a redaction's log");
  }
  if (erasure.state() == 0 || erasure.state() > kHighestState) {
    return Bad(Reason::BAD_FIELD,
               absl::StrCat("erasure: expected a state from 1 to 3, got ", erasure.state()));
  }
  return erasure;
}

absl::StatusOr<v1::Opening> ReadOpening(const RecordView& record) {
  ASSIGN_OR_RETURN(v1::Opening opening,
                   BodyAs<v1::Opening>(record, v1::Record::kOpeningFieldNumber));
  if (!Origin::Parse(opening.origin()).ok() || opening.size() > kMaxLogSize ||
      opening.root().size() != Digest::kBytes) {
    return Bad(Reason::BAD_FIELD, "opening: expected origin, size and root of the closed log");
  }
  return opening;
}

absl::StatusOr<v1::Declaration> ReadDeclaration(const RecordView& record) {
  return BodyAs<v1::Declaration>(record, v1::Record::kDeclarationFieldNumber);
}

absl::StatusOr<v1::Endorsement> ReadEndorsement(const RecordView& record) {
  return BodyAs<v1::Endorsement>(record, v1::Record::kEndorsementFieldNumber);
}

}  // namespace plenary
