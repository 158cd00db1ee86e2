#include "node/process.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "certs/key_file.h"
#include "certs/trust_folder.h"
#include "ledger/status.h"
#include "node/process_events.h"
#include "node/transport/no_transport.h"
#include "node/view/reader.h"

namespace plenary::node {
namespace {

constexpr int64_t kStopGraceMs = 3'000;
constexpr char kVersion[] = "0.1.0";

absl::StatusOr<FoundingTrust> ReadFounding(const Config& config) {
  ASSIGN_OR_RETURN(certs::TrustFiles files, certs::ReadTrustFolder(config.trust));
  FoundingTrust founding;
  founding.rosters = std::move(files.rosters);
  for (auto& [member, cards] : files.cards) {
    for (std::string& card : cards) founding.cards.push_back(std::move(card));
  }
  return founding;
}

certs::Trust TlsTrust(const sync::Trust& held) {
  std::vector<const plenary::v1::Card*> cards;
  for (const auto& [member, chain] : held.cards()) cards.push_back(&chain.newest().payload());
  return certs::MakeTrust(held.newest().payload(), cards);
}

StoreOptions OptionsFor(const Config& config, bool create) {
  StoreOptions options;
  options.path = config.store;
  options.create = create;
  options.cache_bytes = config.block_cache_bytes;
  options.write_buffer_bytes = config.write_buffer_bytes;
  return options;
}

TlsFiles TlsFilesOf(const Config& config) { return {config.tls_certificate, config.tls_key}; }

TlsIdentity OwnIdentity(const Config& config) {
  return {.member = config.member,
          .federation = config.federation,
          .kind = TlsIdentity::Kind::kNode,
          .name = config.node};
}

// The federation's name must be that of the rosters, before anything is made under it.
absl::StatusOr<RosterChain> CheckFederation(const Config& config, const FoundingTrust& founding) {
  ASSIGN_OR_RETURN(RosterChain rosters, RosterChain::Begin(founding.rosters.at(0)));
  if (rosters.federation() == config.federation) return rosters;
  return MakeError(
      Reason::BAD_CONFIG,
      absl::StrCat("federation: the rosters in ", config.trust, " are of ", rosters.federation(),
                   ", the configuration says ", config.federation));
}

}  // namespace

std::string SoftwareName() { return absl::StrCat("plenaryd ", kVersion); }

absl::Status InitStore(const Config& config, StoreKind kind) {
  ASSIGN_OR_RETURN(const FoundingTrust founding, ReadFounding(config));
  ASSIGN_OR_RETURN(const RosterChain rosters, CheckFederation(config, founding));
  ASSIGN_OR_RETURN(const std::unique_ptr<Store> store,
                   Store::Open(OptionsFor(config, /*create=*/true)));
  if (store->Identity().ok()) {
    return MakeError(Reason::FILE_EXISTS,
                     absl::StrCat("store ", config.store, ": a node's store is there already"),
                     {{"path", config.store}});
  }
  SystemRandom random;
  return Node::InitStore(*store, random, rosters.genesis(), config.member,
                         kind == StoreKind::kFirst);
}

absl::StatusOr<Digest> RebuildView(const Config& config, LogLines& log) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, Store::Open(OptionsFor(config, false)));
  ASSIGN_OR_RETURN(FoundingTrust founding, ReadFounding(config));
  SystemEnvironment system;
  NoTransport transport;
  Loop loop(system.clock());
  NodeOptions options;
  options.member = config.member;
  options.node = config.node;
  ASSIGN_OR_RETURN(const std::unique_ptr<Node> node,
                   Node::Create(std::move(options), std::move(founding),
                                system.With(&loop, &transport), *store));
  int64_t said_ms = system.clock().MonotonicMs();
  RETURN_IF_ERROR(node->RebuildView([&](uint64_t done, uint64_t all) {
    const int64_t now_ms = system.clock().MonotonicMs();
    if (now_ms - said_ms < 1'000) return;
    said_ms = now_ms;
    log.Write(LogLevel::kInfo, "view_rebuilding", {{"leaves", done}, {"of", all}});
  }));
  return ViewReader(*store).Digest();
}

Process::Process(const Config& config, LogLines* log, SystemEnvironment* system)
    : config_(config), log_(*log), system_(*system) {}

absl::StatusOr<std::unique_ptr<Process>> Process::Create(const Config& config, LogLines* log,
                                                         SystemEnvironment* system) {
  std::unique_ptr<Process> process(new Process(config, log, system));
  RETURN_IF_ERROR(process->Make());
  return process;
}

absl::Status Process::Make() {
  ASSIGN_OR_RETURN(founding_, ReadFounding(config_));
  RETURN_IF_ERROR(CheckFederation(config_, founding_).status());
  if (!config_.log_key.empty()) {
    ASSIGN_OR_RETURN(log_key_, certs::LoadSigner(config_.log_key));
    ASSIGN_OR_RETURN(cosigner_key_, certs::LoadSigner(config_.cosigner_key));
  }
  RETURN_IF_ERROR(OpenStore());
  loop_ = std::make_unique<Loop>(system_.clock());
  RETURN_IF_ERROR(MakeNode());
  MakeServices();
  Observe();
  SayWhatIsWrong();
  return absl::OkStatus();
}

absl::Status Process::OpenStore() {
  auto store = Store::Open(OptionsFor(config_, false));
  if (ReasonOf(store.status()) == Reason::NO_STORE) {
    RETURN_IF_ERROR(InitStore(config_, StoreKind::kLater));
    log_.Write(LogLevel::kWarning, "store_made",
               {{"path", config_.store},
                {"text",
                 "the store is new, and this member may have had another: until proposals name it, "
                 "it does not vouch for others' logs; plenary sync status shows which"}});
    store = Store::Open(OptionsFor(config_, false));
  }
  if (!store.ok()) return store.status();
  store_ = *std::move(store);
  return absl::OkStatus();
}

absl::Status Process::MakeNode() {
  // The transport judges by what the store has seen since, not by the founding folder alone, so it
  // is made with an empty trust that the node's own replaces before either starts.
  trust_.emplace(certs::Trust{});
  const Environment parts = system_.With(loop_.get(), nullptr);
  GrpcTransportOptions options{
      .own = OwnIdentity(config_), .files = TlsFilesOf(config_), .listen = config_.peer_listen};
  ASSIGN_OR_RETURN(transport_, GrpcTransport::Create(std::move(options), parts, &*trust_));
  NodeOptions node;
  node.member = config_.member;
  node.node = config_.node;
  node.log_key = log_key_.get();
  node.cosigner_key = cosigner_key_.get();
  node.software = SoftwareName();
  for (const PeerAddress& peer : config_.peers) {
    node.endpoints.push_back({peer.member, peer.node, peer.address});
  }
  ASSIGN_OR_RETURN(node_, Node::Create(std::move(node), founding_,
                                       system_.With(loop_.get(), transport_.get()), *store_));
  trust_->Set(TlsTrust(*node_->HeldTrust()));
  ASSIGN_OR_RETURN(
      tls_, Tls::Create(TlsFilesOf(config_), OwnIdentity(config_), &*trust_, &system_.clock()));
  return absl::OkStatus();
}

void Process::MakeServices() {
  edge_.emplace(config_.roles, &*trust_, &system_.clock());
  SystemRandom random;
  tokens_.emplace(random.Bytes(32));
  const ServiceContext service{.node = node_.get(),
                               .edge = &*edge_,
                               .tokens = &*tokens_,
                               .clock = &system_.clock(),
                               .member = config_.member};
  records_.emplace(service);
  audit_.emplace(service);
  admin_.emplace(service, ProcessFacts{.federation = config_.federation,
                                       .node = config_.node,
                                       .software = SoftwareName(),
                                       .start_time = system_.clock().Now(),
                                       .tls = TlsFilesOf(config_)});
}

void Process::Observe() {
  node_->OnEvent([this](const sync::Event& event) { WriteEvent(event, log_); });
  node_->OnTrust([this](const sync::Trust& held) { trust_->Set(TlsTrust(held)); });
  node_->OnStatus([this](const NodeStatus& status) {
    if (operators_ == nullptr || serving_.exchange(status.ready) == status.ready) return;
    operators_->SetServing(status.ready);
    log_.Write(LogLevel::kInfo, status.ready ? "ready" : "not_ready");
  });
  node_->OnFailure([this](const absl::Status& why) {
    log_.WriteStatus(LogLevel::kError, "stopping", why);
    failure_ = why;
    loop_->Stop();
  });
}

// What the node can work with, but its administrator should hear.
void Process::SayWhatIsWrong() {
  if (const absl::Status own = tls_->CheckOwn(); !own.ok()) {
    log_.WriteStatus(LogLevel::kWarning, "own_certificate_refused", own);
  }
  const auto trust = node_->HeldTrust();
  const Card* card = trust->NewestCard(config_.member);
  if (card == nullptr) {
    log_.WriteStatus(
        LogLevel::kWarning, "no_card",
        MakeError(Reason::CARD_MISSING, absl::StrCat("no card of ", config_.member, " is held")));
    return;
  }
  const LogKey* open = card->OpenLog();
  if (log_key_ != nullptr && (open == nullptr || !(open->key == log_key_->public_key()))) {
    log_.WriteStatus(
        LogLevel::kWarning, "log_key_not_on_card",
        MakeError(Reason::NO_LOG, absl::StrCat("keys.log: the newest card of ", config_.member,
                                               " opens no log with this key")));
  }
}

absl::Status Process::Start() {
  ASSIGN_OR_RETURN(operators_, OperatorServer::Start(
                                   config_.operator_listen, *tls_, {&*records_, &*audit_, &*admin_},
                                   [this](const absl::Status& why) {
                                     log_.WriteLimited(LogLevel::kWarning, "operator_refused", why);
                                   }));
  RETURN_IF_ERROR(node_->Start());
  log_.Write(LogLevel::kInfo, "started",
             {{"software", SoftwareName()},
              {"member", config_.member},
              {"node", config_.node},
              {"peer_port", transport_->port()},
              {"operator_port", operators_->port()}});
  return absl::OkStatus();
}

absl::Status Process::Run() {
  loop_->Run();
  return failure_;
}

void Process::Stop() {
  log_.Write(LogLevel::kInfo, "stopping");
  if (operators_ != nullptr) operators_->Stop(kStopGraceMs);
  loop_->Stop();
}

Process::~Process() {
  // The loop has ended: first whoever calls, then whom we call, then what they rest on.
  if (operators_ != nullptr) operators_->Stop(0);
  if (node_ != nullptr) node_->Stop();
  log_.Write(LogLevel::kInfo, "stopped");
}

}  // namespace plenary::node
