#include "ledger/status.h"

#include <array>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "ledger/utf8.h"

namespace plenary {
namespace {

constexpr size_t kMetadataBytes = 1024;

constexpr ReasonRow kRows[] = {
#define PLENARY_REASON_ROW(name, code, remedy) \
  {Reason::name, absl::StatusCode::code, #name, remedy},
    PLENARY_REASONS(PLENARY_REASON_ROW)
#undef PLENARY_REASON_ROW
};

}  // namespace

const ReasonRow& RowOf(Reason reason) { return kRows[static_cast<size_t>(reason)]; }

const ReasonRow* FindReason(absl::string_view name) {
  for (const ReasonRow& row : kRows) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

absl::Status MakeError(
    Reason reason, absl::string_view text,
    std::initializer_list<std::pair<absl::string_view, absl::string_view>> metadata) {
  const ReasonRow& row = RowOf(reason);
  google::rpc::ErrorInfo info;
  info.set_reason(row.name);
  info.set_domain("plenary");
  for (const auto& [key, value] : metadata) {
    // What is no text would make the whole ErrorInfo unreadable.
    (*info.mutable_metadata())[std::string(key)] = CleanUtf8(value, kMetadataBytes);
  }
  absl::Status status(row.code, text);
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

std::optional<Reason> ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kErrorInfoUrl);
  if (!payload.has_value()) return std::nullopt;
  google::rpc::ErrorInfo info;
  if (!info.ParseFromString(std::string(*payload))) return std::nullopt;
  const ReasonRow* row = FindReason(info.reason());
  if (row == nullptr) return std::nullopt;
  return row->reason;
}

std::string MetadataOf(const absl::Status& status, absl::string_view key) {
  const auto payload = status.GetPayload(kErrorInfoUrl);
  google::rpc::ErrorInfo info;
  if (!payload.has_value() || !info.ParseFromString(std::string(*payload))) return "";
  const auto at = info.metadata().find(std::string(key));
  return at == info.metadata().end() ? "" : at->second;
}

absl::Status Annotate(const absl::Status& status, absl::string_view where) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(), absl::StrCat(where, ": ", status.message()));
  if (const auto payload = status.GetPayload(kErrorInfoUrl); payload.has_value()) {
    annotated.SetPayload(kErrorInfoUrl, *payload);
  }
  return annotated;
}

std::string Explain(const absl::Status& status) {
  if (status.ok()) return "OK";
  const auto reason = ReasonOf(status);
  if (!reason.has_value()) return std::string(status.message());
  const ReasonRow& row = RowOf(*reason);
  return absl::StrCat(status.message(), " [", row.name, "]; remedy: ", row.remedy);
}

}  // namespace plenary
