#include "cli/import/warnings.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ledger/dates.h"
#include "ledger/fields.h"
#include "ledger/near_name.h"

namespace plenary {
namespace {

using google::protobuf::Message;

// Which list the codes of a field are from.
struct CodeList {
  absl::string_view kind;  // empty: every kind
  absl::string_view field;
  absl::string_view vocabulary;
};
constexpr CodeList kCodeLists[] = {
    {"", "confidence", "confidence"},
    {"", "key_features", "key_features"},
    {"meetings", "series", "meeting_series"},
    {"meetings", "reported_status", "meeting_status"},
    {"meetings", "mode", "meeting_mode"},
    {"declarations", "type", "document_type"},
    {"declarations", "reported_status", "document_status"},
    {"projects", "kind", "project_kind"},
    {"projects", "reported_status", "project_status"},
    {"projects", "thematic_area", "thematic_areas"},
    {"calls", "thematic_areas", "thematic_areas"},
    {"members", "membership_status", "membership_status"},
};

std::vector<std::string> Texts(const PreparedRecord& prepared, absl::string_view field_name) {
  const Message& body = *BodyOf(prepared.record);
  const auto* field = body.GetDescriptor()->FindFieldByName(std::string(field_name));
  return field == nullptr ? std::vector<std::string>{} : TextsOf(body, *field);
}

std::string Text(const PreparedRecord& prepared, absl::string_view field_name) {
  const std::vector<std::string> texts = Texts(prepared, field_name);
  return texts.empty() ? "" : texts.front();
}

class Look {
 public:
  explicit Look(Import& import) : import_(import) {
    for (const PreparedRecord& prepared : import_.records) {
      names_.insert(prepared.record.name());
      if (!prepared.record.has_vocabulary()) continue;
      const v1::Vocabulary& vocabulary = prepared.record.vocabulary();
      for (const v1::Term& term : vocabulary.terms()) codes_[vocabulary.key()].insert(term.code());
    }
  }

  void At(const PreparedRecord& prepared) {
    Precision(prepared);
    Codes(prepared);
    References(prepared);
    LookAlikes(prepared);
  }

 private:
  void Warn(const PreparedRecord& prepared, std::string field, std::string value,
            std::string expected) {
    import_.warnings.push_back({prepared.file, prepared.number, 0, std::move(field),
                                std::move(value), std::move(expected)});
  }

  void Precision(const PreparedRecord& prepared) {
    const std::string precision = Text(prepared, "date_precision");
    if (precision.empty()) return;
    for (const char* field : {"start_date", "adopted_date"}) {
      const std::string text = Text(prepared, field);
      const auto date = ParseDate(text);
      if (!date.has_value()) continue;
      const char* known_to = date->known_to == KnownTo::kYear    ? "year"
                             : date->known_to == KnownTo::kMonth ? "month"
                                                                 : "day";
      if (precision != known_to) {
        Warn(prepared, "date_precision", ShownValue(precision),
             absl::StrCat(known_to, ", as ", field, " is ", text));
      }
    }
  }

  void Codes(const PreparedRecord& prepared) {
    for (const CodeList& list : kCodeLists) {
      if (!list.kind.empty() && list.kind != prepared.kind) continue;
      const auto known = codes_.find(std::string(list.vocabulary));
      if (known == codes_.end()) continue;
      for (const std::string& code : Texts(prepared, list.field)) {
        if (known->second.count(code) > 0) continue;
        const std::string near = NearName(code, {known->second.begin(), known->second.end()});
        Warn(prepared, std::string(list.field), ShownValue(code),
             absl::StrCat("a code of the vocabulary ", list.vocabulary,
                          near.empty() ? "" : absl::StrCat(", perhaps ", near)));
      }
    }
  }

  void References(const PreparedRecord& prepared) {
    const Message& body = *BodyOf(prepared.record);
    const auto* field = body.GetDescriptor()->FindFieldByName("references");
    for (int i = 0; i < body.GetReflection()->FieldSize(body, field); ++i) {
      const auto& reference = static_cast<const v1::SourceReference&>(
          body.GetReflection()->GetRepeatedMessage(body, field, i));
      if (names_.count(reference.name()) > 0) continue;
      Warn(prepared, "", ShownValue(reference.external_id()),
           absl::StrCat("a record ", reference.name(), " (it may come later)"));
    }
  }

  void LookAlikes(const PreparedRecord& prepared) {
    if (prepared.kind != "meetings") return;
    const std::string ordinal = Text(prepared, "ordinal");
    if (!ordinal.empty()) {
      Once(prepared, "ordinal", ordinal,
           {Text(prepared, "series"), Text(prepared, "working_group"), ordinal});
    }
    Once(prepared, "title", Text(prepared, "title"),
         {Text(prepared, "title"), Text(prepared, "start_date")});
  }

  void Once(const PreparedRecord& prepared, const std::string& field, const std::string& value,
            const std::vector<std::string>& key) {
    const auto [at, is_new] =
        seen_.emplace(absl::StrCat(field, "\n", absl::StrJoin(key, "\n")), prepared.number);
    if (is_new) return;
    Warn(prepared, field, ShownValue(value),
         absl::StrCat("one meeting of that ", field, "; row ", at->second, " looks like it"));
  }

  Import& import_;
  std::set<std::string> names_;
  std::map<std::string, std::set<std::string>> codes_;
  std::map<std::string, size_t> seen_;
};

}  // namespace

void AddWarnings(Import& import) {
  Look look(import);
  for (const PreparedRecord& prepared : import.records) look.At(prepared);
}

}  // namespace plenary
