#include "cli/register_index.h"

#include <utility>

#include "cli/progress.h"
#include "cli/record_pages.h"
#include "ledger/fields.h"
#include "ledger/names.h"
#include "ledger/record.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr char kExternalId[] = "external_id";

void AddReference(const RecordName& name, const std::string& bytes, ReferenceIndex& references) {
  v1::Record record;
  if (!record.ParseFromString(bytes)) return;
  const google::protobuf::Message* body = BodyOf(record);
  if (body == nullptr) return;
  const auto* field = body->GetDescriptor()->FindFieldByName(kExternalId);
  if (field == nullptr) return;
  for (const std::string& id : TextsOf(*body, *field)) {
    references.Add(name.collection, id, name.Text());
  }
}

}  // namespace

std::optional<Digest> BodyDigest(absl::string_view record) {
  const auto view = ReadRecord(record);
  if (!view.ok()) return std::nullopt;
  return Sha256(view->body);
}

absl::StatusOr<RegisterIndex> ReadRegister(Client& client, const std::string& member,
                                           Console& console) {
  RegisterIndex index;
  Progress progress("records read from the node", 0, console);
  uint64_t read = 0;
  const auto add = [&](const v1::RecordRevision& shown) {
    progress.Set(++read);
    const auto name = RevisionName::Parse(shown.name());
    if (!name.ok()) return;
    AddReference(name->record, shown.record(), index.references);
    if (name->record.member != member) return;
    HeldRecord& held = index.records[name->record.Text()];
    if (name->revision <= held.revision) return;
    held = {name->revision, shown.digest(), BodyDigest(shown.record()).value_or(Digest())};
  };
  v1::ListRecordsRequest request;
  request.set_parent("members/-");
  request.set_collection("-");
  RETURN_IF_ERROR(ListRecords(client, request, 0, add).status());
  request.set_part(v1::REGISTER_PART_TAIL);
  RETURN_IF_ERROR(ListRecords(client, request, 0, add).status());
  // Restricted and redacted revisions are in no view, and stand in their chain.
  request.set_part(v1::REGISTER_PART_NOT_COUNTED);
  RETURN_IF_ERROR(ListRecords(client, request, 0, [&](const v1::RecordRevision& shown) {
                    const bool stands = shown.verdict() != v1::VERDICT_DOES_NOT_COUNT ||
                                        shown.slot() == v1::SLOT_STATE_REDACTED;
                    if (stands) add(shown);
                  }).status());
  return index;
}

}  // namespace plenary::cli
