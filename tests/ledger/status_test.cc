#include "ledger/status.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

TEST(Status, CarriesItsReasonThroughAnnotation) {
  const absl::Status error = MakeError(Reason::BAD_NAME, "name: expected x", {{"name", "y"}});
  EXPECT_EQ(error.code(), absl::StatusCode::kInvalidArgument);
  const absl::Status annotated = Annotate(error, "row 3");
  EXPECT_EQ(ReasonOf(annotated), Reason::BAD_NAME);
  EXPECT_EQ(annotated.message(), "row 3: name: expected x");
  EXPECT_NE(Explain(annotated).find("remedy"), std::string::npos);
  EXPECT_EQ(MetadataOf(annotated, "name"), "y");
  EXPECT_EQ(MetadataOf(annotated, "other"), "");
  EXPECT_EQ(MetadataOf(absl::InternalError("elsewhere"), "name"), "");
}

TEST(Status, ForeignErrorsHaveNoReason) {
  EXPECT_FALSE(ReasonOf(absl::InternalError("elsewhere")).has_value());
  EXPECT_FALSE(ReasonOf(absl::OkStatus()).has_value());
}

TEST(Reasons, EachHasACodeAndARemedyAndIsFoundByName) {
  std::set<std::string> names;
#define PLENARY_CHECK_ROW(word, canonical, advice)            \
  EXPECT_TRUE(names.insert(#word).second) << #word;           \
  EXPECT_NE(RowOf(Reason::word).code, absl::StatusCode::kOk); \
  EXPECT_GT(std::string(advice).size(), 10U) << #word;        \
  ASSERT_NE(FindReason(#word), nullptr);                      \
  EXPECT_EQ(FindReason(#word)->reason, Reason::word);
  PLENARY_REASONS(PLENARY_CHECK_ROW)
#undef PLENARY_CHECK_ROW
  EXPECT_EQ(FindReason("NO_SUCH_REASON"), nullptr);
}

}  // namespace
}  // namespace plenary
