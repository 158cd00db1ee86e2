#include "cli/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/match.h"
#include "ledger/fields.h"
#include "ledger/names.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;
using ::testing::HasSubstr;

std::map<std::string, SchemaField> ByPath(absl::string_view noun) {
  std::map<std::string, SchemaField> fields;
  const auto schema = SchemaOf(noun);
  EXPECT_OK(schema);
  if (!schema.ok()) return fields;
  for (const SchemaField& field : *schema) fields[field.path] = field;
  return fields;
}

TEST(Schema, SaysTypesAndCommentsInWords) {
  const auto meeting = ByPath("meeting");
  EXPECT_EQ(meeting.at("start_date").type, "date");
  EXPECT_EQ(meeting.at("participating_countries").type, "list of country codes");
  EXPECT_EQ(meeting.at("working_group").type, "name of a record of bodies");
  EXPECT_EQ(meeting.at("ordinal").type, "number");
  EXPECT_EQ(meeting.at("date_precision").type, "one of day, month, year");
  EXPECT_EQ(meeting.at("claims").type, "list of objects");
  EXPECT_EQ(meeting.at("original").type, "bytes");
  EXPECT_EQ(meeting.at("chair_country").comment,
            "Who held the chair that day: not always the host.");
  EXPECT_EQ(meeting.at("previously_scheduled.start_date").comment,
            "First day as it was planned then.");
  EXPECT_EQ(ByPath("calls").at("national_windows.budget_amount").type, "amount");
  const auto comment = SchemaComment("action");
  ASSERT_OK(comment);
  EXPECT_EQ(*comment, "A follow-up task.");
}

// The embedded protos must be those that the build was made of.
TEST(Schema, ListsEveryFieldOfEveryCollection) {
  for (const absl::string_view collection : kCollections) {
    EXPECT_EQ(ByPath(collection).size(), FieldsOf(collection).size()) << collection;
    const auto comment = SchemaComment(collection);
    ASSERT_OK(comment);
    EXPECT_TRUE(absl::EndsWith(*comment, ".")) << collection;
  }
}

// Codes, references and what an owner says need words; so does whatever can be mistaken.
TEST(Schema, ExplainsWhatANameDoesNotSay) {
  for (const absl::string_view collection : kCollections) {
    for (const auto& [path, field] : ByPath(collection)) {
      const bool needs_words = absl::StrContains(field.type, "name of a record") ||
                               absl::StrContains(path, "status") ||
                               absl::StrContains(path, "original");
      EXPECT_TRUE(!needs_words || !field.comment.empty()) << collection << " " << path;
    }
  }
}

TEST(Schema, KnowsNounsInBothNumbers) {
  EXPECT_EQ(NounOf("parties"), "party");
  EXPECT_EQ(NounOf("unheardof"), "");
  for (const absl::string_view collection : kCollections) {
    EXPECT_EQ(*CollectionOf(collection), collection);
    EXPECT_EQ(*CollectionOf(NounOf(collection)), collection);
  }
  const auto error = SchemaOf("meting");
  EXPECT_THAT(error, HasReason(Reason::BAD_REQUEST));
  EXPECT_THAT(std::string(error.status().message()), HasSubstr("expected meeting, got \"meting\""));
  EXPECT_THAT(SchemaOf(""), HasReason(Reason::BAD_REQUEST));
}

TEST(Schema, ShowsColumnsThatExist) {
  for (const absl::string_view collection : kCollections) {
    EXPECT_FALSE(TableColumns(collection).empty()) << collection;
    for (const std::string& column : TableColumns(collection)) {
      EXPECT_OK(FieldPath::Parse(column, collection));
    }
  }
  EXPECT_TRUE(TableColumns("unheardof").empty());
}

}  // namespace
}  // namespace plenary
