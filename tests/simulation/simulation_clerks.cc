// What clerks write in a simulation, and what they are told.
#include <memory>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/commit.h"
#include "ledger/merkle.h"
#include "ledger/status.h"
#include "plenary/v1/record.pb.h"
#include "tests/simulation/simulation.h"

namespace plenary::testing {
namespace {

// Reasons that an honest clerk may be given while things fail.
bool MayRefuse(const absl::Status& why) {
  const auto reason = ReasonOf(why);
  return reason == Reason::STALE_REVISION || reason == Reason::REVISION_TAKEN ||
         reason == Reason::BUSY || reason == Reason::FENCED ||
         // An instance that was away: older than what its log's leaves or the commit name.
         reason == Reason::WENT_BACK || reason == Reason::ROSTER_MISSING;
}

}  // namespace

void Simulation::SubmitStep() {
  if (!chaos_) return;
  timeline_.At(timeline_.now_ms() + dice_.Between(1, 2 * plan_.submit_every_ms), [this] {
    if (!chaos_) return;
    Machine* machine = PickRunning(false);
    // Mostly several at once, into one drain.
    int64_t count = dice_.Percent(50) ? 1 : dice_.Between(2, 5);
    for (; machine != nullptr && count > 0; --count) {
      const auto& sent = sent_[machine->options().member];
      if (!sent.empty() && dice_.Percent(10)) {
        Submit(*machine, dice_.Pick(sent));
      } else {
        Submit(*machine, NewCommit(*machine));
      }
    }
    SubmitStep();
  });
}

node::Submission Simulation::NewCommit(Machine& machine) {
  const std::string& member = machine.options().member;
  const auto status = machine.node().Status();
  CommitDraft draft;
  draft.origin = world_.Origin(member);
  draft.roster = {status->roster_version, status->roster_digest};
  draft.card = {world_.card(member).version(), world_.card(member).digest()};
  node::Submission submission;
  const int64_t records = dice_.Percent(80) ? 1 : dice_.Between(2, 4);
  auto& written = written_[member];
  for (int64_t i = 0; i < records; ++i) {
    Written next;
    v1::Record record;
    if (!written.empty() && dice_.Percent(25)) {
      const Written& before = dice_.Pick(written);
      next = {before.name, before.revision + 1, ""};
      record.set_previous(before.digest);
    } else {
      next = {absl::StrCat("members/", member, "/meetings/m-", ++commits_), 1, ""};
    }
    record.set_schema(1);
    record.set_name(next.name);
    record.set_revision(next.revision);
    record.set_salt(dice_.Bytes(16));
    record.mutable_meeting()->set_title(std::string(dice_.Below(60), 'x'));
    const std::string bytes = record.SerializeAsString();
    next.digest = Sha256(bytes).bytes();
    written.push_back(next);
    draft.records.push_back({bytes, Audience::Members(member), false});
    submission.records.push_back(bytes);
  }
  const Signer* author = &world_.Author(member);
  const auto made = MakeCommit(draft, {author});
  CHECK_OK(made);
  submission.envelope = made->leaf;
  sent_[member].push_back(submission);
  return submission;
}

void Simulation::Submit(Machine& machine, const node::Submission& submission) {
  Machine* const that = &machine;
  const bool waits = dice_.Percent(30);
  machine.node().Submit(submission, [this, that, waits](absl::StatusOr<node::CommitState> state) {
    if (!state.ok()) {
      Note(absl::StrCat("refused ", std::string(state.status().message())));
      if (!MayRefuse(state.status())) {
        invariants_.Violate(absl::StrCat(
            that->options().id, " refused a good commit: ", std::string(state.status().message())));
      }
      return;
    }
    ++acknowledged_;
    Note(absl::StrCat(that->options().id, " acknowledged ", state->identity.Hex().substr(0, 8), " ",
                      state->index.has_value() ? absl::StrCat(*state->index) : "waiting"));
    invariants_.OnAnswer(*that, *state);
    if (!waits || failed()) return;
    const int64_t deadline_ms = that->clock().MonotonicMs() + dice_.Between(1, 60'000);
    that->node().WaitFinal(
        state->identity, deadline_ms, [this, that](absl::StatusOr<node::CommitState> final) {
          if (final.ok()) return invariants_.OnAnswer(*that, *final);
          invariants_.Violate(absl::StrCat(that->options().id, " knows nothing of a commit: ",
                                           std::string(final.status().message())));
        });
  });
}

}  // namespace plenary::testing
