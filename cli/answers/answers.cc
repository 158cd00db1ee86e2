#include "cli/answers/answers.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "cli/answers/register_data.h"
#include "ledger/amount.h"
#include "ledger/codes.h"
#include "ledger/dates.h"
#include "ledger/fields.h"
#include "ledger/near_name.h"
#include "ledger/status.h"

namespace plenary {
namespace {

using google::protobuf::Message;
using nlohmann::json;
using v1::Record;
using Parameters = std::vector<std::string>;
using Counts = std::map<std::string, uint64_t>;
// The answer, or null if a parameter is none of its kind.
using Question = json (*)(const RegisterData& data, const Parameters& parameters);

constexpr absl::string_view kMinisterial = "ministerial";
constexpr absl::string_view kHeld = "held";
constexpr size_t kYearDigits = 4;

bool IsMinisterial(const Record& record) { return record.meeting().series() == kMinisterial; }
bool IsHeld(const Record& record) { return StatusOf(record.meeting()) == kHeld; }
bool IsFunded(const Record& record) { return record.project().kind() == "funded_project"; }

template <typename Range>
bool Contains(const Range& range, absl::string_view value) {
  return std::find(range.begin(), range.end(), value) != range.end();
}

// The values of a field of the source's row, with the source's ids for what it refers to.
std::vector<std::string> SourceTexts(const RegisterData& data, const Record& record,
                                     const SourceField& source) {
  const Message& body = *BodyOf(record);
  std::vector<std::string> texts = TextsOf(body, *source.field);
  if (RefersTo(*source.field).empty()) return texts;
  for (std::string& text : texts) text = data.IdOf(record, text);
  return texts;
}

json CountBy(const RegisterData& data, const SourceKind& kind, absl::string_view field,
             const RegisterData::Condition& condition) {
  const SourceField* source = kind.Find(field);
  if (source == nullptr || source->field->message_type() != nullptr) return nullptr;
  Counts counts = {};
  for (const Record* record : data.Where(kind.collection, condition)) {
    for (const std::string& text : SourceTexts(data, *record, *source)) ++counts[text];
  }
  return counts;
}

bool Every(const Record&) { return true; }

json Total(const RegisterData& data, const Parameters& p) {
  const SourceKind* kind = RegisterData::KindOf(p[0]);
  return kind == nullptr ? json() : json(data.All(kind->collection).size());
}

json AllCounts(const RegisterData& data, const Parameters&) {
  json counts = json::object();
  for (const SourceKind& kind : SourceKinds()) counts[kind.name] = data.All(kind.collection).size();
  return counts;
}

json KindByField(const RegisterData& data, const Parameters& p) {
  const SourceKind* kind = RegisterData::KindOf(p[0]);
  return kind == nullptr ? json() : CountBy(data, *kind, p[1], Every);
}

json MinisterialsByHost(const RegisterData& data, const Parameters&) {
  return CountBy(data, *FindSourceKind("meetings"), "host_country", IsMinisterial);
}

json CallsByAgency(const RegisterData& data, const Parameters&) {
  return CountBy(data, *FindSourceKind("calls"), "funding_agencies", Every);
}

json OpenActionsByOwner(const RegisterData& data, const Parameters&) {
  return CountBy(data, *FindSourceKind("actions"), "owner", [](const Record& record) {
    const std::string& status = StatusOf(record.action());
    return status == "open" || status == "unknown";
  });
}

json MeetingsInYear(const RegisterData& data, const Parameters&) {
  Counts counts = {};
  for (const Record* record : data.All("meetings")) {
    const std::string& date = record->meeting().start_date();
    if (ParseDate(date).has_value()) ++counts[date.substr(0, kYearDigits)];
  }
  return counts;
}

json MeetingsWhere(const RegisterData& data, const RegisterData::Condition& condition) {
  return RegisterData::Ids(data.Where("meetings", condition));
}

json HeldVirtual(const RegisterData& data, const Parameters&) {
  return MeetingsWhere(data, [](const Record& record) {
    return record.meeting().mode() == "virtual" && IsHeld(record);
  });
}

json HostDiffersFromChair(const RegisterData& data, const Parameters&) {
  return MeetingsWhere(data, [](const Record& record) {
    return record.meeting().host_country() != record.meeting().chair_country();
  });
}

json DateNotToTheDay(const RegisterData& data, const Parameters&) {
  return MeetingsWhere(data, [](const Record& record) {
    return record.meeting().date_precision() != v1::DATE_PRECISION_DAY;
  });
}

json AttendedByNewMembers(const RegisterData& data, const Parameters&) {
  return MeetingsWhere(data, [](const Record& record) {
    constexpr std::array<absl::string_view, 5> kNew = {"EG", "ET", "IR", "AE", "ID"};
    const auto& present = record.meeting().participating_countries();
    return std::any_of(present.begin(), present.end(),
                       [&kNew](const std::string& code) { return Contains(kNew, code); });
  });
}

json Disputed(const RegisterData& data, const Parameters& p) {
  const SourceKind* kind = RegisterData::KindOf(p[0]);
  if (kind == nullptr) return nullptr;
  return RegisterData::Ids(data.Where(kind->collection, [](const Record& record) {
    const Message& body = *BodyOf(record);
    return body.GetReflection()->FieldSize(body, body.GetDescriptor()->FindFieldByName("claims")) >
           0;
  }));
}

json Unverified(const RegisterData& data, const Parameters& p) {
  const SourceKind* kind = RegisterData::KindOf(p[0]);
  if (kind == nullptr) return nullptr;
  const SourceField& confidence = *kind->Find("confidence");
  return RegisterData::Ids(data.Where(kind->collection, [&confidence](const Record& record) {
    return Contains(TextsOf(*BodyOf(record), *confidence.field), "unverified");
  }));
}

// Which numbering a meeting counts in: that of its series, or that of its body for meetings of the
// body itself; a body's workshops have numbers of their own.
std::optional<std::string> NumberingOf(const RegisterData& data, const Record& record) {
  constexpr std::array<absl::string_view, 3> kSeries = {"ministerial", "senior_officials",
                                                        "young_scientist_forum"};
  constexpr std::array<absl::string_view, 3> kOfABody = {"working_group", "steering_committee",
                                                         "funding_meeting"};
  const v1::Meeting& meeting = record.meeting();
  if (Contains(kSeries, meeting.series())) return meeting.series();
  if (meeting.working_group().empty() || !Contains(kOfABody, meeting.series())) return std::nullopt;
  return data.IdOf(record, meeting.working_group());
}

json MissingOrdinals(const RegisterData& data, const Parameters&) {
  // More is no gap in a numbering, but a slip in a number.
  constexpr uint32_t kHighest = 10'000;
  std::map<std::string, std::set<uint32_t>> present;
  for (const Record* record : data.All("meetings")) {
    const auto numbering = NumberingOf(data, *record);
    if (!record->meeting().has_ordinal() || !numbering.has_value()) continue;
    present[*numbering].insert(std::min(record->meeting().ordinal(), kHighest));
  }
  json missing = json::object();
  for (const auto& [numbering, ordinals] : present) {
    std::vector<uint32_t> gaps;
    for (uint32_t ordinal = 1; ordinal < *ordinals.rbegin(); ++ordinal) {
      if (ordinals.count(ordinal) == 0) gaps.push_back(ordinal);
    }
    if (!gaps.empty()) missing[numbering] = gaps;
  }
  return missing;
}

json MinisterialsWithoutDocument(const RegisterData& data, const Parameters&) {
  std::set<std::string> with;
  for (const Record* record : data.All("declarations")) {
    with.insert(record->declaration().meeting());
  }
  return MeetingsWhere(data, [&with](const Record& record) {
    return IsMinisterial(record) && IsHeld(record) && with.count(record.name()) == 0;
  });
}

json DocumentsWhere(const RegisterData& data, const RegisterData::Condition& condition) {
  return RegisterData::Ids(data.Where("declarations", condition));
}

json DocumentsInForce(const RegisterData& data, const Parameters&) {
  return DocumentsWhere(
      data, [](const Record& record) { return StatusOf(record.declaration()) == "in_force"; });
}

json DocumentsNotAdoptedByStates(const RegisterData& data, const Parameters&) {
  return DocumentsWhere(data, [](const Record& record) {
    const auto& adopters = record.declaration().adopted_by();
    return std::any_of(adopters.begin(), adopters.end(),
                       [](const std::string& adopter) { return !IsCountry(adopter); });
  });
}

json DocumentsCovering(const RegisterData& data, const Parameters& p) {
  const std::string& year = p[0];
  if (year.size() != kYearDigits || !ParseDate(year).has_value()) return nullptr;
  return DocumentsWhere(data, [&year](const Record& record) {
    const std::string& period = record.declaration().period();
    if (period.size() < kYearDigits) return false;
    return period.substr(0, kYearDigits) <= year &&
           year <= period.substr(period.size() - kYearDigits);
  });
}

json Superseding(const RegisterData& data, const Parameters&) {
  std::vector<std::vector<std::string>> pairs;
  for (const Record* record : data.All("declarations")) {
    for (const std::string& older : record->declaration().supersedes()) {
      pairs.push_back({RegisterData::IdOf(*record), data.IdOf(*record, older)});
    }
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

json ProjectsWithPartner(const RegisterData& data, const Parameters& p) {
  const std::string& country = p[0];
  if (!IsCountry(country)) return nullptr;
  return RegisterData::Ids(data.Where("projects", [&country](const Record& record) {
    const v1::Project& project = record.project();
    return Contains(project.countries(), country) ||
           std::any_of(project.partners().begin(), project.partners().end(),
                       [&country](const auto& partner) { return partner.country() == country; });
  }));
}

json FundedWithoutCall(const RegisterData& data, const Parameters&) {
  return RegisterData::Ids(data.Where("projects", [](const Record& record) {
    return IsFunded(record) && record.project().call().empty();
  }));
}

json FundedBelowCountries(const RegisterData& data, const Parameters& p) {
  constexpr std::array<absl::string_view, 11> kNumbers = {
      "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"};
  const auto* const word = std::find(kNumbers.begin(), kNumbers.end(), p[0]);
  int least = static_cast<int>(word - kNumbers.begin());
  if (word == kNumbers.end() && !absl::SimpleAtoi(p[0], &least)) return nullptr;
  return RegisterData::Ids(data.Where("projects", [least](const Record& record) {
    return IsFunded(record) && record.project().countries_size() < least;
  }));
}

// "brazilian" → "BR"; a code stands for itself.
std::string CountryOf(const std::string& nationality) {
  constexpr std::pair<absl::string_view, const char*> kNationalities[] = {
      {"brazilian", "BR"}, {"russian", "RU"},    {"indian", "IN"},  {"chinese", "CN"},
      {"egyptian", "EG"},  {"ethiopian", "ET"},  {"iranian", "IR"}, {"south_african", "ZA"},
      {"emirati", "AE"},   {"indonesian", "ID"},
  };
  for (const auto& [word, code] : kNationalities) {
    if (word == nationality) return code;
  }
  return IsCountry(nationality) ? nationality : "";
}

json WindowsTotal(const RegisterData& data, const Parameters& p) {
  const std::string country = CountryOf(p[0]);
  if (country.empty() || !IsCurrency(p[1])) return nullptr;
  Amount total;
  for (const Record* record : data.All("calls")) {
    for (const v1::NationalWindow& window : record->call().national_windows()) {
      const auto amount = Amount::Parse(window.budget_amount());
      if (window.country() != country || window.budget_currency() != p[1] || !amount) continue;
      const auto sum = total.Plus(*amount);
      if (!sum.has_value()) return nullptr;
      total = *sum;
    }
  }
  return json::parse(total.Text(), nullptr, /*allow_exceptions=*/false);
}

json MembersOn(const RegisterData& data, const Parameters& p) {
  const std::string date = absl::StrReplaceAll(p[0], {{"_", "-"}});
  if (!ParseDate(date).has_value()) return nullptr;
  std::vector<std::string> codes;
  for (const Record* record : data.All("parties")) {
    const v1::Party& party = record->party();
    // The order of cut dates as text is that of time, up to what is not known.
    if (party.membership_status() == "member" && !party.joined().empty() &&
        party.joined() <= date) {
      codes.push_back(party.code());
    }
  }
  std::sort(codes.begin(), codes.end());
  return codes;
}

struct Row {
  absl::string_view pattern;  // * stands for a parameter
  Question question;
};
// The first that fits decides, so the general ones come last.
constexpr Row kQuestions[] = {
    {"counts", AllCounts},
    {"ministerials_by_host", MinisterialsByHost},
    {"calls_by_agency", CallsByAgency},
    {"open_actions_by_owner", OpenActionsByOwner},
    {"meetings_in_year", MeetingsInYear},
    {"held_virtual", HeldVirtual},
    {"host_differs_from_chair", HostDiffersFromChair},
    {"date_not_to_the_day", DateNotToTheDay},
    {"attended_by_new_members", AttendedByNewMembers},
    {"missing_ordinals", MissingOrdinals},
    {"ministerials_without_document", MinisterialsWithoutDocument},
    {"documents_in_force", DocumentsInForce},
    {"documents_not_adopted_by_states", DocumentsNotAdoptedByStates},
    {"documents_with_period_covering_*", DocumentsCovering},
    {"superseding", Superseding},
    {"projects_with_*_partner", ProjectsWithPartner},
    {"funded_projects_without_call", FundedWithoutCall},
    {"funded_projects_below_*_countries", FundedBelowCountries},
    {"*_windows_total_*", WindowsTotal},
    {"members_on_*", MembersOn},
    {"disputed_*", Disputed},
    {"unverified_*", Unverified},
    {"*_total", Total},
    {"*_by_*", KindByField},
};

// What the stars of `pattern` stand for in `key`; each takes as little as it can.
std::optional<Parameters> Fit(absl::string_view pattern, absl::string_view key) {
  Parameters parameters;
  while (true) {
    const size_t star = pattern.find('*');
    if (!absl::ConsumePrefix(&key, pattern.substr(0, star))) return std::nullopt;
    if (star == absl::string_view::npos) {
      if (key.empty()) return parameters;
      return std::nullopt;
    }
    pattern.remove_prefix(star + 1);
    const absl::string_view next = pattern.substr(0, pattern.find('*'));
    const size_t end = next.empty() ? key.size() : key.find(next, 1);
    if (end == absl::string_view::npos || end == 0) return std::nullopt;
    parameters.emplace_back(key.substr(0, end));
    key.remove_prefix(end);
  }
}

}  // namespace

absl::StatusOr<json> Answer(absl::string_view key, absl::Span<const Record> records) {
  const RegisterData data(records);
  for (const Row& row : kQuestions) {
    const auto parameters = Fit(row.pattern, key);
    if (!parameters.has_value()) continue;
    json answer = row.question(data, *parameters);
    if (!answer.is_null()) return answer;
  }
  const std::string shown = ShownValue(key);
  return MakeError(Reason::BAD_REQUEST, absl::StrCat("question: expected a known key, got ", shown),
                   {{"key", shown}});
}

}  // namespace plenary
