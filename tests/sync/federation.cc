#include "tests/sync/federation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/commit.h"
#include "plenary/v1/record.pb.h"
#include "tests/simulation/describe_frame.h"

namespace plenary::testing {

SimNode::SimNode(Federation& federation, std::string code)
    : federation_(federation), code_(std::move(code)), store_(code_ + std::string(16, '0')) {
  store_.resize(16);
  chance_.bytes = [this](size_t count) {
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(federation_.random()());
    return bytes;
  };
  chance_.below = [this](uint64_t n) { return federation_.random()() % n; };
}

void SimNode::ReplaceDisk(MemoryStore disk, std::string store, bool first) {
  disk_ = std::move(disk);
  store_ = std::move(store);
  store_.resize(16, '0');
  first_ = first;
}

void SimNode::Start() {
  const World& world = federation_.world();
  sync::Trust trust(*RosterChain::Begin(world.rosters().Find(1)->envelope()));
  for (uint64_t version = 2; disk_.rosters.contains(version); ++version) {
    CHECK_OK(trust.AddRoster(disk_.rosters.at(version)));
  }
  for (const std::string& code : world.codes()) {
    CHECK_OK(trust.AddCard(world.cards(code).Find(1)->envelope()));
  }
  sync::Self self;
  self.member = code_;
  self.node = "node-1";
  self.store = store_;
  self.first = first_;
  for (const std::string& code : world.codes()) {
    if (code < code_) self.endpoints.push_back({code, "node-1", code + ":1"});
  }
  self.log_key = &world.Log(code_);
  self.cosigner_key = &world.Cosigner(code_);
  next_ = disk_;
  replicator_ =
      std::make_unique<sync::Replicator>(std::move(self), std::move(trust), chance_, disk_);
  CHECK_OK(replicator_->Load(disk_.Logs()));
  Drain([&](sync::Replicator& replicator) { replicator.Start(federation_.now(), *this); });
}

void SimNode::Crash() {
  replicator_.reset();
  outbox_.clear();
  next_ = disk_;
  federation_.CutAll(code_);
}

bool SimNode::Submit(const std::string& text) {
  if (replicator_->owner() == nullptr || !replicator_->owner()->active()) return false;
  const World& world = federation_.world();
  v1::Record record;
  record.set_schema(1);
  record.set_name(absl::StrCat("members/", code_, "/meetings/m-", ++submitted_, "-", text));
  record.set_revision(1);
  record.set_salt(std::string(16, 's'));
  record.mutable_meeting();
  CommitDraft draft;
  draft.origin = replicator_->own_log()->origin();
  const Roster& roster = replicator_->trust().newest();
  const Card& card = *replicator_->trust().NewestCard(code_);
  draft.roster = {roster.version(), roster.digest()};
  draft.card = {card.version(), card.digest()};
  draft.records.push_back({record.SerializeAsString(), Audience::Members(code_), false});
  const Signer* author = &world.Author(code_);
  const auto made = MakeCommit(draft, {author});
  CHECK_OK(made);
  sync::StoredLeaf leaf;
  leaf.envelope = made->leaf;
  v1::Slot& slot = leaf.slots.emplace_back();
  slot.set_state(v1::SLOT_STATE_PRESENT);
  slot.set_record(draft.records[0].bytes);
  Drain([&](sync::Replicator& replicator) { replicator.own_log()->AppendOwn(leaf, *this); });
  return true;
}

void SimNode::Drain(const std::function<void(sync::Replicator&)>& inputs) {
  inputs(*replicator_);
  replicator_->BeforeWrite(federation_.now(), *this);
  disk_ = next_;
  replicator_->AfterWrite();
  for (const sync::LinkId link : replicator_->Links()) {
    replicator_->Produce(link, 1 << 20, *this);
  }
  auto outbox = std::move(outbox_);
  outbox_.clear();
  for (auto& [link, frame] : outbox) federation_.Post(code_, link, std::move(frame));
  auto closes = std::move(closes_);
  closes_.clear();
  for (const auto& [link, why] : closes) federation_.Cut(link, why);
  auto dials = std::move(dials_);
  dials_.clear();
  federation_.Watch(*this, code_);
  for (const auto& [dial, member] : dials) federation_.Connect(code_, dial, member);
}

void SimNode::PutLog(const node::v1::LogRecord& record) { next_.logs[record.number()] = record; }

void SimNode::PutLeaf(sync::Place at, absl::string_view envelope) {
  next_.leaves[{at.log, at.branch, at.index}] = {std::string(envelope), {}};
}

void SimNode::PutSlot(sync::Place at, uint32_t entry, const v1::Slot& slot) {
  auto& slots = next_.leaves[{at.log, at.branch, at.index}].slots;
  slots.resize(std::max<size_t>(slots.size(), entry + 1));
  slots[entry] = slot;
}

void SimNode::PutNode(uint32_t log, uint32_t branch, NodeId node, const Digest& hash) {
  next_.nodes[{log, branch, node.level, node.index}] = hash;
}

void SimNode::DropBranchFrom(uint32_t log, uint32_t branch, uint64_t from) {
  std::erase_if(next_.leaves, [&](const auto& leaf) {
    return std::get<0>(leaf.first) == log && std::get<1>(leaf.first) == branch &&
           std::get<2>(leaf.first) >= from;
  });
  std::erase_if(next_.nodes, [&](const auto& node) {
    const auto& [of, in, level, index] = node.first;
    return of == log && in == branch && ((index + 1) << level) - 1 >= from;
  });
}

void SimNode::PutRoster(uint64_t version, absl::string_view envelope) {
  next_.rosters[version] = std::string(envelope);
}

void SimNode::PutEvidence(absl::string_view key, absl::string_view bytes) {
  next_.evidence[std::string(key)] = std::string(bytes);
}

void SimNode::Send(sync::LinkId link, sync::Urgency, std::unique_ptr<v1::Frame> frame,
                   std::string) {
  outbox_.emplace_back(link, std::move(frame));
}

void SimNode::Close(sync::LinkId link, absl::Status why) { closes_.emplace_back(link, why); }

void SimNode::Dial(uint64_t dial, const std::string& member, const std::string&,
                   const std::string&) {
  dials_.emplace_back(dial, member);
}

Federation::Federation(int members, uint64_t seed) : world_(members), random_(seed) {
  for (const std::string& code : world_.codes()) {
    nodes_[code] = std::make_unique<SimNode>(*this, code);
  }
}

void Federation::StartAll() {
  for (auto& [code, node] : nodes_) node->Start();
}

void Federation::Isolate(const std::string& code) {
  isolated_.insert(code);
  CutAll(code);
}

void Federation::Heal() { isolated_.clear(); }

bool Federation::Reachable(const std::string& a, const std::string& b) const {
  return !isolated_.contains(a) && !isolated_.contains(b) && nodes_.at(a)->running() &&
         nodes_.at(b)->running();
}

void Federation::Connect(const std::string& from, uint64_t dial, const std::string& to) {
  if (!Reachable(from, to)) {
    nodes_.at(from)->Drain([&](sync::Replicator& replicator) {
      replicator.DialFailed(dial, MakeError(Reason::UNAVAILABLE, "unreachable"), now(),
                            *nodes_.at(from));
    });
    return;
  }
  auto link = std::make_shared<Link>();
  link->from = from;
  link->to = to;
  link->id_from = next_link_++;
  link->id_to = next_link_++;
  links_[link->id_from] = link;
  links_[link->id_to] = link;
  SimNode& dialler = *nodes_.at(from);
  SimNode& dialled = *nodes_.at(to);
  dialler.Drain([&](sync::Replicator& replicator) {
    replicator.LinkUp(link->id_from, to, "node-1", true, now(), dialler);
  });
  dialled.Drain([&](sync::Replicator& replicator) {
    replicator.LinkUp(link->id_to, from, "node-1", false, now(), dialled);
  });
}

void Federation::Post(const std::string& sender, sync::LinkId id,
                      std::unique_ptr<v1::Frame> frame) {
  const auto at = links_.find(id);
  if (at == links_.end()) return;
  Link& link = *at->second;
  auto& queue = link.from == sender ? link.towards_to : link.towards_from;
  absl::StrAppend(&transcript_, sender, " > ", link.from == sender ? link.to : link.from, "  ",
                  DescribeFrame(*frame), "\n");
  const int64_t earliest = queue.empty() ? now_ms_ : queue.back().at_ms;
  queue.push_back(
      {std::max(earliest, now_ms_ + 1 + static_cast<int64_t>(random_() % 20)), std::move(frame)});
}

void Federation::Cut(sync::LinkId id, const absl::Status& why) {
  const auto at = links_.find(id);
  if (at == links_.end()) return;
  const std::shared_ptr<Link> link = at->second;
  links_.erase(link->id_from);
  links_.erase(link->id_to);
  for (const auto& side :
       {std::pair(link->from, link->id_from), std::pair(link->to, link->id_to)}) {
    SimNode& node = *nodes_.at(side.first);
    if (!node.running()) continue;
    node.Drain(
        [&](sync::Replicator& replicator) { replicator.LinkDown(side.second, why, now(), node); });
  }
}

void Federation::CutAll(const std::string& code) {
  std::vector<sync::LinkId> ids;
  for (const auto& [id, link] : links_) {
    if (link->from == code || link->to == code) ids.push_back(id);
  }
  for (const sync::LinkId id : ids) Cut(id, MakeError(Reason::UNAVAILABLE, "link cut"));
}

bool Federation::DeliverOne() {
  Link* best = nullptr;
  bool towards_to = false;
  int64_t at_ms = INT64_MAX;
  for (const auto& [id, link] : links_) {
    for (const bool to : {true, false}) {
      const auto& queue = to ? link->towards_to : link->towards_from;
      if (queue.empty() || queue.front().at_ms >= at_ms) continue;
      at_ms = queue.front().at_ms;
      best = link.get();
      towards_to = to;
    }
  }
  int64_t tick_ms = INT64_MAX;
  for (const auto& [code, node] : nodes_) {
    if (node->running()) tick_ms = std::min(tick_ms, node->wake_at_ms());
  }
  if (best == nullptr || tick_ms < at_ms) {
    if (tick_ms == INT64_MAX) return false;
    now_ms_ = std::max(now_ms_ + 1, tick_ms);
    TickDue();
    return true;
  }
  now_ms_ = std::max(now_ms_, at_ms);
  auto& queue = towards_to ? best->towards_to : best->towards_from;
  const std::unique_ptr<v1::Frame> frame = std::move(queue.front().frame);
  queue.pop_front();
  SimNode& receiver = *nodes_.at(towards_to ? best->to : best->from);
  const sync::LinkId id = towards_to ? best->id_to : best->id_from;
  receiver.Drain(
      [&](sync::Replicator& replicator) { replicator.Receive(id, *frame, now(), receiver); });
  return true;
}

void Federation::TickDue() {
  for (auto& entry : nodes_) {
    SimNode& node = *entry.second;
    if (!node.running() || node.wake_at_ms() > now_ms_) continue;
    node.Drain([&](sync::Replicator& replicator) { replicator.Tick(now(), node); });
  }
}

bool Federation::RunUntil(const std::function<bool()>& until, int64_t virtual_ms) {
  const int64_t end_ms = now_ms_ + virtual_ms;
  while (!until()) {
    if (now_ms_ > end_ms || !violation_.empty() || !DeliverOne()) return false;
  }
  return violation_.empty();
}

bool Federation::FinalEverywhere(const std::string& origin, uint64_t size) {
  return std::all_of(nodes_.begin(), nodes_.end(), [&](const auto& entry) {
    if (!entry.second->running()) return true;
    const sync::LogReplica* log = entry.second->replicator().FindLog(origin);
    return log != nullptr && log->final_checkpoint().state.size >= size;
  });
}

std::string Federation::Describe() {
  std::string text = absl::StrCat("at ", now_ms_, " ms\n");
  for (auto& [code, node] : nodes_) {
    if (!node->running()) continue;
    const sync::LogOwner* owner = node->replicator().owner();
    absl::StrAppend(&text, code, " ", owner == nullptr ? "-" : sync::PhaseName(owner->phase()));
    for (const auto& [origin, log] : node->replicator().logs()) {
      absl::StrAppend(&text, "  ", log->member(), ":", log->size(), "/",
                      log->checkpoint().state.size, "/", log->final_checkpoint().state.size,
                      log->wanted().has_value() ? "w" : "", log->staging() ? "s" : "");
    }
    absl::StrAppend(&text, "\n");
    for (const sync::Event& event : node->events()) {
      absl::StrAppend(&text, "    ", event.name);
      for (const auto& [key, value] : event.fields) absl::StrAppend(&text, " ", key, "=", value);
      absl::StrAppend(&text, "\n");
    }
  }
  return text;
}

// The log key never signs two contradicting histories; no node holds a final one that differs.
void Federation::Watch(SimNode& node, const std::string& code) {
  for (const auto& [origin, log] : node.replicator().logs()) {
    const finality::State& state = log->checkpoint().state;
    if (state.size == 0 || forked_.contains(origin)) continue;
    auto& roots = signed_roots_[origin];
    const auto [known, fresh] = roots.emplace(state.size, state.root);
    if (!fresh && known->second != state.root) {
      violation_ = absl::StrCat(origin, " forked at size ", state.size, ", seen by ", code);
    }
    // Earlier signed sizes must be prefixes of this one, as far as this node can tell.
    for (auto at = roots.begin(); fresh && at != roots.end() && at->first < state.size; ++at) {
      const auto root = log->RootAt(at->first, node.disk());
      if (root.ok() && *root != at->second) {
        violation_ = absl::StrCat(origin, ": size ", state.size, " does not extend ", at->first);
      }
    }
  }
}

}  // namespace plenary::testing
