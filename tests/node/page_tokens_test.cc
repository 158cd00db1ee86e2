// A page token that could be changed, or carried to another request, would let a caller read a list
// in an order and from a place that nobody checked, and would show wrong pages to honest ones.
#include "node/services/page_tokens.h"

#include "plenary/v1/audit_service.pb.h"
#include "plenary/v1/register_service.pb.h"
#include "tests/support/status_matchers.h"

namespace plenary::node {
namespace {

using plenary::v1::ListLeavesRequest;
using plenary::v1::ListRecordsRequest;
using testing::HasReason;

ListRecordsRequest Meetings() {
  ListRecordsRequest request;
  request.set_parent("members/br");
  request.set_collection("meetings");
  request.set_filter("country = \"BR\"");
  request.set_page_size(10);
  return request;
}

const PageTokens kTokens(std::string(32, 's'));

TEST(PageTokens, TheFirstPageHasNone) { EXPECT_EQ(*kTokens.Cursor(Meetings()), ""); }

TEST(PageTokens, GiveBackTheirCursor) {
  for (const std::string& cursor :
       {std::string("members/br/meetings/mm-11"), std::string("\0\xff\n", 3),
        std::string(PageTokens::kCursorBytes, 'x')}) {
    ListRecordsRequest request = Meetings();
    request.set_page_token(kTokens.Make(request, cursor));
    request.set_page_size(500);  // the size of the next page is the caller's choice
    const auto back = kTokens.Cursor(request);
    ASSERT_OK(back);
    EXPECT_EQ(*back, cursor);
  }
}

TEST(PageTokens, AreGoodForTheSameRequestOnly) {
  const std::string token = kTokens.Make(Meetings(), "cursor");
  const auto refused = [&](ListRecordsRequest request) {
    request.set_page_token(token);
    return kTokens.Cursor(request).status();
  };
  ListRecordsRequest other = Meetings();
  other.set_parent("members/in");
  EXPECT_THAT(refused(other), HasReason(Reason::BAD_PAGE_TOKEN));
  other = Meetings();
  other.set_filter("country = \"IN\"");
  EXPECT_THAT(refused(other), HasReason(Reason::BAD_PAGE_TOKEN));
  other = Meetings();
  other.set_order_by("start_date desc");
  EXPECT_THAT(refused(other), HasReason(Reason::BAD_PAGE_TOKEN));

  ListLeavesRequest leaves;
  leaves.set_page_token(token);
  EXPECT_THAT(kTokens.Cursor(leaves).status(), HasReason(Reason::BAD_PAGE_TOKEN));
}

TEST(PageTokens, NoChangedTokenIsTaken) {
  ListRecordsRequest request = Meetings();
  const std::string token = kTokens.Make(request, "cursor");
  for (size_t i = 0; i < token.size(); ++i) {
    for (const char c : {'A', 'B', '=', '\n', '\xff'}) {
      if (token[i] == c) continue;
      std::string changed = token;
      changed[i] = c;
      request.set_page_token(changed);
      EXPECT_THAT(kTokens.Cursor(request).status(), HasReason(Reason::BAD_PAGE_TOKEN)) << changed;
    }
  }
  for (const std::string& bad : {std::string("x"), std::string(100'000, 'A'),
                                 token.substr(0, token.size() - 1), token.substr(0, 22)}) {
    request.set_page_token(bad);
    EXPECT_THAT(kTokens.Cursor(request).status(), HasReason(Reason::BAD_PAGE_TOKEN)) << bad;
  }
}

TEST(PageTokens, OfAnotherStartAreRefused) {
  ListRecordsRequest request = Meetings();
  request.set_page_token(PageTokens(std::string(32, 't')).Make(request, "cursor"));
  EXPECT_THAT(kTokens.Cursor(request).status(), HasReason(Reason::BAD_PAGE_TOKEN));
}

TEST(PageSizes, AreCutNotRefused) {
  EXPECT_EQ(*PageSize(0, 50, 1000), 50u);
  EXPECT_EQ(*PageSize(7, 50, 1000), 7u);
  EXPECT_EQ(*PageSize(5000, 50, 1000), 1000u);
  EXPECT_EQ(*PageSize(INT32_MAX, 50, 1000), 1000u);
  EXPECT_THAT(PageSize(-1, 50, 1000).status(), HasReason(Reason::BAD_REQUEST));
}

}  // namespace
}  // namespace plenary::node
