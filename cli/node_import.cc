#include "cli/node_import.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/progress.h"
#include "ledger/limits.h"
#include "ledger/rpc_status.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

// Below the limit of a commit by what a record may add.
constexpr uint64_t kCommitBytes = kMaxCommitBytes / 2;
constexpr size_t kCommitsPerStream = 64;
constexpr int kBusyTries = 60;
constexpr absl::Duration kBusyPause = absl::Seconds(1);

// A row on its way into the register.
struct Candidate {
  PreparedRecord row;
  size_t position = 0;  // in import order
  bool tried_anew = false;
};
using Batch = std::vector<Candidate>;

// Is it one record that a commit was refused for, so that the others may go in without it?
bool IsAboutARecord(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists:
      return true;
    default:
      return ReasonOf(status) == Reason::COLLECTION_NOT_ALLOWED;
  }
}

bool IsStale(const absl::Status& status) {
  const auto reason = ReasonOf(status);
  return reason == Reason::STALE_REVISION || reason == Reason::REVISION_TAKEN;
}

// One import. One thread at a time.
class Entry {
 public:
  Entry(Client& client, const Author& author, const Audience& audience,
        const ImportSettings& settings, Console& console)
      : client_(client),
        author_(author),
        audience_(audience),
        settings_(settings),
        console_(console) {}

  // Sorts the rows: of others, refused, unchanged; the rest is to be entered.
  void Plan(Import import, const RegisterIndex& held) {
    for (RowError& error : import.errors) outcome_.refused.push_back({std::move(error), {}});
    Batch batch;
    uint64_t bytes = 0;
    const size_t most = std::min<uint64_t>(settings_.commit_records, author_.limits.entries);
    const uint64_t most_bytes = std::min(kCommitBytes, author_.limits.commit_bytes);
    for (PreparedRecord& row : import.records) {
      if (row.owner != author_.member) {
        ++outcome_.others[row.owner];
        continue;
      }
      Candidate candidate{std::move(row), position_++};
      const auto known = held.records.find(candidate.row.record.name());
      const bool is_new = known == held.records.end();
      if (!is_new && SameBody(candidate.row.record, known->second.body)) {
        ++outcome_.unchanged;
        continue;
      }
      CompleteRecord(
          is_new ? std::nullopt
                 : std::optional(NewestRevision{known->second.revision, known->second.digest, ""}),
          candidate.row.record);
      const absl::Status good = CheckForEntry(author_, candidate.row.record);
      if (!good.ok()) {
        Refuse(candidate, good);
        continue;
      }
      const uint64_t size = candidate.row.record.ByteSizeLong();
      if (!batch.empty() && (batch.size() == most || bytes + size > most_bytes)) {
        waiting_.push_back(std::move(batch));
        batch.clear();
        bytes = 0;
      }
      bytes += size;
      ++planned_;
      batch.push_back(std::move(candidate));
    }
    if (!batch.empty()) waiting_.push_back(std::move(batch));
  }

  void Pretend() {
    for (const Batch& batch : waiting_) {
      for (const Candidate& candidate : batch) Enter(candidate, /*is_final=*/false);
    }
    outcome_.not_final = 0;
  }

  void Send() {
    Progress progress("records entered", planned_, console_);
    int busy = 0;
    while (!waiting_.empty() && outcome_.stopped.ok()) {
      const size_t entered = outcome_.entered.size();
      was_busy_ = false;
      SendRound(progress);
      busy = was_busy_ && outcome_.entered.size() == entered ? busy + 1 : 0;
      if (busy > kBusyTries) outcome_.stopped = busy_;
      if (was_busy_ && outcome_.stopped.ok()) absl::SleepFor(kBusyPause);
    }
    for (const Batch& batch : waiting_) {
      for (const Candidate& candidate : batch) Refuse(candidate, outcome_.stopped);
    }
    waiting_.clear();
  }

  // Looks again at what was stale once: somebody else was faster, or the record was in no list.
  // True if there is more to send.
  bool ReadAnew() {
    for (Candidate& candidate : anew_) {
      if (!outcome_.stopped.ok()) {
        Refuse(candidate, outcome_.stopped);
        continue;
      }
      const auto newest = FindNewest(client_, candidate.row.record.name());
      if (!newest.ok()) {
        Refuse(candidate, newest.status());
        continue;
      }
      if (newest->has_value()) {
        const auto body = BodyDigest((*newest)->record);
        if (body.has_value() && SameBody(candidate.row.record, *body)) {
          ++outcome_.unchanged;
          continue;
        }
      }
      candidate.row.record.clear_revision();
      candidate.row.record.clear_previous();
      CompleteRecord(*newest, candidate.row.record);
      candidate.tried_anew = true;
      Batch one;
      one.push_back(std::move(candidate));
      waiting_.push_back(std::move(one));
    }
    anew_.clear();
    return !waiting_.empty();
  }

  ImportOutcome Take() {
    std::sort(order_.begin(), order_.end());
    std::vector<EnteredRecord> sorted;
    for (const auto& [position, at] : order_) sorted.push_back(std::move(outcome_.entered[at]));
    outcome_.entered = std::move(sorted);
    return std::move(outcome_);
  }

 private:
  static bool SameBody(const v1::Record& record, const Digest& body) {
    const auto own = BodyDigest(record.SerializeAsString());
    return own.has_value() && *own == body;
  }

  void Refuse(const Candidate& candidate, const absl::Status& why) {
    outcome_.refused.push_back({{candidate.row.file, candidate.row.number, 0, "", "", ""}, why});
  }

  void Enter(const Candidate& candidate, bool is_final) {
    order_.emplace_back(candidate.position, outcome_.entered.size());
    outcome_.entered.push_back(
        {candidate.row.record.name(), candidate.row.record.revision(), is_final});
    if (!is_final) ++outcome_.not_final;
  }

  absl::StatusOr<v1::SubmitCommitsRequest> Sign(const Batch& batch) const {
    std::vector<v1::Record> records;
    for (const Candidate& candidate : batch) records.push_back(candidate.row.record);
    ASSIGN_OR_RETURN(v1::SubmitCommitRequest made,
                     SignCommit(author_, records, audience_, /*permanent=*/false, settings_.now));
    v1::SubmitCommitsRequest request;
    request.set_envelope(std::move(*made.mutable_envelope()));
    request.mutable_records()->Swap(made.mutable_records());
    if (settings_.wait_final) {
      request.set_wait(v1::SUBMIT_WAIT_FINAL);
      request.mutable_wait_timeout()->set_seconds(settings_.wait_seconds);
    }
    return request;
  }

  // Sends what waits, at most kCommitsPerStream commits, and takes in the answers.
  void SendRound(Progress& progress) {
    std::vector<Batch> sent;
    std::vector<v1::SubmitCommitsRequest> requests;
    while (!waiting_.empty() && sent.size() < kCommitsPerStream) {
      Batch batch = std::move(waiting_.front());
      waiting_.pop_front();
      auto request = Sign(batch);
      if (!request.ok()) {
        Refused(std::move(batch), request.status());
        continue;
      }
      request->set_number(sent.size());
      requests.push_back(*std::move(request));
      sent.push_back(std::move(batch));
    }
    std::vector<bool> answered(sent.size(), false);
    const absl::Status stream =
        client_.SubmitCommits(requests, [&](const v1::SubmitCommitsResponse& response) {
          if (response.number() >= sent.size() || answered[response.number()]) return;
          answered[response.number()] = true;
          Answered(std::move(sent[response.number()]), response);
          progress.Set(outcome_.entered.size());
        });
    for (size_t i = sent.size(); i-- > 0;) {
      if (!answered[i]) waiting_.push_front(std::move(sent[i]));
    }
    if (!stream.ok()) outcome_.stopped = stream;
  }

  void Answered(Batch batch, const v1::SubmitCommitsResponse& response) {
    if (!response.has_receipt()) return Refused(std::move(batch), FromRpcStatus(response.error()));
    const bool is_final = response.receipt().state() == v1::RECEIPT_STATE_FINAL;
    for (const Candidate& candidate : batch) Enter(candidate, is_final);
  }

  void Refused(Batch batch, const absl::Status& why) {
    if (why.code() == absl::StatusCode::kResourceExhausted) {
      was_busy_ = true;
      busy_ = why;
      waiting_.push_back(std::move(batch));
    } else if (!IsAboutARecord(why)) {
      outcome_.stopped = why;
      waiting_.push_front(std::move(batch));
    } else if (batch.size() > 1) {
      const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
      Batch second(std::make_move_iterator(middle), std::make_move_iterator(batch.end()));
      batch.erase(middle, batch.end());
      waiting_.push_back(std::move(batch));
      waiting_.push_back(std::move(second));
    } else if (IsStale(why) && !batch[0].tried_anew) {
      anew_.push_back(std::move(batch[0]));
    } else {
      Refuse(batch[0], why);
    }
  }

  Client& client_;
  const Author& author_;
  const Audience audience_;
  const ImportSettings& settings_;
  Console& console_;
  std::deque<Batch> waiting_;
  std::vector<Candidate> anew_;
  std::vector<std::pair<size_t, size_t>> order_;  // position of a row → place in `entered`
  size_t position_ = 0;
  size_t planned_ = 0;
  bool was_busy_ = false;
  absl::Status busy_;
  ImportOutcome outcome_;
};

}  // namespace

std::string RefusedRow::Text() const {
  return why.ok() ? row.Text() : absl::StrCat(row.file, ", row ", row.number, ": ", Explain(why));
}

ImportOutcome EnterRecords(Client& client, const Author& author, const Audience& audience,
                           Import import, const RegisterIndex& held, const ImportSettings& settings,
                           Console& console) {
  Entry entry(client, author, audience, settings, console);
  entry.Plan(std::move(import), held);
  if (settings.dry_run) {
    entry.Pretend();
    return entry.Take();
  }
  do {
    entry.Send();
  } while (entry.ReadAnew());
  return entry.Take();
}

}  // namespace plenary::cli
