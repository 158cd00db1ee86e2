// The part of RegisterService that reads.
#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "ledger/filter.h"
#include "ledger/names.h"
#include "ledger/status.h"
#include "node/services/register_service.h"
#include "node/services/shown_records.h"
#include "node/view/reader.h"

namespace plenary::node {
namespace {

namespace api = ::plenary::v1;

constexpr uint32_t kPage = 50;
constexpr uint32_t kMostPerPage = 1000;
// How much of the tail a reading of one record looks through, newest first.
constexpr uint64_t kTailLooked = 1000;
constexpr int kTailShown = 100;

absl::Status NotForCaller(absl::string_view name) {
  return MakeError(Reason::NOT_FOUND,
                   absl::StrCat("record \"", name, "\": expected one that is here"),
                   {{"name", name}});
}

// Revisions of `name` in the own tail, oldest first.
absl::Status FillTail(RecordShower& shower, absl::string_view name, bool omit_records,
                      google::protobuf::RepeatedPtrField<api::RecordRevision>& shown) {
  const LogStatus* log = shower.own_log();
  if (log == nullptr) return absl::OkStatus();
  const uint64_t reach = log->size > kTailLooked ? log->size - kTailLooked : 0;
  for (uint64_t index = std::max(log->signed_size, reach); index < log->size; ++index) {
    // A recovery may have taken the tail since the picture was made.
    const absl::Status status = shower.ShowTail(index, omit_records, name, shown);
    if (!status.ok() && ReasonOf(status) != Reason::NOT_FOUND) return status;
    if (shown.size() >= kTailShown) break;
  }
  return absl::OkStatus();
}

// A record for a list is judged by those who see the list, not by the view: here the newest such
// revision of which the bytes are here; `revision` 0: of all. Nothing if the caller sees none.
absl::StatusOr<std::optional<ShownEntry>> Restricted(const ViewReader& view,
                                                     const RecordShower& shower,
                                                     absl::string_view name, uint64_t revision) {
  const auto entries = view.Revisions(name, "", kMostPerPage);
  if (ReasonOf(entries.status()) == Reason::NOT_FOUND) return std::nullopt;
  if (!entries.ok()) return entries.status();
  for (const ShownEntry& entry : entries->entries) {
    if (entry.verdict != Verdict::kRestricted || !entry.record.has_value()) continue;
    if (revision != 0 && entry.revision != revision) continue;
    if (shower.Sees(entry)) return entry;
  }
  return std::nullopt;
}

// Is a not counted entry below what the request asks for? One without a readable name is, unless a
// collection is asked for.
bool IsBelow(const ShownEntry& entry, const ListQuery& query) {
  const auto origin = Origin::Parse(entry.origin);
  if (!query.member.empty() && (!origin.ok() || origin->member != query.member)) return false;
  if (query.collection.empty()) return true;
  const auto name = RecordName::Parse(entry.name);
  return name.ok() && name->collection == query.collection;
}

// "members/br" → "br", "members/-" → "".
absl::StatusOr<std::string> MemberOf(absl::string_view parent) {
  absl::string_view member = parent;
  if (absl::ConsumePrefix(&member, "members/") && (member == "-" || IsMember(member))) {
    return member == "-" ? "" : std::string(member);
  }
  return MakeError(Reason::BAD_NAME,
                   absl::StrCat("parent: expected members/<member> or members/-, got \"",
                                parent.substr(0, 100), "\""),
                   {{"field", "parent"}});
}

absl::StatusOr<std::string> CollectionOf(absl::string_view collection) {
  if (collection == "-" || collection.empty()) return std::string();
  if (IsLabel(collection)) return std::string(collection);
  return MakeError(Reason::BAD_NAME, "collection: expected a collection's name or -",
                   {{"field", "collection"}});
}

void CountNotShown(const std::map<Verdict, uint64_t>& counts, api::NotShown& shown) {
  const auto count = [&](Verdict verdict) {
    const auto found = counts.find(verdict);
    return found == counts.end() ? 0 : found->second;
  };
  shown.set_withheld(count(Verdict::kRestricted));
  shown.set_redacted(count(Verdict::kRedacted));
  shown.set_missing(count(Verdict::kMissing));
  shown.set_unjudged(count(Verdict::kUnjudged));
}

// One page out of the own tail; the cursor is the index to begin with.
absl::Status FillTailPage(const ServiceContext& service, const api::ListRecordsRequest& request,
                          const std::string& cursor, uint32_t page, RecordShower& shower,
                          api::ListRecordsResponse& response) {
  const LogStatus* log = shower.own_log();
  if (log == nullptr) return absl::OkStatus();
  uint64_t index = log->signed_size;
  if (!cursor.empty()) {
    ASSIGN_OR_RETURN(const uint64_t from, ParseDecimal(cursor));
    index = std::max(index, from);
  }
  for (; index < log->size && response.records_size() < static_cast<int>(page); ++index) {
    const absl::Status status =
        shower.ShowTail(index, request.omit_records(), "", *response.mutable_records());
    if (!status.ok() && ReasonOf(status) != Reason::NOT_FOUND) return status;
    if (response.ByteSizeLong() >= kPageBytes) {
      ++index;
      break;
    }
  }
  if (index < log->size) {
    response.set_next_page_token(service.tokens->Make(request, absl::StrCat(index)));
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* RegisterServer::GetRecord(grpc::CallbackServerContext* context,
                                                    const api::GetRecordRequest* request,
                                                    api::GetRecordResponse* response) {
  return Answer(service_, Role::kReader, context,
                [&](const Caller& caller) { return FillRecord(caller, *request, *response); });
}

absl::Status RegisterServer::FillRecord(const Caller& caller, const api::GetRecordRequest& request,
                                        api::GetRecordResponse& response) const {
  const Snapshot snapshot(service_.node->store());
  const ViewReader view(snapshot);
  RecordShower shower(service_, caller, snapshot);
  const auto revision = RevisionName::Parse(request.name());
  const std::string name = revision.ok() ? revision->record.Text() : request.name();
  const auto entry =
      revision.ok() ? view.GetRevision(name, revision->revision) : view.GetRecord(name);
  if (!entry.ok() && ReasonOf(entry.status()) != Reason::NOT_FOUND) return entry.status();
  RETURN_IF_ERROR(FillTail(shower, name, false, *response.mutable_tail()));
  bool shown = entry.ok() && shower.Sees(*entry);
  if (shown) RETURN_IF_ERROR(shower.Show(*entry, false, *response.mutable_record()));
  if (!shown) {
    ASSIGN_OR_RETURN(const std::optional<ShownEntry> restricted,
                     Restricted(view, shower, name, revision.ok() ? revision->revision : 0));
    shown = restricted.has_value();
    if (shown) RETURN_IF_ERROR(shower.Show(*restricted, false, *response.mutable_record()));
  }
  return shown || response.tail_size() > 0 ? absl::OkStatus() : NotForCaller(name);
}

grpc::ServerUnaryReactor* RegisterServer::ListRecords(grpc::CallbackServerContext* context,
                                                      const api::ListRecordsRequest* request,
                                                      api::ListRecordsResponse* response) {
  return Answer(service_, Role::kReader, context,
                [&](const Caller& caller) { return FillRecords(caller, *request, *response); });
}

absl::Status RegisterServer::FillRecords(const Caller& caller,
                                         const api::ListRecordsRequest& request,
                                         api::ListRecordsResponse& response) const {
  ASSIGN_OR_RETURN(const uint32_t page, PageSize(request.page_size(), kPage, kMostPerPage));
  ASSIGN_OR_RETURN(const std::string cursor, service_.tokens->Cursor(request));
  ListQuery query;
  query.after = cursor;
  query.page_size = page;
  ASSIGN_OR_RETURN(query.member, MemberOf(request.parent()));
  ASSIGN_OR_RETURN(query.collection, CollectionOf(request.collection()));
  const bool of_view =
      request.part() != api::REGISTER_PART_TAIL && request.part() != api::REGISTER_PART_NOT_COUNTED;
  ASSIGN_OR_RETURN(const Filter filter, Filter::Parse(request.filter(), query.collection));
  if ((!of_view && !request.filter().empty()) ||
      (!request.order_by().empty() && request.order_by() != "name")) {
    return MakeError(Reason::BAD_FILTER,
                     "filter, order_by: expected none for this part, and no order but \"name\"");
  }
  query.filter = &filter;
  const Snapshot snapshot(service_.node->store());
  const ViewReader view(snapshot);
  RecordShower shower(service_, caller, snapshot);
  if (const LogStatus* log = shower.own_log()) {
    response.set_tail_size(log->size - std::min(log->size, log->signed_size));
  }
  if (request.part() == api::REGISTER_PART_TAIL) {
    return FillTailPage(service_, request, cursor, page, shower, response);
  }
  ASSIGN_OR_RETURN(const EntryPage entries,
                   of_view ? view.List(query) : view.NotCounted("", cursor, page));
  uint64_t unseen = 0;
  for (const ShownEntry& entry : entries.entries) {
    if (!of_view && !IsBelow(entry, query)) continue;
    if (shower.Sees(entry)) {
      RETURN_IF_ERROR(shower.Show(entry, request.omit_records(), *response.add_records()));
    } else {
      ++unseen;
    }
  }
  if (!entries.next.empty()) {
    response.set_next_page_token(service_.tokens->Make(request, entries.next));
  }
  if (cursor.empty()) {
    ASSIGN_OR_RETURN(const auto counts, view.CountNotCounted(query.collection));
    CountNotShown(counts, *response.mutable_not_shown());
  }
  response.mutable_not_shown()->set_withheld(response.not_shown().withheld() + unseen);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* RegisterServer::ListRecordRevisions(
    grpc::CallbackServerContext* context, const api::ListRecordRevisionsRequest* request,
    api::ListRecordRevisionsResponse* response) {
  return Answer(service_, Role::kReader, context,
                [&](const Caller& caller) { return FillRevisions(caller, *request, *response); });
}

absl::Status RegisterServer::FillRevisions(const Caller& caller,
                                           const api::ListRecordRevisionsRequest& request,
                                           api::ListRecordRevisionsResponse& response) const {
  ASSIGN_OR_RETURN(const uint32_t page, PageSize(request.page_size(), kPage, kMostPerPage));
  ASSIGN_OR_RETURN(const std::string cursor, service_.tokens->Cursor(request));
  const Snapshot snapshot(service_.node->store());
  RecordShower shower(service_, caller, snapshot);
  if (cursor.empty()) {
    RETURN_IF_ERROR(
        FillTail(shower, request.name(), request.omit_records(), *response.mutable_tail()));
  }
  const auto entries = ViewReader(snapshot).Revisions(request.name(), cursor, page);
  if (!entries.ok()) {
    const bool in_tail = response.tail_size() > 0;
    return in_tail && ReasonOf(entries.status()) == Reason::NOT_FOUND ? absl::OkStatus()
                                                                      : entries.status();
  }
  for (const ShownEntry& entry : entries->entries) {
    if (!shower.Sees(entry)) continue;
    RETURN_IF_ERROR(shower.Show(entry, request.omit_records(), *response.add_revisions()));
  }
  if (!entries->next.empty()) {
    response.set_next_page_token(service_.tokens->Make(request, entries->next));
  }
  const bool nothing = response.revisions_size() + response.tail_size() == 0;
  return nothing && cursor.empty() && entries->next.empty() ? NotForCaller(request.name())
                                                            : absl::OkStatus();
}

}  // namespace plenary::node
