#include "tests/simulation/machine.h"

#include <utility>

#include "ledger/commit.h"
#include "ledger/status.h"

namespace plenary::testing {
namespace {

constexpr char kStorePath[] = "/store";

}  // namespace

Machine::Machine(Options options, const World& world, Timeline& timeline, Dice& dice,
                 SimNetwork& network, Hooks hooks)
    : options_(std::move(options)),
      world_(world),
      timeline_(timeline),
      dice_(dice),
      network_(network),
      hooks_(std::move(hooks)),
      disk_(dice.Next()) {}

Machine::~Machine() {
  disk_.PowerOff();
  const node::LoopScope loop;
  process_.reset();
}

void Machine::Retire() {
  Crash(Unsynced::kLost);
  retired_ = true;
}

absl::Status Machine::Start() {
  const node::LoopScope loop;
  ++starts_;
  auto process = std::make_unique<Process>();
  process->clock = std::make_unique<SimClock>(timeline_, dice_.Between(1, 1'000'000),
                                              dice_.Between(-3'600, 3'600));
  process->random = std::make_unique<SimRandom>(dice_.Next());
  process->executor =
      std::make_unique<SimExecutor>(timeline_, *process->clock, dice_, options_.slow_ms);
  process->transport = std::make_unique<SimTransport>(
      network_, *process->executor, options_.id, options_.member, options_.node, options_.address);
  ASSIGN_OR_RETURN(process->store, node::Store::Open({.path = kStorePath,
                                                      .disk = disk_.env(),
                                                      .create = true,
                                                      .cache_bytes = 1 << 20,
                                                      .write_buffer_bytes = 64 << 20,
                                                      .compact = false,
                                                      .info_log = false}));
  if (ReasonOf(process->store->Identity().status()) == Reason::NOT_FOUND) {
    RETURN_IF_ERROR(node::Node::InitStore(*process->store, *process->random, world_.genesis(),
                                          options_.member, first_));
  }
  node::NodeOptions options;
  options.member = options_.member;
  options.node = options_.node;
  options.endpoints = options_.endpoints;
  options.log_key = &world_.Log(options_.member);
  options.cosigner_key = options_.vouches ? &world_.Cosigner(options_.member) : nullptr;
  node::FoundingTrust trust{{std::string(world_.rosters().Find(1)->envelope())}, {}};
  for (const std::string& code : world_.codes()) {
    trust.cards.emplace_back(world_.cards(code).Find(1)->envelope());
  }
  const node::Environment environment{process->clock.get(), process->random.get(),
                                      process->executor.get(), process->transport.get(),
                                      disk_.env()};
  ASSIGN_OR_RETURN(process->node, node::Node::Create(std::move(options), std::move(trust),
                                                     environment, *process->store));
  process->transport->Watch([this](const v1::Frame& frame) { hooks_.on_send(*this, frame); });
  process->executor->AfterDrain([this] { hooks_.after_drain(*this); });
  process->node->OnEvent([this](const sync::Event& event) { hooks_.on_event(*this, event); });
  process_ = std::move(process);
  return process_->node->Start();
}

void Machine::Crash(Unsynced unsynced) {
  if (process_ == nullptr) return;
  const node::LoopScope loop;
  disk_.PowerOff();
  // Nothing that a destructor does reaches the disk or the network.
  process_->node.reset();
  process_->store.reset();
  process_.reset();
  disk_.Crash(unsynced);
}

void Machine::Wipe() {
  disk_.Load(DiskImage());
  lineage_ = {};
  first_ = false;
}

void Machine::Load(const DiskImage& image, Lineage lineage) {
  disk_.Load(image);
  lineage_ = std::move(lineage);
}

absl::StatusOr<std::set<Digest>> Machine::HeldCommits() const {
  std::set<Digest> held;
  const auto add = [&](absl::string_view envelope) {
    const auto leaf = ReadLeaf(envelope);
    if (leaf.ok()) held.insert(CommitIdentity(leaf->payload));
  };
  const node::Store& store = *process_->store;
  const auto visit = [&](const node::nodev1::Waiting& waiting) {
    add(waiting.envelope());
    return true;
  };
  RETURN_IF_ERROR(store.ScanWaiting(0, visit));
  RETURN_IF_ERROR(store.ScanAside(0, visit));
  ASSIGN_OR_RETURN(const auto logs, store.AllLogs());
  for (const node::nodev1::LogRecord& log : logs) {
    if (log.origin() != world_.Origin(options_.member)) continue;
    uint32_t branch = 0;
    int segment = 0;
    for (uint64_t index = 0; index < log.size(); ++index) {
      while (segment < log.segments_size() && log.segments(segment).from() <= index) {
        branch = log.segments(segment++).branch();
      }
      ASSIGN_OR_RETURN(const std::string envelope, store.Leaf({log.number(), branch, index}));
      add(envelope);
    }
  }
  return held;
}

}  // namespace plenary::testing
