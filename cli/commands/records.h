// What the commands of `plenary record` and those of each kind of record share.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/client/client.h"
#include "cli/command.h"
#include "plenary/v1/record.pb.h"

namespace plenary::cli {

// Shows the record `name`, or its --revision, in the --output that is given.
absl::StatusOr<int> GetAndPrint(Client& client, const std::string& name, const Invocation& given,
                                Console& console);

// Lists its revisions.
absl::StatusOr<int> PrintHistory(Client& client, const std::string& name, const Invocation& given,
                                 Console& console);

// --limit, --page-token, --output.
std::vector<Option> PageOptions();

// The title or name that the record's body has, or what comes nearest; empty if nothing does.
std::string TitleOf(const v1::Record& record);

}  // namespace plenary::cli
