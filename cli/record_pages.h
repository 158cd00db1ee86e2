// Lists of records, page after page.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/client/client.h"
#include "cli/output.h"

namespace plenary::cli {

// What a list ended with.
struct ListEnd {
  std::string next_page_token;  // of what lies beyond the limit; empty: nothing does
  v1::NotShown not_shown;
  uint64_t tail_size = 0;
};

// Calls `each` for the records that `request` asks for, from its page token on, at most `limit` (0:
// all). Fails as the node does.
absl::StatusOr<ListEnd> ListRecords(Client& client, v1::ListRecordsRequest request, uint64_t limit,
                                    const std::function<void(const v1::RecordRevision&)>& each);

// Adds what is not shown, the tail and the next page as remarks.
void RemarkEnd(const ListEnd& end, Listing& listing);

}  // namespace plenary::cli
