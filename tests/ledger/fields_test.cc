#include "ledger/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "ledger/field_check.h"
#include "ledger/names.h"
#include "ledger/near_name.h"
#include "ledger/scan.h"
#include "ledger/wire.h"
#include "tests/support/records.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RecordFrom;

std::vector<std::string> Texts(const v1::Record& record, const char* path) {
  const auto parsed = FieldPath::Parse(path, "");
  EXPECT_OK(parsed);
  return parsed.ok() ? parsed->Texts(record) : std::vector<std::string>{};
}

const v1::Record& AMeeting() {
  static const v1::Record record = RecordFrom(R"(
    name: "members/za/meetings/mm-01" revision: 3
    meeting { ordinal: 0 title: "1ª reunião" date_precision: DATE_PRECISION_MONTH
              participating_countries: "BR" participating_countries: "ZA"
              previously_scheduled { start_date: "2013" city: "Pretoria" }
              previously_scheduled { city: "Durban" } })");
  return record;
}

TEST(Fields, OfABodyAreReadByName) {
  EXPECT_THAT(Texts(AMeeting(), "title"), ElementsAre("1ª reunião"));
  EXPECT_THAT(Texts(AMeeting(), "meeting.title"), ElementsAre("1ª reunião"));
  EXPECT_THAT(Texts(AMeeting(), "participating_countries"), ElementsAre("BR", "ZA"));
  EXPECT_THAT(Texts(AMeeting(), "previously_scheduled.city"), ElementsAre("Pretoria", "Durban"));
  EXPECT_THAT(Texts(AMeeting(), "previously_scheduled.start_date"), ElementsAre("2013"));
  EXPECT_THAT(Texts(AMeeting(), "date_precision"), ElementsAre("month"));
  EXPECT_THAT(Texts(AMeeting(), "record.revision"), ElementsAre("3"));
  EXPECT_THAT(Texts(AMeeting(), "project.title"), IsEmpty());
}

// Zero is a number; what was not found is nothing.
TEST(Fields, TellZeroFromNotKnown) {
  EXPECT_THAT(Texts(AMeeting(), "ordinal"), ElementsAre("0"));
  EXPECT_THAT(Texts(AMeeting(), "participants_count"), IsEmpty());
  EXPECT_TRUE(FieldPath::Parse("ordinal", "meetings")->IsPresent(AMeeting()));
  EXPECT_FALSE(FieldPath::Parse("participants_count", "meetings")->IsPresent(AMeeting()));
}

TEST(Fields, NameOfABodyIsNotTheNameOfTheRecord) {
  const auto record = RecordFrom(R"(name: "members/br/parties/state-br" party { name: "Brazil" })");
  EXPECT_THAT(Texts(record, "name"), ElementsAre("Brazil"));
  EXPECT_THAT(Texts(record, "record.name"), ElementsAre("members/br/parties/state-br"));
}

TEST(Fields, WrongNamesAreRefusedWithTheNearestOne) {
  const auto error = FieldPath::Parse("host_contry", "meetings");
  EXPECT_THAT(error, HasReason(Reason::BAD_FIELD));
  EXPECT_THAT(std::string(error.status().message()), HasSubstr("host_country"));
  for (const char* text :
       {"", ".", "meeting", "meeting.", "title.", "title.x", "a.b.c.d.e", "record",
        "record.meeting.title", "record.content", "Title", "original\n"}) {
    EXPECT_THAT(FieldPath::Parse(text, "meetings"), HasReason(Reason::BAD_FIELD)) << text;
  }
  EXPECT_THAT(FieldPath::Parse("title", "unheardof"), HasReason(Reason::BAD_FIELD));
  EXPECT_THAT(FieldPath::Parse("host_country", "projects"), HasReason(Reason::BAD_FIELD));
}

// Whoever writes field 1 as text must be understood in every collection.
TEST(Bodies, BeginWithATextAndAreUnderstood) {
  for (const absl::string_view collection : kCollections) {
    const Descriptor* type = BodyType(collection);
    ASSERT_NE(type, nullptr) << collection;
    if (collection == "redactions" || collection == "erasures") continue;
    EXPECT_EQ(type->FindFieldByNumber(1)->type(), FieldDescriptor::TYPE_STRING) << collection;
    std::string body;
    std::string record;
    wire::AppendBytes(1, "Open", body);
    wire::AppendBytes(static_cast<uint32_t>(BodyFieldOf(collection)), body, record);
    const auto scan = StrictScan(*v1::Record::descriptor(), record, UnknownFields::kReport);
    ASSERT_OK(scan);
    EXPECT_TRUE(scan->understood) << collection;
  }
  EXPECT_EQ(BodyType("unheardof"), nullptr);
}

// The schema rules of formats.md, 3: no maps, no floats, no Any.
void ExpectPlain(const Descriptor& type, std::set<const Descriptor*>& seen) {
  if (!seen.insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    EXPECT_FALSE(field.is_map()) << field.full_name();
    EXPECT_NE(field.cpp_type(), FieldDescriptor::CPPTYPE_FLOAT) << field.full_name();
    EXPECT_NE(field.cpp_type(), FieldDescriptor::CPPTYPE_DOUBLE) << field.full_name();
    if (field.message_type() == nullptr) continue;
    EXPECT_NE(field.message_type()->file()->package(), "google.protobuf") << field.full_name();
    ExpectPlain(*field.message_type(), seen);
  }
}

TEST(Bodies, HaveNoMapsFloatsOrAny) {
  std::set<const Descriptor*> seen;
  ExpectPlain(*v1::Record::descriptor(), seen);
  EXPECT_GT(seen.size(), 20U);
}

// Where content comes from has the same numbers everywhere, so one reader serves all.
TEST(Bodies, KeepTheNumbersOfProvenance) {
  const std::pair<const char*, int> kShared[] = {
      {"external_id", 40}, {"note", 41},       {"source_ids", 42}, {"confidence", 43},
      {"claims", 44},      {"references", 45}, {"original", 46},   {"original_media_type", 47}};
  for (const absl::string_view collection : kCollections) {
    for (const auto& [name, number] : kShared) {
      const FieldDescriptor* field = BodyType(collection)->FindFieldByName(name);
      if (field != nullptr) {
        EXPECT_EQ(field->number(), number) << field->full_name();
      }
    }
  }
}

TEST(Bodies, ReferToCollectionsThatExist) {
  int references = 0;
  for (const absl::string_view collection : kCollections) {
    for (const FieldInfo& info : FieldsOf(collection)) {
      const auto format = FormatOf(*info.field);
      if (format != v1::FORMAT_REFERENCE && format != v1::FORMAT_COUNTRY_OR_REFERENCE) continue;
      ++references;
      EXPECT_NE(BodyType(RefersTo(*info.field)), nullptr) << info.field->full_name();
    }
  }
  EXPECT_GE(references, 15);
}

TEST(FieldCheck, PassesTheRealAndTheEmpty) {
  EXPECT_OK(CheckBody(AMeeting()));
  EXPECT_OK(CheckBody(v1::Record()));
}

void ExpectBad(const std::string& text, const std::string& field) {
  const absl::Status status = CheckBody(RecordFrom(text));
  EXPECT_THAT(status, HasReason(Reason::BAD_FIELD)) << text;
  EXPECT_THAT(std::string(status.message()), ::testing::StartsWith(field + ": expected "));
}

TEST(FieldCheck, NamesTheFieldAndWhatWasExpected) {
  ExpectBad(R"(meeting { start_date: "2012-13" })", "start_date");
  ExpectBad(R"(meeting { host_country: "Brazil" })", "host_country");
  ExpectBad(R"(meeting { participating_countries: "BR" participating_countries: "UK" })",
            "participating_countries");
  ExpectBad(R"(meeting { working_group: "WG-AST" })", "working_group");
  ExpectBad(R"(meeting { working_group: "members/br/meetings/mm-01" })", "working_group");
  ExpectBad(R"(project { partners { country: "BR" } partners { country: "br" } })",
            "partners[2].country");
  ExpectBad(R"(project { budget_lines { amount: "1e6" } })", "budget_lines[1].amount");
  ExpectBad(R"(declaration { languages_found: "english!" })", "languages_found");
  ExpectBad(R"(action { owner: "WG-AST" })", "owner");
  ExpectBad(R"(declaration { endorsers: "BR" })", "endorsers");
  ExpectBad("meeting { title: \"" + std::string(kTextBytes + 1, 'x') + "\" }", "title");
}

TEST(FieldCheck, RefusesAPeriodThatEndsBeforeItBegins) {
  ExpectBad(R"(meeting { start_date: "2014-02-11" end_date: "2014-02-10" })", "end_date");
  ExpectBad(R"(party { ministry_history { valid_from: "2019" valid_to: "2014-05" } })",
            "ministry_history[1].valid_to");
  EXPECT_OK(CheckBody(RecordFrom(R"(meeting { start_date: "2014-02-10" end_date: "2014" })")));
  EXPECT_OK(CheckBody(RecordFrom(R"(meeting { start_date: "2014" end_date: "2014-02-10" })")));
  EXPECT_OK(CheckBody(RecordFrom(R"(meeting { start_date: "2014" end_date: "2014" })")));
}

TEST(ShownValue, CannotDisturbATerminal) {
  EXPECT_EQ(ShownValue("Brasília"), "\"Brasília\"");
  EXPECT_EQ(ShownValue("a\x1b[31m\n\"b\\"), "\"a\\u{1b}[31m\\n\\\"b\\\\\"");
  EXPECT_EQ(ShownValue("\xff"), "\"\\xff\"");
  EXPECT_EQ(ShownValue("a\u202Eb"), "\"a\\u{202e}b\"");
  const std::string cut = ShownValue(std::string(1000, 'x') + "é");
  EXPECT_LT(cut.size(), 80U);
  EXPECT_THAT(cut, HasSubstr("…"));
}

TEST(NearName, FindsASlipAndNoMore) {
  const std::vector<std::string> known = {"title", "city", "country"};
  EXPECT_EQ(NearName("titel", known), "title");
  EXPECT_EQ(NearName("tilte", known), "title");
  EXPECT_EQ(NearName("tuhle", known), "");  // two letters of five
  EXPECT_EQ(NearName("contry", known), "country");
  EXPECT_EQ(NearName("zzz", known), "");
  EXPECT_EQ(NearName("", known), "");
}

}  // namespace
}  // namespace plenary
