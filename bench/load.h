// The work that is measured: signed commits of records of about 700 bytes, made beforehand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/federation.h"
#include "plenary/v1/register_service.pb.h"

namespace plenary::bench {

// `commits` commits of `records` new records each, signed with the member's author key. No two
// calls give a record of the same name.
std::vector<v1::SubmitCommitRequest> MakeCommits(cli::Session& session, size_t commits,
                                                 size_t records);

// Submits all over one stream; returns when each is durable at the node.
void SubmitAll(cli::Session& session, const std::vector<v1::SubmitCommitRequest>& commits);

// Seconds that `work` takes.
template <typename Work>
double SecondsOf(Work work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace plenary::bench
