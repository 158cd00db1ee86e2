#include "cli/record_pages.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr uint64_t kPage = 200;

}  // namespace

absl::StatusOr<ListEnd> ListRecords(Client& client, v1::ListRecordsRequest request, uint64_t limit,
                                    const std::function<void(const v1::RecordRevision&)>& each) {
  ListEnd end;
  bool is_first = true;
  uint64_t left = limit == 0 ? UINT64_MAX : limit;
  do {
    request.set_page_size(static_cast<int32_t>(std::min(left, kPage)));
    ASSIGN_OR_RETURN(const auto response, client.Call(request));
    for (const v1::RecordRevision& shown : response.records()) each(shown);
    const auto count = static_cast<uint64_t>(response.records_size());
    left -= std::min(left, count);
    if (is_first) {
      end.not_shown = response.not_shown();
      end.tail_size = response.tail_size();
    } else {
      // Later pages say only what they themselves do not show.
      end.not_shown.set_withheld(end.not_shown.withheld() + response.not_shown().withheld());
    }
    is_first = false;
    end.next_page_token = response.next_page_token();
    request.set_page_token(end.next_page_token);
  } while (!end.next_page_token.empty() && left > 0);
  return end;
}

void RemarkEnd(const ListEnd& end, Listing& listing) {
  const v1::NotShown& hidden = end.not_shown;
  const std::pair<const char*, uint64_t> counts[] = {{"withheld", hidden.withheld()},
                                                     {"redacted", hidden.redacted()},
                                                     {"missing", hidden.missing()},
                                                     {"unjudged", hidden.unjudged()}};
  std::vector<std::string> words;
  Json json = Json::object();
  for (const auto& [word, count] : counts) {
    json[word] = count;
    if (count > 0) words.push_back(absl::StrCat(count, " ", word));
  }
  listing.Remark("not_shown", std::move(json),
                 words.empty() ? "" : absl::StrCat("not shown: ", absl::StrJoin(words, ", ")));
  listing.Remark("tail_size", end.tail_size,
                 end.tail_size == 0
                     ? ""
                     : absl::StrCat("and ", end.tail_size,
                                    " leaves that only this node holds: plenary record list "
                                    "--tail"));
  listing.Remark("next_page_token", end.next_page_token,
                 end.next_page_token.empty()
                     ? ""
                     : absl::StrCat("more follow: --page-token ", end.next_page_token));
}

}  // namespace plenary::cli
