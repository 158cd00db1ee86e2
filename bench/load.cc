#include "bench/load.h"

#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/author.h"

namespace plenary::bench {
namespace {

constexpr size_t kNoteBytes = 520;
std::atomic<uint64_t> next_record = 1;

v1::Record MakeRecord(const std::string& member) {
  const uint64_t number = next_record++;
  v1::Record record;
  record.set_name(absl::StrCat("members/", member, "/meetings/bench-", number));
  v1::Meeting& meeting = *record.mutable_meeting();
  meeting.set_title(absl::StrCat("Session ", number, " of the working group on measurement"));
  meeting.set_host_country("BR");
  meeting.set_note(std::string(kNoteBytes, static_cast<char>('a' + number % 26)));
  cli::CompleteRecord(std::nullopt, record);
  return record;
}

}  // namespace

std::vector<v1::SubmitCommitRequest> MakeCommits(cli::Session& session, size_t commits,
                                                 size_t records) {
  const cli::Author author = Must(cli::OpenAuthor(session, ""));
  const Audience audience = Audience::Members(author.member);
  const absl::Time now = absl::Now();
  std::vector<v1::SubmitCommitRequest> made;
  for (size_t i = 0; i < commits; ++i) {
    std::vector<v1::Record> batch;
    for (size_t j = 0; j < records; ++j) batch.push_back(MakeRecord(author.member));
    made.push_back(Must(cli::SignCommit(author, batch, audience, /*permanent=*/false, now)));
  }
  return made;
}

void SubmitAll(cli::Session& session, const std::vector<v1::SubmitCommitRequest>& commits) {
  std::vector<v1::SubmitCommitsRequest> requests;
  for (const v1::SubmitCommitRequest& commit : commits) {
    v1::SubmitCommitsRequest& request = requests.emplace_back();
    request.set_number(requests.size());
    request.set_envelope(commit.envelope());
    *request.mutable_records() = commit.records();
  }
  absl::Status refused;
  Must(session.client->SubmitCommits(requests, [&](const v1::SubmitCommitsResponse& response) {
    if (response.has_error()) refused = absl::InternalError(response.error().message());
  }));
  Must(refused);
}

}  // namespace plenary::bench
