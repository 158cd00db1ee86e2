#include "node/node.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary::node {
namespace {

constexpr uint32_t kStoreFormat = 1;
// Bulk is handed to a link while less than this waits in its outbox.
constexpr uint64_t kOutboxBytes = 4 << 20;
constexpr uint64_t kViewLeaves = 64;
constexpr uint64_t kRebuildLeaves = 1024;

Priority ToPriority(sync::Urgency urgency) {
  switch (urgency) {
    case sync::Urgency::kAlarm:
      return Priority::kAlarm;
    case sync::Urgency::kFinality:
      return Priority::kFinality;
    case sync::Urgency::kLive:
      return Priority::kLive;
    case sync::Urgency::kBulk:
      return Priority::kBulk;
  }
  return Priority::kBulk;
}

// The rosters and cards of the founding folder, and those that the store has seen since.
absl::StatusOr<sync::Trust> LoadTrust(const FoundingTrust& founding, const Store& store) {
  if (founding.rosters.empty()) {
    return MakeError(Reason::ROSTER_MISSING, "trust: expected roster version 1, got none");
  }
  ASSIGN_OR_RETURN(RosterChain rosters, RosterChain::Begin(founding.rosters[0]));
  sync::Trust trust(std::move(rosters));
  const auto skip_gap = [](const absl::StatusOr<sync::Added>& added) {
    return ReasonOf(added.status()) == Reason::SKIPPED_VERSION ? absl::OkStatus() : added.status();
  };
  for (const std::string& envelope : founding.rosters) {
    RETURN_IF_ERROR(trust.AddRoster(envelope).status());
  }
  ASSIGN_OR_RETURN(const std::vector<RosterRow> rows, store.Rosters());
  for (const RosterRow& row : rows) RETURN_IF_ERROR(skip_gap(trust.AddRoster(row.envelope)));
  for (const std::string& envelope : founding.cards) {
    RETURN_IF_ERROR(trust.AddCard(envelope).status());
  }
  ASSIGN_OR_RETURN(const std::vector<CardRow> cards, store.AllCards());
  for (const CardRow& row : cards) RETURN_IF_ERROR(skip_gap(trust.AddCard(row.envelope)));
  return trust;
}

}  // namespace

LogExtent ExtentOf(const sync::LogReplica& log) {
  LogExtent extent;
  extent.origin = log.origin();
  extent.number = log.number();
  extent.signed_size = log.checkpoint().state.size;
  extent.size = log.record().size();
  for (const auto& segment : log.record().segments()) {
    extent.segments.emplace_back(segment.from(), segment.branch());
  }
  return extent;
}

uint32_t LogStatus::BranchOf(uint64_t index) const {
  uint32_t branch = 0;
  for (const auto& [from, of] : segments) {
    if (from > index) break;
    branch = of;
  }
  return branch;
}

const LogStatus* NodeStatus::Find(absl::string_view origin) const {
  for (const LogStatus& log : logs) {
    if (log.origin == origin) return &log;
  }
  return nullptr;
}

Node::Node(NodeOptions options, Environment environment, Store& store)
    : options_(std::move(options)),
      environment_(environment),
      store_(store),
      holdings_(store),
      drain_(store) {
  chance_.bytes = [this](size_t count) { return environment_.random->Bytes(count); };
  chance_.below = [this](uint64_t n) { return environment_.random->Uint64() % n; };
}

Node::~Node() = default;

absl::Status Node::InitStore(Store& store, Random& random, const Digest& genesis,
                             const std::string& member, bool first) {
  nodev1::StoreIdentity identity;
  identity.set_format(kStoreFormat);
  identity.set_store(random.Bytes(16));
  identity.set_genesis(genesis.bytes());
  identity.set_member(member);
  identity.set_first(first);
  Changes changes(store);
  changes.PutIdentity(identity);
  const LoopScope loop;
  return store.Write(std::move(changes), Sync::kYes);
}

absl::StatusOr<std::unique_ptr<Node>> Node::Create(NodeOptions options, FoundingTrust founding,
                                                   Environment environment, Store& store) {
  ASSIGN_OR_RETURN(sync::Trust trust, LoadTrust(founding, store));
  auto identity = store.Identity();
  if (ReasonOf(identity.status()) == Reason::NOT_FOUND) {
    RETURN_IF_ERROR(
        InitStore(store, *environment.random, trust.rosters().genesis(), options.member, false));
    identity = store.Identity();
  }
  if (!identity.ok()) return identity.status();
  if (identity->genesis() != trust.rosters().genesis().view()) {
    return MakeError(Reason::WRONG_GENESIS,
                     "store: belongs to another federation than the trust "
                     "folder; give each node a store of its own");
  }
  if (identity->member() != options.member) {
    return MakeError(
        Reason::WRONG_MEMBER,
        absl::StrCat("store: belongs to member ", identity->member(), ", not to ", options.member));
  }
  std::unique_ptr<Node> node(new Node(std::move(options), environment, store));
  sync::Self self;
  self.member = node->options_.member;
  self.node = node->options_.node;
  self.store = identity->store();
  self.first = identity->first();
  self.software = node->options_.software;
  self.endpoints = node->options_.endpoints;
  self.log_key = node->options_.log_key;
  self.cosigner_key = node->options_.cosigner_key;
  node->replicator_ = std::make_unique<sync::Replicator>(std::move(self), std::move(trust),
                                                         node->chance_, node->holdings_);
  ASSIGN_OR_RETURN(const std::vector<nodev1::LogRecord> logs, store.AllLogs());
  RETURN_IF_ERROR(node->replicator_->Load(logs));
  node->view_ = std::make_unique<View>(store, node->options_.member);
  {
    const LoopScope before_the_loop;
    RETURN_IF_ERROR(node->view_->Load());
  }
  node->tail_ = std::make_unique<TailJudge>(store, node->options_.member);
  RETURN_IF_ERROR(store.ScanWaiting(0, [&](const nodev1::Waiting& waiting) {
    node->queue_.push_back(waiting);
    node->next_sequence_ = waiting.sequence() + 1;
    return true;
  }));
  // What is aside keeps its number until its owner has dealt with it.
  RETURN_IF_ERROR(store.ScanAside(0, [&](const nodev1::Waiting& aside) {
    node->next_sequence_ = std::max(node->next_sequence_, aside.sequence() + 1);
    return true;
  }));
  for (const nodev1::Waiting& waiting : node->queue_) {
    const auto leaf = ReadLeaf(waiting.envelope());
    if (leaf.ok()) node->waiting_[CommitIdentity(leaf->payload)] = waiting.sequence();
  }
  // A service may ask before the first drain has run.
  node->Publish();
  return node;
}

sync::Instant Node::Now() const {
  return {environment_.clock->MonotonicMs(), absl::ToUnixSeconds(environment_.clock->Now())};
}

absl::Status Node::Start() {
  environment_.executor->SetDrainEnd([this] { DrainEnd(); });
  environment_.executor->PostInternal([this] {
    started_ = true;
    replicator_->Start(Now(), drain_);
    RebuildTail();
  });
  return environment_.transport->Start(this);
}

void Node::Stop() { environment_.transport->Stop(); }

bool Node::failed() const { return failed_; }

// Changes → one write → one fsync → frames, answers, events. In this order and nowhere else.
void Node::DrainEnd() {
  loop_role.AssertHeld();
  if (failed_ || !started_) return;
  replicator_->BeforeWrite(Now(), drain_);
  if (!drain_.set_aside().empty()) {
    KeepAside(drain_.set_aside());
    drain_.ClearSetAside();
  }
  KeepUnproposed();
  if (!drain_.changes().empty()) {
    if (const absl::Status written = store_.Write(std::move(drain_.changes()), Sync::kYes);
        !written.ok()) {
      return Fail(written);
    }
  }
  replicator_->AfterWrite();
  LetOut(drain_.TakeOutputs());
  // What a recovery fetches of the own log; what is submitted is indexed as it gets its place.
  const sync::LogReplica* own = replicator_->own_log();
  const bool recovers = own != nullptr && !replicator_->owner()->active();
  drain_.IndexLeavesOf(recovers ? std::optional<uint32_t>(own->number()) : std::nullopt);
}

void Node::Fail(const absl::Status& why) {
  failed_ = true;
  drain_.TakeOutputs();
  // Answers that rest on the write that failed are never given.
  drain_.TakeAfterwards();
  if (on_failure_) on_failure_(why);
}

void Node::SendFrames(std::vector<Drain::Outputs::Frame> frames) {
  for (auto& frame : frames) {
    environment_.transport->Send(frame.link, ToPriority(frame.urgency), std::move(frame.frame),
                                 frame.replaces);
  }
}

void Node::LetOut(Drain::Outputs outputs) {
  SendFrames(std::move(outputs.frames));
  for (const sync::LinkId link : replicator_->Links()) Produce(link, outputs.events);
  for (const auto& dial : outputs.dials) {
    environment_.transport->Dial(dial.dial, dial.member, dial.node, dial.address);
  }
  for (const auto& [link, why] : outputs.closes) environment_.transport->Close(link, why);
  if (on_event_) {
    for (const sync::Event& event : outputs.events) on_event_(event);
  }
  if (outputs.trust_changed) {
    trust_stale_ = true;
    if (on_trust_) on_trust_(replicator_->trust());
    view_->TrustChanged();
    RebuildTail();
  }
  AfterRecovery();
  Publish();
  for (auto& task : drain_.TakeAfterwards()) task();
  NotifyFinal();
  // Behind the write: within a drain the logs are ahead of the disk.
  if (outputs.trust_changed || !outputs.changed_logs.empty()) view_behind_ = true;
  if (view_behind_) ApplyView();
  Wake(outputs.wake_at_ms);
}

void Node::Produce(LinkId link, std::vector<sync::Event>& events) {
  const uint64_t queued = environment_.transport->QueuedBytes(link);
  if (queued >= kOutboxBytes) return;
  replicator_->Produce(link, kOutboxBytes - queued, drain_);
  Drain::Outputs produced = drain_.TakeOutputs();
  SendFrames(std::move(produced.frames));
  std::move(produced.events.begin(), produced.events.end(), std::back_inserter(events));
}

void Node::Wake(int64_t at_ms) {
  if (at_ms == INT64_MAX) return;
  const int64_t now = environment_.clock->MonotonicMs();
  // A timer that is set and not yet due serves every later wish.
  if (wake_at_ms_ > now && wake_at_ms_ <= at_ms) return;
  wake_at_ms_ = std::max(at_ms, now + 1);
  const int64_t due = wake_at_ms_;
  environment_.executor->PostAt(due, [this, due] {
    if (wake_at_ms_ == due) wake_at_ms_ = INT64_MAX;
    replicator_->Tick(Now(), drain_);
  });
}

std::vector<LogExtent> Node::Extents() const {
  std::vector<LogExtent> extents;
  for (const auto& [origin, log] : replicator_->logs()) extents.push_back(ExtentOf(*log));
  return extents;
}

void Node::ApplyView() {
  loop_role.AssertHeld();
  const auto behind = view_->Apply(Extents(), replicator_->trust(), kViewLeaves);
  if (!behind.ok()) return Fail(behind.status());
  view_behind_ = *behind;
  if (view_->TakeOwnForgotten()) RebuildTail();
  const auto erased = PurgeErased();
  if (!erased.ok()) return Fail(erased.status());
  // Another drain, so that what waits meanwhile is not kept waiting for all of it.
  if (view_behind_ || *erased) environment_.executor->PostInternal([] {});
}

absl::Status Node::RebuildView(const std::function<void(uint64_t done, uint64_t all)>& progress) {
  const LoopScope instead_of_the_loop;
  const std::vector<LogExtent> extents = Extents();
  uint64_t all = 0;
  for (const LogExtent& extent : extents) all += extent.signed_size;
  RETURN_IF_ERROR(view_->Clear());
  bool more = true;
  while (more) {
    ASSIGN_OR_RETURN(more, view_->Apply(extents, replicator_->trust(), kRebuildLeaves));
    uint64_t done = 0;
    for (const auto& [origin, size] : view_->sizes()) done += size;
    progress(done, all);
  }
  ASSIGN_OR_RETURN(const bool purged, PurgeErased());
  return purged ? store_.Write(std::move(drain_.changes()), Sync::kYes) : absl::OkStatus();
}

// Erased bytes go from the files too. That may take seconds on a large store, on the loop: it is
// seldom, and nothing may be told of the erasure before. A stop in the middle, or before the next
// drain has written that it is done: the next start does it again.
absl::StatusOr<bool> Node::PurgeErased() {
  const std::vector<BranchLeaf> erased = view_->TakeErased();
  for (const BranchLeaf& leaf : erased) {
    RETURN_IF_ERROR(store_.PurgeSlots(leaf));
    drain_.changes().DropPurge(leaf);
    drain_.Report(
        {"erased", {{"log", absl::StrCat(leaf.log)}, {"index", absl::StrCat(leaf.index)}}});
  }
  return !erased.empty();
}

std::shared_ptr<const NodeStatus> Node::Status() const {
  const absl::MutexLock lock(&published_mutex_);
  return published_;
}

std::shared_ptr<const sync::Trust> Node::HeldTrust() const {
  const absl::MutexLock lock(&published_mutex_);
  return published_trust_;
}

void Node::ImportRoster(std::string envelope, StatusDone done) {
  environment_.executor->PostInternal([this, envelope = std::move(envelope), done] {
    const absl::Status added = replicator_->AddRoster(envelope, Now(), drain_);
    drain_.Afterwards([done, added] { done(added); });
  });
}

void Node::ImportCard(std::string envelope, StatusDone done) {
  environment_.executor->PostInternal([this, envelope = std::move(envelope), done] {
    const absl::Status added = replicator_->AddCard(envelope, Now(), drain_);
    drain_.Afterwards([done, added] { done(added); });
  });
}

void Node::JoinLog(std::string origin, StatusDone done) {
  environment_.executor->PostInternal([this, origin = std::move(origin), done] {
    const absl::Status joined = replicator_->JoinLog(origin);
    drain_.Afterwards([done, joined] { done(joined); });
  });
}

void Node::OnLinkUp(LinkId link, const LinkPeer& peer) {
  replicator_->LinkUp(link, peer.member, peer.node, peer.dialled, Now(), drain_);
}

void Node::OnFrame(LinkId link, std::unique_ptr<plenary::v1::Frame> frame) {
  replicator_->Receive(link, *frame, Now(), drain_);
}

// The end of this drain hands every link what it has room for: frames of this drain must not leave
// before its write.
void Node::OnWritable(LinkId /*link*/) {}

void Node::OnLinkDown(LinkId link, const absl::Status& why) {
  replicator_->LinkDown(link, why, Now(), drain_);
}

void Node::OnDialFailed(uint64_t dial, const absl::Status& why) {
  replicator_->DialFailed(dial, why, Now(), drain_);
}

void Node::OnRefused(const std::string& address, const absl::Status& why) {
  drain_.Report(sync::EventBecause("refused", {{"address", address}}, why));
}

}  // namespace plenary::node
