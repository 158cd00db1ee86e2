#include "sync/log_replica.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/checkpoint.h"
#include "ledger/proof.h"
#include "ledger/status.h"

namespace plenary::sync {
namespace {

node::v1::IncarnationRecord ToRecord(const Incarnation& incarnation) {
  node::v1::IncarnationRecord record;
  record.set_counter(incarnation.counter);
  record.set_instance(incarnation.instance);
  return record;
}

Incarnation FromRecord(const node::v1::IncarnationRecord& record) {
  return {record.counter(), record.instance()};
}

absl::StatusOr<SignedState> FromNote(const std::string& note) {
  SignedState state;
  if (note.empty()) return state;
  ASSIGN_OR_RETURN(const Checkpoint checkpoint, ReadUnverifiedCheckpoint(note));
  ASSIGN_OR_RETURN(const Note parsed, ParseNote(note));
  state.state = {checkpoint.size, checkpoint.root};
  state.note = note;
  // Only verified lines are ever stored.
  std::set<std::string> members;
  for (const NoteLine& line : parsed.lines) {
    auto member = ParseCosignerName(line.name);
    if (member.ok()) members.insert(*std::move(member));
  }
  state.cosigned_by.assign(members.begin(), members.end());
  return state;
}

}  // namespace

SignedState SignedState::From(const SignedCheckpoint& checkpoint) {
  SignedState state;
  state.state = {checkpoint.checkpoint.size, checkpoint.checkpoint.root};
  state.note = FormatCheckpoint(checkpoint);
  for (const auto& [member, time] : checkpoint.times) state.cosigned_by.push_back(member);
  return state;
}

LogReplica::LogReplica(std::string origin, uint32_t number, bool abstains)
    : origin_(std::move(origin)), member_(Origin::Parse(origin_)->member) {
  record_.set_origin(origin_);
  record_.set_number(number);
  record_.set_abstains(abstains);
  record_.set_next_branch(1);
  record_.add_segments();
}

LogReplica::LogReplica(const node::v1::LogRecord& record, std::string member)
    : origin_(record.origin()), member_(std::move(member)), record_(record), dirty_(false) {}

absl::StatusOr<LogReplica> LogReplica::Load(const node::v1::LogRecord& record,
                                            const Holdings& holdings) {
  ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(record.origin()));
  LogReplica replica(record, origin.member);
  ASSIGN_OR_RETURN(replica.checkpoint_, FromNote(record.checkpoint()));
  ASSIGN_OR_RETURN(replica.final_, FromNote(record.final_checkpoint()));
  ASSIGN_OR_RETURN(replica.target_, FromNote(record.target()));
  if (!record.proposal().empty()) {
    ASSIGN_OR_RETURN(replica.proposal_, ParseProposal(record.proposal()));
  }
  RETURN_IF_ERROR(Annotate(replica.LoadTree(holdings), record.origin()));
  return replica;
}

absl::Status LogReplica::LoadTree(const Holdings& holdings) {
  const auto reader = [&](NodeId node) { return Node(node, holdings); };
  ASSIGN_OR_RETURN(Frontier frontier, plenary::FrontierAt(record_.signed_size(), reader));
  tree_ = LogTree(std::move(frontier));
  const auto nothing = [](NodeId, const Digest&) {};
  for (uint64_t index = record_.signed_size(); index < record_.size(); ++index) {
    ASSIGN_OR_RETURN(const Digest hash, Node(NodeId{0, index}, holdings));
    tree_.Append(hash, nothing);
  }
  for (uint64_t index = record_.named_until(); index < record_.size(); ++index) {
    ASSIGN_OR_RETURN(const StoredLeaf leaf, holdings.Leaf(Place{number(), BranchOf(index), index}));
    const LeafFacts facts = FactsOf(leaf.envelope, origin_);
    const Slots slots(leaf.slots.begin(), leaf.slots.end());
    named_.push_back({facts.Refs(), IsComplete(facts, slots)});
  }
  return absl::OkStatus();
}

finality::PeerState LogReplica::Peer() const {
  finality::PeerState peer;
  if (record_.has_promised()) peer.promised = FromRecord(record_.promised());
  peer.checkpoint = checkpoint_.state;
  peer.cosigned.size = record_.cosigned_size();
  if (record_.cosigned_size() > 0) peer.cosigned.root = *Digest::FromBytes(record_.cosigned_root());
  if (proposal_.has_value()) {
    peer.proposal_of = proposal_->incarnation;
    peer.proposal = {proposal_->size, proposal_->root};
  }
  return peer;
}

uint32_t LogReplica::BranchOf(uint64_t index) const {
  uint32_t branch = 0;
  for (const auto& segment : record_.segments()) {
    if (segment.from() > index) break;
    branch = segment.branch();
  }
  return branch;
}

absl::StatusOr<Digest> LogReplica::Node(NodeId node, const Holdings& holdings) const {
  const auto fresh = unwritten_.find(std::make_pair(node.level, node.index));
  if (fresh != unwritten_.end()) return fresh->second;
  const uint64_t last_leaf = ((node.index + 1) << node.level) - 1;
  return holdings.Node(number(), BranchOf(last_leaf), node);
}

absl::StatusOr<Digest> LogReplica::RootAt(uint64_t size, const Holdings& holdings) const {
  CHECK_LE(size, tree_.size());
  if (size >= tree_.signed_size()) return tree_.RootAt(size);
  return plenary::RootAt(size, [&](NodeId node) { return Node(node, holdings); });
}

node::v1::NamedVersions LogReplica::NamedAt(uint64_t size) const {
  node::v1::NamedVersions named;
  for (const auto& change : record_.named()) {
    if (change.index() >= size) break;
    named = change;
  }
  return named;
}

std::vector<const Roster*> LogReplica::InPlay(const RosterChain& rosters, uint64_t last) const {
  uint64_t first = NamedAt(final_.state.size).roster();
  if (first == 0) first = NamedAt(1).roster();
  if (first == 0) {
    first = 1;
    while (first < last && rosters.Find(first)->Find(member_) == nullptr) ++first;
  }
  std::vector<const Roster*> in_play;
  for (uint64_t version = first; version <= std::max(first, last); ++version) {
    if (const Roster* roster = rosters.Find(version)) in_play.push_back(roster);
  }
  return in_play;
}

absl::Status LogReplica::SeeCheckpoint(const SignedState& seen, const Holdings& holdings,
                                       std::string& contradicted) {
  const auto contradicts = [&](const SignedState& other) {
    contradicted = other.note;
    return MakeError(Reason::INCONSISTENT_CHECKPOINT,
                     absl::StrCat("log ", origin_,
                                  ": two checkpoints signed by its key cannot both "
                                  "be true, at sizes ",
                                  seen.state.size, " and ", other.state.size));
  };
  if (seen.state.size == target_.state.size && seen.state.size > 0) {
    if (seen.state.root != target_.state.root) return contradicts(target_);
  }
  // What is verified here lies below the target, which stands for all of it.
  if (seen.state.size <= tree_.signed_size()) {
    ASSIGN_OR_RETURN(const Digest here, RootAt(seen.state.size, holdings));
    if (here != seen.state.root) return contradicts(target_);
    return absl::OkStatus();
  }
  if (seen.state.size > target_.state.size) {
    target_ = seen;
    record_.set_target(seen.note);
    Touch();
  }
  return absl::OkStatus();
}

bool LogReplica::AdvanceCheckpoint(const Holdings& holdings, Effects& effects) {
  const uint64_t size = target_.state.size;
  if (size <= checkpoint_.state.size || size > tree_.size()) return false;
  const auto root = RootAt(size, holdings);
  if (!root.ok() || *root != target_.state.root) return false;
  if (size > tree_.signed_size()) {
    tree_.Sign(size);
    DropStaged(effects);
  }
  checkpoint_ = target_;
  record_.set_checkpoint(checkpoint_.note);
  record_.set_signed_size(tree_.signed_size());
  record_.set_size(std::max(record_.size(), tree_.signed_size()));
  if (proposal_.has_value() && proposal_->size <= size) {
    proposal_.reset();
    record_.clear_proposal();
  }
  if (wanted_.has_value() && wanted_->size <= size) wanted_.reset();
  Touch();
  return true;
}

void LogReplica::SetNote(const SignedState& checkpoint) {
  if (checkpoint_.state == checkpoint.state && checkpoint_.note != checkpoint.note) {
    checkpoint_ = checkpoint;
    record_.set_checkpoint(checkpoint.note);
    Touch();
  }
  if (target_.state == checkpoint.state && target_.note != checkpoint.note) {
    target_ = checkpoint;
    record_.set_target(checkpoint.note);
    Touch();
  }
}

void LogReplica::SetFinal(const SignedState& final_checkpoint) {
  final_ = final_checkpoint;
  record_.set_final_checkpoint(final_checkpoint.note);
  Touch();
}

void LogReplica::Promise(const Incarnation& who, absl::string_view statement) {
  *record_.mutable_promised() = ToRecord(who);
  record_.set_promise_statement(std::string(statement));
  record_.clear_answer();
  Touch();
}

void LogReplica::KeepAnswer(absl::string_view envelope) {
  record_.set_answer(std::string(envelope));
  Touch();
}

std::optional<Digest> LogReplica::RootAtHand(const finality::State& state,
                                             const Holdings& holdings) const {
  if (staged_.has_value() && state.size >= staged_->from && state.size <= staged_->tree.size()) {
    const Digest staged = staged_->tree.RootAt(state.size);
    if (staged == state.root) return staged;
  }
  if (state.size > tree_.size()) return std::nullopt;
  const auto root = RootAt(state.size, holdings);
  if (!root.ok()) return std::nullopt;
  return *root;
}

void LogReplica::AcceptProposal(const Proposal& proposal, const Holdings& holdings,
                                Effects& effects) {
  const bool in_place = proposal.size <= tree_.size() && proposal.size >= tree_.signed_size() &&
                        tree_.RootAt(proposal.size) == proposal.root;
  if (!in_place) PutInPlace(holdings, effects);
  CHECK_LE(proposal.size, tree_.size());
  proposal_ = proposal;
  record_.set_proposal(proposal.envelope);
  record_.set_size(std::max(proposal.size, tree_.signed_size()));
  if (wanted_.has_value() && wanted_->size <= proposal.size) wanted_.reset();
  Touch();
}

void LogReplica::DropProposal(const Holdings& holdings, Effects& effects) {
  proposal_.reset();
  record_.clear_proposal();
  CutTail(tree_.signed_size(), holdings, effects);
  record_.set_size(tree_.signed_size());
  Touch();
}

void LogReplica::WantProposal(const Proposal& proposal) {
  const bool newer =
      !wanted_.has_value() || proposal.incarnation.counter > wanted_->incarnation.counter ||
      (proposal.incarnation == wanted_->incarnation && proposal.size > wanted_->size);
  if (newer) wanted_ = proposal;
}

void LogReplica::Cosigned(const finality::State& state) {
  record_.set_cosigned_size(state.size);
  record_.set_cosigned_root(state.root.bytes());
  Touch();
}

void LogReplica::TakePart() {
  record_.set_abstains(false);
  Touch();
}

void LogReplica::SetIncarnation(const Incarnation& incarnation) {
  *record_.mutable_incarnation() = ToRecord(incarnation);
  Touch();
}

std::optional<Incarnation> LogReplica::incarnation() const {
  if (!record_.has_incarnation()) return std::nullopt;
  return FromRecord(record_.incarnation());
}

bool LogReplica::LookAt(const Named& named, uint64_t index, const Trust& trust) {
  if (named.refs.roster == 0) return true;  // names nothing
  if (!named.complete) return false;
  const Held roster = trust.HoldsRoster(named.refs.roster, named.refs.roster_digest);
  const Held card = trust.HoldsCard(member_, named.refs.card, named.refs.card_digest);
  if (roster == Held::kUnknown) lacks_.roster = named.refs.roster;
  if (card == Held::kUnknown) lacks_.card = named.refs.card;
  if (roster == Held::kUnknown || card == Held::kUnknown) return false;
  const node::v1::NamedVersions highest = NamedAt(UINT64_MAX);
  const bool good = roster == Held::kHeld && card == Held::kHeld &&
                    named.refs.roster >= highest.roster() && named.refs.card >= highest.card();
  // A leaf that went back is not acknowledged; below a checkpoint it just does not count.
  if (!good) return index < tree_.signed_size();
  if (named.refs.roster > highest.roster() || named.refs.card > highest.card()) {
    auto* change = record_.add_named();
    change->set_index(index);
    change->set_roster(named.refs.roster);
    change->set_card(named.refs.card);
  }
  return true;
}

bool LogReplica::MayVouch(uint64_t size, const Trust& trust) {
  lacks_ = {};
  while (!named_.empty() && LookAt(named_.front(), record_.named_until(), trust)) {
    named_.pop_front();
    record_.set_named_until(record_.named_until() + 1);
    Touch();
  }
  return record_.named_until() >= size;
}

void LogReplica::Save(Effects& effects) {
  if (!dirty_) return;
  effects.PutLog(record_);
  dirty_ = false;
}

}  // namespace plenary::sync
