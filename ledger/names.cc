#include "ledger/names.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "ledger/digest.h"
#include "ledger/status.h"

namespace plenary {
namespace {

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsDnsLabel(absl::string_view text) {
  if (text.empty() || text.size() > 63) return false;
  if (!IsLowerOrDigit(text.front()) || !IsLowerOrDigit(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

// A decimal from 1.
bool ParsePositive(absl::string_view text, uint64_t& value) {
  const auto parsed = ParseDecimal(text);
  if (!parsed.ok() || *parsed == 0) return false;
  value = *parsed;
  return true;
}

// Cuts `text` at its first `separator`; false if there is none.
bool Cut(absl::string_view text, char separator, absl::string_view& head, absl::string_view& tail) {
  const size_t at = text.find(separator);
  if (at == absl::string_view::npos) return false;
  head = text.substr(0, at);
  tail = text.substr(at + 1);
  return true;
}

absl::Status BadName(absl::string_view what, absl::string_view expected, absl::string_view text) {
  const std::string shown = absl::CHexEscape(text.substr(0, 200));
  return MakeError(Reason::BAD_NAME,
                   absl::StrCat(what, ": expected ", expected, ", got \"", shown, "\""),
                   {{"name", shown}});
}

}  // namespace

bool IsFederation(absl::string_view text) {
  if (text.size() > 100) return false;
  int labels = 0;
  absl::string_view head;
  while (Cut(text, '.', head, text)) {
    if (!IsDnsLabel(head)) return false;
    ++labels;
  }
  return labels >= 1 && IsDnsLabel(text);
}

bool IsMember(absl::string_view text) {
  if (text.size() < 2 || text.size() > 31 || text == "public") return false;
  if (text[0] < 'a' || text[0] > 'z') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

bool IsLabel(absl::string_view text) {
  if (text.empty() || text.size() > 63) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

absl::StatusOr<Origin> Origin::Parse(absl::string_view text) {
  absl::string_view federation;
  absl::string_view member;
  absl::string_view rest;
  Origin origin;
  if (!Cut(text, '/', federation, rest) || !Cut(rest, '/', member, rest) ||
      !IsFederation(federation) || !IsMember(member) || !ParsePositive(rest, origin.epoch)) {
    return BadName("origin", "<federation>/<member>/<epoch>", text);
  }
  origin.federation = std::string(federation);
  origin.member = std::string(member);
  return origin;
}

std::string Origin::Text() const { return absl::StrCat(federation, "/", member, "/", epoch); }

std::string CosignerName(absl::string_view federation, absl::string_view member) {
  return absl::StrCat(federation, "/", member, "/cosigner");
}

absl::StatusOr<std::string> ParseCosignerName(absl::string_view text) {
  absl::string_view federation;
  absl::string_view member;
  absl::string_view rest;
  if (!Cut(text, '/', federation, rest) || !Cut(rest, '/', member, rest) ||
      !IsFederation(federation) || !IsMember(member) || rest != "cosigner") {
    return BadName("cosigner", "<federation>/<member>/cosigner", text);
  }
  return std::string(member);
}

absl::StatusOr<RecordNameView> ParseRecordName(absl::string_view text) {
  absl::string_view prefix;
  RecordNameView name;
  if (!Cut(text, '/', prefix, name.id) || prefix != "members" ||
      !Cut(name.id, '/', name.member, name.id) || !Cut(name.id, '/', name.collection, name.id) ||
      !IsMember(name.member) || !IsLabel(name.collection) || !IsLabel(name.id)) {
    return BadName("record name", "members/<member>/<collection>/<id>", text);
  }
  return name;
}

absl::StatusOr<RecordName> RecordName::Parse(absl::string_view text) {
  ASSIGN_OR_RETURN(const RecordNameView name, ParseRecordName(text));
  return RecordName{std::string(name.member), std::string(name.collection), std::string(name.id)};
}

std::string RecordName::Text() const {
  return absl::StrCat("members/", member, "/", collection, "/", id);
}

absl::StatusOr<RevisionName> RevisionName::Parse(absl::string_view text) {
  const auto bad = [text] {
    return BadName("revision name", "members/<member>/<collection>/<id>/revisions/<n>", text);
  };
  constexpr absl::string_view kInfix = "/revisions/";
  const size_t at = text.find(kInfix);
  if (at == absl::string_view::npos) return bad();
  auto record = RecordName::Parse(text.substr(0, at));
  RevisionName name;
  if (!record.ok() || !ParsePositive(text.substr(at + kInfix.size()), name.revision)) return bad();
  name.record = *std::move(record);
  return name;
}

std::string RevisionName::Text() const {
  return absl::StrCat(record.Text(), "/revisions/", revision);
}

absl::StatusOr<TlsIdentity> TlsIdentity::Parse(absl::string_view uri) {
  const auto bad = [uri] {
    return BadName("TLS identity", "spiffe://<member>.<federation>/node|operator/<name>", uri);
  };
  absl::string_view rest = uri;
  absl::string_view domain;
  absl::string_view kind;
  absl::string_view member;
  absl::string_view federation;
  if (!absl::ConsumePrefix(&rest, "spiffe://") || !Cut(rest, '/', domain, rest) ||
      !Cut(rest, '/', kind, rest) || !Cut(domain, '.', member, federation)) {
    return bad();
  }
  if (!IsMember(member) || !IsFederation(federation) || !IsLabel(rest)) return bad();
  if (kind != "node" && kind != "operator") return bad();
  return TlsIdentity{std::string(member), std::string(federation),
                     kind == "node" ? Kind::kNode : Kind::kOperator, std::string(rest)};
}

std::string TlsIdentity::Uri() const {
  return absl::StrCat("spiffe://", member, ".", federation,
                      kind == Kind::kNode ? "/node/" : "/operator/", name);
}

int BodyFieldOf(absl::string_view collection) {
  constexpr int kFirstBody = 16;
  const auto* at = std::find(std::begin(kCollections), std::end(kCollections), collection);
  if (at == std::end(kCollections)) return 0;
  return kFirstBody + static_cast<int>(at - std::begin(kCollections));
}

}  // namespace plenary
