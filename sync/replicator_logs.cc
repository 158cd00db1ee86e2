// Heads, fetching and chunks: how leaves come here.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "sync/replicator.h"

namespace plenary::sync {
namespace {

// Bytes of chunks that may be under way from one peer for one log.
constexpr uint64_t kWindowBytes = 16 << 20;
constexpr int64_t kStallMs = 5'000;
constexpr size_t kMaxLogs = 100'000;

}  // namespace

void Replicator::Introduce(Session& session, const LogReplica& replica, v1::Heads& heads) const {
  if (!session.introduced.insert(replica.number()).second) return;
  v1::LogName& name = *heads.add_names();
  name.set_number(replica.number());
  name.set_origin(replica.origin());
}

void Replicator::SendHeads(Session& session, Effects& effects) {
  auto frame = std::make_unique<v1::Frame>();
  v1::Heads& heads = *frame->mutable_heads();
  for (const auto& [origin, replica] : logs_) {
    Introduce(session, *replica, heads);
    heads.add_numbers(replica->number());
    heads.add_sizes(replica->record().size());
    heads.add_signed_sizes(replica->checkpoint().state.size);
    heads.add_final_sizes(replica->final_checkpoint().state.size);
    const auto root = replica->RootAt(replica->record().size(), holdings_);
    heads.mutable_roots()->append(root.ok() ? root->bytes() : std::string(Digest::kBytes, '\0'));
  }
  Send(session.link, Urgency::kAlarm, std::move(frame), "", effects);
}

absl::Status Replicator::OnHeads(Session& session, const v1::Heads& heads, Instant now,
                                 Effects& effects) {
  for (const v1::LogName& name : heads.names()) {
    RETURN_IF_ERROR(Origin::Parse(name.origin()).status());
    if (session.names.size() >= kMaxLogs) {
      return MakeError(Reason::PROTOCOL_ERROR, "heads: more logs than a federation can have");
    }
    session.names[name.number()] = name.origin();
  }
  const int count = heads.numbers_size();
  if (heads.sizes_size() != count || heads.signed_sizes_size() != count ||
      heads.final_sizes_size() != count ||
      heads.roots().size() != static_cast<size_t>(count) * Digest::kBytes) {
    return MakeError(Reason::PROTOCOL_ERROR, "heads: lists of different lengths");
  }
  for (int i = 0; i < count; ++i) {
    const auto name = session.names.find(heads.numbers(i));
    if (name == session.names.end()) {
      return MakeError(Reason::PROTOCOL_ERROR, "heads: a log that was not introduced");
    }
    PeerHead& head = session.heads[name->second];
    head.size = heads.sizes(i);
    head.signed_size = heads.signed_sizes(i);
    head.final_size = heads.final_sizes(i);
    head.root =
        *Digest::FromBytes(absl::string_view(heads.roots())
                               .substr(static_cast<size_t>(i) * Digest::kBytes, Digest::kBytes));
  }
  Resend(session, effects);
  ChooseSources(now, effects);
  return absl::OkStatus();
}

// Is more known to exist than is here?
bool Replicator::Lacks(const LogReplica& replica) const {
  if (replica.target().state.size > replica.checkpoint().state.size) return true;
  if (replica.wanted().has_value()) return true;
  for (const auto& [link, session] : sessions_) {
    const auto head = session.heads.find(replica.origin());
    if (head != session.heads.end() && head->second.signed_size > replica.size()) return true;
  }
  return false;
}

// The owner if it is there, else whoever has most.
Session* Replicator::SourceFor(const LogReplica& replica, Instant now) {
  Session* best = nullptr;
  const auto rank = [&](const Session& session) {
    const PeerHead& head = session.heads.at(replica.origin());
    return std::make_tuple(session.member == replica.member(), head.signed_size, head.size);
  };
  for (auto& [link, session] : sessions_) {
    if (!session.open || !session.heads.contains(replica.origin())) continue;
    if (pauses_.Holds(session.FullId(), replica.origin(), now.monotonic_ms)) continue;
    if (best == nullptr || rank(session) > rank(*best)) best = &session;
  }
  return best;
}

void Replicator::ChooseSources(Instant now, Effects& effects) {
  for (auto& [origin, replica] : logs_) {
    // The owner's own log is fetched only while it recovers.
    if (replica.get() == own_ && !owner_->recovers()) {
      EndOwnFetch(effects);
      continue;
    }
    Session* current = nullptr;
    for (auto& [link, session] : sessions_) {
      if (session.fetching.contains(origin)) current = &session;
    }
    if (current != nullptr) {
      Fetching& fetching = current->fetching.at(origin);
      const bool stalled = Lacks(*replica) && now.monotonic_ms - fetching.progress_ms > kStallMs;
      if (stalled && sessions_.size() > 1) {
        pauses_.Useless(current->FullId(), origin,
                        MakeError(Reason::STALLED, "no leaves came for 5 s"), now.monotonic_ms);
      } else if (stalled) {
        fetching.progress_ms = now.monotonic_ms;
        fetching.round = UINT64_MAX;
      }
    }
    Session* source = SourceFor(*replica, now);
    if (source == nullptr) continue;
    if (source == current && current->fetching.at(origin).round == replica->fetch_round()) continue;
    if (current != nullptr) current->fetching.erase(origin);
    Ask(*source, *replica, now, effects);
  }
}

void Replicator::Distrust(const Session& session, const std::string& origin,
                          const absl::Status& why, Effects& effects) {
  const Pause& pause = pauses_.Lied(session.FullId(), origin, why, now_.monotonic_ms);
  effects.Report(EventBecause("not_asked",
                              {{"peer", session.FullId()},
                               {"log", origin},
                               {"seconds", absl::StrCat(pause.backoff_ms / 1'000)}},
                              why));
}

// A fetch stands until another one replaces it: one without credit, so that no peer sends back what
// is written here.
void Replicator::EndOwnFetch(Effects& effects) {
  for (auto& [link, session] : sessions_) {
    if (session.fetching.erase(own_->origin()) == 0) continue;
    auto frame = std::make_unique<v1::Frame>();
    v1::Fetch& fetch = *frame->mutable_fetch();
    fetch.set_log(own_->number());
    fetch.set_id(next_fetch_++);
    fetch.set_from(own_->NextIndex());
    Send(link, Urgency::kFinality, std::move(frame), "", effects);
  }
}

void Replicator::Ask(Session& session, LogReplica& replica, Instant now, Effects& effects) {
  auto heads = std::make_unique<v1::Frame>();
  Introduce(session, replica, *heads->mutable_heads());
  if (heads->heads().names_size() > 0) {
    Send(session.link, Urgency::kAlarm, std::move(heads), "", effects);
  }
  Fetching& fetching = session.fetching[replica.origin()];
  fetching.id = next_fetch_++;
  fetching.round = replica.fetch_round();
  fetching.credit_bytes = kWindowBytes;
  fetching.progress_ms = now.monotonic_ms;
  auto frame = std::make_unique<v1::Frame>();
  v1::Fetch& fetch = *frame->mutable_fetch();
  fetch.set_log(replica.number());
  fetch.set_id(fetching.id);
  fetch.set_from(replica.NextIndex());
  if (replica.proposal().has_value()) {
    fetch.set_counter(replica.proposal()->incarnation.counter);
    fetch.set_instance(replica.proposal()->incarnation.instance);
  }
  fetch.set_credit_bytes(kWindowBytes);
  Send(session.link, Urgency::kFinality, std::move(frame), "", effects);
}

absl::Status Replicator::OnFetch(Session& session, const v1::Fetch& fetch) {
  const auto name = session.names.find(fetch.log());
  if (name == session.names.end()) {
    return MakeError(Reason::PROTOCOL_ERROR, "fetch: a log that was not introduced");
  }
  const LogReplica* replica = FindLog(name->second);
  if (replica == nullptr) return absl::OkStatus();
  Serving& serving = session.serving[name->second];
  if (serving.id != fetch.id()) {
    serving = Serving{fetch.id(), fetch.from(), 0, replica->content_round(), std::nullopt};
  }
  serving.credit_bytes = std::min(serving.credit_bytes + fetch.credit_bytes(), 4 * kWindowBytes);
  return absl::OkStatus();
}

absl::Status Replicator::OnCommits(Session& session, const v1::Commits& chunk, Instant now,
                                   Effects& effects) {
  const auto name = session.names.find(chunk.log());
  if (name == session.names.end()) {
    return MakeError(Reason::PROTOCOL_ERROR, "commits: a log that was not introduced");
  }
  const auto at = session.fetching.find(name->second);
  LogReplica* replica = FindLog(name->second);
  // A chunk of an ended fetch is no offence.
  if (at == session.fetching.end() || at->second.id != chunk.fetch() || replica == nullptr) {
    return absl::OkStatus();
  }
  if (replica == own_ && !owner_->recovers()) {
    session.fetching.erase(at);
    return absl::OkStatus();
  }
  Fetching& fetching = at->second;
  const uint64_t bytes = chunk.ByteSizeLong();
  fetching.credit_bytes -= std::min(fetching.credit_bytes, bytes);
  const auto outcome = replica->TakeChunk(chunk, KeysFor(*replica), holdings_, effects);
  if (!outcome.ok()) {
    const absl::Status why =
        Annotate(outcome.status(), absl::StrCat("log ", replica->origin(), " from ", chunk.from()));
    Distrust(session, replica->origin(), why, effects);
    return why;
  }
  switch (*outcome) {
    case ChunkOutcome::kStored:
      fetching.progress_ms = now.monotonic_ms;
      pauses_.Over(session.FullId(), replica->origin());
      break;
    case ChunkOutcome::kIgnored:
      break;
    case ChunkOutcome::kRefetch:
      replica->StartStaging(effects);
      break;
    case ChunkOutcome::kUseless:
      pauses_.Useless(session.FullId(), replica->origin(),
                      MakeError(Reason::BAD_CONSISTENCY, "its tail is not that of the signed part"),
                      now.monotonic_ms);
      break;
  }
  Advance(*replica, now, effects);
  const auto still = session.fetching.find(name->second);
  if (still != session.fetching.end() && still->second.credit_bytes < kWindowBytes / 2) {
    auto frame = std::make_unique<v1::Frame>();
    v1::Fetch& fetch = *frame->mutable_fetch();
    fetch.set_log(replica->number());
    fetch.set_id(still->second.id);
    fetch.set_credit_bytes(kWindowBytes - still->second.credit_bytes);
    still->second.credit_bytes = kWindowBytes;
    Send(session.link, Urgency::kFinality, std::move(frame), "", effects);
  }
  if (*outcome != ChunkOutcome::kStored) ChooseSources(now, effects);
  return absl::OkStatus();
}

}  // namespace plenary::sync
