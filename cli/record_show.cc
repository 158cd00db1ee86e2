#include "cli/record_show.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "certs/certificate.h"
#include "cli/record_json.h"
#include "ledger/digest.h"
#include "ledger/names.h"

namespace plenary::cli {
namespace {

std::string VerdictOf(const v1::RecordRevision& shown) {
  switch (shown.verdict()) {
    case v1::VERDICT_COUNTS:
      return "counts";
    case v1::VERDICT_NOT_UNDERSTOOD:
      return "not understood";
    case v1::VERDICT_UNJUDGED:
      return "unjudged";
    default:
      return "does not count";
  }
}

std::string AuthorTime(const v1::RecordRevision& shown) {
  return certs::TimeText(absl::FromUnixSeconds(shown.author_time().seconds()));
}

Json RecordJson(const v1::RecordRevision& shown) {
  if (shown.record().empty()) return nullptr;
  // Our own printer wrote it.
  return Json::parse(RecordToJson(RecordOf(shown)), nullptr, /*allow_exceptions=*/false);
}

Json AdoptionJson(const v1::RecordRevision& shown) {
  const v1::Adoption& adoption = shown.adoption();
  Json json = {{"state", AdoptionOf(shown)},
               {"adopted", adoption.adopted()},
               {"demanded", adoption.demanded()},
               {"endorsed", Json::object()},
               {"not_endorsed", Json::array()}};
  for (const v1::Endorser& endorser : adoption.endorsed()) {
    json["endorsed"][endorser.member()] = endorser.endorsement();
  }
  for (const std::string& member : adoption.demanded()) {
    if (!json["endorsed"].contains(member)) json["not_endorsed"].push_back(member);
  }
  if (!adoption.obstacle().empty()) json["obstacle"] = adoption.obstacle();
  return json;
}

}  // namespace

std::string StageOf(const v1::RecordRevision& shown) {
  if (shown.in_tail()) return "tail";
  return shown.finality() == v1::FINALITY_FINAL ? "final" : "provisional";
}

std::string AudienceText(const v1::RecordAudience& audience) {
  if (audience.kind() == 0) return "members";
  return audience.kind() == 1 ? "public" : absl::StrJoin(audience.members(), ",");
}

std::string SlotOf(const v1::RecordRevision& shown) {
  switch (shown.slot()) {
    case v1::SLOT_STATE_PRESENT:
      return "present";
    case v1::SLOT_STATE_WITHHELD:
      return absl::StrCat("withheld (audience: ", AudienceText(shown.audience()), ")");
    case v1::SLOT_STATE_REDACTED:
      return "redacted";
    case v1::SLOT_STATE_MISSING:
      return "missing (being fetched)";
    default:
      return "unknown";
  }
}

std::string AdoptionOf(const v1::RecordRevision& shown) {
  if (!shown.has_adoption()) return "";
  if (shown.adoption().adopted()) return "adopted";
  if (!shown.adoption().obstacle().empty()) return "cannot be adopted";
  return absl::StrCat(shown.adoption().endorsed_size(), " of ", shown.adoption().demanded_size(),
                      " endorsed");
}

v1::Record RecordOf(const v1::RecordRevision& shown) {
  v1::Record record;
  // What cannot be read shows as empty; the node has judged it.
  if (!record.ParseFromString(shown.record())) record.Clear();
  return record;
}

Json RevisionJson(const v1::RecordRevision& shown) {
  const auto name = RevisionName::Parse(shown.name());
  Json json = {{"name", name.ok() ? name->record.Text() : shown.name()},
               {"revision", name.ok() ? Json(name->revision) : Json(nullptr)},
               {"stage", StageOf(shown)},
               {"verdict", VerdictOf(shown)},
               {"slot", SlotOf(shown)},
               {"held_by", shown.cosigner_count()},
               {"digest", HexEncode(shown.digest())},
               {"log", shown.entry().origin()},
               {"index", shown.entry().index()},
               {"entry", shown.entry().entry()},
               {"commit", HexEncode(shown.commit())}};
  json["signers"] = Json::array();
  for (const std::string& signer : shown.signers()) json["signers"].push_back(HexEncode(signer));
  json["author_time"] = shown.has_author_time() ? Json(AuthorTime(shown)) : Json(nullptr);
  json["audience"] = AudienceText(shown.audience());
  json["permanent"] = shown.permanent();
  json["bytes"] = shown.record_bytes();
  if (shown.has_adoption()) json["adoption"] = AdoptionJson(shown);
  if (!shown.verdict_reason().empty()) {
    json["not_counted"] = {{"reason", shown.verdict_reason()},
                           {"sentence", shown.verdict_sentence()}};
  }
  json["record"] = RecordJson(shown);
  return json;
}

void PrintRevision(const v1::RecordRevision& shown, Console& console) {
  Json json = RevisionJson(shown);
  Json record = json["record"];
  json.erase("record");
  json.erase("entry");
  if (json["signers"].size() == 1) json["signers"] = json["signers"][0];
  PrintObject(json, 0, console.out);
  if (!record.is_object()) return;
  for (const char* said : {"name", "revision", "schema", "salt", "previous"}) record.erase(said);
  for (auto& [key, body] : record.items()) {
    if (!body.is_object() || !body.contains("original")) continue;
    const auto decoded = Base64Decode(body["original"].get<std::string>());
    body["original"] = absl::StrCat("(", decoded.ok() ? decoded->size() : 0, " bytes)");
  }
  console.out << "\n";
  PrintObject(record, 0, console.out);
}

std::string ForEditing(const v1::RecordRevision& shown) {
  v1::Record record = RecordOf(shown);
  record.clear_salt();
  record.clear_revision();
  record.clear_previous();
  record.clear_reason();
  return RecordToJson(record);
}

}  // namespace plenary::cli
